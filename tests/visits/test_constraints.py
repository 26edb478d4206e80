"""Past the operations the database refuses."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.factories import visits as make
from visits import operations
from visits.models import Diagnosis, Visit, Vitals

pytestmark = pytest.mark.django_db


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
