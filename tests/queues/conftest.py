"""A clinic about noon with a line: there an hour ago is today, at whatever hour the tests run."""

import pytest

from clinic.access import Role
from tests.factories import clinic as people
from tests.factories import queues as make


@pytest.fixture
def clinic(db):
    """A clinic where it is about noon."""
    made = people.clinic()
    people.to_midday(made)
    return made


@pytest.fixture
def sara(clinic):
    """A receptionist."""
    return people.user(Role.RECEPTION, clinic=clinic, name="Sara Haddad")


@pytest.fixture
def station(clinic):
    """A doctor's line with the letter A."""
    return make.station(clinic=clinic)
