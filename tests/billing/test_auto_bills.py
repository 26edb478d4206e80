"""The bill of a visit or a prescription, asked for through the JSON door."""

import pytest

from billing.models import Invoice
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import visits as rooms
from visits import operations as visits

pytestmark = pytest.mark.django_db
URL = "/api/v1/invoices/"


@pytest.fixture
def desk(cashier):
    return client_of(cashier)


@pytest.fixture
def visit(physician, layla):
    return rooms.visit(doctor=physician, patient=layla)


def auto(client, **named):
    return client.post(URL, {"mode": "auto", **named})


def test_the_bill_of_a_completed_visit_is_given_again(desk, visit, physician, house):
    bills.service(clinic=house, price="200")
    visits.complete(visit=visit, by=physician.user, reason="Short visit")
    first, again = auto(desk, visit=visit.pk), auto(desk, visit=visit.pk)
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"] == Invoice.objects.get().pk
    assert (first.json()["visit"], first.json()["mode"], first.json()["total"]) == (visit.pk, "auto", "230.00")


def test_a_consultation_without_a_price_is_charged_once_it_has_one(desk, visit, physician, house):
    visits.complete(visit=visit, by=physician.user, reason="No price yet")
    assert (auto(desk, visit=visit.pk).status_code, Invoice.objects.count()) == (409, 0)
    bills.service(clinic=house, price="200")
    made = [auto(desk, visit=visit.pk).json()["id"] for _time in range(2)]
    assert made == [Invoice.objects.get().pk] * 2


def test_an_open_visit_has_no_bill_yet(desk, visit):
    answer = auto(desk, visit=visit.pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "visit_open")


@pytest.mark.parametrize("named", [{}, {"visit": 10**9}, {"visit": 1, "prescription": 1}, {"prescription": 10**9}])
def test_what_names_nothing_is_a_400(named, desk):
    assert auto(desk, **named).status_code == 400
