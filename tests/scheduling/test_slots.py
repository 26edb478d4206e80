"""Slot arithmetic as a table of cases, with the days on which clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling import slots
from scheduling.slots import Change, Hours

RIYADH, CAIRO, BEIRUT, LONDON = (
    ZoneInfo(name) for name in ("Asia/Riyadh", "Africa/Cairo", "Asia/Beirut", "Europe/London")
)
MONDAY = date(2026, 11, 23)


def hours(start, end, slot=30, weekday=0, **validity):
    return Hours(weekday, time.fromisoformat(start), time.fromisoformat(end), slot, **validity)


def at(text, zone=RIYADH, day=MONDAY):
    return datetime.combine(day, time.fromisoformat(text), tzinfo=zone)


def free(day, rows, zone=RIYADH, changes=(), taken=(), **wanted):
    work = slots.sessions(day, rows, changes, zone)
    return [f"{slot.starts_at:%H:%M}" for slot in slots.free(work, taken, zone, **wanted)]


@pytest.mark.parametrize(
    ("rows", "wanted", "expected"),
    [
        ([hours("09:00", "10:30")], {}, ["09:00", "09:30", "10:00"]),
        ([hours("09:00", "10:20")], {}, ["09:00", "09:30"]),
        ([hours("09:00", "10:00"), hours("16:00", "17:00")], {}, ["09:00", "09:30", "16:00", "16:30"]),
        ([hours("09:00", "10:00"), hours("09:00", "10:00")], {}, ["09:00", "09:30"]),
        ([hours("09:00", "10:30")], {"minutes": 60}, ["09:00", "09:30"]),
        ([hours("09:00", "10:00")], {"minutes": 90}, []),
        ([hours("09:00", "10:00", weekday=1)], {}, []),
        ([hours("09:00", "10:00", valid_until=date(2026, 11, 22))], {}, []),
        ([hours("09:00", "10:00", valid_from=MONDAY, valid_until=MONDAY)], {}, ["09:00", "09:30"]),
        ([hours("23:00", "23:59")], {}, ["23:00", "23:30"]),
        ([], {}, []),
    ],
)
def test_weekly_hours(rows, wanted, expected):
    assert free(MONDAY, rows, **wanted) == expected


def test_a_running_slot_is_offered_and_a_past_one_is_not():
    assert free(MONDAY, [hours("09:00", "10:30")], after=at("09:40")) == ["09:30", "10:00"]


def test_a_slot_that_ended_this_moment_is_past():
    assert free(MONDAY, [hours("09:00", "10:30")], after=at("09:30")) == ["09:30", "10:00"]


def test_touching_appointments_leave_the_slot_free():
    taken = [(at("08:30"), at("09:00")), (at("09:30"), at("10:00"))]
    assert free(MONDAY, [hours("09:00", "10:30")], taken=taken) == ["09:00", "10:00"]


def test_a_long_visit_needs_its_whole_length_free():
    assert free(MONDAY, [hours("09:00", "11:00")], taken=[(at("10:00"), at("10:30"))], minutes=60) == ["09:00"]


def test_a_taken_slot_is_marked():
    work = slots.sessions(MONDAY, [hours("09:00", "10:00")], [], RIYADH)
    marks = [slot.taken for slot in slots.all_slots(work, [(at("09:10"), at("09:20"))], RIYADH)]
    assert marks == [True, False]


def test_away_cuts_the_session_and_what_is_left_steps_from_its_own_start():
    lunch = Change(at("10:00"), at("11:00"), away=True)
    assert free(MONDAY, [hours("09:00", "12:00")], changes=[lunch]) == ["09:00", "09:30", "11:00", "11:30"]


def test_away_all_day_leaves_nothing():
    leave = Change(at("00:00"), at("00:00") + timedelta(days=3), away=True)
    assert free(MONDAY, [hours("09:00", "12:00")], changes=[leave]) == []


def test_two_absences_cut_twice():
    changes = [Change(at("09:30"), at("10:00"), away=True), Change(at("11:00"), at("11:30"), away=True)]
    assert free(MONDAY, [hours("09:00", "12:00")], changes=changes) == ["09:00", "10:00", "10:30", "11:30"]


def test_an_extra_session_adds_slots_of_the_doctors_length():
    extra = Change(at("18:00"), at("18:30"), away=False)
    assert free(MONDAY, [], changes=[extra]) == ["18:00", "18:15"]


def test_cairo_skips_the_first_hour_of_24_april_2026():
    day = date(2026, 4, 24)
    assert not slots.exists(datetime(2026, 4, 24, 0, 30), CAIRO)
    assert free(day, [hours("00:00", "03:00", weekday=4)], CAIRO) == ["01:00", "01:30", "02:00", "02:30"]


def test_a_session_that_begins_in_the_skipped_hour_begins_at_the_jump():
    day = date(2026, 4, 24)
    [session] = slots.sessions(day, [hours("00:30", "02:00", weekday=4)], [], CAIRO)
    assert session.starts_at == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    assert free(day, [hours("00:30", "02:00", weekday=4)], CAIRO) == ["01:00", "01:30"]


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump():
    assert slots.midnight(date(2026, 4, 24), CAIRO) == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)


def test_beirut_skips_midnight_on_29_march_2026():
    day = date(2026, 3, 29)
    assert free(day, [hours("00:00", "02:00", weekday=6)], BEIRUT) == ["01:00", "01:30"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([hours("00:00", "03:00", weekday=6)], ["00:00", "00:30", "02:00", "02:30"]),
        ([hours("00:30", "01:30", weekday=6)], ["00:30"]),
        ([hours("00:15", "03:30", slot=45, weekday=6)], ["00:15", "02:30"]),
    ],
)
def test_london_skips_an_hour_on_29_march_2026(rows, expected):
    assert free(date(2026, 3, 29), rows, LONDON) == expected


def test_london_shows_an_hour_twice_and_it_is_offered_once():
    rows = [hours("00:30", "02:30", weekday=6)]
    assert free(date(2026, 10, 25), rows, LONDON) == ["00:30", "01:00", "01:30", "02:00"]


def test_a_length_is_real_minutes_across_the_jump():
    work = slots.sessions(date(2026, 3, 29), [hours("00:30", "03:30", weekday=6)], [], LONDON)
    first = slots.free(work, [], LONDON, minutes=60)[0]
    assert (first.minutes, f"{first.ends_at:%H:%M}") == (60, "02:30")


def test_slots_never_overlap_on_any_day_the_clock_changes():
    for zone, day in (
        (CAIRO, date(2026, 4, 24)),
        (CAIRO, date(2026, 10, 30)),
        (LONDON, date(2026, 3, 29)),
        (LONDON, date(2026, 10, 25)),
    ):
        for minutes in (5, 15, 20, 45, 50):
            rows = [hours("00:00", "23:59", slot=minutes, weekday=day.weekday())]
            found = slots.free(slots.sessions(day, rows, [], zone), [], zone)
            ends = [slot.ends_at.astimezone(UTC) for slot in found]
            starts = [slot.starts_at.astimezone(UTC) for slot in found]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("09:00", "10:00", True),
        ("09:45", "10:15", True),
        ("10:45", "11:15", False),
        ("08:45", "09:15", False),
        ("12:00", "12:15", False),
    ],
)
def test_covers(start, end, inside):
    work = slots.sessions(MONDAY, [hours("09:00", "10:00"), hours("10:00", "11:00")], [], RIYADH)
    assert slots.covers(work, at(start), at(end)) is inside
