"""A prescription while its visit changes hands, and while it ends: whose it is, and on which bill."""

import pytest

from billing.models import Invoice
from clinic.access import Role
from clinic.errors import Refused
from pharmacy import operations
from pharmacy.models import Prescription
from tests.concurrency.crowd import faults, rush, tally
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves
from tests.factories import visits as make
from visits import operations as visit_operations
from visits.models import Visit

HANDS = 8


@pytest.fixture
def doctors(clinic):
    return [people.doctor(clinic=clinic), people.doctor(clinic=clinic, name="Huda Noor", room="2")]


@pytest.fixture
def medicine():
    return shelves.medicine()


def line(medicine):
    return {"medicine": medicine, "dose_amount": 1, "frequency": "tid", "duration_days": 5}


def test_who_signs_is_who_has_the_visit_however_often_it_changes_hands(clinic, doctors, medicine):
    visit = make.begun(doctor=doctors[0], patient=make.patient(clinic=clinic))
    draft = operations.add_item(visit=visit, by=doctors[0].user, **line(medicine)).prescription

    def act(number):
        doctor = doctors[number // 2 % 2]
        if number % 2:
            return visit_operations.take_over(visit=visit, doctor=doctor, by=doctor.user)
        return operations.sign(prescription=draft, by=doctor.user)

    outcomes = rush(HANDS, act)
    assert set(tally(outcomes)) <= {"ok", "not_yours"}, faults(outcomes)
    draft.refresh_from_db()
    signer = draft.signed_by_id or draft.doctor.user_id
    assert draft.doctor.user_id == signer


def test_nobody_writes_on_a_visit_that_was_taken_over(clinic, doctors, medicine):
    visit = make.begun(doctor=doctors[0], patient=make.patient(clinic=clinic))

    def act(number):
        if number == HANDS // 2:
            return visit_operations.take_over(visit=visit, doctor=doctors[1], by=doctors[1].user)
        return operations.add_item(visit=visit, by=doctors[0].user, **line(medicine))

    outcomes = rush(HANDS, act)
    assert set(tally(outcomes)) <= {"ok", "not_yours"}, faults(outcomes)
    with pytest.raises(Refused) as refused:
        operations.add_item(visit=visit, by=doctors[0].user, **line(medicine))
    assert (refused.value.code, Visit.objects.get().doctor_id) == ("not_yours", doctors[1].pk)


def test_ending_a_visit_and_giving_out_its_medicine_make_one_bill(clinic, doctors, medicine):
    make.priced(clinic)
    pharmacist = people.user(Role.PHARMACIST, clinic=clinic)
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacist, quantity=1000)
    visits = []
    for _turn in range(HANDS // 2):
        visits.append(make.begun(doctor=doctors[0], patient=make.patient(clinic=clinic)))
        shelves.signed(visit=visits[-1], by=doctors[0].user, medicine=medicine)

    def act(number):
        visit = visits[number // 2]
        if number % 2:
            return operations.finish(visit=visit, by=doctors[0].user, reason="seen")
        prescription = Prescription.objects.get(visit=visit)
        lines = [{"item": prescription.items.get().pk, "quantity": 15}]
        return operations.dispense(prescription=prescription, by=pharmacist, lines=lines)

    outcomes = rush(HANDS, act)
    assert tally(outcomes) == {"ok": HANDS}, faults(outcomes)
    assert sorted(Invoice.objects.values_list("patient", flat=True)) == sorted(visit.patient_id for visit in visits)
