"""What the database refuses, whatever the code does."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from billing import operations
from billing.models import CashSession, CreditLine, CreditNote, Invoice, InvoiceLine, Payment, Refund, Service
from tests.factories import billing as bills
from tests.factories import patients

pytestmark = pytest.mark.django_db


def refuses(action):
    with pytest.raises(DatabaseError), transaction.atomic():
        action()


@pytest.fixture
def issued(bill, cashier):
    """The bill, issued."""
    return operations.issue(invoice=bill, by=cashier)


def change(invoice, **values):
    return lambda: Invoice.objects.filter(pk=invoice.pk).update(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"total": 1, "subtotal": 1, "tax": 0},
        {"tax": 29, "total": 229},
        {"number": "INV-1"},
        {"paid": 231, "state": "paid"},
        {"paid": -1},
        {"paid": 10},
        {"state": "paid"},
        {"state": "draft"},
    ],
)
def test_an_issued_bill_is_not_falsified(values, issued):
    refuses(change(issued, **values))


def test_a_number_twice(issued, house, cashier, layla):
    other = bills.invoice(clinic=house, patient=layla, by=cashier)
    operations.issue(invoice=other, by=cashier)
    refuses(
        lambda: Invoice.objects.create(
            clinic=house, patient=layla, day=house.today(), currency="SAR", number=issued.number, state="cancelled"
        )
    )


def test_the_lines_of_an_issued_bill(issued, cashier):
    line = issued.lines.get()
    refuses(lambda: InvoiceLine.objects.filter(pk=line.pk).update(text="other"))
    refuses(lambda: InvoiceLine.objects.filter(pk=line.pk).delete())
    parts = {"unit_price": 1, "net": 1, "tax": 0, "total": 1, "text": "A", "added_by": cashier}
    refuses(lambda: InvoiceLine.objects.create(invoice=issued, position=9, **parts))


def test_a_discount_without_a_reason(bill):
    refuses(lambda: bill.lines.update(discount=Decimal(1), net=199, total=229))


def test_payments_are_append_only(bill, cashier):
    payment = operations.take_payment(invoice=bill, by=cashier, amount=Decimal(230), method="cash")
    refuses(lambda: Payment.objects.filter(pk=payment.pk).update(amount=1))
    refuses(lambda: Payment.objects.filter(pk=payment.pk).delete())
    refuses(lambda: Invoice.objects.filter(pk=bill.pk)._raw_delete("default"))


def row(issued, cashier, **values):
    """A payment written past the operations."""
    own = {"clinic": issued.clinic, "patient": issued.patient, "invoice": issued, "method": "cash", "by": cashier}
    own |= {"day": issued.day, "amount": 1, "receipt_number": "R-9"}
    return lambda: Payment.objects.create(**{**own, **values})


def test_a_receipt_number_twice_and_a_wrong_change(issued, cashier):
    payment = operations.take_payment(invoice=issued, by=cashier, amount=Decimal(5), method="card")
    refuses(row(issued, cashier, receipt_number=payment.receipt_number))
    refuses(row(issued, cashier, tendered=5, change=3))
    refuses(row(issued, cashier, amount=0))


def test_a_payment_that_the_bill_does_not_know(issued, cashier):
    refuses(at_the_commit(row(issued, cashier)))
    refuses(at_the_commit(change(issued, paid=100, state="partly_paid")))


def at_the_commit(action):
    """What the database looks at when the transaction ends."""

    def run():
        action()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    return run


def test_a_payment_above_what_is_owed_after_a_credit_note(issued, cashier, manager):
    line = issued.lines.get()
    other = bills.invoice(clinic=issued.clinic, patient=issued.patient, by=cashier, prices=["60.00", "40.00"])
    other = operations.issue(invoice=other, by=cashier)
    operations.credit(invoice=other, by=manager, lines=[{"line": other.lines.first(), "quantity": 1}], reason="Twice")
    refuses(change(other, paid=115, state="paid"))
    refuses(change(other, credited=116))
    refuses(lambda: CreditLine.objects.filter(line__invoice=other).update(quantity=2))
    refuses(lambda: CreditLine.objects.filter(line__invoice=other).delete())
    note = CreditNote.objects.get()
    parts = {"quantity": 1, "net": 1, "tax": 0, "discount": 0, "total": 1}
    refuses(lambda: CreditLine.objects.create(credit_note=note, line=other.lines.first(), **parts))  # more than billed
    refuses(lambda: CreditLine.objects.create(credit_note=note, line=line, **parts))  # of another bill
    refuses(lambda: CreditNote.objects.filter(pk=note.pk).update(total=1))
    refuses(lambda: note.delete())


@pytest.mark.parametrize("table", ["billing_refund", "billing_creditnote", "billing_creditline", "billing_payment"])
def test_ledgers_are_not_truncated(table, db):
    with connection.cursor() as cursor:
        refuses(lambda: cursor.execute(f"TRUNCATE {table} CASCADE"))


@pytest.fixture
def refunded(issued, cashier, manager):
    """A bill of 230.00, paid in cash, credited and given back but for 30.00."""
    operations.take_payment(invoice=issued, by=manager, amount=Decimal(230), method="cash")
    lines = operations.whole_of(issued)
    operations.credit(invoice=issued, by=cashier, lines=lines, reason="Twice")
    return operations.refund(invoice=issued, by=manager, amount=Decimal(200), method="cash", reason="Twice")


def test_refunds_are_append_only_and_never_above_what_is_over(refunded, cashier):
    refuses(lambda: Refund.objects.filter(pk=refunded.pk).update(amount=1))
    refuses(lambda: Refund.objects.filter(pk=refunded.pk).delete())
    refuses(change(refunded.invoice, refunded=231, state="cancelled"))
    refuses(change(refunded.invoice, state="cancelled"))
    refuses(change(refunded.invoice, credited=100, state="paid"))

    def create(**values):
        own = {"clinic": refunded.clinic, "patient": refunded.patient, "invoice": refunded.invoice, "amount": 1}
        own |= {"method": "card", "by": cashier, "day": refunded.day, "number": "RF-9", "reason": "Why"}
        return at_the_commit(lambda: Refund.objects.create(**{**own, **values}))

    refuses(create())  # the bill does not know it
    refuses(create(number=refunded.number))
    refuses(create(amount=0))
    refuses(create(reason=""))
    refuses(create(method="cash"))
    refuses(create(approved_by=cashier))
    refuses(create(patient=patients.patient(clinic=refunded.clinic, by=cashier, name="Omar Saleh", phone="0501112223")))


def test_a_closed_drawer_stays_closed(issued, house, cashier):
    payment = operations.take_payment(invoice=issued, by=cashier, amount=Decimal(100), method="cash")
    session = payment.session
    refuses(lambda: CashSession.objects.filter(pk=session.pk).update(closed_at=timezone.now()))
    closed = {"closed_at": timezone.now(), "closed_by": cashier, "counted": 90, "expected": 100}
    refuses(lambda: CashSession.objects.filter(pk=session.pk).update(**closed))  # a difference without a reason
    operations.close_session(session=session, by=cashier, counted=Decimal(100))
    refuses(lambda: CashSession.objects.filter(pk=session.pk).update(counted=1))
    refuses(lambda: CashSession.objects.filter(pk=session.pk)._raw_delete("default"))
    refuses(row(issued, cashier, session=session))


def test_two_open_cash_sessions_of_one_cashier(house, cashier):
    CashSession.objects.create(clinic=house, cashier=cashier)
    refuses(lambda: CashSession.objects.create(clinic=house, cashier=cashier))


def test_two_usual_consultations(house):
    bills.service(clinic=house)
    refuses(lambda: Service.objects.create(clinic=house, name="Second", kind="consultation", price=1))
