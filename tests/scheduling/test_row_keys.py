"""The letters of a row of the desk: what each finds there, and what is said where it finds nothing."""

import re

import pytest
from django.urls import reverse

from queues import operations as queues
from queues.queries import live_entry
from scheduling import operations
from scheduling.models import Appointment
from tests.factories.scheduling import appointment, next_slot


@pytest.fixture
def page(client, desk):
    client.force_login(desk)
    return lambda: client.get(reverse("scheduling:desk")).content.decode()


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))


def row_of(text, found):
    """(how the row stands, {key: the id of what it presses})."""
    row = re.search(rf'<tr id="{found}".*?</tr>', text, re.DOTALL)[0]
    stands = re.search(r'data-stands="(\w+)"', row)
    keys = re.findall(r'id="[\w-]+-(\w+)"[^>]*data-row-key="Key(\w)"', row)
    return stands and stands[1], {key: act for act, key in keys}


def test_a_booked_row(page, booked):
    assert row_of(page(), f"appt-{booked.pk}") == (None, {"C": "in", "M": "move", "X": "cancel"})


def test_a_checked_in_row_is_cancelled_and_taken_back(page, booked, desk):
    operations.check_in(appointment=booked, by=desk)
    assert row_of(page(), f"appt-{booked.pk}") == ("here", {"P": "print", "X": "cancel", "U": "undo"})


def test_a_checked_in_row_whose_visit_has_begun_is_not_cancelled(page, booked, desk):
    operations.check_in(appointment=booked, by=desk)
    Appointment.objects.filter(pk=booked.pk).update(state="in_progress")
    assert "X" not in row_of(page(), f"appt-{booked.pk}")[1]


def test_who_did_not_come_when_called_has_left(page, booked, doctor, desk):
    token = operations.check_in(appointment=booked, by=desk)
    entry = queues.skip(entry=queues.call(entry=live_entry(token), by=doctor.user), by=doctor.user)
    assert entry.state == "skipped"
    assert row_of(page(), f"appt-{booked.pk}")[1]["X"] == "leave"


def test_the_check_in_of_who_has_left_can_be_taken_back(page, booked, desk):
    token = operations.check_in(appointment=booked, by=desk)
    queues.leave(entry=live_entry(token), by=desk)
    assert row_of(page(), f"appt-{booked.pk}") == ("left", {"P": "print", "U": "undo"})
    operations.undo_check_in(appointment=booked, by=desk)
    assert row_of(page(), f"appt-{booked.pk}")[1]["C"] == "in"


def test_a_walk_in_who_has_left(page, clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    queues.leave(entry=live_entry(token), by=desk)
    assert row_of(page(), f"token-{token.pk}") == ("left", {"P": "print"})


def test_a_given_up_row(page, booked, desk):
    Appointment.objects.filter(pk=booked.pk).update(state="missed")
    assert row_of(page(), f"appt-{booked.pk}") == ("given_up", {"U": "restore"})


def test_the_desk_has_words_for_every_letter_of_its_rows(page):
    assert set(re.findall(r'data-no-key="Key(\w)"', page())) == set("CMXPU")
