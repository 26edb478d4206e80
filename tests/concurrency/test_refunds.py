"""A hundred hands that pay, credit and give back at once, and a drawer that closes meanwhile."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from billing import operations
from billing.models import CashSession, CreditNote, Invoice, Payment, Refund
from clinic.access import Role
from tests.api import client_of
from tests.concurrency.crowd import faults, rush, statuses, tally
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import queues as lines

CROWD = 100


@pytest.fixture
def bill(clinic, crowd):
    """An issued bill of ten charges of 10.00 + 15 %: 115.00."""
    made = bills.invoice(clinic=clinic, patient=lines.patient(), by=crowd[0], prices=("10.00",) * 10)
    return operations.issue(invoice=made, by=crowd[0])


@pytest.fixture
def manager(clinic):
    return people.user(Role.MANAGER, clinic=clinic)


def total(model, bill, field="amount"):
    return model.objects.filter(invoice=bill).aggregate(sum=Sum(field))["sum"] or 0


def agree(bill):
    """The bill's sums are those of its documents; what is held never exceeds what was paid."""
    bill = Invoice.objects.get(pk=bill.pk)
    documents = total(Payment, bill), total(Refund, bill), total(CreditNote, bill, "total")
    assert (bill.paid, bill.refunded, bill.credited) == documents
    return bill


def gapless(model, field):
    numbers = sorted(int(number[-5:]) for number in model.objects.values_list(field, flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_charge_is_credited_once(bill, crowd):
    row = [{"line": bill.lines.first(), "quantity": 1}]
    outcomes = rush(
        40, lambda number: operations.credit(invoice=bill, by=crowd[number % 16], lines=row, reason="Twice")
    )
    assert tally(outcomes) == {"ok": 1, "too_much_credited": 39}, faults(outcomes)
    assert agree(bill).credited == Decimal("11.50")


def test_what_is_over_is_given_back_once(bill, crowd, manager):
    operations.take_payment(invoice=bill, by=manager, amount=Decimal(115), method="cash")
    operations.credit(invoice=bill, by=manager, lines=operations.whole_of(bill), reason="Twice")
    outcomes = rush(
        CROWD,
        lambda number: operations.refund(invoice=bill, by=manager, amount=Decimal(115), method="cash", reason="Twice"),
    )
    assert tally(outcomes) == {"ok": 1, "nothing_to_refund": CROWD - 1}, faults(outcomes)
    assert (agree(bill).refunded, agree(bill).state) == (Decimal(115), "cancelled")


def test_paying_crediting_and_giving_back_through_the_api(bill, crowd, manager, dice):
    """Whatever the order, no payment goes above what is owed and no refund above what is over."""
    charges = list(bill.lines.values_list("pk", flat=True))
    clients = [client_of(user) for user in (*crowd[:8], manager)]
    root = f"/api/v1/invoices/{bill.pk}"
    bodies = []
    for number in range(CROWD):
        amount = str(dice.randrange(1, 24))
        if number % 3 == 0:
            bodies.append(("pay", {"amount": amount, "method": "cash"}))
        elif number % 3 == 1:
            lines_ = [{"line": dice.choice(charges), "quantity": 1}]
            bodies.append(("credit", {"reason": "Back", "lines": lines_}))
        else:
            bodies.append(("refunds", {"amount": amount, "method": "card", "reason": "Back"}))
    dice.shuffle(bodies)

    def act(number):
        path, body = bodies[number]
        client = clients[number % 8] if path == "pay" else clients[-1]
        return client.post(f"{root}/{path}/", body, headers={"Idempotency-Key": f"key-{number}"})

    outcomes = rush(CROWD, act)
    assert set(statuses(outcomes)) <= {201, 409}, statuses(outcomes)
    done = agree(bill)
    held, owed = done.paid - done.refunded, done.total - done.credited
    assert done.refunded == 0 or held >= owed
    assert done.due == max(0, owed - held)
    for model, field in ((Payment, "receipt_number"), (Refund, "number"), (CreditNote, "number")):
        gapless(model, field)


def test_one_drawer_for_each_cashier_however_it_is_opened(clinic, crowd):
    cashier = crowd[0]
    drafts = [bills.invoice(clinic=clinic, patient=lines.patient(), by=cashier) for _ in range(20)]

    def act(number):
        if number % 2:
            return operations.open_session(clinic=clinic, by=cashier, float_amount=Decimal(50))
        return operations.take_payment(invoice=drafts[number // 2], by=cashier, amount=Decimal(1), method="cash")

    outcomes = rush(40, act)
    assert tally(outcomes) == {"ok": 21, "already_open": 19}, faults(outcomes)
    assert CashSession.objects.get().opening_float == Decimal(50)


def test_a_drawer_that_closes_while_payments_come(clinic, crowd, manager):
    """Every payment lies either in the closed drawer, which expected it, or in the next one."""
    cashier = crowd[0]
    session = operations.open_session(clinic=clinic, by=cashier, float_amount=Decimal(10))
    drafts = [bills.invoice(clinic=clinic, patient=lines.patient(), by=cashier) for _ in range(40)]

    def act(number):
        if number == 20:
            return operations.close_session(session=session, by=manager, counted=Decimal(10), reason="In the rush")
        return operations.take_payment(invoice=drafts[number % 40], by=cashier, amount=Decimal(1), method="cash")

    outcomes = rush(40, act)
    assert tally(outcomes) == {"ok": 40}, faults(outcomes)
    session.refresh_from_db()
    inside = session.payments.aggregate(sum=Sum("amount"))["sum"] or 0
    assert session.expected == 10 + inside
    assert Payment.objects.count() == 39
    assert CashSession.objects.filter(closed_at=None).count() <= 1


def test_a_drawer_is_closed_once(clinic, crowd):
    session = operations.open_session(clinic=clinic, by=crowd[0], float_amount=Decimal(10))
    outcomes = rush(20, lambda _number: operations.close_session(session=session, by=crowd[0], counted=Decimal(10)))
    assert tally(outcomes) == {"ok": 1, "already_closed": 19}, faults(outcomes)
