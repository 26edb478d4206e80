"""How long a prescription may be given out, and what becomes of it afterwards."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from clinic.access import Role
from clinic.errors import Refused
from clinic.models import Clinic
from pharmacy import operations, queries
from pharmacy.models import Dispense
from tests.api import client_of as program
from tests.factories import clinic as ground
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give
from tests.pharmacy.test_views import HTMX, client_of


@pytest.fixture
def later(house):
    """Goes on by so many days."""
    now = house.clinic.now()
    return lambda days: time_machine.travel(now + timedelta(days=days), tick=False)


@pytest.mark.parametrize("part", [False, True])
def test_on_its_last_day_it_is_given_out(house, later, part):
    prescription = finished(house)
    if part:
        give(house, prescription, quantity=5)
    with later(90):
        assert give(house, prescription, quantity=10).prescription == prescription


@pytest.mark.parametrize("part", [False, True])
def test_after_that_it_is_refused_and_says_what_to_do(house, later, part):
    prescription = finished(house)
    if part:
        give(house, prescription, quantity=5)
    until = house.clinic.today() + timedelta(days=90)
    with later(91), pytest.raises(Refused) as refused:
        give(house, prescription, quantity=10)
    assert (refused.value.code, f"{until:%d-%b-%Y}" in refused.value.message) == ("expired", True)
    assert ("reception" in refused.value.message, Dispense.objects.count()) == (True, int(part))


def test_the_clinic_says_for_how_long(house, later):
    prescription = finished(house)
    Clinic.objects.filter(pk=house.clinic.pk).update(prescription_valid_days=7)
    with later(8), pytest.raises(Refused) as refused:
        give(house, prescription)
    assert refused.value.code == "expired"


def test_the_database_refuses_no_days_at_all(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clinic.objects.filter(pk=house.clinic.pk).update(prescription_valid_days=0)


def test_the_manager_sets_the_days(house):
    manager = ground.user(Role.MANAGER, clinic=house.clinic)
    page = client_of(manager).get(reverse("admin:clinic_clinic_change", args=[house.clinic.pk]))
    assert page.context["adminform"].form.initial["prescription_valid_days"] == 90


def test_what_has_run_out_leaves_the_worklist(house, later):
    prescription = finished(house)
    with later(90):
        assert [row.prescription for row in queries.worklist(house.clinic)] == [prescription]
    with later(91):
        assert queries.worklist(house.clinic) == []


def test_its_page_says_so_and_offers_nothing_to_give(house, later):
    prescription = finished(house)
    url = reverse("pharmacy:dispensing", args=[prescription.pk])
    with later(91):
        text = client_of(house.pharmacist).get(url, **HTMX).content.decode()
    assert ('id="rx-expired"' in text, 'id="dispense-now"' in text, "paracetamol" in text) == (True, False, True)


def test_its_lines_can_still_be_closed(house, later):
    prescription = finished(house)
    with later(91):
        operations.not_given(item=prescription.items.get(), by=house.pharmacist, reason="ran out")
    prescription.refresh_from_db()
    assert prescription.state == "dispensed"


def test_a_program_reads_until_when(house):
    prescription = finished(house)
    answer = program(house.pharmacist).get(f"/api/v1/prescriptions/{prescription.pk}/").json()
    assert answer["valid_until"] == (house.clinic.today() + timedelta(days=90)).isoformat()


def test_a_draft_has_no_last_day(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    answer = program(house.by).get(f"/api/v1/prescriptions/{item.prescription_id}/").json()
    assert answer["valid_until"] is None
