"""Where each person of the day stands on the desk, what they owe, and which times are offered."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from billing import operations as billing
from queues import operations as line
from queues.queries import live_entry
from scheduling import operations, queries
from scheduling.models import Appointment
from tests.factories import clinic as ground
from tests.factories import queues as line_factories
from tests.factories.scheduling import appointment, away, hours, morrow, next_slot


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))


def only_row(clinic):
    [row] = queries.day_rows(clinic, clinic.today())
    return row


def called(token, by):
    return line.call_next(station=token.entries.get().station, by=by)


def test_booked(clinic, booked):
    row = only_row(clinic)
    assert (row.state, row.wait, row.token) == ("booked", None, None)


def test_what_a_patient_asked_for_is_told_from_what_is_booked(clinic, booked):
    Appointment.objects.filter(pk=booked.pk).update(state=Appointment.State.PENDING)
    [column] = queries.calendar_day(clinic, booked.wall_date).columns
    assert (only_row(clinic).state, [block.state for block in column.taken]) == ("asked", ["asked"])


def test_waiting_counts_the_minutes(clinic, booked, desk):
    operations.check_in(appointment=booked, by=desk)
    row = only_row(clinic)
    assert (row.state, row.wait, row.token.label) == ("waiting", 0, "A-001")


def test_called_then_with_the_doctor(clinic, booked, desk):
    entry = called(operations.check_in(appointment=booked, by=desk), desk)
    assert only_row(clinic).state == "called"
    line.begin(entry=entry, by=desk)
    assert only_row(clinic).state == "with_doctor"


def test_who_did_not_come_when_called_still_waits_and_is_marked(clinic, booked, desk):
    line.skip(entry=called(operations.check_in(appointment=booked, by=desk), desk), by=desk)
    row = only_row(clinic)
    assert (row.state, row.not_come) == ("waiting", True)


def test_at_the_pharmacy_under_the_name_of_the_doctor(clinic, booked, doctor, desk):
    entry = line.begin(entry=called(operations.check_in(appointment=booked, by=desk), desk), by=desk)
    line.transfer(entry=entry, station=line.ensure_pharmacy_station(clinic=clinic, by=desk), by=desk)
    row = only_row(clinic)
    assert (row.state, row.doctor) == ("pharmacy", doctor)


def test_done(clinic, booked, desk):
    entry = line.begin(entry=called(operations.check_in(appointment=booked, by=desk), desk), by=desk)
    line.finish(entry=entry, by=desk)
    row = only_row(clinic)
    assert (row.state, row.wait, row.over) == ("done", None, True)


def owe(clinic, patient, desk):
    invoice = billing.draft_invoice(clinic=clinic, patient=patient, by=desk)
    billing.add_line(invoice=invoice, by=desk, text="Consultation", quantity=1, unit_price=Decimal(100))


def test_done_with_something_due_is_to_pay(clinic, booked, patient, desk):
    entry = line.begin(entry=called(operations.check_in(appointment=booked, by=desk), desk), by=desk)
    line.finish(entry=entry, by=desk)
    owe(clinic, patient, desk)
    row = only_row(clinic)
    assert (row.state, row.due) == ("to_pay", Decimal("115.000"))


def test_state_and_money_are_separate(clinic, booked, patient, desk):
    operations.check_in(appointment=booked, by=desk)
    owe(clinic, patient, desk)
    row = only_row(clinic)
    assert (row.state, row.due) == ("waiting", Decimal("115.000"))


def test_what_a_patient_owes_stands_on_one_row(clinic, booked, doctor, patient, desk):
    other = ground.doctor(clinic=clinic, name="Huda Noor")
    operations.walk_in(clinic=clinic, patient=patient, doctor=other, by=desk)
    owe(clinic, patient, desk)
    assert sorted(row.due for row in queries.day_rows(clinic, clinic.today())) == [Decimal(0), Decimal("115.000")]


def test_cancelled_is_hidden_until_asked_for(clinic, booked, desk):
    operations.cancel(appointment=booked, by=desk, reason="asked to")
    rows = queries.day_rows(clinic, clinic.today())
    assert (len(queries.shown(rows)), len(queries.shown(rows, state="cancelled"))) == (0, 1)


def test_a_walk_in_has_a_row_of_its_own(clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    row = only_row(clinic)
    assert (row.id, row.state, row.patient, row.doctor) == (f"token-{token.pk}", "waiting", patient, doctor)


def test_a_check_in_taken_back_leaves_no_second_row(clinic, booked, desk):
    operations.check_in(appointment=booked, by=desk)
    operations.undo_check_in(appointment=booked, by=desk)
    assert only_row(clinic).state == "booked"


def test_who_has_left_is_still_seen(clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    line.leave(entry=token.entries.get(), by=desk)
    assert only_row(clinic).state == "left"


def test_similar_names_are_marked_on_both_rows(clinic, doctor, desk):
    for name in ("Layla Al Hassan", "Leila Alhassan Al Hassan"):
        operations.walk_in(clinic=clinic, patient=line_factories.patient(name=name), doctor=doctor, by=desk)
    assert [row.similar for row in queries.day_rows(clinic, clinic.today())] == [True, True]


def test_one_patient_twice_is_not_similar_to_themself(clinic, booked, patient, desk):
    operations.walk_in(clinic=clinic, patient=patient, doctor=ground.doctor(clinic=clinic, name="Huda Noor"), by=desk)
    assert [row.similar for row in queries.day_rows(clinic, clinic.today())] == [False, False]


def test_counters(clinic, doctor, booked, other, desk):
    operations.check_in(appointment=booked, by=desk)
    line.begin(
        entry=called(
            operations.walk_in(
                clinic=clinic, patient=other, doctor=ground.doctor(clinic=clinic, name="Huda Noor"), by=desk
            ),
            desk,
        ),
        by=desk,
    )
    counted = queries.counters(queries.day_rows(clinic, clinic.today()))
    assert counted == {"waiting": 1, "with_doctor": 1, "to_pay": 0, "done": 0, "longest": 0}


def test_an_empty_day_has_no_longest_wait(clinic):
    assert queries.counters([])["longest"] is None


def test_another_clinics_people_are_not_here(clinic, booked):
    assert queries.day_rows(ground.clinic(name="Elsewhere"), clinic.today()) == []


def test_next_free_looks_beyond_an_absence(clinic, doctor):
    away(
        doctor=doctor,
        clinic=clinic,
        starts_at=clinic.now() - timedelta(hours=1),
        ends_at=morrow(clinic, "10:00", days=20),
    )
    [slot] = queries.next_free(doctor, clinic, clinic.now(), 1)
    assert slot.starts_at == morrow(clinic, "10:00", days=20)


def test_nobody_who_never_works_has_a_next_free_time(clinic):
    assert queries.next_free(ground.doctor(clinic=clinic), clinic, clinic.now(), 3) == []


def test_the_walk_in_is_proposed_the_doctor_seen_last(clinic, doctor, patient, desk):
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=second, clinic=clinic)
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=second, by=desk)
    line.leave(entry=token.entries.get(), by=desk)
    _lines, proposed = queries.walk_in_lines(clinic, patient)
    assert proposed == second


def test_a_stranger_is_proposed_the_shortest_line(clinic, doctor, patient, other, desk):
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=second, clinic=clinic)
    operations.walk_in(clinic=clinic, patient=other, doctor=doctor, by=desk)
    _lines, proposed = queries.walk_in_lines(clinic, patient)
    assert proposed == second


def test_a_booking_lasts_as_long_as_the_slot(clinic, patient, desk):
    doctor = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=doctor, clinic=clinic, slot_minutes=20)
    assert appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk).minutes == 20


def test_the_calendar_places_free_and_taken(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    found = queries.calendar_day(clinic, made.wall_date)
    [column] = found.columns
    [block] = column.taken
    assert (block.line, block.span, found.lines) == (9 * 12, 3, 24 * 12)
    assert (9 * 12 + 3) in [free.line for free in column.free] and 9 * 12 not in [free.line for free in column.free]


@pytest.fixture
def seen(clinic, doctor, patient, desk):
    """An appointment of tomorrow from 09:00 to 09:15 whose visit is finished."""
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    Appointment.objects.filter(pk=made.pk).update(state=Appointment.State.COMPLETED)
    made.refresh_from_db()
    return made


@pytest.mark.parametrize(("clock", "offered"), [("08:50", True), ("09:05", False)])
def test_the_rest_of_a_time_that_was_used_is_not_offered_again(clinic, doctor, seen, clock, offered):
    with time_machine.travel(morrow(clinic, clock), tick=False):
        found = queries.free_slots(doctor, clinic, seen.wall_date)
    assert {slot.starts_at: not slot.taken for slot in found}[seen.starts_at] is offered


def test_who_is_done_early_stands_beside_the_time_that_became_free(clinic, seen):
    [column] = queries.calendar_day(clinic, seen.wall_date).columns
    assert [(block.line, block.state, block.beside) for block in column.taken] == [(9 * 12, "done", True)]
    assert 9 * 12 in [free.line for free in column.free]


def test_who_is_done_stands_beside_who_has_the_time_now(clinic, doctor, seen, desk):
    appointment(clinic=clinic, doctor=doctor, by=desk, starts_at=seen.starts_at)
    [column] = queries.calendar_day(clinic, seen.wall_date).columns
    assert sorted((block.state, block.beside) for block in column.taken) == [("booked", False), ("done", True)]


def test_who_is_done_with_nothing_beside_has_the_whole_width(clinic, seen):
    with time_machine.travel(morrow(clinic, "09:20"), tick=False):
        [column] = queries.calendar_day(clinic, seen.wall_date).columns
    assert [block.beside for block in column.taken] == [False]


def test_the_calendar_shows_the_hours_that_matter(clinic, patient):
    doctor = ground.doctor(clinic=clinic)
    hours(doctor=doctor, clinic=clinic, start="09:15", end="12:40")
    found = queries.calendar_day(clinic, clinic.today() + timedelta(days=1))
    assert ([hour.text for hour in found.hours], found.lines) == (["09:00", "10:00", "11:00", "12:00"], 48)


def test_who_does_not_work_that_day_is_said_to_be_free_next(clinic):
    doctor = ground.doctor(clinic=clinic)
    day = clinic.today() + timedelta(days=1)
    hours(doctor=doctor, clinic=clinic, weekdays=[(day.weekday() + 2) % 7], start="09:00", end="10:00")
    [column] = queries.calendar_day(clinic, day).columns
    assert column.next_free.starts_at == morrow(clinic, "09:00", days=3)


def test_while_moving_the_first_other_free_time_is_proposed(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    found = queries.picker(clinic, doctor=doctor, day=made.wall_date, patient=patient, minutes=15, moving=made)
    assert (found.chosen, made.starts_at in [slot.starts_at for slot in found.free]) == (morrow(clinic, "00:00"), True)


def test_who_was_sent_on_is_proposed_the_doctor_they_were_sent_to(clinic, doctor, patient, desk):
    doctors = [doctor, *(ground.doctor(clinic=clinic, name=name) for name in ("Noor Sayed", "Yusuf Karim"))]
    stations = [line.ensure_doctor_station(doctor=one, by=desk) for one in doctors]
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctors[1], by=desk)
    for station in (stations[0], stations[2]):
        line.transfer(entry=live_entry(token), station=station, by=desk)
    assert queries.picker(clinic, patient=patient).doctor == doctors[2]
