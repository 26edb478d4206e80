"""Fields whose wire format is part of the contract."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from clinic.text import to_western_digits

YEARS = (1900, 2200)
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
FIGURE = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)
WHOLE = re.compile(r"-?\d{1,40}(\.0{1,40})?", re.ASCII)
FAR = _("Choose a day between 1900 and 2200.")


class Figure(serializers.DecimalField):
    """A decimal number or its text, in the figures of either script; "1_0" and "1e1" are none."""

    def to_internal_value(self, data):
        if isinstance(data, bool):
            self.fail("invalid")
        if isinstance(data, str):
            data = to_western_digits(data).strip()
            if not FIGURE.fullmatch(data):
                self.fail("invalid")
        return super().to_internal_value(data)


class Amount(Figure):
    """Money as a string with the currency's own number of decimals ("150.00")."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(**kwargs)

    def to_representation(self, value):
        return format(Decimal(value), "f")


class Num(Figure):
    """A measured or counted value as a JSON number without idle zeros; takes a number or its text."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_digits", 12)
        kwargs.setdefault("decimal_places", 4)
        kwargs.setdefault("coerce_to_string", False)  # what the schema reads
        super().__init__(**kwargs)

    def to_representation(self, value):
        value = Decimal(value)
        return int(value) if value == value.to_integral_value() else float(value)


class Whole(serializers.IntegerField):
    """A whole number or its text, in the figures of either script; "1_0" is none."""

    def to_internal_value(self, data):
        if isinstance(data, str):
            data = to_western_digits(data).strip()
            if not WHOLE.fullmatch(data):
                self.fail("invalid")
        return super().to_internal_value(data)


def of_the_calendar(year):
    """Whether days of this year can be meant; beyond, clocks and sums of days run over."""
    return YEARS[0] <= year <= YEARS[1]


class Day(serializers.DateField):
    """A day of the years in which anybody lives."""

    default_error_messages = {"far": FAR}

    def to_internal_value(self, value):
        found = super().to_internal_value(value)
        if not of_the_calendar(found.year):
            self.fail("far")
        return found


class Moment(serializers.DateTimeField):
    """A moment in ISO 8601 with its offset, in the clinic's zone; without an offset it is read on the clinic's clock.

    A time that the clinic's clock skips or shows twice is refused, as nobody could say which one is meant.
    """

    default_error_messages = {
        "doubtful": _("This time does not exist, or exists twice, on the clinic's clock. Give its offset."),
        "far": FAR,
    }

    def enforce_timezone(self, value):
        zone = timezone.get_current_timezone()
        if not of_the_calendar(value.year):
            self.fail("far")
        if timezone.is_naive(value):
            early, late = value.replace(tzinfo=zone, fold=0), value.replace(tzinfo=zone, fold=1)
            if early.utcoffset() != late.utcoffset():
                self.fail("doubtful")
            value = early
        return value.astimezone(zone)

    def to_representation(self, value):
        if isinstance(value, datetime):
            return value.astimezone(timezone.get_current_timezone()).isoformat()
        return value


def nothing_to_see(text):
    """Whether a text holds only blanks and the marks that steer writing."""
    return all(unicodedata.category(character) in UNSEEN for character in text)


class Text(serializers.CharField):
    """A line of text; one in which there is nothing to see is empty."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 300)
        super().__init__(**kwargs)

    def run_validation(self, data=empty):
        return super().run_validation("" if isinstance(data, str) and nothing_to_see(data) else data)

    def to_internal_value(self, data):
        if isinstance(data, (bool, int, float)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Words(Text):
    """Several lines of text."""

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 10_000)
        super().__init__(**kwargs)
