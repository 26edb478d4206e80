"""Booking, moving, cancelling, missing, restoring: what they do, when they refuse, what they leave behind."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import AuditEvent
from scheduling import operations
from scheduling.models import Appointment
from scheduling.operations.common import place
from tests.factories import clinic as ground
from tests.factories import queues as line_factories
from tests.factories.scheduling import appointment, away, hours, morrow, next_slot
from tests.refusals import refusal

State = Appointment.State


def book(clinic, doctor, patient, desk, text="09:00", **kwargs):
    return operations.book(
        clinic=clinic, patient=patient, doctor=doctor, starts_at=morrow(clinic, text), by=desk, **kwargs
    )


def test_book_keeps_the_wall_beside_the_instants(clinic, doctor, patient, desk):
    made = book(clinic, doctor, patient, desk, reason="cough")
    made.refresh_from_db()
    assert (made.starts_at, made.minutes, made.wall_time.isoformat(), made.zone, made.state) == (
        morrow(clinic), 15, "09:00:00", "Asia/Riyadh", State.CONFIRMED,
    )  # fmt: skip


def test_book_audits_and_tells_the_screens(clinic, doctor, patient, desk, published):
    made = book(clinic, doctor, patient, desk)
    assert AuditEvent.objects.filter(action="book", subject_id=made.pk, user=desk, patient_id=patient.pk).count() == 1
    assert published == [
        (clinic.pk, f"calendar-{made.wall_date}"), (clinic.pk, "desk"), (clinic.pk, f"doctor-{doctor.pk}"), (clinic.pk, f"patient-{patient.pk}"),
    ]  # fmt: skip


def test_the_second_click_gets_the_first_appointment(clinic, doctor, patient, desk):
    first = book(clinic, doctor, patient, desk, idempotency_key="k1")
    assert book(clinic, doctor, patient, desk, idempotency_key="k1") == first
    assert Appointment.objects.count() == 1


def test_a_key_used_for_another_time_is_refused(clinic, doctor, patient, desk):
    book(clinic, doctor, patient, desk, idempotency_key="k1")
    assert (
        refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk, text="10:00", idempotency_key="k1").code
        == "key_reused"
    )


def test_a_taken_slot_is_refused_with_who_took_it_and_the_nearest_free(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk)
    said = refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk)
    assert (said.code, str(said.message)) == ("slot_taken", "09:00 is taken: FARAH, Yusuf, booked by Sara Nasser.")
    assert [f"{slot.starts_at:%H:%M}" for slot in said.alternatives] == ["08:30", "08:45", "09:15"]


def test_who_may_not_know_is_not_told_who_took_it(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk)
    stranger = ground.user("pharmacist", clinic=clinic)
    said = refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=stranger)
    assert str(said.message) == "09:00 is taken."


def test_a_touching_slot_is_free(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk)
    assert book(clinic, doctor, patient, desk, "09:15").state == State.CONFIRMED


def test_a_cancelled_slot_is_free(clinic, doctor, patient, other, desk):
    operations.cancel(appointment=book(clinic, doctor, other, desk), by=desk, reason="asked to")
    assert book(clinic, doctor, patient, desk).state == State.CONFIRMED


def test_a_patient_is_not_booked_twice_at_one_time(clinic, doctor, patient, desk):
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=second, clinic=clinic)
    book(clinic, doctor, patient, desk)
    said = refusal(book, clinic=clinic, doctor=second, patient=patient, desk=desk)
    assert (said.code, str(said.message)) == (
        "patient_busy",
        "The patient is already booked at 09:00 with Omar Haddad.",
    )


def test_the_past_is_refused(clinic, doctor, patient, desk):
    said = refusal(
        operations.book,
        clinic=clinic,
        patient=patient,
        doctor=doctor,
        starts_at=clinic.now() - timedelta(hours=2),
        by=desk,
    )
    assert (said.code, len(said.alternatives)) == ("in_the_past", 3)


def test_the_slot_still_running_may_be_booked(clinic, doctor, patient, desk):
    now = clinic.now()
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    made = operations.book(clinic=clinic, patient=patient, doctor=doctor, starts_at=start, by=desk)
    assert made.starts_at == start


def test_outside_the_hours_is_refused(clinic, patient, desk):
    doctor = ground.doctor(clinic=clinic)
    hours(doctor=doctor, clinic=clinic, start="10:00", end="11:00")
    said = refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk)
    assert (said.code, f"{said.alternatives[0].starts_at:%H:%M}") == ("outside_hours", "10:00")


def test_while_the_doctor_is_away_is_refused(clinic, doctor, patient, desk):
    away(doctor=doctor, clinic=clinic, starts_at=morrow(clinic, "08:00"), ends_at=morrow(clinic, "12:00"))
    assert refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk).code == "outside_hours"


def test_a_reason_books_outside_the_hours_without_giving_up_the_wall(clinic, patient, other, desk):
    doctor = ground.doctor(clinic=clinic)
    made = book(clinic, doctor, patient, desk, overbook_reason="urgent")
    assert (made.is_overbooked, made.overbook_reason) == (False, "urgent")
    assert refusal(book, clinic=clinic, doctor=doctor, patient=other, desk=desk).code == "slot_taken"


def test_a_reason_books_over_another(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk)
    assert book(clinic, doctor, patient, desk, overbook_reason="urgent").is_overbooked is True


@pytest.mark.parametrize("minutes", [4, 181])
def test_a_strange_length_is_refused(clinic, doctor, patient, desk, minutes):
    assert refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk, minutes=minutes).code == "bad_length"


def test_the_dead_are_not_booked(clinic, doctor, desk):
    dead = line_factories.patient(deceased_on=clinic.today())
    assert refusal(book, clinic=clinic, doctor=doctor, patient=dead, desk=desk).code == "deceased"


def test_a_doctor_who_has_left_is_not_booked(clinic, doctor, patient, desk):
    doctor.is_active = False
    doctor.save(update_fields=["is_active"])
    assert refusal(book, clinic=clinic, doctor=doctor, patient=patient, desk=desk).code == "doctor_not_bookable"


def test_a_doctor_of_another_clinic_is_not_booked(clinic, patient, desk):
    stranger = ground.doctor(clinic=ground.clinic(name="Elsewhere"))
    assert (
        refusal(book, clinic=clinic, doctor=stranger, patient=patient, desk=desk, overbook_reason="x").code
        == "doctor_not_bookable"
    )


def test_the_database_refuses_an_overlap_past_the_operation(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk)
    row = Appointment(clinic=clinic, patient=patient, booked_by=desk)
    with pytest.raises(IntegrityError), transaction.atomic():
        place(row, clinic, doctor, morrow(clinic, "09:10"), 15).save()


def test_the_database_refuses_a_patients_overlap_past_the_operation(clinic, doctor, patient, desk):
    book(clinic, doctor, patient, desk)
    row = Appointment(clinic=clinic, patient=patient, booked_by=desk)
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    with pytest.raises(IntegrityError), transaction.atomic():
        place(row, clinic, second, morrow(clinic, "09:10"), 15).save()


def test_the_database_refuses_to_delete_an_appointment(clinic, doctor, patient, desk):
    made = book(clinic, doctor, patient, desk)
    with pytest.raises(Exception, match="delete"), transaction.atomic():
        made.delete()


def test_move_keeps_the_appointment_and_tells_both_days(clinic, doctor, patient, desk, published):
    made = book(clinic, doctor, patient, desk)
    published.clear()
    moved = operations.move(appointment=made, by=desk, starts_at=morrow(clinic, "10:00", days=2), version=1)
    assert (moved.pk, moved.starts_at, moved.version) == (made.pk, morrow(clinic, "10:00", days=2), 2)
    assert {topic for _clinic, topic in published} >= {
        f"calendar-{made.wall_date}",
        f"calendar-{moved.wall_date}",
        "desk",
    }
    fact = AuditEvent.objects.get(action="move", subject_id=made.pk).facts
    assert fact["from"] == made.starts_at.isoformat()


def test_move_into_half_its_own_time(clinic, doctor, patient, desk):
    made = book(clinic, doctor, patient, desk, minutes=30)
    assert operations.move(appointment=made, by=desk, starts_at=morrow(clinic, "09:15")).starts_at == morrow(
        clinic, "09:15"
    )


def test_move_to_another_doctor(clinic, doctor, patient, desk):
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=second, clinic=clinic)
    made = book(clinic, doctor, patient, desk)
    assert operations.move(appointment=made, by=desk, starts_at=made.starts_at, doctor=second).doctor == second


def test_move_onto_a_taken_slot_is_refused(clinic, doctor, patient, other, desk):
    book(clinic, doctor, other, desk, "10:00")
    made = book(clinic, doctor, patient, desk)
    assert refusal(operations.move, appointment=made, by=desk, starts_at=morrow(clinic, "10:00")).code == "slot_taken"


def test_move_from_an_old_page_is_refused(clinic, doctor, patient, desk):
    made = book(clinic, doctor, patient, desk)
    operations.move(appointment=made, by=desk, starts_at=morrow(clinic, "10:00"))
    said = refusal(operations.move, appointment=made, by=desk, starts_at=morrow(clinic, "11:00"), version=1)
    assert said.code == "changed_meanwhile"


def test_a_cancelled_appointment_is_not_moved(clinic, doctor, patient, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason="asked to")
    assert refusal(operations.move, appointment=made, by=desk, starts_at=morrow(clinic, "10:00")).code == "not_open"


def test_cancel_says_who_and_why(clinic, doctor, patient, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason=" asked to ")
    assert (made.state, made.cancelled_by, made.cancel_reason) == (State.CANCELLED, desk, "asked to")


def test_cancel_needs_a_reason(clinic, doctor, patient, desk):
    made = book(clinic, doctor, patient, desk)
    assert refusal(operations.cancel, appointment=made, by=desk, reason="  ").code == "reason_required"


def test_cancelled_twice_is_refused(clinic, doctor, patient, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason="asked to")
    assert refusal(operations.cancel, appointment=made, by=desk, reason="again").code == "not_open"


def test_cancel_takes_the_arrived_patient_out_of_the_line(clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))
    token = operations.check_in(appointment=made, by=desk)
    operations.cancel(appointment=made, by=desk, reason="went home")
    assert token.entries.get().state == "left"


def test_nobody_is_missing_before_the_time(clinic, doctor, patient, desk):
    assert refusal(operations.miss, appointment=book(clinic, doctor, patient, desk), by=desk).code == "too_early"


def running(clinic, doctor, patient, desk):
    now = clinic.now()
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=start)


def test_miss_and_restore(clinic, doctor, patient, desk):
    made = operations.miss(appointment=running(clinic, doctor, patient, desk), by=desk)
    assert made.state == State.MISSED
    assert operations.restore(appointment=made, by=desk).state == State.CONFIRMED


def test_restore_clears_the_cancellation(clinic, doctor, patient, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason="asked to")
    back = operations.restore(appointment=made, by=desk)
    assert (back.state, back.cancel_reason, back.cancelled_by) == (State.CONFIRMED, "", None)


def test_restore_puts_the_arrived_patient_back_in_line(clinic, doctor, patient, desk):
    made = running(clinic, doctor, patient, desk)
    token = operations.check_in(appointment=made, by=desk)
    operations.cancel(appointment=made, by=desk, reason="went home")
    back = operations.restore(appointment=made, by=desk)
    assert (back.state, token.entries.get().state) == (State.ARRIVED, "waiting")


def test_a_time_given_away_is_not_restored(clinic, doctor, patient, other, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason="asked to")
    book(clinic, doctor, other, desk)
    assert refusal(operations.restore, appointment=made, by=desk).code == "slot_taken"


def test_a_booked_appointment_is_not_restored(clinic, doctor, patient, desk):
    assert refusal(operations.restore, appointment=book(clinic, doctor, patient, desk), by=desk).code == "not_given_up"


def test_the_moment_of_cancelling_is_kept(clinic, doctor, patient, desk):
    made = operations.cancel(appointment=book(clinic, doctor, patient, desk), by=desk, reason="asked to")
    assert abs(timezone.now() - made.cancelled_at) < timedelta(minutes=1)
