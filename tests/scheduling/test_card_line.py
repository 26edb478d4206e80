"""The line "Today and next" on the patient's card: where they stand, or how their day here ended."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from queues import operations as queues
from queues.queries import live_entry
from scheduling import operations
from tests.factories import clinic as ground
from tests.factories.scheduling import hours


@pytest.fixture
def line(client, desk, patient):
    client.force_login(desk)
    return lambda: client.get(reverse("scheduling:next_of", args=[patient.pk])).content.decode()


def seen(token, doctor):
    """The patient was called, seen and let go."""
    entry = queues.call(entry=live_entry(token), by=doctor.user)
    return queues.finish(entry=queues.begin(entry=entry, by=doctor.user), by=doctor.user)


def test_nobody_was_here(line):
    assert "No appointment" in line()


def test_who_is_done_is_said_to_be(line, clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    seen(token, doctor)
    text = line()
    assert ("Done" in text, token.label in text, "No appointment" in text) == (True, True, False)


def test_who_has_left_is_said_to_have(line, clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    queues.leave(entry=live_entry(token), by=desk)
    assert ("Left" in line(), token.label in line()) == (True, True)


def test_where_one_waits_comes_before_what_has_ended(line, clinic, doctor, patient, desk):
    other = ground.doctor(clinic=clinic)
    hours(doctor=other, clinic=clinic)
    waits = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    done = operations.walk_in(clinic=clinic, patient=patient, doctor=other, by=desk)
    seen(done, other)
    assert (waits.label in line(), done.label in line()) == (True, False)


def test_the_line_asks_as_often_for_whose_day_is_over(line, clinic, doctor, patient, desk):
    def questions():
        with CaptureQueriesContext(connection) as asked:
            line()
        return len(asked)

    line()
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    waiting = questions()
    seen(token, doctor)
    assert questions() == waiting
