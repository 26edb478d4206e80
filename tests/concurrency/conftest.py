"""Every test here runs on a committed database, says its seed, and must leave not a single deadlock behind."""

import random

import pytest

from clinic.access import Role
from tests.concurrency.crowd import deadlocks
from tests.factories import clinic as people


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/concurrency/" in item.nodeid:
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(autouse=True)
def no_deadlock(transactional_db):
    before = deadlocks()
    yield
    assert deadlocks() - before == 0, "deadlocks, even if a retry has hidden them"


@pytest.fixture
def dice(record_property):
    """A seeded random generator; the seed is printed with a failure."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    record_property("seed", seed)
    return random.Random(seed)


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def crowd(clinic):
    """Sixteen receptionists of the clinic."""
    return [people.user(Role.RECEPTION, clinic=clinic, name=f"Reception {number}") for number in range(16)]
