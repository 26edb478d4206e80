"""Check-in, walk-in, the wrong check-in put right, and the steps that a visit takes."""

from datetime import timedelta

import pytest
import time_machine

from clinic.errors import Refused
from clinic.models import AuditEvent
from queues import operations as line
from queues.models import Entry, Token
from scheduling import operations, queries
from scheduling.models import Appointment
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, next_slot
from tests.refusals import refusal

State = Appointment.State


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))


def test_check_in_gives_a_token_and_a_place_by_the_booked_time(booked, desk):
    token = operations.check_in(appointment=booked, by=desk)
    booked.refresh_from_db()
    entry = token.entries.get()
    assert (booked.state, booked.token, entry.state, entry.booked_at) == (
        State.ARRIVED,
        token,
        "waiting",
        booked.starts_at,
    )


def test_check_in_audits_and_tells_desk_calendar_and_line(booked, desk, published):
    token = operations.check_in(appointment=booked, by=desk)
    topics = {topic for _clinic, topic in published}
    assert topics >= {"desk", "board", f"calendar-{booked.wall_date}", f"station-{token.entries.get().station_id}"}
    assert AuditEvent.objects.get(action="check_in").facts["token"] == token.code


def test_the_second_press_names_the_token(booked, desk):
    token = operations.check_in(appointment=booked, by=desk)
    said = refusal(operations.check_in, appointment=booked, by=desk)
    assert (said.code, str(said.message)) == ("already_checked_in", f"Already checked in: {token.label}.")
    assert Token.objects.count() == 1


def test_the_second_click_gets_the_same_token(booked, desk):
    first = operations.check_in(appointment=booked, by=desk, idempotency_key="k")
    assert operations.check_in(appointment=booked, by=desk, idempotency_key="k") == first


