"""A clinic with one doctor who works around the clock, a receptionist and a patient."""

import pytest

from clinic.access import Role
from tests.factories import clinic as ground
from tests.factories import queues as line_factories
from tests.factories import scheduling as factories


@pytest.fixture
def clinic(db):
    return ground.clinic()


@pytest.fixture
def doctor(clinic):
    made = ground.doctor(clinic=clinic)
    factories.hours(doctor=made, clinic=clinic)
    return made


@pytest.fixture
def desk(clinic):
    return ground.user(Role.RECEPTION, clinic=clinic, name="Sara Nasser")


@pytest.fixture
def patient(db):
    return line_factories.patient(name="Layla Al Hassan")


@pytest.fixture
def other(db):
    return line_factories.patient(name="Yusuf Farah")
