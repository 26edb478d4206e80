"""The lines through the JSON door: shapes, who may, steps and refusals, one's own place, a fixed number of queries."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic import throttle
from clinic.access import Role
from patients.operations import merge_patients
from queues import operations
from queues.models import Entry, Station
from tests.api import client_of
from tests.factories import clinic as people
from tests.factories import queues as make

pytestmark = pytest.mark.django_db
QUEUE = "/api/v1/queue/"
FIELDS = {
    "id", "token", "code", "patient", "station", "doctor", "room", "status", "priority", "position", "ahead", "wait",
    "why", "joined_at", "called_at", "version",
}  # fmt: skip


@pytest.fixture
def nurse(clinic):
    return people.user(Role.NURSE, clinic=clinic)


@pytest.fixture
def api(nurse):
    return client_of(nurse)


@pytest.fixture
def own(clinic):
    """A patient with an account of their own."""
    return make.patient(user=people.user(Role.PATIENT, clinic=clinic))


def entry_at(entry, verb=""):
    return f"{QUEUE}entries/{entry.pk}/{verb}"


def served(station, by, minutes):
    """Somebody whose consultation took so many minutes."""
    entry = make.entry(station=station, by=by)
    operations.call(entry=entry, by=by)
    with time_machine.travel(timezone.now() - timedelta(minutes=minutes)):
        operations.begin(entry=entry, by=by)
    operations.finish(entry=entry, by=by)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_an_entry_says_where_it_stands(api, station, nurse, clinic):
    for minutes in (10, 10, 10):
        served(station, nurse, minutes)
    make.entry(station=station, by=nurse)
    entry = make.entry(station=station, by=nurse, patient=make.patient())
    shown = api.get(entry_at(entry)).json()
    assert set(shown) == FIELDS
    assert shown["code"] == f"{clinic.today():%Y-%m-%d}-A-005"
    assert {name: shown[name] for name in ("id", "token", "patient", "station", "status", "priority")} == {
        "id": entry.pk,
        "token": "A-005",
        "patient": entry.token.patient_id,
        "station": station.pk,
        "status": "waiting",
        "priority": "normal",
    }
    assert (shown["position"], shown["ahead"], shown["wait"]) == (2, 1, {"from_minutes": 10, "to_minutes": 15})
    assert shown["why"].startswith("Came at ")
    assert datetime.fromisoformat(shown["joined_at"]).utcoffset() == clinic.now().utcoffset()
    assert shown["called_at"] is None


def test_too_little_known_is_no_wait(api, station, nurse):
    shown = api.get(entry_at(make.entry(station=station, by=nurse))).json()
    assert (shown["position"], shown["ahead"], shown["wait"]) == (1, 0, None)


def test_who_does_not_wait_has_no_place(api, station, nurse):
    make.entry(station=station, by=nurse)
    called = operations.call_next(station=station, by=nurse)
    shown = api.get(entry_at(called)).json()
    assert [shown[name] for name in ("status", "position", "ahead", "wait", "why")] == [
        "called",
        None,
        None,
        None,
        None,
    ]


def test_today_lists_the_line_in_its_order(api, station, nurse):
    first = make.entry(station=station, by=nurse)
    second = make.entry(station=station, by=nurse)
    urgent = make.entry(station=station, by=nurse, category="emergency", emergency_reason="chest pain")
    operations.call(entry=second, by=nurse)
    other = make.entry(station=make.station(clinic=station.clinic, letter="B"), by=nurse)
    answer = api.get(f"{QUEUE}today/").json()
    assert [row["id"] for row in answer["results"]] == [second.pk, urgent.pk, first.pk, other.pk]
    assert [row["position"] for row in answer["results"]] == [None, 1, 2, 1]
    assert [row["ahead"] for row in answer["results"]] == [None, 1, 2, 0]
    assert [row["id"] for row in api.get(f"{QUEUE}today/?station={other.station_id}").json()["results"]] == [other.pk]
    assert [row["id"] for row in api.get(f"{QUEUE}today/?status=called").json()["results"]] == [second.pk]
    assert api.get(f"{QUEUE}today/?status=gone").status_code == 400


def test_today_leaves_yesterday_out(api, station, nurse):
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        make.entry(station=station, by=nurse)
    assert api.get(f"{QUEUE}today/").json()["count"] == 0


def test_today_asks_as_much_for_thirty_as_for_one(api, station, nurse):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            assert api.get(f"{QUEUE}today/?limit=100").status_code == 200
        return len(asked)

    make.entry(station=station, by=nurse, patient=make.patient())
    with_one = questions()
    for _number in range(29):
        make.entry(station=station, by=nurse, patient=make.patient())
    assert questions() == with_one


def test_summary_counts_by_state_and_station(api, station, nurse, clinic):
    with time_machine.travel(timezone.now() - timedelta(minutes=12), tick=False):
        entries = [make.entry(station=station, by=nurse) for _number in range(3)]
    operations.leave(entry=entries[2], by=nurse)
    operations.call_next(station=station, by=nurse)
    shown = api.get(f"{QUEUE}summary/").json()
    assert (shown["date"], shown["average_wait_minutes"]) == (clinic.today().isoformat(), 12)
    assert {state: count for state, count in shown["states"].items() if count} == {"waiting": 1, "called": 1, "left": 1}
    [line] = shown["stations"]
    assert (line["station"], line["states"]["waiting"], line["average_wait_minutes"]) == (station.pk, 1, 12)
    yesterday = clinic.today() - timedelta(days=1)
    assert sum(api.get(f"{QUEUE}summary/?date={yesterday}").json()["states"].values()) == 0
    assert api.get(f"{QUEUE}summary/?date=soon").status_code == 400


def test_another_clinics_entries_are_not_there(station, nurse):
    entry = make.entry(station=station, by=nurse)
    foreign = client_of(people.user(Role.RECEPTION, clinic=people.clinic(name="Elsewhere")))
    assert foreign.get(entry_at(entry)).status_code == 404
    assert foreign.post(entry_at(entry, "skip/")).status_code == 404
    assert foreign.post(f"{QUEUE}next/", {"station": station.pk}).status_code == 400
    assert foreign.get(f"{QUEUE}today/").json()["count"] == 0


# --- a patient's own -------------------------------------------------------------------------------------------------


def test_a_patient_sees_only_their_own_entries(station, nurse, own):
    other = make.entry(station=station, by=nurse, patient=make.patient())
    mine = make.entry(station=station, by=nurse, patient=own)
    me = client_of(own.user)
    listed = me.get(f"{QUEUE}mine/").json()["results"]
    assert [(row["id"], row["position"], row["ahead"]) for row in listed] == [(mine.pk, 2, 1)]
    assert me.get(entry_at(mine)).status_code == 200
    assert me.get(entry_at(other)).status_code == 404
    assert me.get(f"{QUEUE}today/").status_code == 403
    assert me.patch(entry_at(mine), {"status": "left"}).status_code == 403


def test_a_stay_of_a_file_merged_into_mine_is_mine(station, nurse, own):
    entry = make.entry(station=station, by=nurse, patient=make.patient())
    merge_patients(duplicate=entry.token.patient, into=own, by=people.user(Role.RECEPTION, clinic=station.clinic))
    me = client_of(own.user)
    assert [row["id"] for row in me.get(f"{QUEUE}mine/").json()["results"]] == [entry.pk]


def test_mine_is_for_patients(api):
    assert api.get(f"{QUEUE}mine/").status_code == 403


def test_my_place_cannot_be_tried_without_end(station, nurse, monkeypatch, client):
    entry = make.entry(station=station, by=nurse)
    monkeypatch.setitem(throttle.LIMITS, "my_place.address", (2, 60))
    code = entry.token.place_code
    ways = [(client_of(), f"{QUEUE}my-place/{code}/"), (client, reverse("queues:my_place", args=[code]))]
    answers = [caller.get(address) for caller, address in ways + ways]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert all(1 <= int(answer["Retry-After"]) <= 61 for answer in answers[2:])


def test_my_place_is_public_and_names_nobody(station, nurse):
    make.entry(station=station, by=nurse)
    entry = make.entry(station=station, by=nurse, patient=make.patient(name="Zqx Canary"))
    answer = client_of().get(f"{QUEUE}my-place/{entry.token.place_code}/")
    assert answer.json() == {
        "token": "A-002",
        "day": entry.token.day.isoformat(),
        "over": False,
        "status": "waiting",
        "room": "3",
        "last_called": "",
        "ahead": 1,
        "wait": None,
    }
    assert answer["Cache-Control"] == "no-store"
    operations.leave(entry=entry, by=nurse)
    assert client_of().get(f"{QUEUE}my-place/{entry.token.place_code}/").json()["over"] is True
    assert client_of().get(f"{QUEUE}my-place/{'x' * 22}/").status_code == 404


# --- calling and steps -----------------------------------------------------------------------------------------------


def test_next_without_a_station_is_the_callers_own(api, station, nurse):
    entry = make.entry(station=station, by=nurse)
    answer = api.post(f"{QUEUE}next/")
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (200, entry.pk, "called")
    assert answer["ETag"] == '"2"'


def test_next_of_a_named_station(api, clinic, nurse):
    desk = make.station(clinic=clinic, letter="K", kind=Station.Kind.CASHIER)
    entry = make.entry(station=desk, by=nurse)
    assert api.post(f"{QUEUE}next/", {"station": desk.pk}).json()["id"] == entry.pk


def test_next_refuses(api, station, nurse, clinic):
    empty = api.post(f"{QUEUE}next/")
    assert (empty.status_code, empty.json()["code"]) == (409, "nobody_waiting")
    for _number in range(2):
        make.entry(station=station, by=nurse)
    api.post(f"{QUEUE}next/")
    second = api.post(f"{QUEUE}next/")
    assert (second.status_code, second.json()["code"]) == (409, "somebody_called")
    stationless = client_of(people.user(Role.RECEPTION, clinic=clinic)).post(f"{QUEUE}next/")
    assert (stationless.status_code, list(stationless.json()["fields"])) == (400, ["station"])
    assert client_of(people.user(Role.MANAGER, clinic=clinic)).post(f"{QUEUE}next/").status_code == 403


def test_one_key_calls_once(api, station, nurse):
    for _number in range(2):
        make.entry(station=station, by=nurse)
    answers = [api.post(f"{QUEUE}next/", headers={"Idempotency-Key": "k1"}) for _number in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (["called"], Entry.State.CALLED),
        (["called", "with_staff"], Entry.State.WITH_STAFF),
        (["called", "serving", "finished"], Entry.State.DONE),
        (["called", "done"], Entry.State.DONE),
        (["called", "skipped"], Entry.State.SKIPPED),
        (["called", "skipped", "waiting"], Entry.State.WAITING),
        (["left"], Entry.State.LEFT),
    ],
)
def test_patch_takes_the_step(api, station, nurse, steps, state):
    entry = make.entry(station=station, by=nurse)
    for step in steps:
        answer = api.patch(entry_at(entry), {"status": step})
        assert answer.status_code == 200, answer.json()
    entry.refresh_from_db()
    assert (entry.state, answer.json()["status"]) == (state, state)


@pytest.mark.parametrize(
    ("step", "status", "code"),
    [
        ("with_staff", 409, "state_changed"),
        ("done", 409, "state_changed"),
        ("skipped", 409, "state_changed"),
        ("waiting", 409, "no_such_step"),
        ("transferred", 409, "no_such_step"),
        ("withdrawn", 400, "invalid"),
        ("", 400, "invalid"),
    ],
)
def test_patch_refuses_what_does_not_lead_on(api, station, nurse, step, status, code):
    entry = make.entry(station=station, by=nurse)
    answer = api.patch(entry_at(entry), {"status": step})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    entry.refresh_from_db()
    assert (entry.state, entry.version) == (Entry.State.WAITING, 1)


def test_patch_of_an_old_version_is_412(api, station, nurse):
    entry = make.entry(station=station, by=nurse)
    etag = api.get(entry_at(entry))["ETag"]
    assert api.patch(entry_at(entry), {"status": "called"}, headers={"If-Match": etag}).status_code == 200
    late = api.patch(entry_at(entry), {"status": "left"}, headers={"If-Match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    assert api.patch(entry_at(entry), {}).status_code == 400


def test_skip_recall_undo(api, station, nurse):
    with time_machine.travel(timezone.now() - timedelta(minutes=30), tick=False) as clock:
        entries = []
        for _number in range(3):
            entries.append(make.entry(station=station, by=nurse))
            clock.shift(60)
    first = entries[0]
    api.post(f"{QUEUE}next/")
    assert api.post(entry_at(first, "recall/")).json()["status"] == "called"
    assert api.post(entry_at(first, "skip/")).json()["status"] == "skipped"
    assert api.post(entry_at(first, "undo/")).json()["status"] == "called"
    back = api.post(entry_at(first, "skip/"), {"places": 2}).json()
    assert (back["status"], back["position"], back["ahead"]) == ("waiting", 3, 2)
    again = api.post(entry_at(first, "skip/"))
    assert (again.status_code, again.json()["code"]) == (409, "state_changed")
    assert api.post(entry_at(first, "skip/"), {"places": -1}).status_code == 400
    stranger = client_of(people.user(Role.NURSE, clinic=station.clinic)).post(entry_at(first, "undo/"))
    assert (stranger.status_code, stranger.json()["code"]) == (409, "not_yours")


def test_transfer_answers_the_new_stay(api, station, nurse, clinic):
    to = make.station(clinic=clinic, letter="K", kind=Station.Kind.CASHIER)
    entry = make.entry(station=station, by=nurse)
    new = api.post(entry_at(entry, "transfer/"), {"station": to.pk}).json()
    assert (new["id"] != entry.pk, new["station"], new["token"], new["position"]) == (True, to.pk, "A-001", 1)
    same = api.post(entry_at(Entry.objects.get(pk=new["id"]), "transfer/"), {"station": to.pk})
    assert (same.status_code, same.json()["code"]) == (409, "same_station")
    assert api.post(entry_at(entry, "transfer/"), {"station": 10**6}).status_code == 400
