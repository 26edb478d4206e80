"""The manager's window on medicines and ingredients: the same rules as everywhere else."""

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations as patient_operations
from pharmacy import alerts
from pharmacy.models import Ingredient, Medicine
from tests.factories import clinic as ground
from tests.factories import pharmacy
from tests.pharmacy.test_views import client_of

NO_DOSES = {"dose_lines-TOTAL_FORMS": 0, "dose_lines-INITIAL_FORMS": 0}
NEW = {
    "generic_name": "zinc", "form": "tablet", "route": "oral", "base_unit": "tablet", "dose_unit": "tablet", "pack_size": 1,
    "doses_per_unit": 1, "reorder_level": 0, "is_active": "on", **NO_DOSES,
}  # fmt: skip


@pytest.fixture
def manager(house):
    return client_of(ground.user(Role.MANAGER, clinic=house.clinic))


def page_of(thing):
    return reverse(f"admin:{thing._meta.label_lower.replace('.', '_')}_change", args=[thing.pk])


def sent(client, thing, **changes):
    """The answer to the page of `thing` sent back as it was shown, with `changes`."""
    shown = client.get(page_of(thing)).context["adminform"].form.initial
    body = {name: value for name, value in shown.items() if value is not None and value is not False}
    body["ingredients"] = [row.pk for row in shown.get("ingredients", [])]
    answer = client.post(page_of(thing), {**body, **NO_DOSES, **changes})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return answer


def test_what_a_medicine_in_use_is_counted_in_stays(house, manager):
    answer = sent(manager, house.paracetamol, base_unit="bottle", strength="1 g", strength_amount="1000", price="0.75")
    house.paracetamol.refresh_from_db()
    found = house.paracetamol
    assert (answer.status_code, found.base_unit, found.strength, found.strength_amount) == (
        302,
        "tablet",
        "500 mg",
        500,
    )
    assert str(found.price) == "0.750"


def test_of_a_medicine_nobody_used_everything_may_be_put_right(house, manager):
    made = pharmacy.medicine(generic_name="zinc")
    sent(manager, made, strength="20 mg", strength_amount="20")
    made.refresh_from_db()
    assert (made.strength, made.strength_amount) == ("20 mg", 20)


def test_a_change_is_the_operations(house, manager, published):
    before = house.paracetamol.version
    sent(manager, house.paracetamol, brand="Fevadol")
    house.paracetamol.refresh_from_db()
    event = AuditEvent.objects.get(action="change_medicine")
    assert (house.paracetamol.version, event.facts["fields"]) == (before + 1, ["brand"])
    assert ("fevadol" in house.paracetamol.search_text, (house.clinic.pk, "stock") in published) == (True, True)


def test_a_new_medicine_has_its_ingredients_and_usual_doses(house, manager):
    zinc = pharmacy.ingredient("zinc")
    doses = {"dose_lines-TOTAL_FORMS": 1, "dose_lines-0-line": "1-0-0 5d", "dose_lines-0-from_age": 0, "dose_lines-0-to_age": 150,
             "dose_lines-0-position": 0}  # fmt: skip
    answer = manager.post(reverse("admin:pharmacy_medicine_add"), {**NEW, **doses, "ingredients": [zinc.pk]})
    made = Medicine.objects.get(generic_name="zinc")
    assert (answer.status_code, list(made.ingredients.all()), made.dose_lines.get().line) == (302, [zinc], "1-0-0 5d")
    assert AuditEvent.objects.filter(action="add_medicine", subject_id=made.pk).count() == 1


@pytest.mark.parametrize(
    ("change", "field"), [({"strength_amount": "20"}, "strength_unit"), ({"barcode": "628"}, "__all__")]
)
def test_what_the_catalogue_refuses_stands_at_its_field(house, manager, change, field):
    Medicine.objects.filter(pk=house.paracetamol.pk).update(barcode="628")
    answer = manager.post(reverse("admin:pharmacy_medicine_add"), {**NEW, **change})
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert Medicine.objects.filter(generic_name="zinc").count() == 0


def test_the_code_of_an_ingredient_stays_and_its_allergies_are_found(house, manager):
    patient_operations.record_allergy(patient=house.patient, by=house.by, substance="penicillins", severity="severe")
    penicillins = Ingredient.objects.get(code="penicillins")
    answer = manager.post(
        page_of(penicillins), {"name": "Penicillins", "name_other_script": "", "code": "J01C", "parent": ""}
    )
    penicillins.refresh_from_db()
    known = alerts.known_allergies(house.patient.pk)
    assert (answer.status_code, penicillins.name, penicillins.code) == (302, "Penicillins", "penicillins")
    assert [allergy.code for allergy in known] == ["penicillins"]


def test_a_new_ingredient_gets_its_code(house, manager):
    body = {"name": "Zinc", "name_other_script": "", "code": "zinc", "parent": ""}
    manager.post(reverse("admin:pharmacy_ingredient_add"), body)
    assert Ingredient.objects.filter(code="zinc").count() == 1
