"""The order of the line as a table of cases, and its sentences in both languages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from queues.order import Place, Rules, due_in_category, due_time, in_order, set_back, why

RULES = Rules(grace=10, allowance=15, bonus=20)
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def at(minutes):
    return NINE + timedelta(minutes=minutes)


def place(token, joined, *, booked=None, category="normal"):
    booked = None if booked is None else at(booked)
    due = due_time(RULES, joined_at=at(joined), booked_at=booked, category=category)
    return Place(token=token, joined_at=at(joined), due_at=due, category=category, booked_at=booked)


@pytest.mark.parametrize(
    ("joined", "booked", "category", "due"),
    [
        (0, None, "normal", 15),  # walk-in: arrival plus allowance
        (0, 20, "normal", 20),  # early for the appointment: its start
        (10, 0, "normal", 0),  # exactly within grace: its start
        (11, 0, "normal", 11),  # late: the arrival
        (40, 0, "normal", 40),  # very late: the arrival, no more
        (0, None, "elderly", -5),  # priority: less the bonus
        (0, 20, "pregnant", 0),
        (30, 0, "infant", 10),
        (0, None, "disabled", -5),
        (0, None, "emergency", 15),  # an emergency needs no bonus: it goes first anyway
    ],
)
def test_due_time(joined, booked, category, due):
    booked = None if booked is None else at(booked)
    assert due_time(RULES, joined_at=at(joined), booked_at=booked, category=category) == at(due)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([place("A-001", 0), place("A-002", 5)], ["A-001", "A-002"]),
        ([place("A-001", 0), place("A-002", 5, booked=10)], ["A-002", "A-001"]),
        ([place("A-001", 0), place("A-002", 5, booked=15)], ["A-001", "A-002"]),  # same due: the lower number
        ([place("A-001", 0), place("A-002", 25, booked=0)], ["A-001", "A-002"]),  # late: loses the booking
        ([place("A-001", 0), place("A-002", 9, booked=0)], ["A-002", "A-001"]),  # within grace: keeps it
        ([place("A-001", 0), place("A-002", 10, category="elderly")], ["A-002", "A-001"]),
        ([place("A-001", 0), place("A-002", 21, category="elderly")], ["A-001", "A-002"]),  # nobody starves
        ([place("A-001", 0, booked=0), place("A-009", 60, category="emergency")], ["A-009", "A-001"]),
        ([place("A-002", 5, category="emergency"), place("A-001", 0, category="emergency")], ["A-001", "A-002"]),
        ([place("A-1000", 0), place("A-999", 0)], ["A-999", "A-1000"]),  # numbers, not letters
    ],
)
def test_order(people, expected):
    assert [p.token for p in in_order(people)] == expected
    assert [p.token for p in in_order(reversed(people))] == expected


@pytest.mark.parametrize(
    ("person", "english"),
    [
        (place("A-001", 0), "Came at 09:00 without a booking: 15 minutes later; due 09:15."),
        (replace(place("A-001", 0), sent_on=True), "Sent here at 09:00: 15 minutes later; due 09:15."),
        (place("A-001", 0, booked=20), "Booked for 09:20 and came in time; due 09:20."),
        (place("A-001", 30, booked=0), "Booked for 09:00 but came at 09:30, so the arrival counts; due 09:30."),
        (
            place("A-001", 0, category="elderly"),
            "Came at 09:00 without a booking: 15 minutes later; Elderly: 20 minutes earlier; due 08:55.",
        ),
        (place("A-001", 0, category="emergency"), "Emergency: goes before everybody."),
    ],
)
def test_why(person, english):
    word = person.category.title() if person.category != "normal" else ""
    assert why(person, RULES, UTC, word) == english


def test_why_in_arabic():
    with override("ar"):
        assert why(place("A-001", 0, booked=20), RULES, UTC) == "محجوز الساعة 09:20 وحضر في موعده؛ دوره 09:20."


@pytest.mark.parametrize(
    ("called", "line", "expected"),
    [
        # two wait behind: after both; three: between the second and the third
        (("A-001", 0), [("A-002", 5), ("A-003", 10)], ["A-002", "A-003", "A-001"]),
        (("A-001", 0), [("A-002", 5), ("A-003", 10), ("A-004", 15)], ["A-002", "A-003", "A-001", "A-004"]),
        # fewer wait: behind the last; nobody: next again
        (("A-001", 0), [("A-002", 5)], ["A-002", "A-001"]),
        (("A-001", 0), [], ["A-001"]),
        # the same instant: behind those two all the same, although the number is lower
        (("A-001", 0), [("A-002", 0), ("A-003", 0)], ["A-002", "A-003", "A-001"]),
        # who was called out of order and stands behind two anyway gains nothing
        (("A-009", 50), [("A-002", 5), ("A-003", 10), ("A-004", 15)], ["A-002", "A-003", "A-004", "A-009"]),
        # emergencies go before them anyway and do not count as an excuse
        (
            ("A-001", 0),
            [("A-002", 5), ("A-003", 10), ("A-008", 20, "emergency")],
            ["A-008", "A-002", "A-001", "A-003"],
        ),
        # an emergency goes behind emergencies only
        (("A-001", 0, "emergency"), [("A-002", 5), ("A-003", 10)], ["A-001", "A-002", "A-003"]),
        (
            ("A-001", 0, "emergency"),
            [("A-002", 5), ("A-003", 10, "emergency")],
            ["A-003", "A-001", "A-002"],
        ),
    ],
)
def test_two_places_back(called, line, expected):
    def made(token, joined, category="normal"):
        return place(token, joined, category=category)

    called, line = made(*called), [made(*row) for row in line]
    later = replace(called, due_at=set_back(called, line, 2), set_back_at=at(30))
    assert [p.token for p in in_order([later, *line])] == expected
    assert later.due_at >= called.due_at


def test_a_new_priority_keeps_the_setting_back():
    back = replace(place("A-001", 0), due_at=at(40), set_back_at=at(30))
    assert due_in_category(back, RULES, "elderly") == at(20)
    assert due_in_category(place("A-001", 0), RULES, "elderly") == at(-5)


def test_the_sentence_says_that_somebody_was_set_back():
    back = replace(place("A-001", 0), due_at=at(40), set_back_at=at(30))
    with override("en"):
        assert why(back, RULES, UTC) == (
            "Came at 09:00 without a booking: 15 minutes later; was not there when called at 09:30; due 09:40."
        )
