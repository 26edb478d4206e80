"""What is measured on a visit, and put right."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from clinic.models import AuditEvent
from tests.factories import visits as make
from tests.refusals import refused
from visits import operations
from visits.models import Vitals

pytestmark = pytest.mark.django_db


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
