"""A typed day."""

from datetime import date

import pytest

from scheduling.days import parse_day
from scheduling.names import short_name

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23-Nov-2026", date(2026, 11, 23)),
        ("23 nov", date(2026, 11, 23)),
        ("23 november 2026", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
        ("23/11", date(2026, 11, 23)),
        ("23.11.26", date(2026, 11, 23)),
        ("٢٣/١١/٢٠٢٦", date(2026, 11, 23)),
        ("3/1", date(2027, 1, 3)),
        ("29/2", date(2028, 2, 29)),
        ("+2w", date(2026, 12, 4)),
        ("3d", date(2026, 11, 23)),
        ("-3d", date(2026, 11, 17)),
        ("+٢w", date(2026, 12, 4)),
        ("31/02/2027", None),
        ("1/1/9999", None),
        ("+9999w", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_parse_day(text, expected):
    assert parse_day(text, TODAY) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dr Omar Haddad", "Dr Haddad"),
        ("Omar Haddad", "Haddad"),
        ("Dr. Layla Al Hassan", "Dr. Al Hassan"),
        ("د. عمر حداد", "د. حداد"),
        ("Haddad", "Haddad"),
        ("Dr", "Dr"),
        ("", ""),
    ],
)
def test_short_name(name, expected):
    assert short_name(name).casefold() == expected.casefold()
