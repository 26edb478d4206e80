"""A clinic with its people and a patient, for the tests of money."""

import pytest

from clinic.access import Role
from tests.factories import billing as bills
from tests.factories import clinic as clinics
from tests.factories import patients


@pytest.fixture
def house(db):
    """A clinic that charges 15 % tax."""
    return clinics.clinic(tax_name="VAT")


@pytest.fixture
def cashier(house):
    """A receptionist."""
    return clinics.user(Role.RECEPTION, clinic=house)


@pytest.fixture
def manager(house):
    """A manager."""
    return clinics.user(Role.MANAGER, clinic=house, name="Huda Aziz")


@pytest.fixture
def physician(house):
    """A doctor."""
    return clinics.doctor(clinic=house)


@pytest.fixture
def layla(house, cashier):
    """A patient."""
    return patients.patient(clinic=house, by=cashier)


@pytest.fixture
def bill(house, cashier, layla):
    """A draft of one line: 200.00 + 15 % = 230.00."""
    return bills.invoice(clinic=house, patient=layla, by=cashier, prices=["200.00"])
