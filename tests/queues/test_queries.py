"""Where a query of the line has logic of its own."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.access import Role
from queues import operations, queries
from queues.board import estimate
from tests.factories import clinic as people
from tests.factories import queues as make

pytestmark = pytest.mark.django_db


def serve(station, by, minutes):
    """One person called, begun and finished after so many minutes."""
    start = timezone.now() - timedelta(hours=1)
    with time_machine.travel(start, tick=False):
        make.entry(station=station, by=by)
        entry = operations.begin(entry=operations.call_next(station=station, by=by), by=by)
    with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
        return operations.finish(entry=entry, by=by)


@pytest.mark.parametrize(
    ("minutes", "ahead", "expected"),
    [
        ([], 3, None),
        ([10, 12], 3, None),  # fewer than three are known: not known
        ([10, 10, 10], 0, (0, 0)),
        ([10, 10, 10], 3, (30, 35)),  # never one number
        ([5, 10, 20], 2, (20, 30)),  # median 10, 80th percentile 16
        ([4, 4, 4], 2, (8, 13)),  # under ten minutes to the minute
    ],
)
def test_estimate(minutes, ahead, expected):
    assert estimate(minutes, ahead) == expected


def test_who_would_join_now_waits_for_everybody_before_them(station, sara):
    for minutes in (10, 10, 20):
        serve(station, sara, minutes)
    for _number in range(3):
        make.entry(station=station, by=sara)
    operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    assert queries.waiting_now([station.pk], station.clinic) == {station.pk: (2, (30, 50))}


def test_the_line_is_in_order_with_places_and_minutes(station, sara):
    with time_machine.travel(timezone.now() - timedelta(minutes=12)):
        make.entry(station=station, by=sara)
    make.entry(station=station, by=sara, category="emergency", emergency_reason="fall")
    rows = queries.line(station)
    assert [(row.token.label, row.position, row.minutes) for row in rows] == [("A-002", 1, 0), ("A-001", 2, 12)]
    assert rows[0].why == "Emergency: goes before everybody."


def test_entries_of_gives_the_latest_stay(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    entry = make.entry(station=station, by=sara)
    new = operations.transfer(entry=entry, station=other, by=sara)
    assert queries.entries_of([entry.token_id]) == {entry.token_id: new}


def test_live_entry_of_a_token(station, sara):
    entry = make.entry(station=station, by=sara)
    assert queries.live_entry(entry.token) == entry
    operations.leave(entry=entry, by=sara)
    assert queries.live_entry(entry.token) is None


def test_ahead_counts_called_and_waiting_and_tells_who_is_inside(station, sara):
    for _number in range(4):
        last = make.entry(station=station, by=sara)
    operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    operations.call_next(station=station, by=sara)
    assert queries.ahead_of(last) == queries.Ahead(people=2, inside=1)


def test_the_board_keeps_a_call_for_three_minutes(clinic, station, sara):
    make.entry(station=station, by=sara)
    operations.call_next(station=station, by=sara)
    assert queries.board(clinic).now.token == "A-001"
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        board = queries.board(clinic)
    assert (board.now, [call.token for call in board.past]) == (None, ["A-001"])


def test_a_call_leaves_the_large_place_when_the_person_comes(clinic, station, sara):
    make.entry(station=station, by=sara)
    operations.begin(entry=operations.call_next(station=station, by=sara), by=sara)
    assert queries.board(clinic).now is None


def test_a_recall_is_a_new_call_for_the_display(clinic, station, sara):
    make.entry(station=station, by=sara)
    entry = operations.call_next(station=station, by=sara)
    first = queries.board(clinic).now.key
    operations.recall(entry=entry, by=sara)
    assert queries.board(clinic).now.key != first


def test_the_last_five_calls(clinic, station, sara):
    for _number in range(7):
        make.entry(station=station, by=sara)
        operations.finish(entry=operations.call_next(station=station, by=sara), by=sara)
    assert [call.token for call in queries.board(clinic).past] == ["A-007", "A-006", "A-005", "A-004", "A-003"]


def test_station_for_a_doctor_is_the_own_one(clinic, station, sara):
    doctor = people.doctor(clinic=clinic)
    own = operations.ensure_doctor_station(doctor=doctor, by=sara)
    assert queries.station_for(doctor.user) == own
    assert queries.station_for(people.user(Role.NURSE, clinic=clinic)) == station
    assert queries.station_for(sara) is None


def test_undo_is_offered_to_its_author_only(clinic, station, sara):
    operations.leave(entry=make.entry(station=station, by=sara), by=sara)
    other = people.user(Role.RECEPTION, clinic=clinic)
    assert queries.lines(clinic, user=sara)[0].undo.label == "A-001"
    assert queries.lines(clinic, user=other)[0].undo is None


def test_look_alike_names_are_marked_in_every_column(clinic, station, sara):
    other = make.station(clinic=clinic, letter="B")
    make.entry(station=station, by=sara, patient=make.patient(name="Mohammed Ali"))
    make.entry(station=other, by=sara, patient=make.patient(name="Mohamed Aly"))
    make.entry(station=other, by=sara, patient=make.patient(name="Layla Hassan"))
    marked = [[row.alike for row in column.waiting] for column in queries.lines(clinic)]
    assert marked == [[True], [True, False]]
    assert [row.alike for row in queries.line_of(other).waiting] == [True, False]


def test_who_was_served_without_a_call_gives_no_time(station, sara):
    for _number in range(4):
        operations.serve(entry=make.entry(station=station, by=sara), by=sara)
    assert queries.waiting_now([station.pk], station.clinic) == {station.pk: (0, None)}
