"""The same ingredient again: on the prescription in hand, on another of the visit, on one of an earlier visit."""

from datetime import timedelta

import pytest
import time_machine

from clinic.errors import Refused
from pharmacy import operations, queries
from pharmacy.models import Prescription
from tests.api import client_of as program
from tests.factories import visits
from tests.pharmacy.conftest import finished

LINE = "para 500 1-1-1 5d"


def signed(house, line=LINE):
    item = operations.add_item(visit=house.visit, by=house.by, line=line)
    return operations.sign(prescription=item.prescription, by=house.by)


def again(house, line=LINE):
    """(kind, level) of what was said when a line was added to the visit."""
    return list(operations.add_item(visit=house.visit, by=house.by, line=line).alerts.values_list("kind", "level"))


def test_on_another_prescription_of_the_visit_it_stops(house):
    signed(house)
    item = operations.add_item(visit=house.visit, by=house.by, line="para 1g qid 3d")
    with pytest.raises(Refused) as refused:
        operations.sign(prescription=item.prescription, by=house.by)
    assert (refused.value.code, list(item.alerts.values_list("kind", "level"))) == (
        "safety_stop", [("duplicate", "stop")],
    )  # fmt: skip


def test_the_stop_says_when_it_was_prescribed(house):
    signed(house)
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    (alert,) = queries.stops_of(item)
    day = house.clinic.today()
    assert alert.text == f"paracetamol was prescribed already on {day:%d-%b-%Y}: paracetamol 500 mg."


def test_kept_with_a_reason_it_is_signed_and_given_out(house):
    signed(house)
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    stops = [alert.key for alert in queries.stops_of(item)]
    operations.keep_item(item=item, by=house.by, reason="a second course", stops=stops)
    second = operations.sign(prescription=item.prescription, by=house.by)
    made = operations.dispense(prescription=second, by=house.pharmacist, lines=[{"item": item.pk, "quantity": 15}])
    assert made.prescription == second


def test_the_first_prescription_is_not_stopped_by_the_one_after_it(house):
    first = signed(house)
    item = operations.add_item(visit=house.visit, by=house.by, line=LINE)
    stops = [alert.key for alert in queries.stops_of(item)]
    operations.keep_item(item=item, by=house.by, reason="a second course", stops=stops)
    operations.sign(prescription=item.prescription, by=house.by)
    line = {"item": first.items.get().pk, "quantity": 15}
    assert operations.dispense(prescription=first, by=house.pharmacist, lines=[line]).prescription == first


def test_of_an_earlier_visit_it_is_said_and_does_not_stop(house):
    finished(house)
    house.visit = visits.visit(doctor=house.doctor, patient=house.patient)
    assert again(house) == [("duplicate", "ask")]
    assert operations.sign(prescription=Prescription.objects.get(state="draft"), by=house.by).state == "signed"


def test_what_is_used_up_by_now_is_not_said(house):
    with time_machine.travel(house.clinic.now() - timedelta(days=6)):
        finished(house)
    house.visit = visits.visit(doctor=house.doctor, patient=house.patient)
    assert again(house) == []


@pytest.mark.parametrize("how", ["cancelled", "not given"])
def test_what_the_patient_never_got_is_not_said(house, how):
    first = signed(house)
    if how == "cancelled":
        operations.cancel_prescription(prescription=first, by=house.by, reason="mistake")
    else:
        operations.not_given(item=first.items.get(), by=house.pharmacist, reason="out of stock")
    assert again(house) == []


def test_a_program_that_checks_for_a_visit_hears_of_its_signed_lines(house):
    signed(house)
    body = {"visit": house.visit.pk, "items": [{"line": LINE}]}
    answer = program(house.by).post("/api/v1/prescriptions/check/", body).json()
    levels = [[alert["level"] for alert in item["alerts"]] for item in answer["items"]]
    assert (levels, answer["stopped"]) == ([["stop"]], True)
