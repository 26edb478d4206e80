"""Prescribing: what works, what is refused, what is kept in the alert log."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction

from clinic.errors import Refused
from clinic.models import AuditEvent
from patients import operations as patient_operations
from pharmacy import operations
from pharmacy.models import Prescription, SafetyAlert
from queues import queries as lines
from tests.factories import clinic as ground
from tests.factories import pharmacy
from tests.pharmacy.conftest import finished
from visits import operations as visit_operations
from visits.models import Visit


def test_a_typed_line_becomes_an_item_with_its_quantity(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 1-1-1 5d")
    assert (item.medicine, item.dose_amount, item.frequency, item.duration_days, item.quantity) == (
        house.paracetamol,
        1,
        "1-1-1",
        5,
        15,
    )


def test_a_visit_with_a_medicine_on_it_stays_with_its_author(house):
    operations.add_item(visit=house.visit, by=house.by, line="para 500 1-1-1 5d")
    second = ground.doctor(clinic=house.clinic, name="Huda Noor")
    again = visit_operations.open_visit(patient=house.patient, doctor=second, by=second.user)
    assert (again, again.doctor) == (house.visit, house.doctor)


@pytest.mark.parametrize("taken_off", [False, True])
def test_a_visit_left_open_yesterday_is_closed_only_when_no_medicine_stands_on_it(house, taken_off):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 1-1-1 5d")
    if taken_off:
        operations.remove_item(item=item, by=house.by)
    with time_machine.travel(house.clinic.now() + timedelta(days=1)):
        again = visit_operations.open_visit(patient=house.patient, doctor=house.doctor, by=house.by)
    house.visit.refresh_from_db()
    assert (again == house.visit, house.visit.state == Visit.State.CANCELLED) == (not taken_off, taken_off)


def test_the_second_line_joins_the_same_draft(house):
    first = operations.add_item(visit=house.visit, by=house.by, line="para 500 1-1-1 5d")
    second = operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 7d")
    assert second.prescription_id == first.prescription_id


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("para", "unclear"),
        ("para 500", "unclear"),
        ("para 500 tid", "unclear"),
        ("para 500 tid 400d", "unclear"),
        ("para 500 tid 5d <script>", "unclear"),
        ("nothing 500 tid 5d", "not_found"),
        ("para 9999999999g tid 300d", "improbable"),
    ],
)
def test_an_unclear_line_is_refused_and_writes_nothing(house, line, code):
    with pytest.raises(Refused) as refused:
        operations.add_item(visit=house.visit, by=house.by, line=line)
    assert (refused.value.code, refused.value.field, Prescription.objects.count()) == (code, "line", 0)


def test_another_quantity_needs_a_reason(house):
    with pytest.raises(Refused) as refused:
        operations.add_item(
            visit=house.visit,
            by=house.by,
            medicine=house.paracetamol,
            dose_amount=1,
            frequency="tid",
            duration_days=5,
            quantity=20,
        )
    assert refused.value.code == "quantity_reason"


def test_an_allergy_to_the_class_is_logged_and_stops_the_signature(house):
    allergic(house)
    item = operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 7d")
    with pytest.raises(Refused) as refused:
        operations.sign(prescription=item.prescription, by=house.by)
    logged = list(SafetyAlert.objects.values_list("kind", "level", "outcome"))
    assert (refused.value.code, logged) == ("safety_stop", [("allergy", "stop", "shown")])


def test_kept_with_a_reason_it_can_be_signed(house):
    allergic(house)
    item = operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 7d")
    stops = ["allergy: penicillin / anaphylaxis / amoxicillin"]
    operations.keep_item(item=item, by=house.by, reason="tolerated last year", stops=stops)
    signed = operations.sign(prescription=item.prescription, by=house.by)
    kept = SafetyAlert.objects.get(outcome="overridden")
    assert (signed.state, kept.reason) == ("signed", "tolerated last year")


def test_keeping_without_a_reason_is_refused(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 7d")
    with pytest.raises(Refused) as refused:
        operations.keep_item(item=item, by=house.by, reason="  ", stops=[])
    assert refused.value.code == "reason"


def test_a_removed_line_stops_nothing_and_a_second_removal_changes_nothing(house):
    allergic(house)
    operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    item = operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 7d")
    first = operations.remove_item(item=item, by=house.by).removed_at
    assert operations.remove_item(item=item, by=house.by).removed_at == first
    assert operations.sign(prescription=item.prescription, by=house.by).state == "signed"


def test_the_same_ingredient_twice_is_a_stop(house):
    operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    item = operations.add_item(visit=house.visit, by=house.by, line="para 1g qid 3d")
    assert list(item.alerts.values_list("kind", "level")) == [("duplicate", "stop")]


def test_signing_twice_is_one_signature(house):
    prescription = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d").prescription
    first = operations.sign(prescription=prescription, by=house.by)
    second = operations.sign(prescription=prescription, by=house.by)
    assert (second.signed_at, AuditEvent.objects.filter(action="sign").count()) == (first.signed_at, 1)


def test_nothing_is_added_after_the_signature(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    operations.sign(prescription=item.prescription, by=house.by)
    with pytest.raises(Refused) as refused:
        operations.remove_item(item=item, by=house.by)
    assert refused.value.code == "already_signed"


def test_another_doctor_may_not_write_on_the_visit(house):
    other = ground.doctor(clinic=house.clinic, name="Nadia Noor", room="2")
    with pytest.raises(Refused) as refused:
        operations.add_item(visit=house.visit, by=other.user, line="para 500 tid 5d")
    assert refused.value.code == "not_yours"


def test_finishing_signs_charges_and_sends_to_the_pharmacy(house, published):
    prescription = finished(house)
    entry = lines.live_entry(house.visit.token)
    house.visit.refresh_from_db()
    assert (prescription.state, house.visit.state, entry.station.kind, house.visit.invoice.lines.count()) == (
        "signed", "completed", "pharmacy", 1,
    )  # fmt: skip
    assert (house.clinic.pk, "pharmacy") in published


def test_finishing_without_medicine_sends_nobody_to_the_pharmacy(house):
    operations.finish(visit=house.visit, by=house.by, reason="advice only")
    assert lines.live_entry(house.visit.token) is None


def test_a_refused_finish_signs_nothing(house):
    prescription = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d").prescription
    with pytest.raises(Refused):
        operations.finish(visit=house.visit, by=house.by)
    prescription.refresh_from_db()
    assert prescription.state == "draft"


def test_the_alert_log_cannot_be_edited(house):
    allergic(house)
    operations.add_item(visit=house.visit, by=house.by, line="amox 500 tid 7d")
    with pytest.raises(DatabaseError), transaction.atomic():
        SafetyAlert.objects.update(reason="never mind")


def test_repeating_brings_the_chosen_lines(house):
    first = finished(house)
    from tests.factories import visits

    again = visits.visit(doctor=house.doctor, patient=house.patient)
    made = operations.repeat_last(
        visit=again, by=house.by, items=list(first.items.select_related("prescription", "medicine"))
    )
    assert [(item.medicine, item.quantity, item.prescription.visit) for item in made] == [
        (house.paracetamol, 15, again)
    ]


def test_another_patients_line_is_never_repeated(house):
    first = finished(house)
    from tests.factories import visits

    other = visits.visit(doctor=house.doctor)
    with pytest.raises(Refused) as refused:
        operations.repeat_last(
            visit=other, by=house.by, items=list(first.items.select_related("prescription", "medicine"))
        )
    assert refused.value.status == 404


def allergic(house, **fields):
    details = {
        "substance": "penicillin",
        "substance_code": "penicillins",
        "reaction": "anaphylaxis",
        "severity": "severe",
        **fields,
    }
    return patient_operations.record_allergy(patient=house.patient, by=house.by, **details)


def test_a_name_that_begins_so_wins_over_one_that_holds_it(house):
    pharmacy.medicine(
        generic_name="codeine with paracetamol", strength="8 mg with 500 mg", strength_amount=None, strength_unit=""
    )
    syrup = {"strength": "120 mg in 5 mL", "strength_amount": 24, "strength_unit": "mg/mL", "form": "syrup"}
    pharmacy.medicine(base_unit="mL", dose_unit="mL", **syrup)
    item = operations.add_item(visit=house.visit, by=house.by, line="para 1g q6h prn max 8 5d")
    assert (item.medicine, item.dose_amount) == (house.paracetamol, 2)


@pytest.mark.parametrize("line", ["para 1000mL tid 5d", "para 20g tid 5d"])
def test_a_dose_that_cannot_be_meant_is_refused(house, line):
    with pytest.raises(Refused) as refused:
        operations.add_item(visit=house.visit, by=house.by, line=line)
    assert (refused.value.code, Prescription.objects.count()) == ("improbable", 0)


def test_a_bare_number_chooses_the_form_whose_units_make_it_up(house):
    syrup = {"strength": "120 mg in 5 mL", "strength_amount": 24, "strength_unit": "mg/mL", "form": "syrup"}
    pharmacy.medicine(base_unit="mL", dose_unit="mL", **syrup)
    item = operations.add_item(visit=house.visit, by=house.by, line="para 1000 q8h 5d")
    assert (item.medicine, item.dose_amount, item.quantity) == (house.paracetamol, 2, 30)
