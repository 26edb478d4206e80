"""What an earlier day left open neither goes first nor blocks the line; a night that goes on is not broken off."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.access import Role
from queues import operations, queries, standing
from queues.models import Entry
from tests.factories import clinic as people
from tests.factories import queues as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make.station(clinic=people.clinic())


@pytest.fixture
def sara(station):
    return people.user(Role.RECEPTION, clinic=station.clinic)


def at(station, hour, days=0):
    """That hour of the clinic's day, `days` from today."""
    return station.clinic.now().replace(hour=hour, minute=0) + timedelta(days=days)


def test_who_waited_yesterday_is_not_called_first_today(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        old = make.entry(station=station, by=sara)
    with time_machine.travel(at(station, 8, days=1), tick=False):
        fresh = make.entry(station=station, by=sara)
        called = operations.call_next(station=station, by=sara)
    old.refresh_from_db()
    assert (called.pk, old.state) == (fresh.pk, Entry.State.LEFT)


def test_who_was_called_yesterday_does_not_block_today(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        make.entry(station=station, by=sara)
        old = operations.call_next(station=station, by=sara)
    with time_machine.travel(at(station, 8, days=1), tick=False):
        fresh = make.entry(station=station, by=sara)
        called = operations.call_next(station=station, by=sara)
    old.refresh_from_db()
    assert (called.pk, old.state) == (fresh.pk, Entry.State.LEFT)


def test_who_was_with_staff_yesterday_is_done(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        make.entry(station=station, by=sara)
        old = operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    with time_machine.travel(at(station, 8, days=1), tick=False):
        make.entry(station=station, by=sara)
    old.refresh_from_db()
    assert old.state == Entry.State.DONE


def test_the_line_does_not_show_yesterday(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        make.entry(station=station, by=sara)
        assert len(queries.line(station)) == 1
    with time_machine.travel(at(station, 8, days=1), tick=False):
        assert queries.line(station) == []


def test_neither_the_display_nor_the_walk_in_counts_yesterday(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        make.entry(station=station, by=sara)
        assert [line.count for line in queries.board(station.clinic).waiting] == [1]
    with time_machine.travel(at(station, 8, days=1), tick=False):
        assert queries.board(station.clinic).waiting == []
        assert queries.waiting_now([station.pk], station.clinic) == {station.pk: (0, None)}


def test_a_call_just_before_midnight_stays_on_the_display(station, sara):
    with time_machine.travel(at(station, 23).replace(minute=59), tick=False):
        make.entry(station=station, by=sara)
        operations.call_next(station=station, by=sara)
    with time_machine.travel(at(station, 23).replace(minute=59) + timedelta(minutes=2), tick=False):
        assert queries.board(station.clinic).now.token == "A-001"
    with time_machine.travel(at(station, 8, days=1), tick=False):
        board = queries.board(station.clinic)
        assert (board.now, board.past) == (None, [])


def test_who_waited_yesterday_has_no_place_today(station, sara):
    with time_machine.travel(at(station, 18), tick=False):
        old = make.entry(station=station, by=sara)
        assert queries.row_of(old).position == 1
    with time_machine.travel(at(station, 8, days=1), tick=False):
        assert queries.row_of(old).position == 0


def test_a_night_that_goes_on_keeps_its_people(station, sara):
    with time_machine.travel(at(station, 23), tick=False):
        waiting = make.entry(station=station, by=sara)
    with time_machine.travel(at(station, 23) + timedelta(hours=2), tick=False):
        assert operations.call_next(station=station, by=sara).pk == waiting.pk


def test_the_present_moment_is_untouched(station, sara):
    entry = make.entry(station=station, by=sara)
    assert Entry.objects.left_over(station.clinic.today(), timezone.now()).filter(pk=entry.pk).exists() is False


def test_the_slip_of_who_is_held_past_midnight_still_shows_the_place(station, sara):
    with time_machine.travel(at(station, 23), tick=False):
        entry = make.entry(station=station, by=sara)
    with time_machine.travel(at(station, 1, days=1), tick=False):
        seen = standing.place_of_code(entry.token.place_code)
        assert (seen.over, seen.ahead.people) == (False, 0)
    with time_machine.travel(at(station, 8, days=1), tick=False):
        assert standing.place_of_code(entry.token.place_code).over
