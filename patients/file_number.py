"""The file number: a running number with a check digit, written 10-0482-7 (Luhn, ISO/IEC 7812-1 annex B)."""

from clinic.text import to_western_digits

FIRST = 100_000


def check_digit(digits):
    """The Luhn digit that belongs after `digits` (a string of 0-9): catches every single slip and most swaps."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def compose(number):
    """The file number of the `number`-th patient (from 1): `10-0001-5` and so on."""
    body = str(FIRST + number)
    return f"{body[:-4]}-{body[-4:]}-{check_digit(body)}"


def parse(text):
    """The canonical form of a typed file number (with or without dashes, any digits), or None when it is none."""
    digits = "".join(c for c in to_western_digits(text) if c not in " -\u2013")
    if not digits.isascii() or not digits.isdigit() or not 7 <= len(digits) <= 10:
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    return f"{digits[:-5]}-{digits[-5:-1]}-{digits[-1]}"
