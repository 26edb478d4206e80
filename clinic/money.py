"""Amounts of money: one helper that rounds, and how many decimals a currency has."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision


def exponent(currency):
    """Decimals of an ISO 4217 currency: 3 for KWD, 0 for JPY, 2 for most (source: CLDR through babel)."""
    return get_currency_precision(currency)


def quantize(amount, currency):
    """`amount` (Decimal, int or numeric string) rounded half up to the currency's exponent."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-exponent(currency)), rounding=ROUND_HALF_UP)
