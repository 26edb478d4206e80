"""Telephone numbers as a desk types them: what is one, the figures to search by, how it is written. Never refuses."""

import re

import phonenumbers

from clinic.text import to_western_digits

GRAM = 4
EXTENSION = re.compile(r"(?<=\d)\s*(?:ext\.?|extension|x|تحويلة)\s*\d{1,7}\s*$", re.IGNORECASE)


def digits(text):
    """Only the figures of `text`, as 0-9."""
    return "".join(c for c in to_western_digits(text) if c.isascii() and c.isdigit())


def holds_letters(text):
    """True for what is no number: words in it, apart from an extension at its end ("ext. 12", "x12", "تحويلة ١٢")."""
    return any(c.isalpha() for c in EXTENSION.sub("", to_western_digits(text)))


def _parsed(text, country):
    try:
        number = phonenumbers.parse(to_western_digits(text), country or None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def search_digits(text, country):
    """The number as it is dialled inside the country and, after a space, with the country's code.

    What cannot be read as a number of `country` (ISO 3166 code) stays the bare figures.
    """
    number = _parsed(text, country)
    if number is None:
        return digits(text)[:32]
    inside = digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    outside = digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{inside} {outside}"[:32]


def grams(*searchable):
    """Every run of four figures in the given `search_digits`: what the index holds."""
    found = set()
    for run in " ".join(searchable).split():
        found.update(run[start : start + GRAM] for start in range(len(run) - GRAM + 1))
    return sorted(found)


def tidy(text, country):
    """The number in the country's own spacing when it is a valid one; otherwise as it was typed, in 0-9."""
    number = _parsed(text, country)
    typed = " ".join(to_western_digits(text).split())
    if number is None or not phonenumbers.is_valid_number(number):
        return typed
    home = phonenumbers.country_code_for_region(country) if country else 0
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if number.country_code == home else form.INTERNATIONAL)
