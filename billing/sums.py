"""The arithmetic of a bill: pure, in Decimal, every part rounded half up to the currency's exponent."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from clinic.money import quantize

ZERO = Decimal(0)


@dataclass(frozen=True)
class LineSum:
    """A line's parts: gross (price times quantity), net (after discount), tax, total (net + tax)."""

    gross: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True)
class BillSum:
    """A bill's parts; always total = subtotal - discount + tax."""

    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


def line_sum(quantity, unit_price, discount, tax_rate, currency):
    """The parts of one line. `tax_rate` is in percent and applies to the price after discount."""
    gross = quantize(unit_price * quantity, currency)
    net = gross - quantize(discount, currency)
    tax = quantize(net * tax_rate / 100, currency)
    return LineSum(gross, net, tax, net + tax)


def bill_sum(lines):
    """The parts of a bill from its lines (each with net, discount, tax): sums only, nothing is rounded again."""
    net = sum((line.net for line in lines), ZERO)
    discount = sum((line.discount for line in lines), ZERO)
    tax = sum((line.tax for line in lines), ZERO)
    return BillSum(net + discount, discount, tax, net + tax)


def share(amount, part, whole, currency):
    """`amount` times part / whole, rounded; the whole of it is exactly `amount`, and nothing of nothing is 0."""
    return quantize(amount * part / whole, currency) if whole else quantize(0, currency)


def notes_for(due, currency):
    """Up to three amounts that a person is likely to hand over for `due`, smallest first; the exact due is not among them."""
    if due <= 0:
        return []
    found = []
    for step in (10, 50, 100, 500, 1000, 5000, 10000):
        rounded = quantize((due / step).to_integral_value(ROUND_CEILING) * step, currency)
        if rounded > due and rounded not in found:
            found.append(rounded)
        if len(found) == 3:
            break
    return found
