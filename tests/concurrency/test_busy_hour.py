"""Everybody works at once on the same few doctors and patients: refusals, yes; deadlocks and broken books, never."""

import pytest
from django.db.models import Sum

from billing.models import Invoice, Payment
from pharmacy.models import Batch, StockMove
from tests.concurrency.crowd import faults, rush, tally
from tests.concurrency.hour import Hour
from visits.models import Visit

HANDS = 16
STEPS = 40


@pytest.fixture
def hour(clinic, crowd):
    return Hour(clinic, crowd)


@pytest.mark.slow
def test_a_busy_hour(hour, dice):
    seeds = [type(dice)(dice.random()) for _ in range(HANDS)]
    outcomes = rush(HANDS, lambda number: hour.hands(seeds[number], STEPS))
    assert tally(outcomes) == {"ok": HANDS}, faults(outcomes)
    for bill in Invoice.objects.all():
        received = Payment.objects.filter(invoice=bill).aggregate(sum=Sum("amount"))["sum"] or 0
        assert received == bill.paid <= bill.total
    sums = dict(StockMove.objects.values_list("batch").annotate(sum=Sum("quantity")))
    assert sums == dict(Batch.objects.values_list("pk", "on_hand"))
    assert Visit.objects.filter(state=Visit.State.OPEN).count() == (
        Visit.objects.filter(state=Visit.State.OPEN).values("patient").distinct().count()
    )
