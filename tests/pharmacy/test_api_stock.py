"""Medicines, batches and stock through the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pharmacy import operations
from pharmacy.models import Medicine, StockMove
from tests.api import client_of
from tests.factories import pharmacy, visits
from tests.pharmacy.conftest import finished, hand_over

API = "/api/v1"
LINE = "para 500 1-1-1 5d"
KEY = {"HTTP_IDEMPOTENCY_KEY": "one"}


@pytest.fixture
def doctor(house):
    return client_of(house.by)


@pytest.fixture
def pharmacist(house):
    return client_of(house.pharmacist)


NEW = {"generic_name": "Cetirizine", "generic_name_other_script": "سيتيريزين", "strength": "10 mg", "strength_amount": 10,
       "strength_unit": "mg", "form": "tablet", "base_unit": "tablet", "price": "0.75", "reorder_level": 20}  # fmt: skip


def test_a_medicine_is_added_found_changed_and_retired(house, pharmacist):
    made = pharmacist.post(f"{API}/medicines/", {**NEW, "ingredients": ["paracetamol"]})
    address = f"{API}/medicines/{made.json()['id']}/"
    assert (made.status_code, made.json()["dose_unit"], made.json()["ingredients"]) == (201, "tablet", ["paracetamol"])
    assert (made.json()["price"], made.json()["strength_amount"], made.json()["is_low"]) == ("0.75", 10, True)
    found = [pharmacist.get(f"{API}/medicines/", {"q": text}).json()["count"] for text in ("cetir", "سيتيريزين", "zz")]
    changed = pharmacist.patch(address, {"price": "0.80"}, HTTP_IF_MATCH=made["ETag"])
    stale = pharmacist.patch(address, {"price": "0.90"}, HTTP_IF_MATCH=made["ETag"])
    gone = pharmacist.delete(address)
    assert (found, changed.json()["price"], stale.status_code) == ([1, 1, 0], "0.80", 412)
    assert (gone.status_code, gone.json()["is_active"], pharmacist.get(f"{API}/medicines/?q=cetir").json()["count"]) == (
        200, False, 0,
    )  # fmt: skip
    assert Medicine.objects.filter(pk=made.json()["id"]).exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [({"generic_name": ""}, 400), ({"form": "cake"}, 400), ({"price": "-1"}, 400), ({"strength_unit": ""}, 409),
     ({"ingredients": ["moon"]}, 400), ({"pack_size": 0}, 400), ({"colour": "red"}, 400)],
)  # fmt: skip
def test_a_medicine_that_cannot_be(house, pharmacist, change, status):
    before = Medicine.objects.count()
    answer = pharmacist.post(f"{API}/medicines/", {**NEW, **change})
    assert (answer.status_code, Medicine.objects.count()) == (status, before)


def test_what_a_medicine_in_use_is_counted_in_stays(house, pharmacist):
    answer = pharmacist.patch(f"{API}/medicines/{house.paracetamol.pk}/", {"strength_amount": 250})
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


def test_a_doctor_reads_the_shelf_without_what_it_cost(house, doctor):
    rows = doctor.get(f"{API}/batches/?medicine={house.paracetamol.pk}").json()["results"]
    assert ([row["number"] for row in rows], "cost" in rows[0]) == (["EARLY", "LATE"], False)
    assert doctor.post(f"{API}/batches/", {}).status_code == 403


def test_low_and_expiring(house, pharmacist):
    Medicine.objects.filter(pk=house.amoxicillin.pk).update(reorder_level=50)
    low = pharmacist.get(f"{API}/stock/low/").json()["results"]
    soon = [pharmacist.get(f"{API}/stock/expiring/", query).json()["count"] for query in ({}, {"days": 10})]
    filtered = pharmacist.get(f"{API}/medicines/?low_stock=true").json()["count"]
    assert ([(row["id"], row["on_hand"]) for row in low], soon, filtered) == ([(house.amoxicillin.pk, 50)], [1, 0], 1)


def test_receiving_holding_and_releasing(house, pharmacist):
    body = {"medicine": house.paracetamol.pk, "number": "N9", "expires_on": "2099-01-31", "quantity": 40, "cost": "0.1"}
    made = pharmacist.post(f"{API}/batches/", body, **KEY)
    again = pharmacist.post(f"{API}/batches/", body, **KEY)
    address = f"{API}/batches/{made.json()['id']}/"
    held = pharmacist.patch(address, {"state": "on_hold"}).json()
    recall = pharmacist.patch(address, {"state": "recalled"})
    recalled = pharmacist.patch(address, {"state": "recalled", "reason": "maker's letter"}).json()
    straight = pharmacist.patch(address, {"state": "available", "reason": "mistake"})
    assert (made.json()["on_hand"], again.json()["id"], held["state"]) == (40, made.json()["id"], "on_hold")
    assert (recall.json()["code"], recalled["state_reason"], straight.json()["code"]) == (
        "reason", "maker's letter", "bad_state",
    )  # fmt: skip


def test_who_received_a_batch(house, pharmacist, doctor):
    hand_over(pharmacist, finished(house))
    rows = pharmacist.get(f"{API}/batches/{house.early.pk}/recipients/").json()["results"]
    assert [(row["patient"], row["quantity"], row["returned"]) for row in rows] == [(house.patient.pk, 10, 0)]
    assert doctor.get(f"{API}/batches/{house.early.pk}/recipients/").status_code == 403


def test_a_count_says_what_differs(house, pharmacist):
    body = {"medicine": house.paracetamol.pk, "counts": [{"batch": house.early.pk, "counted": 8, "expected": 10},
            {"batch": house.late.pk, "counted": 100}]}  # fmt: skip
    without = pharmacist.post(f"{API}/stock/count/", body)
    answer = pharmacist.post(f"{API}/stock/count/", {**body, "reason": "two broken"})
    stale = pharmacist.post(f"{API}/stock/count/", {**body, "reason": "again"})
    assert (without.json()["code"], answer.json()["on_hand"], stale.json()["code"]) == ("reason", 108, "changed")
    moves = pharmacist.get(f"{API}/stock-moves/?kind=count").json()["results"]
    assert [(row["quantity"], row["reason"]) for row in moves] == [(-2, "two broken")]


def test_a_write_off_and_its_move(house, pharmacist):
    body = {"batch": house.early.pk, "quantity": 4, "reason": "broken"}
    first, second = [pharmacist.post(f"{API}/stock/write-off/", body, **KEY).json()["on_hand"] for _n in range(2)]
    too_much = pharmacist.post(f"{API}/stock/write-off/", {**body, "quantity": 7})
    assert (first, second, too_much.json()["code"]) == (6, 6, "quantity")
    assert StockMove.objects.filter(kind="write_off").count() == 1


def queries(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_lists_cost_the_same_with_one_and_with_many(house, doctor, pharmacist):
    hand_over(pharmacist, finished(house))
    addresses = [(doctor, "prescriptions"), (pharmacist, "dispensings"), (pharmacist, "medicines"), (pharmacist, "batches"),
                 (pharmacist, "stock-moves"), (pharmacist, f"batches/{house.early.pk}/recipients")]  # fmt: skip
    few = [queries(client, f"{API}/{name}/") for client, name in addresses]
    for number in range(4):
        patient = visits.patient(clinic=house.clinic, name=f"Patient {number}", phone=f"05511122{number}")
        visit = visits.visit(doctor=house.doctor, patient=patient)
        signed = pharmacy.signed(visit=visit, by=house.by)
        lines = [{"item": signed.items.get().pk, "quantity": 15, "batch": house.early.pk, "reason": "open box"}]
        pharmacy.batch(clinic=house.clinic, medicine=house.paracetamol, by=house.pharmacist, number="EARLY", days=40)
        operations.dispense(prescription=signed, by=house.pharmacist, lines=lines)
        pharmacy.medicine(generic_name=f"thing {number}")
    assert [queries(client, f"{API}/{name}/") for client, name in addresses] == few
