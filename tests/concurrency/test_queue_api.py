"""The crowds at the JSON door: calling, walking in, noting and measuring, all at once."""

import pytest

from clinic.access import Role
from clinic.errors import Refused
from clinic.operation import operation
from queues.models import Entry, EntryChange, Token
from scheduling import operations as desk
from tests.api import client_of
from tests.concurrency.crowd import rush, statuses
from tests.factories import clinic as people
from tests.factories import queues as lines
from tests.factories import scheduling as times
from tests.factories import visits as rooms
from visits.models import Note, Vitals


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic)
    times.hours(doctor=doctor, clinic=clinic)
    lines.doctor_station(doctor=doctor)
    return doctor


@pytest.fixture
def nurses(clinic):
    return [people.user(Role.NURSE, clinic=clinic) for _number in range(6)]


def test_a_hundred_call_at_once_and_one_is_called(clinic, nurses):
    station = lines.station(clinic=clinic)
    first = [lines.entry(station=station, by=nurses[0]) for _number in range(3)][0]
    answers = rush(100, lambda number: client_of(nurses[number % 6]).post("/api/v1/queue/next/"))
    assert statuses(answers) == {200: 1, 409: 99}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"somebody_called"}
    assert Entry.objects.get(state=Entry.State.CALLED) == first
    assert EntryChange.objects.count() == 1


def test_sixty_walk_in_one_in_ten_spilled_and_no_number_is_missing(clinic, crowd, doctor, dice, monkeypatch):
    """Refused after the number was given: the whole request rolls back, and the number with it."""
    arriving = [lines.patient(name=f"Patient Number{number}") for number in range(60)]
    spilled = {patient.pk for patient in arriving if dice.random() < 0.1}
    walk_in = desk.walk_in

    @operation
    def spilling(*, patient, **given):
        token = walk_in(patient=patient, **given)
        if patient.pk in spilled:
            raise Refused("spilled", "spilled")
        return token

    monkeypatch.setattr("clinic.api_counter.desk.walk_in", spilling)

    def arrive(number):
        given = {"patient": arriving[number].pk, "doctor": doctor.pk}
        return client_of(crowd[number % 16]).post("/api/v1/queue/walk-in/", given)

    came = 60 - len(spilled)
    assert statuses(rush(60, arrive)) == {code: n for code, n in {201: came, 409: len(spilled)}.items() if n}
    assert sorted(Token.objects.values_list("number", flat=True)) == list(range(1, came + 1))
    assert Entry.objects.waiting().count() == came


def test_one_key_a_hundred_times_is_one_number(crowd, doctor):
    given = {"patient": lines.patient().pk, "doctor": doctor.pk}
    key = {"Idempotency-Key": "one-click"}
    answers = rush(100, lambda _number: client_of(crowd[0]).post("/api/v1/queue/walk-in/", given, headers=key))
    assert statuses(answers) == {201: 100}
    assert len({answer.json()["id"] for answer in answers}) == Token.objects.count() == 1


def test_a_hundred_steps_with_one_version_are_one_step(clinic, nurses):
    entry = lines.entry(station=lines.station(clinic=clinic), by=nurses[0])
    path = f"/api/v1/queue/entries/{entry.pk}/"
    given = {"status": "called", "version": 1}
    answers = rush(100, lambda number: client_of(nurses[number % 6]).patch(path, given))
    assert statuses(answers) == {200: 1, 412: 99}
    assert EntryChange.objects.count() == 1


def test_notes_and_vitals_by_everybody_at_once_are_all_kept(nurses, doctor):
    visit = rooms.visit(doctor=doctor)
    writers = [doctor.user, *nurses]

    def write(number):
        client = client_of(writers[number % len(writers)])
        if number % 2:
            return client.post(f"/api/v1/visits/{visit.pk}/vitals/", {"pulse": 60 + number % 40})
        return client.post(f"/api/v1/visits/{visit.pk}/notes/", {"category": "observation", "text": f"Seen {number}"})

    assert statuses(rush(100, write)) == {201: 100}
    assert (Note.objects.count(), Vitals.objects.count()) == (50, 50)


def test_a_correction_is_made_once(nurses, doctor):
    visit = rooms.visit(doctor=doctor)
    by = client_of(doctor.user)
    wrong = by.post(f"/api/v1/visits/{visit.pk}/vitals/", {"pulse": 170}).json()["id"]
    path = f"/api/v1/visits/{visit.pk}/vitals/{wrong}/correct/"
    answers = rush(30, lambda number: client_of(nurses[number % 6]).post(path, {"pulse": 71}))
    assert statuses(answers) == {201: 1, 409: 29}


def test_a_draft_patched_by_thirty_hands_with_one_version_is_written_once(doctor):
    visit = rooms.visit(doctor=doctor)
    path = f"/api/v1/visits/{visit.pk}/"
    answers = rush(30, lambda number: client_of(doctor.user).patch(path, {"plan": f"Plan {number}", "version": 1}))
    assert statuses(answers) == {200: 1, 412: 29}
