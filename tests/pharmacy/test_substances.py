"""An allergy written in words is checked like a chosen one, whatever screen it was written on."""

import pytest

from clinic.access import Role
from patients import operations
from pharmacy import ingredients
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import pharmacy as shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue():
    penicillin = shelf.ingredient("penicillins")
    penicillin.name_other_script = "البنسلينات"
    penicillin.save()
    shelf.medicine(generic_name="amoxicillin", brand="Amoxil", ingredients=[shelf.ingredient("amoxicillin")])
    two = [shelf.ingredient("amoxicillin"), shelf.ingredient("clavulanate")]
    shelf.medicine(generic_name="co-amoxiclav", brand="Augmentin", ingredients=two)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("penicillin", "penicillins"),
        ("Penicillins", "penicillins"),
        ("بنسلين", "penicillins"),
        ("البنسلينات", "penicillins"),
        ("amoxil", "amoxicillin"),
        ("Augmentin", ""),  # two ingredients: nobody knows which one it was
        ("cat hair", ""),
        ("", ""),
    ],
)
def test_words_name_an_ingredient(catalogue, text, code):
    assert ingredients.code_of(text) == code


def test_an_allergy_in_words_is_coded(catalogue):
    clinic = people.clinic()
    nurse = people.user(Role.NURSE, clinic=clinic)
    patient = files.patient(clinic=clinic, by=people.user(Role.RECEPTION, clinic=clinic))
    assert operations.record_allergy(patient=patient, by=nurse, substance="Penicillin").substance_code == "penicillins"
    assert operations.record_allergy(patient=patient, by=nurse, substance="Cat hair").substance_code == ""
