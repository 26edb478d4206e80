"""A clinic about noon with a doctor and a patient: there an hour ago is today, at whatever hour the tests run."""

import pytest

from clinic.access import Role
from tests.factories import clinic as people
from tests.factories import visits as make


@pytest.fixture
def clinic(db):
    """A clinic where it is about noon."""
    made = people.clinic()
    people.to_midday(made)
    return made


@pytest.fixture
def doctor(clinic):
    """A doctor with a line of their own."""
    return people.doctor(clinic=clinic)


@pytest.fixture
def patient(clinic):
    """A patient."""
    return make.patient(clinic=clinic)


@pytest.fixture
def nurse(clinic):
    """A nurse."""
    return people.user(Role.NURSE, clinic=clinic, name="Huda Salem")


@pytest.fixture
def visit(doctor, patient):
    """A visit that has begun."""
    return make.begun(doctor=doctor, patient=patient)


@pytest.fixture
def as_doctor(client, doctor):
    """The doctor's own client."""
    client.force_login(doctor.user)
    return client
