"""Hours and exceptions: what they do, when they refuse, what the database refuses, what stays booked."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic.access import Role
from clinic.models import AuditEvent
from scheduling import operations, queries
from scheduling.models import Availability, AvailabilityException
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, hours, morrow
from tests.refusals import refusal

NINE, NOON, TWO = time(9), time(12), time(14)


@pytest.fixture
def manager(clinic):
    return ground.user(Role.MANAGER, clinic=clinic, name="Mona Said")


@pytest.fixture
def idle(clinic):
    """A doctor without hours."""
    return ground.doctor(clinic=clinic, name="Huda Noor")


@pytest.fixture
def add(clinic, idle, manager):
    """Hours of the idle doctor, 9 to 12 on Mondays and Tuesdays unless said otherwise."""

    def one(**changes):
        usual = {"by": manager, "weekdays": [0, 1], "start_time": NINE, "end_time": NOON}
        return operations.add_hours(clinic=clinic, doctor=idle, **{**usual, **changes})

    return one


def free_on(doctor, clinic, days):
    day = clinic.today() + timedelta(days=days)
    return [f"{slot.starts_at:%H:%M}" for slot in queries.free_slots(doctor, clinic, day) if not slot.taken]


def test_several_weekdays_in_one_step(add, idle):
    rows = add(slot_minutes=20)
    assert [(row.weekday, row.start_time, row.slot_minutes) for row in rows] == [(0, NINE, 20), (1, NINE, 20)]
    assert len({row.batch for row in rows}) == 1
    assert AuditEvent.objects.filter(action="add_hours").count() == 2


def test_one_dated_session(add, clinic, idle):
    day = clinic.today() + timedelta(days=3)
    [row] = add(weekdays=(), date=day)
    assert (row.weekday, row.date, row.valid_from, row.valid_until) == (day.weekday(), day, day, day)
    assert (free_on(idle, clinic, 3)[0], free_on(idle, clinic, 10)) == ("09:00", [])


def test_weekdays_that_do_not_occur_are_left_out(add, clinic):
    day = clinic.today() + timedelta(days=1)
    rows = add(weekdays=range(7), valid_from=day, valid_until=day + timedelta(days=1))
    assert {row.weekday for row in rows} == {day.weekday(), (day.weekday() + 1) % 7}


def test_overlapping_hours_are_refused_with_words_and_none_is_added(add):
    add()
    said = refusal(add, weekdays=[2, 1], start_time=time(11), end_time=TWO)
    assert (said.code, str(said.message)) == (
        "hours_overlap",
        "Huda Noor already has hours on Tuesday from 09:00 to 12:00.",
    )
    assert Availability.objects.count() == 2


def test_touching_hours_and_other_weeks_are_no_overlap(add, clinic):
    add(valid_until=clinic.today() + timedelta(days=30))
    add(start_time=NOON, end_time=TWO)
    add(valid_from=clinic.today() + timedelta(days=31))
    assert Availability.objects.count() == 6


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"weekdays": []}, "weekdays_required", "weekdays"),
        ({"weekdays": [7]}, "weekdays_required", "weekdays"),
        ({"end_time": NINE}, "ends_before_start", "end_time"),
        ({"slot_minutes": 4}, "bad_length", "slot_minutes"),
        ({"end_time": time(9, 10)}, "bad_length", "slot_minutes"),
    ],
)
def test_values_that_cannot_be_right(add, changes, code, field):
    said = refusal(add, **changes)
    assert (said.code, said.field, Availability.objects.count()) == (code, field, 0)


def test_days_that_are_over_and_days_turned_round(add, clinic):
    past = clinic.today() - timedelta(days=1)
    assert refusal(add, valid_until=past).code == "in_the_past"
    assert refusal(add, weekdays=(), date=past).code == "in_the_past"
    assert refusal(add, valid_from=clinic.today(), valid_until=past).code == "ends_before_start"
    day = clinic.today()
    assert refusal(add, weekdays=[(day.weekday() + 3) % 7], valid_from=day, valid_until=day).code == "no_such_day"


def test_the_second_click_adds_nothing(add):
    first = add(idempotency_key="k")
    assert (add(idempotency_key="k"), Availability.objects.count()) == (first, 2)


def test_only_the_doctor_and_a_manager_keep_weekly_hours(add, idle, desk, doctor):
    assert {refusal(add, by=by).code for by in (desk, doctor.user)} == {"not_yours"}
    assert len(add(by=idle.user)) == 2


def test_the_database_refuses_overlapping_hours(clinic, idle):
    hours(doctor=idle, clinic=clinic, weekdays=[0], start="09:00", end="12:00")
    with pytest.raises(IntegrityError, match="availability_no_overlap"), transaction.atomic():
        hours(doctor=idle, clinic=clinic, weekdays=[0], start="11:45", end="14:00")


def test_ended_hours_keep_the_past_and_what_is_booked(clinic, doctor, patient, manager, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    row = Availability.objects.get(doctor=doctor, weekday=made.wall_date.weekday())
    ended = operations.remove_hours(availability=row, by=manager)
    made.refresh_from_db()
    assert (ended.valid_until, ended.removed_at) == (clinic.today() - timedelta(days=1), None)
    assert (made.state, list(queries.hanging_on(ended)), free_on(doctor, clinic, 1)) == ("confirmed", [made], [])
    assert refusal(operations.remove_hours, availability=row, by=manager).code == "already_ended"


def test_hours_that_have_not_begun_are_taken_away_and_come_back(add, clinic, idle, manager):
    row = add(weekdays=(), date=clinic.today() + timedelta(days=3))[0]
    operations.remove_hours(availability=row, by=manager)
    assert free_on(idle, clinic, 3) == []
    back = operations.restore_hours(availability=row, by=manager, valid_until=row.valid_until)
    assert (back.removed_at, free_on(idle, clinic, 3)[0]) == (None, "09:00")


def test_hours_are_not_restored_over_others(add, manager):
    row = add(weekdays=[0])[0]
    operations.withdraw_hours(availability=row, by=manager)
    add(weekdays=[0], start_time=time(10))
    assert refusal(operations.restore_hours, availability=row, by=manager).code == "hours_overlap"


def test_a_step_is_withdrawn_as_a_whole_once(add, manager):
    row = add()[1]
    operations.withdraw_hours(availability=row, by=manager)
    assert Availability.objects.standing().count() == 0
    assert refusal(operations.withdraw_hours, availability=row, by=manager).code == "already_ended"


@pytest.fixture
def block(clinic, doctor, desk):
    """The doctor is away tomorrow from 9 to 12 unless said otherwise."""

    def one(**changes):
        usual = {"by": desk, "kind": "away", "reason": "Leave"}
        span = {"starts_at": morrow(clinic, "09:00"), "ends_at": morrow(clinic, "12:00")}
        return operations.add_exception(clinic=clinic, doctor=doctor, **{**usual, **span, **changes})

    return one


def test_a_blocked_time_is_not_given_and_lists_who_must_be_moved(block, clinic, doctor, patient, other, desk):
    inside = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=morrow(clinic, "11:45"))
    appointment(clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, "12:00"))
    made = block()
    inside.refresh_from_db()
    assert (inside.state, list(queries.in_the_way(made))) == ("confirmed", [inside])
    assert queries.counted_in_the_way([made]) == {made.pk: 1}
    said = refusal(
        operations.book, clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, "09:00")
    )
    assert said.code == "outside_hours"


def test_blocking_tells_every_day_it_lies_on(block, clinic, doctor, published):
    block(ends_at=morrow(clinic, "09:00", days=3))
    days = [clinic.today() + timedelta(days=ahead) for ahead in (1, 2, 3)]
    assert {topic for _clinic, topic in published} == {f"doctor-{doctor.pk}", *(f"calendar-{day}" for day in days)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "reason_required"),
        ({"days": 0}, "ends_before_start"),
        ({"days": -40}, "in_the_past"),
        ({"days": 500}, "too_long"),
    ],
)
def test_a_block_that_cannot_be_right(block, clinic, changes, code):
    days = changes.pop("days", None)
    if days == 0:
        changes["ends_at"] = morrow(clinic, "09:00")
    elif days:
        first = -50 if days < 0 else 1
        changes |= {"starts_at": morrow(clinic, days=first), "ends_at": morrow(clinic, days=days)}
    assert (refusal(block, **changes).code, AvailabilityException.objects.count()) == (code, 0)


def test_who_may_block(block, clinic, doctor, idle):
    nurse = ground.user(Role.NURSE, clinic=clinic)
    assert {refusal(block, by=by).code for by in (nurse, idle.user)} == {"not_yours"}
    assert block(by=doctor.user).doctor == doctor


def test_the_same_absence_is_not_noted_twice(block):
    first = block(idempotency_key="k")
    assert block(idempotency_key="k") == first
    assert refusal(block).code == "already_away"


def test_an_added_session_is_offered(clinic, idle, desk):
    span = {"starts_at": morrow(clinic, "18:00"), "ends_at": morrow(clinic, "19:00")}
    operations.add_exception(clinic=clinic, doctor=idle, by=desk, kind="extra", **span)
    assert free_on(idle, clinic, 1) == ["18:00", "18:15", "18:30", "18:45"]


def test_an_added_session_lies_beside_the_hours_and_the_absences(block, clinic, doctor):
    assert refusal(block, kind="extra").code == "hours_overlap"
    block()
    assert refusal(block, kind="extra").code == "doctor_away"


def test_weekly_hours_do_not_cover_an_added_session(add, clinic, idle, desk):
    span = {"starts_at": morrow(clinic, "09:30"), "ends_at": morrow(clinic, "10:30")}
    operations.add_exception(clinic=clinic, doctor=idle, by=desk, kind="extra", **span)
    assert refusal(add, weekdays=range(7)).code == "hours_overlap"


def test_the_database_refuses_overlapping_sessions(clinic, idle):
    row = {"clinic": clinic, "doctor": idle, "kind": "extra", "ends_at": morrow(clinic, "12:00")}
    AvailabilityException.objects.create(starts_at=morrow(clinic, "09:00"), **row)
    with pytest.raises(IntegrityError, match="exception_extra_no_overlap"), transaction.atomic():
        AvailabilityException.objects.create(starts_at=morrow(clinic, "11:00"), **row)


def test_unblock_frees_the_time_once_and_can_be_undone(block, clinic, doctor, desk):
    made = block()
    operations.remove_exception(exception=made, by=desk)
    assert "09:00" in free_on(doctor, clinic, 1)
    assert refusal(operations.remove_exception, exception=made, by=desk).code == "already_removed"
    operations.restore_exception(exception=made, by=desk)
    assert "09:00" not in free_on(doctor, clinic, 1)
    assert refusal(operations.restore_exception, exception=made, by=desk).code == "not_removed"
