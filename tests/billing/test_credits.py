"""Charges taken back: less on a draft, a credit note on an issued bill."""

from decimal import Decimal

import pytest

from billing import operations, queries
from billing.models import CreditNote, Invoice, Service
from clinic.errors import Refused
from clinic.models import AuditEvent
from tests.factories import billing as bills
from tests.refusals import refusal_code as code

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def three(house, cashier, layla):
    """An issued bill of 3 x 10.00 and 1 x 100.00, with 10 % off the first: 127.00 + 15 % = 146.05."""
    bill = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    rate = {"by": cashier, "tax_rate": D(15)}
    first = operations.add_line(invoice=bill, text="Tablets", quantity=3, unit_price=D(10), source="dispense:1", **rate)
    operations.add_line(invoice=bill, text="Dressing", quantity=1, unit_price=D(100), **rate)
    operations.discount_line(line=first, by=cashier, amount=D(3), reason="Staff")
    return operations.issue(invoice=bill, by=cashier)


def credit(bill, by, *quantities, reason="Returned", **more):
    rows = [{"line": line, "quantity": n} for line, n in zip(bill.lines.all(), quantities, strict=False) if n]
    return operations.credit(invoice=bill, by=by, lines=rows, reason=reason, **more)


def state(bill):
    bill = Invoice.objects.get(pk=bill.pk)
    return bill.state, str(bill.clinic.round(bill.credited)), str(bill.clinic.round(bill.due))


def test_a_credit_note_mirrors_its_lines_and_lowers_what_is_owed(three, cashier, published):
    published.clear()
    note = credit(three, cashier, 1)
    assert note.number == f"CN-{three.clinic.today().year}-00001"
    assert (note.subtotal, note.discount, note.tax, note.total) == (D(10), D(1), D("1.35"), D("10.35"))
    assert [(line.line.text, line.quantity, line.total) for line in note.lines.all()] == [("Tablets", 1, D("10.35"))]
    assert state(three) == ("pending", "10.35", "135.70")
    assert (three.clinic_id, f"invoice-{three.pk}") in published
    facts = AuditEvent.objects.get(action="credit").facts
    assert (facts["number"], facts["reason"], facts["invoice"]) == (note.number, "Returned", three.pk)


def test_the_parts_of_a_line_sum_to_the_line(three, manager):
    parts = [credit(three, manager, 1).total for _time in range(3)]
    assert sum(parts) == three.lines.first().total


def test_never_more_than_was_billed_minus_earlier_credits(three, cashier):
    credit(three, cashier, 2)
    assert code(credit, bill=three, by=cashier, **{}) == "nothing_to_credit"
    rows = [{"line": three.lines.first(), "quantity": 2}]
    with pytest.raises(Refused) as refused:
        operations.credit(invoice=three, by=cashier, lines=rows, reason="Again")
    assert refused.value.code == "too_much_credited"
    assert refused.value.alternatives == [{"line": three.lines.first().pk, "quantity": 1}]
    twice = [{"line": three.lines.first(), "quantity": 1}] * 2
    assert code(operations.credit, invoice=three, by=cashier, lines=twice, reason="Twice in one") == "too_much_credited"


@pytest.mark.parametrize("quantity", [0, -1, 1.5, True, "2"])
def test_a_quantity_that_is_none(quantity, three, cashier):
    rows = [{"line": three.lines.first(), "quantity": quantity}]
    assert code(operations.credit, invoice=three, by=cashier, lines=rows, reason="R") == "bad_quantity"


def test_a_line_of_another_bill_and_a_missing_reason(three, bill, cashier):
    rows = [{"line": bill.lines.get(), "quantity": 1}]
    assert code(operations.credit, invoice=three, by=cashier, lines=rows, reason="R") == "wrong_line"
    assert code(operations.credit, invoice=three, by=cashier, lines=rows, reason=" ") == "missing_reason"


def test_a_draft_is_changed_not_credited(bill, cashier):
    rows = [{"line": bill.lines.get(), "quantity": 1}]
    assert code(operations.credit, invoice=bill, by=cashier, lines=rows, reason="R") == "not_issued"


def test_a_bill_of_which_everything_is_credited_is_cancelled(three, manager):
    operations.credit(invoice=three, by=manager, lines=operations.whole_of(three), reason="Never came")
    assert state(three) == ("cancelled", "146.05", "0.00")
    assert Invoice.objects.get(pk=three.pk).cancel_reason == "Never came"
    assert code(credit, bill=three, by=manager) == "already_cancelled"
    assert operations.whole_of(three) == []


def test_a_partly_paid_bill_is_settled_when_the_rest_is_credited(three, manager):
    operations.take_payment(invoice=three, by=manager, amount=D("31.05"), method="cash")
    credit(three, manager, 0, 1)
    assert state(three) == ("paid", "115.00", "0.00")
    assert Invoice.objects.get(pk=three.pk).over == 0


def test_only_what_is_left_is_paid_after_a_credit_note(three, manager):
    credit(three, manager, 0, 1)
    assert code(operations.take_payment, invoice=three, by=manager, amount=D(100), method="card") == "too_much"
    operations.take_payment(invoice=three, by=manager, amount=D("31.05"), method="card")
    assert state(three) == ("paid", "115.00", "0.00")
    assert queries.due_of([three.patient_id], three.clinic) == {}


def test_the_sums_of_the_till_know_of_credits(three, manager):
    credit(three, manager, 0, 1)
    assert queries.due_of([three.patient_id], three.clinic)[three.patient_id].amount == D("31.05")
    assert queries.till_context(three.clinic)["sum"] == D("31.05")
    assert queries.open_invoices(three.clinic).get().left == D("31.05")


