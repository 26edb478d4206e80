"""What the ways back put right: the booking as it was, and the place in line only together with it."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from clinic.access import Role
from clinic.errors import Refused
from queues import operations as line
from queues import queries as line_queries
from queues.models import Entry
from scheduling import operations
from scheduling.forms import STAMP
from scheduling.models import Appointment
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, morrow, next_slot

State = Appointment.State


def refusal(function, **kwargs):
    with pytest.raises(Refused) as caught:
        function(**kwargs)
    return caught.value


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))


@pytest.fixture
def arrived(booked, desk):
    """A booked patient who stands in line; `token` is the number."""
    operations.check_in(appointment=booked, by=desk)
    booked.refresh_from_db()
    return booked


@pytest.fixture
def colleague(clinic):
    return ground.user(Role.RECEPTION, clinic=clinic, name="Ali Karim")


GIVEN_UP = {
    "cancel": lambda booked, by: operations.cancel(appointment=booked, by=by, reason="slip"),
    "undo_check_in": lambda booked, by: operations.undo_check_in(appointment=booked, by=by),
}


@pytest.mark.parametrize("verb", GIVEN_UP)
def test_the_line_alone_does_not_bring_back_who_left_with_the_booking(arrived, desk, verb):
    entry = arrived.token.entries.get()
    GIVEN_UP[verb](arrived, desk)
    assert refusal(line.undo, entry=entry, by=desk).code == "booking_given_up"
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.LEFT
    assert line_queries.line_of(entry.station, user=desk).undo is None


def test_who_had_left_before_the_booking_was_cancelled_does_not_come_back_alone(arrived, desk):
    entry = line.leave(entry=arrived.token.entries.get(), by=desk)
    operations.cancel(appointment=arrived, by=desk, reason="went home")
    assert refusal(line.undo, entry=entry, by=desk).code == "booking_given_up"


def test_after_a_check_in_taken_back_the_patient_is_checked_in_once(arrived, desk):
    operations.undo_check_in(appointment=arrived, by=desk)
    token = operations.check_in(appointment=arrived, by=desk)
    assert Entry.objects.live().get().token == token


def test_a_colleague_restores_the_place_in_line_too(arrived, desk, colleague):
    operations.cancel(appointment=arrived, by=desk, reason="slip")
    back = operations.restore(appointment=arrived, by=colleague)
    assert (back.state, arrived.token.entries.get().state) == (State.ARRIVED, Entry.State.WAITING)


def test_after_ten_minutes_the_booking_alone_is_restored_and_checked_in_again(arrived, desk):
    operations.cancel(appointment=arrived, by=desk, reason="slip")
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        back = operations.restore(appointment=arrived, by=desk)
    assert (back.state, back.token, arrived.token.entries.get().state) == (State.CONFIRMED, None, Entry.State.LEFT)
    assert operations.check_in(appointment=back, by=desk).number == 2


def test_restore_does_not_take_back_what_somebody_else_did_in_the_line(arrived, desk, colleague):
    line.leave(entry=arrived.token.entries.get(), by=colleague)
    operations.cancel(appointment=arrived, by=desk, reason="slip")
    back = operations.restore(appointment=arrived, by=desk)
    assert (back.state, back.token, arrived.token.entries.get().state) == (State.CONFIRMED, None, Entry.State.LEFT)


def test_a_second_restore_is_refused(arrived, desk):
    operations.cancel(appointment=arrived, by=desk, reason="slip")
    operations.restore(appointment=arrived, by=desk)
    assert refusal(operations.restore, appointment=arrived, by=desk).code == "not_given_up"


def test_who_got_a_second_number_does_not_return_to_the_first(clinic, doctor, patient, desk):
    first = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk).entries.get()
    line.leave(entry=first, by=desk)
    second = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    said = refusal(line.undo, entry=first, by=desk)
    assert (said.code, second.label in str(said.message)) == ("already_in_line", True)
    assert Entry.objects.live().get().token == second


def test_what_was_asked_for_is_asked_for_again(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    Appointment.objects.filter(pk=made.pk).update(state=State.PENDING)
    operations.cancel(appointment=made, by=desk, reason="slip")
    assert operations.restore(appointment=made, by=desk).state == State.PENDING


@pytest.fixture
def over(clinic, doctor, patient, other, desk):
    """A booking over another one, tomorrow at nine."""
    appointment(clinic=clinic, doctor=doctor, patient=other, by=desk)
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, overbook_reason="urgent")


def test_the_way_back_of_a_move_keeps_the_reason_for_booking_over(client, clinic, doctor, over, desk):
    operations.move(appointment=over, by=desk, starts_at=morrow(clinic, "11:00"))
    over.refresh_from_db()
    assert (over.is_overbooked, over.overbook_reason) == (False, "")
    client.force_login(desk)
    back = reverse("scheduling:move_to", args=[over.pk, f"{morrow(clinic).astimezone(UTC):{STAMP}}", doctor.pk])
    assert client.post(back).status_code == 303
    over.refresh_from_db()
    assert (over.starts_at, over.is_overbooked, over.overbook_reason) == (morrow(clinic), True, "urgent")


def test_a_reason_of_two_moves_ago_books_nothing_over(clinic, over, desk):
    operations.move(appointment=over, by=desk, starts_at=morrow(clinic, "11:00"))
    operations.move(appointment=over, by=desk, starts_at=morrow(clinic, "12:00"))
    assert refusal(operations.move, appointment=over, by=desk, starts_at=morrow(clinic)).code == "slot_taken"
