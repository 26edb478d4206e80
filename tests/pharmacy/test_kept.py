"""Whoever prescribes, dispenses or reads a line kept in spite of an alert reads the alert, the reason and who gave it."""

import html
import re

import pytest
from django.urls import reverse

from clinic.access import Role
from patients import operations as patient_operations
from patients.models import Allergy
from pharmacy import operations, queries
from tests.factories import clinic as ground
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_stops import LINE, RASH, allergic, draft, give
from tests.pharmacy.test_views import client_of

REASON = "Rash as a child, tolerated since"


def keep(house):
    """A draft whose one line is kept in spite of a severe allergy."""
    item = draft(house)
    operations.keep_item(item=item, by=house.by, reason=REASON, stops=[RASH])
    return item


def signed(house):
    """The same, signed."""
    item = keep(house)
    operations.finish(visit=house.visit, by=house.by, reason="test")
    item.prescription.refresh_from_db()
    return item.prescription


def words(user, name, pk):
    """The words of a page, as one line."""
    text = client_of(user).get(reverse(f"pharmacy:{name}", args=[pk])).content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def says(text, who):
    """Whether a page says the alert, who kept the line and why."""
    return ("penicillins — rash" in text, f"Kept by {who} :" in text or f"Kept by {who}:" in text, REASON in text)


def test_the_draft_says_why_a_line_is_kept_and_by_whom(house):
    item = keep(house)
    assert says(words(house.by, "composer", item.prescription.visit_id), house.by.name) == (True, True, True)


def test_the_signed_visit_says_it_to_the_doctor_and_to_the_nurse(house):
    prescription = signed(house)
    nurse = ground.user(Role.NURSE, clinic=house.clinic)
    for user, name in ((house.by, "composer"), (nurse, "composer_lines")):
        assert says(words(user, name, prescription.visit_id), house.by.name) == (True, True, True)


def test_the_counter_says_it_before_and_after_the_line_is_given(house):
    prescription = signed(house)
    before = words(house.pharmacist, "dispensing", prescription.pk)
    give(house, prescription, reason="")
    after = words(house.pharmacist, "dispensing", prescription.pk)
    assert [says(text, house.by.name) for text in (before, after)] == [(True, True, True)] * 2


def test_what_the_pharmacist_answered_is_said_with_the_pharmacists_name(house):
    prescription = finished(house, LINE)
    allergic(house, "penicillins", "rash")
    give(house, prescription, reason=REASON, stops=[RASH])
    assert says(words(house.pharmacist, "dispensing", prescription.pk), house.pharmacist.name) == (True, True, True)


def test_it_is_still_said_when_the_allergy_has_ended(house):
    prescription = signed(house)
    allergy = Allergy.objects.get()
    patient_operations.end_allergy(allergy=allergy, by=house.by)
    (line,) = queries.composer(house.visit).signed
    assert [(alert.text, alert.by, alert.reason) for alert in line.kept] == [
        ("Allergy: penicillins / rash / amoxicillin.", house.by, REASON)
    ]
    assert REASON in words(house.pharmacist, "dispensing", prescription.pk)


@pytest.mark.parametrize("allergies", [0, 1])
def test_a_signed_line_that_nobody_had_to_keep_says_nothing(house, allergies):
    finished(house, LINE)
    for _number in range(allergies):
        allergic(house, "penicillins", "rash")
    assert [line.kept for line in queries.composer(house.visit).signed] == [[]]


@pytest.mark.parametrize(
    ("severity", "reaction", "words"),
    [
        ("severe", "rash", "penicillins — rash (severe)."),
        ("severe", "", "penicillins — reaction not known (severe)."),
        ("moderate", "rash", "penicillins — rash."),
        ("unknown", "rash", "penicillins — rash."),
    ],
)
def test_an_alert_says_how_severe_the_allergy_is(house, severity, reaction, words):
    patient_operations.record_allergy(
        patient=house.patient, by=house.by, substance="penicillins", substance_code="penicillins", reaction=reaction, severity=severity
    )  # fmt: skip
    operations.add_item(visit=house.visit, by=house.by, line=LINE)
    ((alert,),) = [view.alerts for view in queries.composer(house.visit).items]
    assert alert.text == f"Allergy: {words} amoxicillin belongs to penicillins."
