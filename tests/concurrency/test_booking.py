"""One slot, two hundred people who want it."""

from datetime import timedelta

import pytest

from scheduling import operations
from scheduling.models import Appointment
from tests.concurrency.crowd import rush, tally
from tests.factories import clinic as people
from tests.factories import queues as lines
from tests.factories import scheduling as times

CROWD = 200


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic)
    times.hours(doctor=doctor, clinic=clinic)
    return doctor


@pytest.fixture
def patients(clinic):
    return [lines.patient(name=f"Patient {number}") for number in range(CROWD)]


def test_one_slot_is_booked_once_and_everybody_else_is_told_what_is_free(clinic, crowd, doctor, patients):
    slot = times.morrow(clinic)

    def book(number):
        return operations.book(
            clinic=clinic, patient=patients[number], doctor=doctor, starts_at=slot, by=crowd[number % len(crowd)]
        )

    outcomes = rush(CROWD, book)
    assert tally(outcomes) == {"ok": 1, "slot_taken": CROWD - 1}
    assert Appointment.objects.count() == 1
    refusals = [outcome for outcome in outcomes if not isinstance(outcome, Appointment)]
    assert {len(refusal.alternatives) for refusal in refusals} == {3}


def test_overlapping_times_never_overlap_in_the_book(clinic, crowd, doctor, patients, dice):
    first = times.morrow(clinic)
    starts = [first + timedelta(minutes=5 * dice.randrange(12)) for _ in range(100)]

    def book(number):
        return operations.book(
            clinic=clinic, patient=patients[number], doctor=doctor, starts_at=starts[number], by=crowd[0], minutes=20
        )

    assert set(tally(rush(100, book))) <= {"ok", "slot_taken"}
    booked = sorted(Appointment.objects.values_list("during", flat=True), key=lambda during: during.lower)
    assert booked
    assert all(before.upper <= after.lower for before, after in zip(booked, booked[1:], strict=False))


def test_one_patient_is_not_at_two_doctors_at_once(clinic, crowd, patients):
    doctors = [people.doctor(clinic=clinic, name=f"Doctor {number}", room=str(number)) for number in range(16)]
    for doctor in doctors:
        times.hours(doctor=doctor, clinic=clinic)
    slot = times.morrow(clinic)

    def book(number):
        return operations.book(
            clinic=clinic, patient=patients[0], doctor=doctors[number], starts_at=slot, by=crowd[number]
        )

    assert tally(rush(16, book)) == {"ok": 1, "patient_busy": 15}


def test_the_same_key_books_once_and_answers_everybody(clinic, crowd, doctor, patients):
    slot = times.morrow(clinic)

    def book(number):
        return operations.book(
            clinic=clinic, patient=patients[0], doctor=doctor, starts_at=slot, by=crowd[0], idempotency_key="one-key"
        )

    outcomes = rush(50, book)
    assert tally(outcomes) == {"ok": 50}
    assert len({appointment.pk for appointment in outcomes}) == 1


def test_two_that_change_places_do_not_wait_for_each_other(clinic, crowd, patients):
    doctors = [people.doctor(clinic=clinic, name=name, room=name) for name in ("One", "Two")]
    for doctor in doctors:
        times.hours(doctor=doctor, clinic=clinic)
    booked = [
        operations.book(
            clinic=clinic,
            patient=patients[number],
            doctor=doctors[number % 2],
            starts_at=times.morrow(clinic) + timedelta(minutes=15 * number),
            by=crowd[0],
        )
        for number in range(16)
    ]

    def move(number):
        target = times.morrow(clinic, "14:00") + timedelta(minutes=15 * number)
        return operations.move(
            appointment=booked[number], doctor=doctors[(number + 1) % 2], starts_at=target, by=crowd[number]
        )

    assert tally(rush(16, move)) == {"ok": 16}