def test_another_day_is_not_checked_in(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    assert refusal(operations.check_in, appointment=made, by=desk).code == "not_today"


def test_a_cancelled_booking_is_not_checked_in(booked, desk):
    operations.cancel(appointment=booked, by=desk, reason="asked to")
    assert refusal(operations.check_in, appointment=booked, by=desk).code == "not_open"


def test_a_refused_check_in_gives_no_number_away(booked, desk):
    with pytest.raises(Refused):
        operations.check_in(appointment=booked, by=desk, category="emergency")
    assert operations.check_in(appointment=booked, by=desk).number == 1


def test_an_emergency_keeps_its_reason(booked, desk):
    token = operations.check_in(appointment=booked, by=desk, category="emergency", emergency_reason="chest pain")
    assert token.entries.get().emergency_reason == "chest pain"


def test_walk_in_joins_the_line(clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    entry = token.entries.get()
    assert (token.patient, entry.station.doctor, entry.booked_at) == (patient, doctor, None)


def test_walk_in_twice_is_refused_by_token(clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    said = refusal(operations.walk_in, clinic=clinic, patient=patient, doctor=doctor, by=desk)
    assert (said.code, str(said.message)) == ("already_in_line", f"Already in this line as {token.label}.")


def test_who_is_held_past_midnight_gets_no_second_number(clinic, doctor, patient, desk):
    late, early = (clinic.now().replace(hour=hour, minute=30) + timedelta(days=day) for hour, day in ((23, 0), (0, 1)))
    with time_machine.travel(late, tick=False):
        token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    with time_machine.travel(early, tick=False):
        said = refusal(operations.walk_in, clinic=clinic, patient=patient, doctor=doctor, by=desk)
        assert queries.stay_of(patient, clinic).token == token
    assert (said.code, token.label in str(said.message)) == ("already_in_line", True)


def test_walk_in_clicked_twice_is_one_token(clinic, doctor, patient, desk):
    first = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk, idempotency_key="k")
    assert operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk, idempotency_key="k") == first


def test_who_is_booked_with_this_doctor_is_no_walk_in(booked, clinic, doctor, patient, desk):
    assert refusal(operations.walk_in, clinic=clinic, patient=patient, doctor=doctor, by=desk).code == "booked_today"


def test_tokens_count_on_without_a_gap(clinic, doctor, patient, other, desk):
    made = [operations.walk_in(clinic=clinic, patient=who, doctor=doctor, by=desk) for who in (patient, other)]
    assert [token.number for token in made] == [1, 2]


def test_undo_check_in_books_again_and_leaves_the_line(booked, desk):
    token = operations.check_in(appointment=booked, by=desk)
    back = operations.undo_check_in(appointment=booked, by=desk)
    assert (back.state, back.token, token.entries.get().state) == (State.CONFIRMED, None, "left")


def test_after_undo_the_patient_can_be_checked_in_again(booked, desk):
    operations.check_in(appointment=booked, by=desk)
    operations.undo_check_in(appointment=booked, by=desk)
    assert operations.check_in(appointment=booked, by=desk).number == 2


def test_who_is_in_the_room_is_not_undone(booked, desk):
    token = operations.check_in(appointment=booked, by=desk)
    entry = line.call_next(station=token.entries.get().station, by=desk)
    line.begin(entry=entry, by=desk)
    assert refusal(operations.undo_check_in, appointment=booked, by=desk).code == "with_staff"


def test_undo_without_check_in_is_refused(booked, desk):
    assert refusal(operations.undo_check_in, appointment=booked, by=desk).code == "not_arrived"


def test_the_wrong_johnny_gives_the_token_to_the_right_one(booked, clinic, doctor, other, desk):
    right = appointment(
        clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=next_slot(clinic), overbook_reason="test"
    )
    token = operations.check_in(appointment=booked, by=desk)
    operations.change_patient(token=token, patient=other, by=desk)
    booked.refresh_from_db(), right.refresh_from_db(), token.refresh_from_db()
    assert (booked.state, booked.token, right.state, right.token, token.patient) == (
        State.CONFIRMED, None, State.ARRIVED, token, other,
    )  # fmt: skip
    assert token.entries.get().state == Entry.State.WAITING


def test_change_patient_without_a_booking(clinic, doctor, patient, other, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    assert operations.change_patient(token=token, patient=other, by=desk).patient == other


def test_who_a_doctor_has_seen_keeps_the_token_at_the_next_station_too(booked, clinic, doctor, other, desk):
    token = operations.check_in(appointment=booked, by=desk)
    entry = line.begin(entry=line.call_next(station=token.entries.get().station, by=desk), by=desk)
    operations.begin(appointment=booked, by=desk)
    operations.complete(appointment=booked, by=desk)
    line.transfer(entry=entry, station=line.ensure_pharmacy_station(clinic=clinic, by=desk), by=desk)
    assert refusal(operations.change_patient, token=token, patient=other, by=desk).code == "already_seen"
    booked.refresh_from_db(), token.refresh_from_db()
    assert (booked.state, booked.token, token.patient) == (State.COMPLETED, token, booked.patient)


def test_a_finished_booking_keeps_its_token_though_its_patient_was_never_called_in(booked, other, desk):
    token = operations.check_in(appointment=booked, by=desk)
    operations.complete(appointment=booked, by=desk)
    assert refusal(operations.change_patient, token=token, patient=other, by=desk).code == "already_seen"


def test_a_booking_called_off_stays_so_when_its_token_goes_to_another(booked, clinic, doctor, patient, other, desk):
    token = operations.check_in(appointment=booked, by=desk)
    operations.cancel(appointment=booked, by=desk, reason="ill")
    line.join(token=token, station=token.entries.get().station, by=desk)  # the place in line alone
    appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=booked.starts_at)
    operations.change_patient(token=token, patient=other, by=desk)
    booked.refresh_from_db(), token.refresh_from_db()
    assert (booked.state, booked.token, token.patient) == (State.CANCELLED, None, other)


def test_who_stands_in_this_line_already_gets_no_second_number(clinic, doctor, patient, other, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    own = operations.walk_in(clinic=clinic, patient=other, doctor=doctor, by=desk)
    said = refusal(operations.change_patient, token=token, patient=other, by=desk)
    assert (said.code, own.label in str(said.message)) == ("already_in_line", True)


def test_a_walk_in_booked_afterwards_gets_no_second_number(clinic, doctor, patient, desk):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    late = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))
    said = refusal(operations.check_in, appointment=late, by=desk)
    late.refresh_from_db()
    assert (said.code, token.label in str(said.message), late.state) == ("already_in_line", True, State.CONFIRMED)


def test_change_patient_to_the_same_one_changes_nothing_seen(booked, patient, desk):
    token = operations.check_in(appointment=booked, by=desk)
    operations.change_patient(token=token, patient=patient, by=desk)
    booked.refresh_from_db(), token.refresh_from_db()
    assert (booked.state, booked.token, token.patient) == (State.ARRIVED, token, patient)


def test_change_patient_tells_the_screens_of_both(clinic, doctor, patient, other, desk, published):
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    published.clear()
    operations.change_patient(token=token, patient=other, by=desk)
    assert {topic for _clinic, topic in published} >= {f"patient-{patient.pk}", f"patient-{other.pk}", "desk"}


def test_begin_and_complete_follow_the_visit(booked, desk):
    operations.check_in(appointment=booked, by=desk)
    assert operations.begin(appointment=booked, by=desk).state == State.IN_PROGRESS
    assert operations.begin(appointment=booked, by=desk).state == State.IN_PROGRESS
    assert operations.complete(appointment=booked, by=desk).state == State.COMPLETED


def test_what_has_not_arrived_does_not_begin(booked, desk):
    assert refusal(operations.begin, appointment=booked, by=desk).code == "not_open"


def test_the_clinics_day_decides_what_today_is(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))
    Appointment.objects.filter(pk=made.pk).update(wall_date=clinic.today() - timedelta(days=1))
    assert refusal(operations.check_in, appointment=made, by=desk).code == "not_today"


def test_a_doctor_without_a_station_gets_one(clinic, patient, desk):
    doctor = ground.doctor(clinic=clinic, name="Huda Noor")
    token = operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=desk)
    assert token.entries.get().station.doctor == doctor
