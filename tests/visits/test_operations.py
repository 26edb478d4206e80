"""What can happen in the room: outcome, refusal, audit, topics, and that repeating is harmless."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from billing.models import Invoice
from clinic.access import Role
from clinic.models import AuditEvent, Doctor
from patients import operations as patient_operations
from queues import operations as lines
from queues.models import Entry, Station
from scheduling import operations as desk
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits as make
from tests.refusals import refused
from visits import operations, queries
from visits.models import Diagnosis, Note, Visit, Vitals

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(clinic):
    return people.user(Role.NURSE, clinic=clinic, name="Huda Salem")


def note(visit, by, version=None, **words):
    given = {"complaint": "", "examination": "", "plan": "", **words}
    return operations.save_note(visit=visit, by=by, version=version or visit.version, **given)


def ready(visit):
    """Everything a finish asks for: a price, an answer about allergies, a diagnosis."""
    make.priced(visit.clinic)
    patient_operations.assert_no_known_allergies(patient=visit.patient, by=visit.doctor.user)
    operations.add_diagnosis(visit=visit, by=visit.doctor.user, text="Migraine", code="G43")
    return Visit.objects.get(pk=visit.pk)


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


# --- the note --------------------------------------------------------------------------------------------------------


def test_saving_keeps_the_words_and_raises_the_version(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    saved = note(visit, doctor.user, complaint="صداع منذ ثلاثة أيام", plan="Rest")
    assert (saved.complaint, saved.plan, saved.version) == ("صداع منذ ثلاثة أيام", "Rest", 2)
    assert AuditEvent.objects.get(action="save_note").facts == {"fields": ["complaint", "plan"], "version": 2}


def test_an_old_version_is_refused_and_nothing_is_overwritten(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    note(visit, doctor.user, complaint="First window")
    caught = refused("changed", note, visit=visit, by=doctor.user, version=1, complaint="Second window")
    assert caught.status == 409
    assert Visit.objects.get(pk=visit.pk).complaint == "First window"


def test_the_same_words_again_are_no_conflict(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    note(visit, doctor.user, complaint="Cough")
    assert note(visit, doctor.user, version=1, complaint="Cough").version == 2


# --- diagnoses -------------------------------------------------------------------------------------------------------


def test_the_first_diagnosis_is_primary_and_the_next_follows_it(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    first = operations.add_diagnosis(visit=visit, by=doctor.user, text="Essential hypertension", code="I10")
    second = operations.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    assert (first.is_primary, second.is_primary) == (True, False)
    operations.remove_diagnosis(diagnosis=first, by=doctor.user)
    assert Diagnosis.objects.get(pk=second.pk).is_primary
    assert Diagnosis.objects.get(pk=first.pk).removed_at is not None


def test_the_same_diagnosis_again_is_the_one_there(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    first = operations.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    assert operations.add_diagnosis(visit=visit, by=doctor.user, text="  MIGRAINE ") == first


def test_another_diagnosis_can_become_the_primary_one(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    first = operations.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    second = operations.add_diagnosis(visit=visit, by=doctor.user, text="Anaemia")
    operations.make_primary(diagnosis=second, by=doctor.user)
    first.refresh_from_db()
    assert (first.is_primary, Diagnosis.objects.get(pk=second.pk).is_primary) == (False, True)


def test_an_empty_diagnosis_is_refused(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    refused("empty", operations.add_diagnosis, visit=visit, by=doctor.user, text="   ")


# --- vitals ----------------------------------------------------------------------------------------------------------


def test_vitals_are_kept_with_who_measured(doctor, patient, nurse, published):
    visit = make.visit(doctor=doctor, patient=patient)
    published.clear()
    vitals = operations.record_vitals(visit=visit, by=nurse, systolic=168, diastolic=104, temperature=Decimal("37.1"))
    assert (vitals.systolic, vitals.diastolic, vitals.temperature, vitals.by_id) == (
        168,
        104,
        Decimal("37.1"),
        nurse.pk,
    )
    assert (visit.clinic_id, f"visit-{visit.pk}") in published


@pytest.mark.parametrize("values", [{"pulse": 4}, {"spo2": 101}, {"systolic": 80, "diastolic": 120}, {"systolic": 120}])
def test_impossible_vitals_are_refused_though_confirmed(doctor, patient, values):
    visit = make.visit(doctor=doctor, patient=patient)
    refused("impossible", operations.record_vitals, visit=visit, by=doctor.user, confirmed=tuple(values), **values)
    assert Vitals.objects.count() == 0


def test_improbable_vitals_ask_once(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    caught = refused("improbable", operations.record_vitals, visit=visit, by=doctor.user, pulse=18)
    assert (caught.field, caught.alternatives) == ("pulse", ["pulse"])
    assert "18" in str(caught.message)
    assert operations.record_vitals(visit=visit, by=doctor.user, confirmed=("pulse",), pulse=18).pulse == 18


def test_no_value_at_all_is_refused(doctor, patient):
    refused(
        "empty", operations.record_vitals, visit=make.visit(doctor=doctor, patient=patient), by=doctor.user, pulse=None
    )


def test_a_second_click_measures_once_a_later_one_again(doctor, nurse, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    measured = {"visit": visit, "pulse": 72, "temperature": Decimal("36.8")}
    first = operations.record_vitals(by=nurse, **measured)
    assert operations.record_vitals(by=nurse, **measured) == first
    assert operations.record_vitals(by=nurse, visit=visit, pulse=72) != first
    assert operations.record_vitals(by=doctor.user, **measured) != first
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert operations.record_vitals(by=nurse, **measured) != first
    assert AuditEvent.objects.filter(action="record_vitals").count() == 4


def test_values_put_right_are_not_taken_for_a_second_click(doctor, nurse, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    wrong = operations.record_vitals(visit=visit, by=nurse, pulse=72)
    operations.correct_vitals(vitals=wrong, by=nurse, pulse=27, confirmed=("pulse",))
    assert operations.record_vitals(visit=visit, by=nurse, pulse=72) != wrong


def test_a_correction_keeps_the_old_values(doctor, patient, nurse):
    visit = make.visit(doctor=doctor, patient=patient)
    wrong = operations.record_vitals(visit=visit, by=nurse, weight=Decimal("74"))
    right = operations.correct_vitals(vitals=wrong, by=nurse, weight=Decimal("47"))
    assert (right.corrects_id, right.taken_at) == (wrong.pk, wrong.taken_at)
    assert Vitals.objects.get(pk=wrong.pk).weight == Decimal("74")
    refused("already_corrected", operations.correct_vitals, vitals=wrong, by=nurse, weight=Decimal("48"))


# --- finishing -------------------------------------------------------------------------------------------------------


def test_complete_signs_charges_and_ends_the_place_in_line(clinic, doctor, patient, published):
    visit = ready(make.begun(doctor=doctor, patient=patient))
    published.clear()
    done = operations.complete(visit=visit, by=doctor.user)
    assert (done.state, done.completed_by_id) == (Visit.State.COMPLETED, doctor.user_id)
    assert [line.source for line in done.invoice.lines.all()] == [f"visit:{visit.pk}"]
    assert (done.invoice.state, done.invoice.patient_id) == ("draft", patient.pk)
    assert visit.token.entries.get().state == Entry.State.DONE
    assert Doctor.objects.get(pk=doctor.pk).status == Doctor.Status.ONLINE
    assert {(clinic.pk, "desk"), (clinic.pk, "day"), (clinic.pk, f"visit-{visit.pk}")} <= set(published)


def test_complete_ends_the_appointment(clinic, doctor, patient):
    times.hours(doctor=doctor, clinic=clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=patient, starts_at=times.next_slot(clinic))
    desk.check_in(appointment=booked, by=doctor.user)
    visit = ready(operations.call_next(doctor=doctor, by=doctor.user))
    operations.complete(visit=visit, by=doctor.user)
    booked.refresh_from_db()
    assert booked.state == Appointment.State.COMPLETED


def test_complete_sends_the_patient_on(clinic, doctor, patient):
    visit = ready(make.begun(doctor=doctor, patient=patient))
    pharmacy = lines.ensure_pharmacy_station(clinic=clinic, by=doctor.user)
    operations.complete(visit=visit, by=doctor.user, send_to=pharmacy)
    states = dict(visit.token.entries.values_list("station__kind", "state"))
    assert states == {Station.Kind.DOCTOR: Entry.State.TRANSFERRED, Station.Kind.PHARMACY: Entry.State.WAITING}


def test_complete_ends_the_wait_of_who_was_seen_without_being_called(doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    visit = ready(operations.open_visit(patient=patient, doctor=doctor, by=doctor.user, token=entry.token))
    operations.complete(visit=visit, by=doctor.user)
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.DONE


def test_nobody_is_charged_for_having_been_called(doctor, patient):
    """The desk says "not here" while the doctor's window stands open: no reason makes a visit of that."""
    visit = make.called(doctor=doctor, patient=patient)
    make.priced(visit.clinic)
    lines.skip(entry=visit.token.entries.get(), by=doctor.user)
    refused("did_not_come", operations.complete, visit=visit, by=doctor.user, reason="No reply")
    assert Visit.objects.get(pk=visit.pk).state == Visit.State.OPEN
    assert not Invoice.objects.filter(patient=patient).exists()


