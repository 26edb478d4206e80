"""What a desk writes for a birth date or an age."""

from datetime import date

import pytest

from patients import birth
from patients.birth import Birth

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "born_on", "precision"),
    [
        ("4/3/88", date(1988, 3, 4), "day"),
        ("04 Mar 1988", date(1988, 3, 4), "day"),
        ("March 4, 1988", date(1988, 3, 4), "day"),
        ("1988-03-04", date(1988, 3, 4), "day"),
        ("04031988", date(1988, 3, 4), "day"),
        ("٤/٣/٨٨", date(1988, 3, 4), "day"),
        ("۴/۳/۱۹۸۸", date(1988, 3, 4), "day"),
        ("٤ آذار ١٩٨٨", date(1988, 3, 4), "day"),
        ("4 أغسطس 1990", date(1990, 8, 4), "day"),
        ("4 كانون الثاني 1988", date(1988, 1, 4), "day"),
        ("20/11/26", date(2026, 11, 20), "day"),
        ("21/11/26", date(1926, 11, 21), "day"),
        ("29/2/00", date(2000, 2, 29), "day"),
        ("Mar 1988", date(1988, 3, 1), "month"),
        ("3/1988", date(1988, 3, 1), "month"),
        ("1988", date(1988, 1, 1), "year"),
        ("38y", date(1988, 11, 20), "estimated"),
        ("38", date(1988, 11, 20), "estimated"),
        ("٣٨ سنة", date(1988, 11, 20), "estimated"),
        ("سنتين", date(2024, 11, 20), "estimated"),
        ("8m", date(2026, 3, 20), "estimated"),
        ("8 أشهر", date(2026, 3, 20), "estimated"),
        ("3w", date(2026, 10, 30), "estimated"),
        ("9d", date(2026, 11, 11), "day"),
    ],
)
def test_reads(text, born_on, precision):
    assert birth.read(text, TODAY) == Birth(born_on, precision)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable"),
        ("abc", "unreadable"),
        ("30/2/1990", "unreadable"),
        ("3/24/1988", "unreadable"),
        ("1/2/3/4", "unreadable"),
        ("<script>", "unreadable"),
        ("21/11/2026", "future"),
        ("2027", "future"),
        ("200y", "too_old"),
        ("1/1/1800", "too_old"),
        ("9" * 40, "unreadable"),
    ],
)
def test_refuses(text, code):
    with pytest.raises(birth.Unreadable) as refused:
        birth.read(text, TODAY)
    assert refused.value.code == code


def test_an_age_counted_from_the_last_of_february_exists():
    assert birth.read("1y", date(2024, 2, 29)).born_on == date(2023, 2, 28)
    assert birth.read("1m", date(2026, 3, 31)).born_on == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("born_on", "precision", "shown", "typed"),
    [
        (date(1988, 3, 4), "day", "04-Mar-1988", "04 Mar 1988"),
        (date(1988, 3, 1), "month", "Mar-1988", "Mar 1988"),
        (date(1988, 1, 1), "year", "1988", "1988"),
        (date(1988, 11, 20), "estimated", "", "38y"),
        (date(2026, 3, 20), "estimated", "", "8m"),
        (None, "day", "", ""),
    ],
)
def test_written_and_typed_again(born_on, precision, shown, typed):
    assert birth.written(born_on, precision) == shown
    assert birth.typed(born_on, precision, TODAY) == typed
    if typed:
        assert birth.read(typed, TODAY) == Birth(born_on, precision)
