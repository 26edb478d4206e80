"""One bill, a hundred hands that bring money."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from billing import operations
from billing.models import Invoice, Payment
from tests.concurrency.crowd import rush, tally
from tests.factories import billing as bills
from tests.factories import queues as lines

CROWD = 100


@pytest.fixture
def bill(clinic, crowd):
    return bills.invoice(clinic=clinic, patient=lines.patient(), by=crowd[0], prices=("100.00",))


def paid(bill):
    """(sum of the payments, what the bill says is paid, the bill's total)"""
    bill = Invoice.objects.get(pk=bill.pk)
    return Payment.objects.filter(invoice=bill).aggregate(sum=Sum("amount"))["sum"], bill.paid, bill.total


def test_a_bill_is_paid_once(bill, crowd):
    outcomes = rush(
        CROWD,
        lambda number: operations.take_payment(
            invoice=bill, by=crowd[number % 16], amount=Decimal(115), method="cash", idempotency_key=f"key-{number}"
        ),
    )
    assert tally(outcomes) == {"ok": 1, "already_paid": CROWD - 1}
    assert paid(bill) == (Decimal(115), Decimal(115), Decimal(115))


def test_the_same_key_pays_once_and_answers_everybody(bill, crowd):
    outcomes = rush(
        CROWD,
        lambda number: operations.take_payment(
            invoice=bill, by=crowd[0], amount=Decimal(115), method="card", idempotency_key="one-key"
        ),
    )
    assert tally(outcomes) == {"ok": CROWD}
    assert len({payment.pk for payment in outcomes}) == 1
    assert paid(bill) == (Decimal(115), Decimal(115), Decimal(115))


def test_the_same_key_with_another_amount_is_refused(bill, crowd):
    amounts = [Decimal(115) if number % 2 else Decimal(50) for number in range(40)]
    outcomes = rush(
        40,
        lambda number: operations.take_payment(
            invoice=bill, by=crowd[0], amount=amounts[number], method="card", idempotency_key="one-key"
        ),
    )
    assert tally(outcomes) == {"ok": 20, "key_reused": 20}
    assert Payment.objects.count() == 1


def test_part_payments_never_pass_the_total(bill, crowd, dice):
    amounts = [Decimal(dice.randrange(1, 30)) for _ in range(CROWD)]
    outcomes = rush(
        CROWD,
        lambda number: operations.take_payment(
            invoice=bill, by=crowd[number % 16], amount=amounts[number], method="cash", idempotency_key=f"part-{number}"
        ),
    )
    assert set(tally(outcomes)) <= {"ok", "too_much", "already_paid"}
    received, said, total = paid(bill)
    assert received == said
    assert received <= total
    receipts = sorted(Payment.objects.values_list("receipt_number", flat=True))
    assert [int(receipt[-5:]) for receipt in receipts] == list(range(1, len(receipts) + 1))


def test_bills_issued_at_once_are_numbered_without_a_gap(clinic, crowd):
    drafts = [bills.invoice(clinic=clinic, patient=lines.patient(), by=crowd[0]) for _ in range(48)]
    rush(48, lambda number: operations.issue(invoice=drafts[number], by=crowd[number % 16]))
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert [int(number[-5:]) for number in numbers] == list(range(1, 49))
