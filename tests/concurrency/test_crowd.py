"""The crowd itself: it must find what it is there to find."""

import threading
import time
from decimal import Decimal

from django.db import connection, transaction

from billing import operations
from billing.models import Invoice
from tests.concurrency.crowd import deadlocks, rush, tally
from tests.factories import billing as bills
from tests.factories import queues as lines


def test_a_missing_lock_is_found(clinic, crowd, monkeypatch):
    bill = bills.invoice(clinic=clinic, patient=lines.patient(), by=crowd[0], prices=("100.00",))
    monkeypatch.setattr(
        "billing.operations.payments.locked",
        lambda invoice: Invoice.objects.select_related("clinic").get(pk=invoice.pk),
    )

    def pay(number):
        return operations.take_payment(
            invoice=bill, by=crowd[number % 16], amount=Decimal(115), method="card", idempotency_key=f"key-{number}"
        )

    assert tally(rush(100, pay)) != {"ok": 1, "already_paid": 99}


def test_a_deadlock_is_counted(clinic, no_deadlock, request):
    """Two that lock two rows crosswise: the fixture of this folder would refuse it, so it is looked at here."""
    before = deadlocks()
    meet = threading.Barrier(2)

    def lock_crosswise(number):
        keys = [1, 2] if number else [2, 1]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '50ms'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [keys[0]])
            meet.wait(5)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [keys[1]])

    assert tally(rush(2, lock_crosswise)) == {"ok": 1, "OperationalError": 1}
    deadline = time.monotonic() + 3
    while deadlocks() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert deadlocks() - before == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_reset()")