def test_who_was_seen_after_all_is_finished_without_being_called_again(doctor, patient):
    visit = make.called(doctor=doctor, patient=patient)
    lines.skip(entry=visit.token.entries.get(), by=doctor.user)
    assert operations.complete(visit=ready(visit), by=doctor.user).state == Visit.State.COMPLETED


def test_what_is_missing_is_said_once_and_passes_with_a_reason(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    make.priced(visit.clinic)
    caught = refused("incomplete", operations.complete, visit=visit, by=doctor.user)
    assert len(caught.alternatives) == 2
    assert Visit.objects.get(pk=visit.pk).state == Visit.State.OPEN
    done = operations.complete(visit=visit, by=doctor.user, reason="Patient left in a hurry")
    assert (done.state, done.finish_reason) == (Visit.State.COMPLETED, "Patient left in a hurry")


def test_a_missing_price_stops_the_finish_once_and_never_bills_zero(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    patient_operations.assert_no_known_allergies(patient=patient, by=doctor.user)
    operations.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    caught = refused("incomplete", operations.complete, visit=visit, by=doctor.user)
    assert len(caught.alternatives) == 1
    done = operations.complete(visit=visit, by=doctor.user, reason="Price follows")
    assert done.invoice is None
    assert done.patient.invoices.count() == 0
    assert AuditEvent.objects.get(action="complete_visit").facts["charged"] is False


def test_a_second_finish_finds_it_finished(doctor, patient):
    visit = ready(make.visit(doctor=doctor, patient=patient))
    operations.complete(visit=visit, by=doctor.user)
    refused("visit_closed", operations.complete, visit=visit, by=doctor.user)
    assert patient.invoices.count() == 1


@pytest.mark.parametrize(
    "verb",
    [
        lambda visit, by: note(visit, by, complaint="Later"),
        lambda visit, by: operations.add_diagnosis(visit=visit, by=by, text="Later"),
        lambda visit, by: operations.record_vitals(visit=visit, by=by, pulse=80),
        lambda visit, by: operations.remove_diagnosis(diagnosis=visit.diagnoses.get(), by=by),
        lambda visit, by: operations.begin(visit=visit, by=by),
        lambda visit, by: operations.not_come(visit=visit, by=by),
        lambda visit, by: operations.take_over(visit=visit, doctor=visit.doctor, by=by),
    ],
)
def test_nothing_is_written_on_a_finished_visit(doctor, patient, verb):
    visit = make.completed(doctor=doctor, patient=patient)
    refused("visit_closed", verb, visit=visit, by=doctor.user)


def test_a_second_click_adds_one_addendum_a_later_one_another(doctor, patient):
    visit = make.completed(doctor=doctor, patient=patient)
    first = operations.add_addendum(visit=visit, by=doctor.user, text="Called back: well.")
    assert operations.add_addendum(visit=visit, by=doctor.user, text=" Called back: well. ") == first
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert operations.add_addendum(visit=visit, by=doctor.user, text="Called back: well.") != first
    assert AuditEvent.objects.filter(action="add_addendum").count() == 2


def test_later_words_are_addenda(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    refused("visit_open", operations.add_addendum, visit=visit, by=doctor.user, text="Later")
    done = make.completed(doctor=doctor, patient=patient)
    addendum = operations.add_addendum(visit=done, by=doctor.user, text=" Result: normal. ")
    assert (addendum.text, addendum.by_id) == ("Result: normal.", doctor.user_id)
    refused("empty", operations.add_addendum, visit=done, by=doctor.user, text="  ")


# --- past the operations the database refuses ------------------------------------------------------------------------


def broken(error, act):
    with pytest.raises(error), transaction.atomic():
        act()


def test_the_database_keeps_a_finished_visit_as_it_is(doctor, patient):
    visit = make.completed(doctor=doctor, patient=patient)
    broken(DatabaseError, lambda: Visit.objects.filter(pk=visit.pk).update(plan="Changed"))
    broken(
        DatabaseError,
        lambda: Visit.objects.filter(pk=visit.pk).update(state="open", completed_at=None, completed_by=None),
    )
    broken(DatabaseError, lambda: Visit.objects.filter(pk=visit.pk).delete())


def test_the_database_takes_no_findings_for_a_finished_visit(clinic, doctor, patient):
    visit = make.completed(doctor=doctor, patient=patient)
    row = {"clinic": clinic, "visit": visit, "patient": patient, "by": doctor.user}
    broken(DatabaseError, lambda: Vitals.objects.create(pulse=80, **row))
    broken(DatabaseError, lambda: Diagnosis.objects.create(text="Migraine", **row))
    broken(DatabaseError, lambda: visit.diagnoses.update(text="Changed"))
    broken(DatabaseError, lambda: visit.diagnoses.all().delete())
    broken(DatabaseError, lambda: visit.notes.create(category="plan", text="Later", by=doctor.user))


def test_the_database_refuses_vitals_of_another_patient(clinic, doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    other = make.patient(clinic=clinic, name="Yusuf Farah")
    row = {"clinic": clinic, "visit": visit, "patient": other, "by": doctor.user}
    broken(IntegrityError, lambda: Vitals.objects.create(pulse=80, **row))
    broken(IntegrityError, lambda: Diagnosis.objects.create(text="Migraine", **row))


def test_the_database_refuses_a_second_open_visit(clinic, doctor, patient):
    make.visit(doctor=doctor, patient=patient)
    row = {"clinic": clinic, "doctor": doctor, "patient": patient, "opened_by": doctor.user}
    broken(IntegrityError, lambda: Visit.objects.create(**row))


def test_the_database_refuses_two_primary_diagnoses(clinic, doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    row = {"clinic": clinic, "visit": visit, "patient": patient, "by": doctor.user, "is_primary": True}
    Diagnosis.objects.create(text="Migraine", **row)
    broken(IntegrityError, lambda: Diagnosis.objects.create(text="Anaemia", **row))


def test_the_database_never_changes_measurements_and_addenda(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    vitals = operations.record_vitals(visit=visit, by=doctor.user, pulse=80)
    broken(DatabaseError, lambda: Vitals.objects.filter(pk=vitals.pk).update(pulse=70))
    done = make.completed(doctor=doctor, patient=patient)
    addendum = operations.add_addendum(visit=done, by=doctor.user, text="Normal.")
    broken(DatabaseError, lambda: done.addenda.filter(pk=addendum.pk).update(text="Changed"))
    broken(DatabaseError, lambda: done.addenda.all().delete())


# --- dated notes -----------------------------------------------------------------------------------------------------


def test_add_note_appends_audits_and_tells(doctor, patient, published):
    visit = make.begun(doctor=doctor, patient=patient)
    published.clear()
    made = operations.add_note(visit=visit, by=doctor.user, category="symptom", text="  Vomited twice. ")
    assert (made.category, made.text, made.by_id) == ("symptom", "Vomited twice.", doctor.user_id)
    event = AuditEvent.objects.get(action="add_note")
    assert (event.patient_id, event.clinic_id, event.facts) == (patient.pk, visit.clinic_id, {"visit": visit.pk})
    assert {topic for _clinic, topic in published} == {f"visit-{visit.pk}", f"patient-{patient.pk}"}


def test_the_doctors_first_note_begins_the_service_a_nurses_does_not(doctor, nurse, patient):
    visit = make.called(doctor=doctor, patient=patient)
    operations.add_note(visit=visit, by=nurse, category="observation", text="Pale")
    assert visit.token.entries.get().state == Entry.State.CALLED
    operations.add_note(visit=visit, by=doctor.user, category="observation", text="Pale indeed")
    assert visit.token.entries.get().state == Entry.State.WITH_STAFF


def test_a_second_click_writes_one_note_a_later_one_another(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    first = operations.add_note(visit=visit, by=doctor.user, category="observation", text="Pale")
    assert operations.add_note(visit=visit, by=doctor.user, category="observation", text="Pale") == first
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        operations.add_note(visit=visit, by=doctor.user, category="observation", text="Pale")
    assert visit.notes.count() == 2


def test_add_note_refuses(doctor, clinic, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    other = people.doctor(clinic=clinic, name="Noor Said")
    given = {"visit": visit, "by": doctor.user, "category": "plan", "text": "Rest"}
    refused("empty", operations.add_note, **{**given, "text": "  "})
    refused("too_long", operations.add_note, **{**given, "text": "x" * 8001})
    refused("unknown_category", operations.add_note, **{**given, "category": "gossip"})
    refused("not_yours", operations.add_note, **{**given, "by": other.user})
    assert visit.notes.count() == 0


def test_a_finished_visit_takes_no_note_and_the_database_refuses_it_too(doctor, patient):
    done = make.completed(doctor=doctor, patient=patient)
    refused("visit_closed", operations.add_note, visit=done, by=doctor.user, category="plan", text="Rest")
    with pytest.raises(DatabaseError, match="no longer open"), transaction.atomic():
        Note.objects.create(visit=done, by=doctor.user, category="plan", text="Rest")


def test_a_correction_keeps_the_old_note(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    wrong = operations.add_note(visit=visit, by=doctor.user, category="symptom", text="Left knee")
    right = operations.add_note(visit=visit, by=doctor.user, category="symptom", text="Right knee", corrects=wrong)
    assert [note.pk for note in queries.notes(visit)] == [right.pk]
    assert visit.notes.count() == 2
    given = {"visit": visit, "by": doctor.user, "category": "symptom", "corrects": wrong}
    refused("already_corrected", operations.add_note, text="No, the left", **given)
    elsewhere = make.visit(doctor=doctor)
    refused("other_visit", operations.add_note, **{**given, "visit": elsewhere}, text="Left")


@pytest.mark.parametrize("fields", [{"text": ""}, {"category": "gossip"}])
def test_the_database_refuses_a_bad_note(doctor, patient, fields):
    visit = make.visit(doctor=doctor, patient=patient)
    with pytest.raises(IntegrityError), transaction.atomic():
        Note.objects.create(**{"visit": visit, "by": doctor.user, "category": "plan", "text": "Rest", **fields})


def test_a_note_is_never_changed_or_deleted(doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    operations.add_note(visit=visit, by=doctor.user, category="plan", text="Rest")
    for act in (lambda: Note.objects.update(text="Run"), lambda: Note.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            act()


def test_a_nurses_note_does_not_keep_a_visit_from_passing_to_the_next_doctor(doctor, nurse, clinic, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    operations.add_note(visit=visit, by=nurse, category="observation", text="Pale")
    other = people.doctor(clinic=clinic, name="Noor Said")
    assert operations.open_visit(patient=patient, doctor=other, by=other.user).doctor_id == other.pk
    operations.add_note(visit=visit, by=other.user, category="plan", text="Rest")
    assert operations.open_visit(patient=patient, doctor=doctor, by=doctor.user).doctor_id == other.pk


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