def test_less_of_a_charge_on_a_draft(house, cashier, layla):
    bill = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    line = operations.add_line(
        invoice=bill, by=cashier, text="Tablets", quantity=4, unit_price=D(10), tax_rate=D(0), source="dispense:1:1"
    )
    operations.discount_line(line=line, by=cashier, amount=D(4), reason="Staff")
    left = operations.reduce_line(line=line, by=cashier, quantity=1)
    assert (left.quantity, left.discount, left.total) == (3, D(3), D(27))
    left = operations.reduce_line(line=line, by=cashier, quantity=3)
    bill.refresh_from_db()
    assert (left.quantity, left.total, bill.total) == (0, 0, 0)
    assert queries.in_script(bill.lines.all()) == []
    assert code(operations.reduce_line, line=line, by=cashier, quantity=1) == "too_much_credited"
    assert code(operations.issue, invoice=bill, by=cashier) == "empty"


def test_an_issued_charge_is_not_reduced_and_a_foreign_one_not_removed(three, bill, cashier):
    assert code(operations.reduce_line, line=three.lines.first(), by=cashier, quantity=1) == "already_issued"
    line = operations.add_line(invoice=bill, by=cashier, text="A", quantity=1, unit_price=D(5), source="visit:9")
    assert code(operations.remove_line, line=line, by=cashier) == "from_elsewhere"
    assert code(operations.change_line, line=line, by=cashier, quantity=2) == "from_elsewhere"


# --- a whole draft at once -------------------------------------------------------------------------------------------


def test_a_bill_by_hand(house, cashier, layla):
    priced = bills.service(clinic=house, name="Vaccine", kind="other", price="40", tax_rate=D(0))
    lines = [{"service": priced, "quantity": 2}, {"text": "Dressing", "quantity": 1, "unit_price": D(20)}]
    bill = operations.bill_by_hand(clinic=house, patient=layla, by=cashier, lines=lines)
    assert [(line.text, line.total) for line in bill.lines.all()] == [("Vaccine", D(80)), ("Dressing", D(23))]
    assert (bill.mode, bill.state, bill.total) == ("manual", "draft", D(103))


def test_a_bill_by_hand_is_whole_or_not_at_all(house, cashier, layla):
    lines = [{"text": "A", "unit_price": D(1)}, {"text": "B"}]
    arguments = {"clinic": house, "patient": layla, "by": cashier}
    assert code(operations.bill_by_hand, lines=lines, **arguments) == "missing_price"
    assert code(operations.bill_by_hand, lines=[], **arguments) == "empty"
    assert Invoice.objects.count() == 0


def test_the_lines_of_a_draft_changed_together(bill, cashier):
    kept = bill.lines.get()
    operations.add_line(invoice=bill, by=cashier, text="Gone", quantity=1, unit_price=D(1))
    own = operations.add_line(invoice=bill, by=cashier, text="Visit", quantity=1, unit_price=D(50), source="visit:1")
    rows = [
        {"line": kept, "quantity": 2, "discount": D(40), "discount_reason": "Loyal"},
        {"text": "N", "unit_price": D(5)},
    ]
    changed = operations.change_draft(invoice=bill, by=cashier, lines=rows)
    assert [(line.text, line.quantity) for line in changed.lines.all()] == [("Service 1", 2), ("Visit", 1), ("N", 1)]
    assert changed.discount == D(40)
    rows = [{"line": own, "quantity": 3}]
    assert code(operations.change_draft, invoice=bill, by=cashier, lines=rows) == "from_elsewhere"


def test_somebody_was_faster_with_the_draft(bill, cashier):
    assert code(operations.change_draft, invoice=bill, by=cashier, version=1, lines=[]) == "changed_meanwhile"


def test_one_discount_over_the_bill_sums_to_the_amount(house, cashier, manager, layla):
    bill = bills.invoice(clinic=house, patient=layla, by=cashier, prices=["33.33", "33.33", "33.34"])
    operations.discount_invoice(invoice=bill, by=cashier, amount=D("10"), reason="Loyal")
    assert [line.discount for line in bill.lines.all()] == [D("3.33"), D("3.34"), D("3.33")]
    values = {"invoice": bill, "by": cashier, "amount": D(21)}
    assert code(operations.discount_invoice, reason="Loyal", **values) == "needs_approval"
    assert code(operations.discount_invoice, reason="", **values) == "missing_reason"
    operations.discount_invoice(reason="Loyal", approved_by=manager, **values)
    bill.refresh_from_db()
    assert bill.discount == D(21)


# --- prices ----------------------------------------------------------------------------------------------------------


def test_a_service_is_added_changed_and_retired(house, manager):
    made = operations.add_service(clinic=house, by=manager, name=" ECG ", price=D("60"), kind="procedure")
    assert (made.name, made.price, made.version) == ("ECG", D("60.000"), 1)
    changed = operations.change_service(service=made, by=manager, version=1, price=D(70))
    assert (changed.price, changed.version) == (D(70), 2)
    assert code(operations.change_service, service=made, by=manager, version=1, price=D(80)) == "changed_meanwhile"
    assert operations.retire_service(service=made, by=manager).is_active is False
    assert operations.retire_service(service=made, by=manager).version == 3
    assert AuditEvent.objects.filter(action="change_service").count() == 2


def test_one_usual_consultation(house, manager):
    bills.service(clinic=house)
    values = {"clinic": house, "by": manager, "kind": "consultation", "name": "Second", "price": D(1)}
    assert code(operations.add_service, **values) == "consultation_exists"
    assert code(operations.add_service, **{**values, "kind": "other", "name": " "}) == "missing_name"
    assert code(operations.add_service, **{**values, "kind": "other", "price": "-1"}) == "bad_amount"
    assert Service.objects.count() == 1
    assert CreditNote.objects.count() == 0
