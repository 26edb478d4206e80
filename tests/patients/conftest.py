"""A clinic with its people, for the patients' tests."""

import pytest

from clinic.access import Role
from tests.factories import clinic as clinics
from tests.factories import patients


@pytest.fixture
def house(db):
    """A clinic."""
    return clinics.clinic()


@pytest.fixture
def desk(house):
    """A receptionist."""
    return clinics.user(Role.RECEPTION, clinic=house)


@pytest.fixture
def physician(house):
    """A doctor's account."""
    return clinics.doctor(clinic=house).user


@pytest.fixture
def layla(house, desk):
    """A patient."""
    return patients.patient(clinic=house, by=desk, name_other_script="ليلى الحسن", sex="female")
