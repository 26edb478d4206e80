"""What the database refuses, whatever the code does."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from patients import operations
from patients.models import Allergy, Patient

pytestmark = pytest.mark.django_db


def refuses(action):
    with pytest.raises(DatabaseError), transaction.atomic():
        action()


def test_a_patient_without_a_name(layla):
    refuses(lambda: Patient.objects.filter(pk=layla.pk).update(name=""))


def test_a_patient_merged_into_self(layla):
    refuses(lambda: Patient.objects.filter(pk=layla.pk).update(merged_into=layla))


def test_no_known_allergies_by_nobody(layla):
    refuses(lambda: Patient.objects.filter(pk=layla.pk).update(no_known_allergies_at=timezone.now()))


def test_two_patients_of_one_number(layla):
    refuses(lambda: Patient.objects.create(name="Other", file_number=layla.file_number))


def test_deleting_a_patient_or_an_allergy(layla, physician):
    allergy = operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    refuses(lambda: Allergy.objects.filter(pk=allergy.pk).delete())
    refuses(lambda: Patient.objects.filter(pk=layla.pk)._raw_delete("default"))


def test_an_allergy_twice(layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    refuses(lambda: Allergy.objects.create(patient=layla, substance="penicillin", recorded_by=physician))
