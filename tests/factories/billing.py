"""Prices and bills for tests."""

from decimal import Decimal

from billing import operations
from billing.models import Service


def service(*, clinic, name="Consultation", kind="consultation", price="130.43", **fields):
    """A line of the price list."""
    return Service.objects.create(
        clinic=clinic, name=name, kind=kind, price=None if price is None else Decimal(price), **fields
    )


def invoice(*, clinic, patient, by, prices=("100.00",), tax_rate=Decimal(15), **fields):
    """A draft bill with one line for each of `prices` (before tax)."""
    made = operations.draft_invoice(clinic=clinic, patient=patient, by=by, **fields)
    for number, price in enumerate(prices, start=1):
        operations.add_line(
            invoice=made, by=by, text=f"Service {number}", quantity=1, unit_price=Decimal(price), tax_rate=tax_rate
        )
    made.refresh_from_db()
    return made
