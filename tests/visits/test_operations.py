"""Calling, opening and starting: outcome, refusal, audit, topics, and that repeating is harmless."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from clinic.access import Role
from clinic.models import AuditEvent, Doctor
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as desk
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits as make
from tests.refusals import refused
from tests.visits.steps import note
from visits import operations
from visits.models import Visit

pytestmark = pytest.mark.django_db


# --- calling and opening ---------------------------------------------------------------------------------------------


def test_call_next_opens_the_visit_of_who_is_called(doctor, patient, published):
    make.waiting(doctor=doctor, patient=patient)
    published.clear()
    visit = operations.call_next(doctor=doctor, by=doctor.user)
    assert (visit.patient_id, visit.doctor_id, visit.state) == (patient.pk, doctor.pk, Visit.State.OPEN)
    assert visit.token.entries.get().state == Entry.State.CALLED
    assert Doctor.objects.get(pk=doctor.pk).status == Doctor.Status.BUSY
    station = visit.token.entries.get().station_id
    assert {f"visit-{visit.pk}", f"patient-{patient.pk}", f"station-{station}", "board", "desk"} <= {
        t for _c, t in published
    }


def test_call_next_is_refused_when_nobody_waits(doctor):
    lines.ensure_doctor_station(doctor=doctor, by=doctor.user)
    refused("nobody_waiting", operations.call_next, doctor=doctor, by=doctor.user)
    assert Visit.objects.count() == 0


def test_call_next_is_refused_without_a_station(doctor):
    refused("no_station", operations.call_next, doctor=doctor, by=doctor.user)


def test_a_number_without_a_patient_is_not_called_in(doctor):
    station = lines.ensure_doctor_station(doctor=doctor, by=doctor.user)
    token = lines.issue_token(clinic=station.clinic, letter=station.letter, by=doctor.user)
    lines.join(token=token, station=station, by=doctor.user)
    refused("no_patient", operations.call_next, doctor=doctor, by=doctor.user)
    assert token.entries.get().state == Entry.State.WAITING


def test_opening_twice_gives_the_same_visit(doctor, patient):
    first = operations.open_visit(patient=patient, doctor=doctor, by=doctor.user)
    assert operations.open_visit(patient=patient, doctor=doctor, by=doctor.user) == first
    assert AuditEvent.objects.filter(action="open_visit").count() == 1


def test_the_doctor_called_finds_what_the_nurse_measured(doctor, patient, nurse):
    entry = make.waiting(doctor=doctor, patient=patient)
    visit = operations.open_visit(patient=patient, doctor=doctor, by=nurse, token=entry.token)
    operations.record_vitals(visit=visit, by=nurse, pulse=88)
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.WAITING
    assert operations.call_next(doctor=doctor, by=doctor.user) == visit


def test_an_unwritten_visit_of_yesterday_is_closed_and_a_new_one_opened(doctor, patient):
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=True):
        old = make.visit(doctor=doctor, patient=patient)
    new = operations.open_visit(patient=patient, doctor=doctor, by=doctor.user)
    assert new != old
    assert Visit.objects.get(pk=old.pk).state == Visit.State.CANCELLED


def test_an_unwritten_visit_passes_to_the_doctor_who_calls(clinic, doctor, patient):
    other = people.doctor(clinic=clinic, name="Noor Aziz")
    visit = make.visit(doctor=other, patient=patient)
    assert operations.open_visit(patient=patient, doctor=doctor, by=doctor.user).doctor_id == doctor.pk
    assert Visit.objects.get(pk=visit.pk).doctor_id == doctor.pk


def test_a_visit_with_words_stays_with_its_author_until_taken_over(clinic, doctor, patient):
    other = people.doctor(clinic=clinic, name="Noor Aziz")
    visit = make.visit(doctor=other, patient=patient)
    note(visit, other.user, complaint="Cough")
    assert operations.open_visit(patient=patient, doctor=doctor, by=doctor.user).doctor_id == other.pk
    refused("not_yours", note, visit=visit, by=doctor.user, complaint="Cough and fever")
    operations.take_over(visit=visit, doctor=doctor, by=doctor.user)
    visit.refresh_from_db()
    note(visit, doctor.user, complaint="Cough and fever")
    refused("not_yours", note, visit=visit, by=other.user, complaint="Mine")


def test_the_first_words_begin_the_service(doctor, patient):
    visit = make.called(doctor=doctor, patient=patient)
    note(visit, doctor.user, complaint="Headache")
    entry = visit.token.entries.get()
    assert entry.state == Entry.State.WITH_STAFF
    assert entry.started_at is not None


def test_beginning_brings_the_appointment_into_progress_once(clinic, doctor, patient):
    times.hours(doctor=doctor, clinic=clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=patient, starts_at=times.next_slot(clinic))
    desk.check_in(appointment=booked, by=doctor.user)
    visit = operations.call_next(doctor=doctor, by=doctor.user)
    assert visit.appointment_id == booked.pk
    operations.begin(visit=visit, by=doctor.user)
    operations.begin(visit=visit, by=doctor.user)
    booked.refresh_from_db()
    assert booked.state == Appointment.State.IN_PROGRESS
    assert AuditEvent.objects.filter(action="begin_visit").count() == 1


def test_who_does_not_come_is_skipped_and_the_empty_visit_closed(doctor, patient):
    visit = operations.not_come(visit=make.called(doctor=doctor, patient=patient), by=doctor.user)
    assert visit.state == Visit.State.CANCELLED
    assert visit.token.entries.get().state == Entry.State.SKIPPED
    assert Doctor.objects.get(pk=doctor.pk).status == Doctor.Status.ONLINE


def test_who_comes_back_gets_the_same_visit_again(doctor, patient):
    visit = operations.not_come(visit=make.called(doctor=doctor, patient=patient), by=doctor.user)
    lines.recall(entry=visit.token.entries.get(), by=doctor.user)
    again = operations.call_next(doctor=doctor, by=doctor.user)
    assert (again.pk, again.state) == (visit.pk, Visit.State.OPEN)


def test_a_measured_visit_stays_open_when_the_patient_does_not_come(doctor, patient, nurse):
    visit = make.called(doctor=doctor, patient=patient)
    operations.record_vitals(visit=visit, by=nurse, pulse=80)
    assert operations.not_come(visit=visit, by=doctor.user).state == Visit.State.OPEN


def test_not_come_is_refused_once_the_patient_is_in_the_room(doctor, patient):
    visit = make.begun(doctor=doctor, patient=patient)
    refused("not_called", operations.not_come, visit=visit, by=doctor.user)


def test_a_doctor_calls_the_patient_of_an_open_visit_out_of_turn(clinic, doctor, patient):
    make.waiting(doctor=doctor, patient=make.patient(clinic=clinic, name="Yusuf Farah"))
    entry = make.waiting(doctor=doctor, patient=patient)
    visit = operations.open_visit(patient=patient, doctor=doctor, by=doctor.user, token=entry.token)
    operations.call_in(visit=visit, by=doctor.user)
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.CALLED
    refused("not_waiting", operations.call_in, visit=visit, by=doctor.user)


def test_a_token_given_to_another_patient_no_longer_begins_the_first_ones_visit(clinic, doctor, patient):
    visit = make.called(doctor=doctor, patient=patient)
    desk.change_patient(
        token=visit.token, patient=make.patient(clinic=clinic), by=people.user(Role.RECEPTION, clinic=clinic)
    )
    operations.begin(visit=visit, by=doctor.user)
    assert visit.token.entries.get().state == Entry.State.CALLED


def test_calling_after_the_token_was_given_to_another_opens_theirs_and_closes_the_empty_one(clinic, doctor, patient):
    wrong = make.called(doctor=doctor, patient=patient)
    right = make.patient(clinic=clinic)
    desk.change_patient(token=wrong.token, patient=right, by=people.user(Role.RECEPTION, clinic=clinic))
    visit = operations.call_next(doctor=doctor, by=doctor.user)
    wrong.refresh_from_db()
    assert (visit.patient, visit.token, wrong.state) == (right, wrong.token, Visit.State.CANCELLED)


def test_what_was_written_before_the_token_was_given_to_another_stays_open(clinic, doctor, patient, nurse):
    wrong = make.called(doctor=doctor, patient=patient)
    operations.record_vitals(visit=wrong, by=nurse, pulse=80)
    desk.change_patient(
        token=wrong.token, patient=make.patient(clinic=clinic), by=people.user(Role.RECEPTION, clinic=clinic)
    )
    operations.call_next(doctor=doctor, by=doctor.user)
    wrong.refresh_from_db()
    assert wrong.state == Visit.State.OPEN


def test_recall_calls_again(doctor, patient):
    visit = make.called(doctor=doctor, patient=patient)
    operations.recall(visit=visit, by=doctor.user)
    assert visit.token.entries.get().call_count == 2


# --- starting by name, place or booking ------------------------------------------------------------------------------


def test_start_visit_for_a_place_in_line(doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    visit = operations.start_visit(patient=patient, doctor=doctor, by=doctor.user, entry=entry)
    assert (visit.token_id, visit.doctor_id, visit.state) == (entry.token_id, doctor.pk, Visit.State.OPEN)
    assert operations.start_visit(patient=patient, doctor=doctor, by=doctor.user, entry=entry) == visit


def test_start_visit_refuses_what_does_not_fit(doctor, clinic, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    given = {"patient": patient, "doctor": doctor, "by": doctor.user}
    refused("other_patient", operations.start_visit, **{**given, "patient": make.patient(clinic=clinic)}, entry=entry)
    lines.leave(entry=entry, by=doctor.user)
    refused("not_waiting", operations.start_visit, **given, entry=entry)
    times.hours(doctor=doctor, clinic=clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=patient)
    refused("not_checked_in", operations.start_visit, **given, appointment=booked)
    other = people.doctor(clinic=clinic, name="Noor Said")
    refused("other_doctor", operations.start_visit, **{**given, "doctor": other}, appointment=booked)
    patient.deceased_on = clinic.today()
    patient.save(update_fields=["deceased_on"])
    refused("deceased", operations.start_visit, **given)
    assert Visit.objects.count() == 0


def test_a_code_alone_brings_its_own_words(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    assert operations.add_diagnosis(visit=visit, by=doctor.user, text="", code="I10").text.startswith("Essential")
    refused("empty", operations.add_diagnosis, visit=visit, by=doctor.user, text=" ")
