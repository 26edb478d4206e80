"""Two people join files at the same moment: never a chain, never a circle, never an account on two files."""

import pytest

from clinic.access import Role
from patients import operations
from patients.models import Merge, Patient
from tests.concurrency.crowd import faults, rush, tally
from tests.factories import clinic as people
from tests.factories import patients


@pytest.fixture
def files(clinic, crowd):
    """Three files, of which any two may be the same person's."""
    return [patients.patient(clinic=clinic, by=crowd[0], name=f"Layla {letter}") for letter in ("A", "B", "C")]


def chains():
    """Files that lead to a file which leads on."""
    return Patient.objects.filter(merged_into__merged_into__isnull=False).count()


def test_each_into_the_other(files, crowd):
    pairs = [(files[0], files[1]), (files[1], files[0])]
    outcomes = rush(
        8, lambda n: operations.merge_patients(duplicate=pairs[n % 2][0], into=pairs[n % 2][1], by=crowd[n])
    )
    assert tally(outcomes) == {"ok": 4, "retired": 4}, faults(outcomes)
    assert (Merge.objects.count(), Patient.objects.current().count(), chains()) == (1, 2, 0)


def test_a_row_of_three_never_becomes_a_chain(files, crowd):
    pairs = [(files[0], files[1]), (files[1], files[2]), (files[2], files[0])]
    outcomes = rush(
        9, lambda n: operations.merge_patients(duplicate=pairs[n % 3][0], into=pairs[n % 3][1], by=crowd[n])
    )
    assert faults(outcomes) == ""
    assert chains() == 0
    assert Merge.objects.count() == Patient.objects.exclude(merged_into=None).count()


def test_one_code_is_claimed_once(files, clinic, crowd):
    code = operations.issue_link_code(patient=files[0], by=crowd[0])
    accounts = [people.user(Role.PATIENT, clinic=clinic) for _number in range(6)]
    outcomes = rush(6, lambda n: operations.claim_file(code=code, user=accounts[n]))
    assert tally(outcomes) == {"ok": 1, "link_code": 5}, faults(outcomes)
    assert Patient.objects.exclude(user=None).count() == 1
