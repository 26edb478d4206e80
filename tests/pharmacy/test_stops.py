"""A reason answers the safety stops that were read, and no other."""

import re

import pytest
from django.urls import reverse

from clinic.errors import Refused
from patients import operations as patient_operations
from pharmacy import operations
from pharmacy.models import SafetyAlert
from tests.api import client_of as program
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_views import HTMX, client_of, dispense_body

RASH = "allergy: penicillins / rash / amoxicillin"
GRAVE = "allergy: amoxicillin / anaphylaxis / amoxicillin"
LINE = "amox 500 tid 5d"


def allergic(house, substance, reaction):
    patient_operations.record_allergy(
        patient=house.patient, by=house.by, substance=substance, substance_code=substance, reaction=reaction, severity="severe"
    )  # fmt: skip


def draft(house):
    """A line stopped by the older of two allergies."""
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    allergic(house, "penicillins", "rash")
    return item


def signed(house):
    """A signed prescription of a medicine against which an allergy was recorded since."""
    prescription = finished(house, LINE)
    allergic(house, "penicillins", "rash")
    return prescription


def give(house, prescription, reason="agreed", stops=()):
    item = prescription.items.get()
    line = {"item": item.pk, "quantity": 15, "override_reason": reason, "override_stops": list(stops)}
    return operations.dispense(prescription=prescription, by=house.pharmacist, lines=[line])


def overridden():
    rows = SafetyAlert.objects.filter(outcome="overridden").order_by("pk")
    return [f"{alert.kind}: {alert.detail}" for alert in rows]


def shown(answer, name):
    """What the hidden fields `name` of a page carry."""
    return re.findall(rf'name="{name}" value="([^"]*)"', answer.content.decode())


# --- the operations --------------------------------------------------------------------------------------------------


def test_a_reason_gives_out_what_the_named_stop_holds_back(house):
    give(house, signed(house), stops=[RASH])
    assert overridden() == [RASH]


@pytest.mark.parametrize("stops", [[], [RASH], ["allergy: something else"]])
def test_a_stop_that_was_not_read_is_not_passed(house, stops):
    prescription = signed(house)
    allergic(house, "amoxicillin", "anaphylaxis")
    with pytest.raises(Refused) as refused:
        give(house, prescription, stops=stops)
    prescription.refresh_from_db()
    assert (refused.value.code, prescription.state, overridden()) == ("safety_stop", "signed", [])


def test_the_refusal_names_the_stop_that_was_not_read(house):
    prescription = signed(house)
    item = prescription.items.get()
    allergic(house, "amoxicillin", "anaphylaxis")
    with pytest.raises(Refused) as refused:
        give(house, prescription, stops=[RASH])
    (found,) = refused.value.alternatives
    assert (found["item"], found["stop"], found["text"]) == (item.pk, GRAVE, refused.value.message)


def test_all_stops_that_were_read_are_passed_by_one_reason(house):
    prescription = signed(house)
    allergic(house, "amoxicillin", "anaphylaxis")
    give(house, prescription, stops=[RASH, GRAVE])
    assert overridden() == [RASH, GRAVE]


def test_a_line_is_kept_in_spite_of_the_named_stop(house):
    item = draft(house)
    operations.keep_item(item=item, by=house.by, reason="old rash", stops=[RASH])
    assert (overridden(), operations.sign(prescription=item.prescription, by=house.by).state) == ([RASH], "signed")


def test_a_line_is_not_kept_in_spite_of_a_stop_nobody_read(house):
    item = draft(house)
    allergic(house, "amoxicillin", "anaphylaxis")
    with pytest.raises(Refused) as refused:
        operations.keep_item(item=item, by=house.by, reason="old rash", stops=[RASH])
    assert (refused.value.code, overridden()) == ("safety_stop", [])


def test_keeping_again_writes_nothing_more_in_the_log(house):
    item = draft(house)
    for _click in range(2):
        operations.keep_item(item=item, by=house.by, reason="old rash", stops=[RASH])
    assert overridden() == [RASH]


# --- the pages -------------------------------------------------------------------------------------------------------


def test_the_counter_carries_the_stops_it_shows(house):
    prescription = signed(house)
    name = f"override_stops-{prescription.items.get().pk}"
    client, url = client_of(house.pharmacist), reverse("pharmacy:dispense", args=[prescription.pk])
    before = shown(client.get(reverse("pharmacy:dispensing", args=[prescription.pk])), name)
    allergic(house, "amoxicillin", "anaphylaxis")
    body = dispense_body(prescription, override_reason="old rash")
    first = client.post(url, {**body, name: before}, **HTMX)
    prescription.refresh_from_db()
    assert (before, first.status_code, prescription.state) == ([RASH], 409, "signed")
    again = client.post(url, {**body, name: shown(first, name)}, **HTMX)
    assert (again.status_code, overridden()) == (200, [RASH, GRAVE])


def test_the_question_why_a_line_is_kept_shows_its_stops(house):
    item = draft(house)
    client, url = client_of(house.by), reverse("pharmacy:keep_item", args=[item.pk])
    before = shown(client.get(url, **HTMX), "stops")
    allergic(house, "amoxicillin", "anaphylaxis")
    first = client.post(url, {"reason": "old rash", "stops": before}, **HTMX)
    assert (before, first.status_code, "anaphylaxis" in first.content.decode(), overridden()) == ([RASH], 409, True, [])
    again = client.post(url, {"reason": "old rash", "stops": shown(first, "stops")}, **HTMX)
    assert (again.status_code, overridden()) == (200, [RASH, GRAVE])


def test_the_lines_follow_the_allergies_of_their_patient(house):
    item = draft(house)
    page = client_of(house.by).get(reverse("pharmacy:composer_lines", args=[house.visit.pk]), **HTMX).content.decode()
    topics = re.search(r'id="composer-lines" data-live="([^"]*)"', page).group(1)
    assert topics.split() == [f"visit-{house.visit.pk}", f"patient-{item.prescription.patient_id}"]


# --- the JSON door ---------------------------------------------------------------------------------------------------


def test_a_program_that_only_sends_a_reason_meets_the_stop(house):
    prescription = signed(house)
    item = prescription.items.get()
    client = program(house.pharmacist)
    (alert,) = client.get(f"/api/v1/prescriptions/{prescription.pk}/").json()["items"][0]["alerts"]
    line = {"item": item.pk, "quantity": 15, "override_reason": "agreed"}

    def send(key, **more):
        body = {"prescription": prescription.pk, "lines": [{**line, **more}]}
        return client.post("/api/v1/dispensings/", body, HTTP_IDEMPOTENCY_KEY=key)

    refused = send("one")
    assert (refused.json()["code"], list(refused.json()["fields"])) == ("safety_stop", ["lines.0.override_reason"])
    assert refused.json()["alternatives"][0]["stop"] == alert["key"]
    assert (send("two", override_stops=[alert["key"]]).status_code, overridden()) == (201, [RASH])


def test_a_program_names_the_stops_it_keeps_a_line_in_spite_of(house):
    item = draft(house)
    client, url = program(house.by), f"/api/v1/prescriptions/{item.prescription_id}/items/{item.pk}/keep/"
    answers = [client.post(url, body) for body in ({"reason": "x"}, {"reason": "x", "stops": []})]
    kept = client.post(url, {"reason": "x", "stops": [RASH]})
    assert [answer.status_code for answer in answers] == [400, 409]
    assert (kept.status_code, kept.json()["alerts"][0]["kept"]) == (200, True)
