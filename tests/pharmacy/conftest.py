"""A clinic with a doctor, a pharmacist, paracetamol and amoxicillin on the shelf, and one open visit."""

from types import SimpleNamespace

import pytest

from clinic.access import Role
from tests.factories import clinic as ground
from tests.factories import pharmacy, visits
from visits import operations as visit_operations


@pytest.fixture
def house(db):
    """Everybody and everything that a prescription needs."""
    return furnish()


def furnish():
    clinic = ground.clinic()
    doctor = ground.doctor(clinic=clinic)
    pharmacist = ground.user(Role.PHARMACIST, clinic=clinic, name="Huda Nasser")
    penicillins = pharmacy.ingredient("penicillins")
    visits.priced(clinic)
    paracetamol = pharmacy.medicine()
    amoxicillin = pharmacy.medicine(
        generic_name="amoxicillin", form="capsule", base_unit="capsule", dose_unit="capsule", price=1,
        ingredients=[pharmacy.ingredient("amoxicillin", parent=penicillins)],
    )  # fmt: skip
    early = pharmacy.batch(clinic=clinic, medicine=paracetamol, by=pharmacist, quantity=10, days=40, number="EARLY")
    late = pharmacy.batch(clinic=clinic, medicine=paracetamol, by=pharmacist, quantity=100, days=400, number="LATE")
    pharmacy.batch(clinic=clinic, medicine=amoxicillin, by=pharmacist, quantity=50, number="AMOX")
    visit = visits.begun(doctor=doctor)
    return SimpleNamespace(
        clinic=clinic, doctor=doctor, by=doctor.user, pharmacist=pharmacist, paracetamol=paracetamol, amoxicillin=amoxicillin,
        early=early, late=late, visit=visit, patient=visit.patient,
    )  # fmt: skip


def finished(house, line="para 500 1-1-1 5d"):
    """A signed prescription whose patient has been sent to the pharmacy."""
    from pharmacy import operations

    item = operations.add_item(visit=house.visit, by=house.by, line=line)
    visit_operations.add_diagnosis(visit=house.visit, by=house.by, text="Fever")
    operations.finish(visit=house.visit, by=house.by, reason="test")
    item.prescription.refresh_from_db()
    return item.prescription


def hand_over(client, prescription, quantity=15, key="k1", **more):
    """Dispense the one line of a prescription through the API; the answer."""
    item = prescription.items.get()
    body = {"prescription": prescription.pk, "lines": [{"item": item.pk, "quantity": quantity, **more}]}
    return client.post("/api/v1/dispensings/", body, HTTP_IDEMPOTENCY_KEY=key)
