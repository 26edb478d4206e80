"""The notes and coins of a currency, largest first, for counting a drawer. Source: the issuing central banks."""

from decimal import Decimal

from clinic.money import exponent

PIECES = {
    "SAR": "500 200 100 50 20 10 5 2 1 0.50 0.25 0.10",
    "AED": "1000 500 200 100 50 20 10 5 1 0.50 0.25",
    "INR": "500 200 100 50 20 10 5 2 1",
    "USD": "100 50 20 10 5 1 0.25 0.10 0.05 0.01",
    "EUR": "500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "GBP": "50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01",
    "EGP": "200 100 50 20 10 5 1 0.50 0.25",
    "KWD": "20 10 5 1 0.500 0.250 0.100 0.050 0.020 0.010 0.005",
    "JPY": "10000 5000 2000 1000 500 100 50 10 5 1",
}
USUAL = (1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
PARTS = ("0.5", "0.2", "0.1")


def pieces_of(currency):
    """The values of notes and coins as Decimals; a common ladder for a currency that is not listed."""
    if currency in PIECES:
        return [Decimal(value) for value in PIECES[currency].split()]
    whole = [Decimal(value) for value in USUAL]
    return whole if exponent(currency) == 0 else [*whole, *map(Decimal, PARTS)]
