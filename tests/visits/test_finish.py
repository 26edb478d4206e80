"""Finishing a visit, and words added to it later."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billing.models import Invoice
from clinic.models import AuditEvent, Doctor
from patients import operations as patient_operations
from queues import operations as lines
from queues.models import Entry, Station
from scheduling import operations as desk
from scheduling.models import Appointment
from tests.factories import scheduling as times
from tests.factories import visits as make
from tests.refusals import refused
from tests.visits.steps import note, ready
from visits import operations
from visits.models import Visit

pytestmark = pytest.mark.django_db


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
