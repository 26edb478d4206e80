"""What is written on a visit: the note, diagnoses and dated notes."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from clinic.models import AuditEvent
from queues.models import Entry
from tests.factories import clinic as people
from tests.factories import visits as make
from tests.refusals import refused
from tests.visits.steps import note
from visits import operations, queries
from visits.models import Diagnosis, Note, Visit

pytestmark = pytest.mark.django_db


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
