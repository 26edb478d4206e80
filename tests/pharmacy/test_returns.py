"""Returns, recalls, counts and cancellations: they work, refuse, and the database refuses what slips past them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from billing import operations as billing
from clinic.errors import Refused
from clinic.models import AuditEvent
from pharmacy import operations, queries
from pharmacy.models import Batch, Dispense, DispenseReturn, DispenseReturnLine, Prescription, Stock, StockMove
from tests.pharmacy.conftest import finished
from tests.pharmacy.test_dispensing import give


@pytest.fixture
def made(house):
    """Fifteen tablets handed over: ten of EARLY, five of LATE."""
    return give(house, finished(house))


def back(house, made, number="EARLY", quantity=4, restock=True, reason="Left over", **more):
    line = made.lines.get(batch__number=number)
    lines = [{"line": line.pk, "quantity": quantity}]
    return operations.return_dispensed(
        dispense=made, by=house.pharmacist, lines=lines, reason=reason, restock=restock, **more
    )


def refused(act):
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def books(house):
    moves = sum(StockMove.objects.filter(medicine=house.paracetamol).values_list("quantity", flat=True))
    shelf = Stock.objects.get(medicine=house.paracetamol).on_hand
    return moves == shelf == sum(Batch.objects.filter(medicine=house.paracetamol).values_list("on_hand", flat=True))


def test_it_goes_back_to_its_own_batch_and_off_the_draft_bill(house, made):
    returned = back(house, made)
    house.early.refresh_from_db()
    charge = made.lines.first().invoice_line
    assert (returned.lines.get().outcome, house.early.on_hand, charge.quantity, charge.net) == (
        "shelf", 4, 11, Decimal("5.500"),
    )  # fmt: skip
    assert (returned.credit_note, books(house)) == (None, True)
    assert AuditEvent.objects.get(action="return_dispensed").facts["quantity"] == 4


def test_an_issued_bill_is_credited(house, made):
    billing.issue(invoice=made.invoice, by=house.pharmacist)
    returned = back(house, made)
    made.invoice.refresh_from_db()
    assert (returned.credit_note.invoice_id, made.invoice.credited) == (made.invoice_id, returned.credit_note.total)


def credited(charge):
    return sum(charge.credits.values_list("quantity", flat=True))


@pytest.mark.parametrize("off", [2, 4, 14])
def test_what_the_till_took_off_is_not_taken_off_twice(house, made, off):
    billing.issue(invoice=made.invoice, by=house.pharmacist)
    charge = made.lines.first().invoice_line
    lines = [{"line": charge, "quantity": off}]
    billing.credit(invoice=made.invoice, by=house.pharmacist, lines=lines, reason="desk")
    back(house, made)
    assert credited(charge) == max(off, 4)


@pytest.mark.parametrize("taken", [4, 14])
def test_what_was_taken_off_the_draft_is_not_taken_off_twice(house, made, taken):
    charge = made.lines.first().invoice_line
    billing.reduce_line(line=charge, by=house.pharmacist, quantity=taken)
    back(house, made)
    charge.refresh_from_db()
    assert charge.quantity == 15 - taken


def test_each_return_is_taken_off_once_before_and_after_the_bill_is_issued(house, made):
    charge = made.lines.first().invoice_line
    back(house, made, quantity=4)
    billing.issue(invoice=made.invoice, by=house.pharmacist)
    back(house, made, quantity=3)
    back(house, made, "LATE", 5)
    charge.refresh_from_db()
    assert (charge.quantity, credited(charge)) == (11, 8)


@pytest.mark.parametrize(
    ("restock", "state", "days", "outcome", "on_hand"),
    [(False, "available", 40, "written_off", 0), (True, "on_hold", 40, "quarantine", 4),
     (True, "recalled", 40, "quarantine", 4), (True, "available", 0, "written_off", 0)],
)  # fmt: skip
def test_where_it_goes(house, made, restock, state, days, outcome, on_hand):
    if state != "available":
        operations.set_batch_state(batch=house.early, by=house.pharmacist, state=state, reason="letter")
    day = house.clinic.today() + timedelta(days=days)
    Batch.objects.filter(pk=house.early.pk).update(remove_by=day)
    returned = back(house, made, restock=restock)
    house.early.refresh_from_db()
    assert (returned.lines.get().outcome, house.early.on_hand, books(house)) == (outcome, on_hand, True)


def test_never_more_than_was_given_less_earlier_returns(house, made):
    back(house, made, quantity=7)
    assert refused(lambda: back(house, made, quantity=4)) == "too_much"
    back(house, made, quantity=3)
    assert refused(lambda: back(house, made, quantity=1)) == "too_much"
    assert back(house, made, "LATE", 5).lines.get().quantity == 5


def test_a_return_needs_a_reason_and_a_line_of_its_own(house, made):
    nothing = {"dispense": made, "by": house.pharmacist, "reason": "x", "restock": True}
    codes = [refused(lambda: back(house, made, reason=" ")), refused(lambda: operations.return_dispensed(lines=[], **nothing)),
             refused(lambda: operations.return_dispensed(lines=[{"line": 0, "quantity": 1}], **nothing))]  # fmt: skip
    assert (codes, DispenseReturn.objects.count()) == (["reason", "empty", "not_found"], 0)


def test_the_second_click_gets_the_first_return(house, made):
    first = back(house, made, idempotency_key="k")
    assert (back(house, made, idempotency_key="k"), DispenseReturn.objects.count()) == (first, 1)


def test_the_database_refuses_more_than_was_given(house, made):
    returned = back(house, made, quantity=7)
    line = made.lines.get(batch__number="EARLY")
    with pytest.raises(IntegrityError), transaction.atomic():
        DispenseReturnLine.objects.create(returned=returned, line=line, quantity=4, outcome="shelf")


def test_the_database_refuses_a_line_of_another_dispensing(house):
    prescription = finished(house)
    first, second = give(house, prescription, quantity=5), give(house, prescription, quantity=5)
    returned = back(house, first, quantity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        DispenseReturnLine.objects.create(returned=returned, line=second.lines.get(), quantity=1, outcome="shelf")


@pytest.mark.parametrize("table", [DispenseReturn, DispenseReturnLine])
def test_returns_are_append_only_in_the_database(house, made, table):
    back(house, made)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(**({"reason": "x"} if table is DispenseReturn else {"quantity": 1}))


def test_a_recall_stops_the_batch_and_names_who_has_it(house, made):
    back(house, made, quantity=4)
    operations.recall_batch(batch=house.early, by=house.pharmacist, reason="maker's letter")
    people = [(row.patient, row.quantity, row.returned, row.kept) for row in queries.recipients(house.early)]
    assert people == [(house.patient, 10, 4, 6)]
    assert refused(lambda: operations.recall_batch(batch=house.late, by=house.pharmacist, reason="")) == "reason"


def test_a_recalled_batch_is_never_simply_available(house):
    batch = operations.recall_batch(batch=house.early, by=house.pharmacist, reason="letter")
    release = {"batch": batch, "by": house.pharmacist, "state": "available", "reason": "mistake"}
    assert refused(lambda: operations.set_batch_state(**release)) == "bad_state"
    with pytest.raises(DatabaseError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(state="available")
    operations.set_batch_state(**{**release, "state": "on_hold"})
    assert operations.set_batch_state(**release).state == "available"


def test_the_database_refuses_a_recall_without_a_reason(house):
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=house.early.pk).update(state="recalled")


def test_a_count_that_agrees_moves_nothing(house):
    counts = [{"batch": house.early.pk, "counted": 10}, {"batch": house.late.pk, "counted": 100}]
    operations.count_stock(medicine=house.paracetamol, clinic=house.clinic, by=house.pharmacist, counts=counts)
    assert StockMove.objects.filter(kind="count").count() == 0


@pytest.mark.parametrize(
    ("rows", "code"),
    [([], "empty"), ([{"counted": -1}], "quantity"), ([{"counted": 3}], "reason"), ([{"counted": 3, "expected": 9}], "changed"),
     ([{"counted": 3}, {"counted": 3}], "not_found")],
)  # fmt: skip
def test_what_is_no_count(house, rows, code):
    counts = [{"batch": house.early.pk, **row} for row in rows]
    count = {"medicine": house.paracetamol, "clinic": house.clinic, "by": house.pharmacist, "counts": counts}
    assert refused(lambda: operations.count_stock(**count)) == code
    assert StockMove.objects.filter(kind="count").count() == 0


def test_the_database_keeps_cancelling_and_dispensing_apart(house, made):
    prescription = made.prescription
    cancelled = {"state": "cancelled", "cancelled_at": made.at, "cancelled_by": house.by}
    with pytest.raises(IntegrityError), transaction.atomic():
        Prescription.objects.filter(pk=prescription.pk).update(**cancelled)
    facts = {"clinic": house.clinic, "patient": house.patient, "by": house.pharmacist}
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispense.objects.create(prescription=prescription, **facts)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


HTMX = {"HTTP_HX_REQUEST": "true"}


def test_the_page_of_a_return(house, made):
    client, url = client_of(house.pharmacist), reverse("pharmacy:return_dispensed", args=[made.pk])
    line = made.lines.get(batch__number="EARLY").pk
    empty = client.post(url, {f"quantity-{line}": "4"})
    assert (client.get(url).status_code, empty.status_code, DispenseReturn.objects.count()) == (200, 422, 0)
    answer = client.post(url, {f"quantity-{line}": "٤", "reason": "too many", "place": "shelf", "idempotency_key": "k"})
    assert (answer.status_code, DispenseReturn.objects.get().lines.get().quantity) == (303, 4)
    assert "Take back…" in client.get(answer.url).content.decode()


def test_the_page_of_a_count_shows_the_difference_first(house):
    client, url = client_of(house.pharmacist), reverse("pharmacy:count", args=[house.paracetamol.pk])
    body = {f"counted-{house.early.pk}": "8", f"expected-{house.early.pk}": "10", "idempotency_key": "k"}
    looked = client.post(url, {**body, "step": "look"}, **HTMX)
    without = client.post(url, {**body, "step": "save"}, **HTMX)
    assert ("-2" in looked.content.decode(), without.status_code, StockMove.objects.filter(kind="count").count()) == (
        True, 409, 0,
    )  # fmt: skip
    saved = client.post(url, {**body, "step": "save", "reason": "broken"})
    assert (saved.status_code, StockMove.objects.get(kind="count").quantity) == (303, -2)


def test_the_page_of_a_batch_recalls_it_and_lists_who_has_it(house, made):
    client, url = client_of(house.pharmacist), reverse("pharmacy:batch", args=[house.early.pk])
    assert house.patient.file_number in client.get(url).content.decode()
    assert client.post(url, {"state": "recalled", "reason": ""}).status_code == 409
    assert client.post(url, {"state": "recalled", "reason": "letter"}).status_code == 303
    assert AuditEvent.objects.filter(action="read_recipients").count() == 1
    assert client.get(reverse("pharmacy:shelf", args=[house.paracetamol.pk])).status_code == 200


def test_what_is_done_leaves_the_worklist_in_the_same_answer(house):
    prescription = finished(house)
    item = prescription.items.get().pk
    body = {f"confirm-{item}": "on", f"quantity-{item}": "15", "idempotency_key": "k1"}
    url = reverse("pharmacy:dispense", args=[prescription.pk])
    text = client_of(house.pharmacist).post(url, body, **HTMX).content.decode()
    assert ('id="worklist" hx-swap-oob="true"' in text, f'id="rx-{prescription.pk}"' in text) == (True, False)


def test_the_pdf_page_is_audited(house):
    prescription = finished(house)
    answer = client_of(house.pharmacist).get(reverse("pharmacy:prescription_pdf", args=[prescription.pk]))
    assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
    assert AuditEvent.objects.filter(action="print").count() == 1
