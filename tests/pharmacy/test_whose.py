"""Whose prescription it is: the doctor's who has the visit now, in the row and on the paper."""

import pytest

from clinic.errors import Refused
from pharmacy import operations, papers
from pharmacy.models import Prescription
from tests.factories import clinic as ground
from tests.factories import visits
from visits import operations as visit_operations
from visits.models import Visit

LINE = "para 500 1-1-1 5d"


@pytest.fixture
def second(house):
    return ground.doctor(clinic=house.clinic, name="Huda Noor", room="2", licence_number="LIC-B")


def stale(visit):
    """The visit as somebody read it before it changed hands."""
    return Visit.objects.select_related("doctor__user", "clinic", "patient").get(pk=visit.pk)


def taken_over(house, second):
    return visit_operations.take_over(visit=house.visit, doctor=second, by=second.user)


def test_who_signs_stands_on_the_prescription_and_on_its_paper(house, second):
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    taken_over(house, second)
    operations.sign(prescription=item.prescription, by=second.user)
    signed = Prescription.objects.select_related("clinic", "patient", "doctor__user").get()
    paper = papers.prescription_data(signed, user=house.pharmacist)
    assert (signed.doctor, "Noor" in paper["doctor"], paper["licence"][1]) == (second, True, "LIC-B")


def test_a_draft_follows_its_visit(house, second):
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    taken_over(house, second)
    again = operations.add_item(visit=stale(house.visit), by=second.user, line="amox 500 tid 5d")
    assert (again.prescription_id, again.prescription.doctor) == (item.prescription_id, second)


def test_an_emptied_draft_follows_its_visit(house, second):
    visit = visits.visit(doctor=house.doctor, patient=visits.patient(clinic=house.clinic, name="Amal Two"))
    item = operations.add_item(visit=visit, by=house.by, line=LINE)
    operations.remove_item(item=item, by=house.by)
    visit = visit_operations.open_visit(patient=visit.patient, doctor=second, by=second.user)
    made = operations.add_item(visit=visit, by=second.user, line=LINE)
    assert (made.prescription_id, made.prescription.doctor) == (item.prescription_id, second)


@pytest.mark.parametrize("verb", ["add", "remove", "keep", "sign"])
def test_who_gave_the_visit_away_writes_no_more_on_a_page_read_before(house, second, verb):
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    item.prescription.visit = before = stale(house.visit)
    taken_over(house, second)
    acts = {
        "add": lambda: operations.add_item(visit=before, by=house.by, line="amox 500 tid 5d"),
        "remove": lambda: operations.remove_item(item=item, by=house.by),
        "keep": lambda: operations.keep_item(item=item, by=house.by, reason="x", stops=[]),
        "sign": lambda: operations.sign(prescription=item.prescription, by=house.by),
    }
    with pytest.raises(Refused) as refused:
        acts[verb]()
    assert (refused.value.code, Prescription.objects.get().items.filter(removed_at=None).count()) == ("not_yours", 1)


def test_who_took_the_visit_over_writes_on_a_page_read_before(house, second):
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    item.prescription.visit = stale(house.visit)
    taken_over(house, second)
    assert operations.remove_item(item=item, by=second.user).removed_at is not None


def repeated(house, **parts):
    """The line that repeats a signed one of these parts."""
    parts = {"medicine": house.paracetamol, "dose_amount": 1, "frequency": "tid", "duration_days": 5, **parts}
    old = operations.add_item(visit=house.visit, by=house.by, **parts)
    operations.sign(prescription=old.prescription, by=house.by)
    (new,) = operations.repeat_last(visit=house.visit, by=house.by, items=[old])
    return new


def test_a_repeated_line_keeps_its_route_and_that_nothing_else_is_given(house):
    new = repeated(house, route="rectal", may_substitute=False)
    assert (new.route, new.may_substitute) == ("rectal", False)


def test_a_repeated_line_keeps_a_quantity_that_was_chosen_with_its_reason(house):
    new = repeated(house, quantity=20, quantity_reason="whole pack")
    assert (new.quantity, new.quantity_reason) == (20, "whole pack")


def test_a_repeated_line_computes_the_quantity_that_nobody_chose(house):
    new = repeated(house)
    assert (new.quantity, new.quantity_reason) == (15, "")
