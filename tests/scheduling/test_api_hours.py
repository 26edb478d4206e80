"""Hours, exceptions and free times through the JSON door."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.access import Role
from scheduling.models import Availability, AvailabilityException
from tests.api import client_of
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, hours, morrow


@pytest.fixture
def manager(clinic):
    return client_of(ground.user(Role.MANAGER, clinic=clinic))


@pytest.fixture
def idle(clinic):
    return ground.doctor(clinic=clinic, name="Huda Noor")


def url(doctor, what, pk=None):
    return f"/api/v1/doctors/{doctor.pk}/{what}/" + (f"{pk}/" if pk else "")


TIMES = {"start_time": "09:00", "end_time": "11:00"}


def test_one_weekday(manager, idle):
    answer = manager.post(url(idle, "availability"), {**TIMES, "weekday": 2, "slot_minutes": 20})
    row = Availability.objects.get()
    shown = {
        "id": row.pk, "weekday": 2, "date": None, "start_time": "09:00", "end_time": "11:00", "slot_minutes": 20,
        "valid_from": None, "valid_until": None,
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (201, {**shown, "made": [shown]})
    assert manager.get(url(idle, "availability")).json()["results"] == [shown]


def test_bulk_over_weekdays_and_dates_with_a_key(manager, clinic, idle):
    first, last = clinic.today(), clinic.today() + timedelta(days=30)
    bulk = {**TIMES, "weekdays": [0, 1, 2], "valid_from": first.isoformat(), "valid_until": last.isoformat()}
    for _time in range(2):
        answer = manager.post(url(idle, "availability"), bulk, headers={"Idempotency-Key": "bulk"})
        assert [row["weekday"] for row in answer.json()["made"]] == [0, 1, 2]
    assert Availability.objects.count() == 3


def test_one_dated_session_until_midnight(manager, clinic, idle):
    day = clinic.today() + timedelta(days=4)
    sent = {"date": day.isoformat(), "start_time": "23:00", "end_time": "24:00"}
    assert manager.post(url(idle, "availability"), sent).json()["date"] == day.isoformat()
    free = manager.get(url(idle, "slots"), {"from": day.isoformat(), "days": 1}).json()["results"]
    assert [slot["start"][11:16] for slot in free] == ["23:00", "23:15", "23:30", "23:45"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {**TIMES},
        {**TIMES, "weekday": 1, "weekdays": [1]},
        {**TIMES, "weekday": 7},
        {**TIMES, "weekdays": ["x"]},
        {**TIMES, "date": "2027-02-30"},
        {**TIMES, "date": "2027-02-20", "valid_from": "2027-02-20"},
        {**TIMES, "weekday": 1, "start_time": "25:00"},
        {**TIMES, "weekday": 1, "slot_minutes": 1},
        {**TIMES, "weekday": 1, "doctor": 1},
    ],
)
def test_bad_hours_are_a_400(manager, idle, sent):
    assert (manager.post(url(idle, "availability"), sent).status_code, Availability.objects.count()) == (400, 0)


def test_overlapping_hours_are_a_409(manager, doctor):
    answer = manager.post(url(doctor, "availability"), {**TIMES, "weekday": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "hours_overlap")


def test_ended_hours_list_what_stays_booked(manager, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    row = Availability.objects.get(doctor=doctor, weekday=made.wall_date.weekday())
    answer = manager.delete(url(doctor, "availability", row.pk))
    assert (answer.status_code, [each["id"] for each in answer.json()["booked"]]) == (200, [made.pk])
    assert manager.delete(url(doctor, "availability", row.pk)).status_code == 404


def test_a_doctor_keeps_only_the_own(doctor, idle):
    client = client_of(idle.user)
    assert client.post(url(idle, "availability"), {**TIMES, "weekday": 2}).status_code == 201
    assert client.get(url(doctor, "availability")).status_code == 404
    assert client.post(url(doctor, "exceptions"), {}).status_code == 404
    row = Availability.objects.filter(doctor=doctor).first()
    assert client.delete(url(idle, "availability", row.pk)).status_code == 404


def test_reception_blocks_time_but_keeps_no_hours(clinic, doctor, desk):
    client = client_of(desk)
    assert client.get(url(doctor, "availability")).status_code == 403
    sent = {"starts_at": morrow(clinic, "09:00").isoformat(), "ends_at": morrow(clinic, "10:00").isoformat()}
    assert client.post(url(doctor, "exceptions"), {**sent, "reason": "Meeting"}).status_code == 201


def test_block_lists_who_must_be_moved_and_is_taken_away(manager, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    sent = {"kind": "away", "reason": "Leave", "starts_at": morrow(clinic).isoformat(), "ends_at": morrow(clinic, "12:00").isoformat()}  # fmt: skip
    answer = manager.post(url(doctor, "exceptions"), sent)
    shown = answer.json()
    assert {name: shown[name] for name in sent} == sent
    assert [(row["id"], row["start"]) for row in shown["booked"]] == [(made.pk, morrow(clinic).isoformat())]
    assert manager.get(url(doctor, "exceptions"), {"kind": "extra"}).json()["count"] == 0
    assert manager.delete(url(doctor, "exceptions", shown["id"])).status_code == 200
    assert manager.get(url(doctor, "exceptions")).json()["count"] == 0
    assert AvailabilityException.objects.count() == 1


def test_a_block_without_its_reason(manager, clinic, doctor):
    sent = {"starts_at": morrow(clinic).isoformat(), "ends_at": morrow(clinic, "12:00").isoformat()}
    answer = manager.post(url(doctor, "exceptions"), sent)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])


def test_slots_from_a_moment_for_some_days(manager, clinic, idle):
    hours(doctor=idle, clinic=clinic, start="09:00", end="10:00")
    query = {"from": morrow(clinic, "09:30").isoformat(), "days": 2, "minutes": 30}
    found = manager.get(url(idle, "slots"), query).json()
    assert [(slot["start"], slot["minutes"]) for slot in found["results"]] == [
        (morrow(clinic, text, days=days).isoformat(), 30) for text, days in (("09:30", 1), ("09:00", 2), ("09:15", 2), ("09:30", 2))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", [{"days": 0}, {"days": 32}, {"minutes": 4}, {"from": "soon"}, {"from": "2027-02-30"}, {"doctor": 1}]
)
def test_a_bad_question_is_a_400(manager, doctor, query):
    assert manager.get(url(doctor, "slots"), query).status_code == 400


def test_slots_ask_as_often_for_a_day_as_for_a_month(manager, clinic, doctor):
    def count(days):
        with CaptureQueriesContext(connection) as caught:
            assert manager.get(url(doctor, "slots"), {"days": days, "limit": 100}).status_code == 200
        return len(caught)

    count(1)
    assert count(31) == count(1)


def test_everybody_sees_free_times_of_the_own_clinic_only(clinic, doctor):
    for role in (Role.PATIENT, Role.NURSE, Role.PHARMACIST):
        assert client_of(ground.user(role, clinic=clinic)).get(url(doctor, "slots")).status_code == 200
    assert client_of(ground.user(Role.DISPLAY, clinic=clinic)).get(url(doctor, "slots")).status_code == 403
    elsewhere = ground.user(Role.MANAGER, clinic=ground.clinic(name="Elsewhere"))
    assert client_of(elsewhere).get(url(doctor, "slots")).status_code == 404


def test_who_has_left_has_no_free_time(manager, doctor):
    doctor.is_active = False
    doctor.save(update_fields=["is_active"])
    assert manager.get(url(doctor, "slots")).json()["count"] == 0


def test_days_that_are_over_are_not_made_up_for(manager, clinic, doctor):
    yesterday, today = clinic.today() - timedelta(days=1), clinic.today()

    def days(from_, count):
        query = {"from": from_.isoformat(), "days": count, "limit": 100}
        return {slot["start"][:10] for slot in manager.get(url(doctor, "slots"), query).json()["results"]}

    assert (days(yesterday, 1), days(yesterday - timedelta(days=30), 7)) == (set(), set())
    assert days(yesterday, 2) <= {today.isoformat()}
    assert days(yesterday, 3) <= {today.isoformat(), (today + timedelta(days=1)).isoformat()}
