"""Hours that are given and taken while people book: nothing overlaps, and nobody is booked into a time just blocked."""

from datetime import time, timedelta

import pytest

from clinic.access import Role
from scheduling import operations, queries
from scheduling.models import Appointment, Availability, AvailabilityException
from tests.concurrency.crowd import faults, rush, tally
from tests.factories import clinic as people
from tests.factories import queues as lines
from tests.factories import scheduling as times


@pytest.fixture
def doctor(clinic):
    return people.doctor(clinic=clinic)


@pytest.fixture
def managers(clinic):
    return [people.user(Role.MANAGER, clinic=clinic, name=f"Manager {number}") for number in range(16)]


def test_the_same_week_is_given_once(clinic, doctor, managers):
    def add(number):
        start = time(8 + number % 3)
        return operations.add_hours(
            clinic=clinic, doctor=doctor, by=managers[number], weekdays=range(5), start_time=start, end_time=time(14)
        )

    outcomes = rush(16, add)
    assert tally(outcomes) == {"ok": 1, "hours_overlap": 15}, faults(outcomes)
    assert Availability.objects.count() == 5


def test_one_absence_is_noted_once(clinic, doctor, managers):
    span = {"starts_at": times.morrow(clinic, "09:00"), "ends_at": times.morrow(clinic, "12:00")}

    def block(number):
        return operations.add_exception(
            clinic=clinic, doctor=doctor, by=managers[number], kind="away", reason="Leave", **span
        )

    assert tally(rush(16, block)) == {"ok": 1, "already_away": 15}
    assert AvailabilityException.objects.count() == 1


def test_who_is_booked_while_the_time_is_blocked_is_listed(clinic, crowd, doctor):
    """Each of the bookings either came before the block, and is listed as in its way, or was refused."""
    times.hours(doctor=doctor, clinic=clinic)
    patients = [lines.patient(name=f"Patient {number}") for number in range(24)]
    span = {"starts_at": times.morrow(clinic, "09:00"), "ends_at": times.morrow(clinic, "15:00")}

    def act(number):
        if number == 12:
            return operations.add_exception(
                clinic=clinic, doctor=doctor, by=crowd[0], kind="away", reason="Leave", **span
            )
        start = span["starts_at"] + timedelta(minutes=15 * number)
        return operations.book(
            clinic=clinic, patient=patients[number], doctor=doctor, starts_at=start, by=crowd[number % 16]
        )

    outcomes = rush(24, act)
    assert set(tally(outcomes)) <= {"ok", "outside_hours"}, faults(outcomes)
    booked = {outcome.pk for outcome in outcomes if isinstance(outcome, Appointment)}
    assert {row.pk for row in queries.in_the_way(AvailabilityException.objects.get())} == booked


def test_one_account_never_gets_more_than_its_share(clinic, doctor):
    times.hours(doctor=doctor, clinic=clinic)
    patient = lines.patient(user=people.user(Role.PATIENT, clinic=clinic))

    def book(number):
        start = times.morrow(clinic) + timedelta(minutes=15 * number)
        return operations.book(clinic=clinic, patient=patient, doctor=doctor, starts_at=start, by=patient.user)

    share = operations.MOST_OWN
    assert tally(rush(20, book)) == {"ok": share, "too_many": 20 - share}
