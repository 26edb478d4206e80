"""Medicines that come back while others are handed over: never more than was given, and the books agree."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from clinic.access import Role
from pharmacy import operations
from pharmacy.models import Batch, Dispense, DispenseReturnLine, Stock
from tests.api import client_of
from tests.concurrency.crowd import WORKERS, faults, rush, statuses, tally
from tests.concurrency.test_dispensing import COURSE, books_agree, hand_over, prescriptions
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves


@pytest.fixture
def doctor(clinic):
    return people.doctor(clinic=clinic)


@pytest.fixture
def pharmacist(clinic):
    return people.user(Role.PHARMACIST, clinic=clinic)


@pytest.fixture
def medicine(db):
    return shelves.medicine()


def given(clinic, doctor, pharmacist, medicine, quantity=COURSE):
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacist, quantity=quantity)
    [prescription] = prescriptions(doctor, medicine, 1)
    return hand_over(prescription, pharmacist)


def test_never_more_comes_back_than_was_given(clinic, doctor, pharmacist, medicine):
    made = given(clinic, doctor, pharmacist, medicine)
    line = made.lines.get()

    def back(_number):
        lines = [{"line": line.pk, "quantity": 4}]
        return operations.return_dispensed(dispense=made, by=pharmacist, lines=lines, reason="Left over", restock=True)

    outcomes = rush(16, back)
    most = COURSE // 4
    assert tally(outcomes) == {"ok": most, "too_much": 16 - most}, faults(outcomes)
    assert sum(DispenseReturnLine.objects.values_list("quantity", flat=True)) == Batch.objects.get().on_hand == most * 4
    assert made.invoice.lines.get(pk=line.invoice_line_id).quantity == COURSE - most * 4
    assert books_agree(clinic, medicine)


def test_the_same_key_comes_back_once(clinic, doctor, pharmacist, medicine):
    made = given(clinic, doctor, pharmacist, medicine)
    lines = [{"line": made.lines.get().pk, "quantity": COURSE}]
    outcomes = rush(
        16,
        lambda _number: operations.return_dispensed(
            dispense=made, by=pharmacist, lines=lines, reason="Left over", restock=True, idempotency_key="one"
        ),
    )
    assert (tally(outcomes), len({outcome.pk for outcome in outcomes})) == ({"ok": 16}, 1), faults(outcomes)
    assert books_agree(clinic, medicine)


def test_a_cancellation_and_a_dispensing_exclude_each_other(clinic, doctor, pharmacist, medicine):
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacist, quantity=1000)
    wanted = prescriptions(doctor, medicine, 8)

    def either(number):
        prescription = wanted[number // 2]
        if number % 2:
            return hand_over(prescription, pharmacist)
        return operations.cancel_prescription(prescription=prescription, by=doctor.user, reason="Wrong patient")

    outcomes = rush(16, either)
    assert set(tally(outcomes)) <= {"ok", "already_dispensed", "not_signed"}, faults(outcomes)
    assert tally(outcomes)["ok"] == 8
    for prescription in wanted:
        prescription.refresh_from_db()
        assert (prescription.state == "cancelled") != prescription.dispenses.exists()


def test_a_count_among_dispensings_never_loses_a_unit(clinic, doctor, pharmacist, medicine):
    batch = shelves.batch(clinic=clinic, medicine=medicine, by=pharmacist, quantity=1000)
    wanted = prescriptions(doctor, medicine, 10)

    def work(number):
        if number < 10:
            return hand_over(wanted[number], pharmacist)
        counts = [{"batch": batch.pk, "counted": 1000, "expected": 1000}]
        return operations.count_stock(medicine=medicine, clinic=clinic, by=pharmacist, counts=counts, reason="Count")

    outcomes = rush(12, work)
    assert set(tally(outcomes)) <= {"ok", "changed"}, faults(outcomes)
    assert Stock.objects.get().on_hand == 1000 - 10 * COURSE
    assert books_agree(clinic, medicine)


def test_a_hundred_programs_dispense_at_once(clinic, doctor, pharmacist, medicine):
    """Half of them find the shelf empty; nobody gets an error of the server, and no unit is given twice."""
    enough = 50
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacist, quantity=enough * COURSE)
    wanted = prescriptions(doctor, medicine, 100)
    items = [prescription.items.get().pk for prescription in wanted]

    def post(number):
        try:
            lines = [{"item": items[number], "quantity": COURSE}]
            body = {"prescription": wanted[number].pk, "lines": lines}
            return client_of(pharmacist).post("/api/v1/dispensings/", body, HTTP_IDEMPOTENCY_KEY=f"key-{number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(post, range(100)))
    assert statuses(answers) == {201: enough, 409: enough}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"out_of_stock"}
    assert (Dispense.objects.count(), Batch.objects.get().on_hand) == (enough, 0)
    assert books_agree(clinic, medicine)
