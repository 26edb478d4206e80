"""Every look at somebody's medicines stands in the trail."""

import pytest
from django.urls import reverse

from clinic.models import AuditEvent
from pharmacy import operations
from tests.api import client_of as program
from tests.factories import visits
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give
from tests.pharmacy.test_views import HTMX, client_of

API = "/api/v1"


def readings():
    """(patient, part, ids) of each reading, in its order."""
    rows = AuditEvent.objects.filter(action="read").order_by("pk")
    return [(row.patient_id, row.facts.get("part"), row.facts.get(row.facts.get("part"))) for row in rows]


@pytest.mark.parametrize("name", ["composer", "repeat_last"])
def test_opening_the_panel_is_a_reading(house, name):
    assert client_of(house.by).get(reverse(f"pharmacy:{name}", args=[house.visit.pk]), **HTMX).status_code == 200
    assert readings() == [(house.patient.pk, "prescriptions", None)]


def test_the_panel_that_follows_by_itself_is_none(house):
    client_of(house.by).get(reverse("pharmacy:composer_lines", args=[house.visit.pk]), **HTMX)
    assert readings() == []


def two(house):
    """A signed prescription of each of two patients."""
    first = finished(house)
    house.visit = visits.begun(doctor=house.doctor, patient=visits.patient(clinic=house.clinic, name="Nada Tawil"))
    return first, finished(house)


def test_a_list_of_prescriptions_reads_the_record_of_each_patient(house):
    first, second = two(house)
    assert program(house.pharmacist).get(f"{API}/prescriptions/").json()["count"] == 2
    assert sorted(readings()) == sorted(
        (row.patient_id, "prescriptions", [row.pk]) for row in (first, second)
    )  # fmt: skip


def test_a_list_of_dispensings_reads_the_record_of_each_patient(house):
    made = [give(house, prescription) for prescription in two(house)]
    assert program(house.pharmacist).get(f"{API}/dispensings/").json()["count"] == 2
    assert sorted(readings()) == sorted((row.patient_id, "dispensings", [row.pk]) for row in made)


@pytest.mark.parametrize("name", ["prescriptions", "dispensings"])
def test_of_one_patient_it_is_noted_once(house, name):
    give(house, finished(house))
    program(house.pharmacist).get(f"{API}/{name}/", {"patient": house.patient.pk})
    assert readings() == [(house.patient.pk, name, None)]


@pytest.mark.parametrize("name", ["prescriptions", "dispensings"])
def test_an_empty_list_reads_nobodys_record(house, name):
    operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    program(house.pharmacist).get(f"{API}/{name}/", {"date_from": "2099-01-01"})
    assert readings() == []
