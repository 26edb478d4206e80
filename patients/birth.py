"""What a desk writes into one field for a birth date or an age, and what it means. Pure: `today` is given.

Days come before months. A year of two figures is the latest one that does not lie in the future. An age is kept as
the birth date that makes the person exactly that old today, marked as estimated.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from clinic import display
from clinic.text import fold

OLDEST = 125
_MONTHS = (
    ("jan", "يناير", "كانون الثاني", "جانفي"), ("feb", "فبراير", "شباط", "فيفري"), ("mar", "مارس", "اذار"),
    ("apr", "ابريل", "نيسان", "افريل"), ("may", "مايو", "ايار", "ماي"), ("jun", "يونيو", "حزيران", "جوان"),
    ("jul", "يوليو", "تموز", "جويليه"), ("aug", "اغسطس", "اب", "اوت"), ("sep", "سبتمبر", "ايلول"),
    ("oct", "اكتوبر", "تشرين الاول"), ("nov", "نوفمبر", "تشرين الثاني"), ("dec", "ديسمبر", "كانون الاول"),
)  # fmt: skip
_UNITS = {
    "y": {"y", "yr", "yrs", "year", "years", "yo", "سنه", "سنوات", "سنين", "عام", "عاما", "اعوام", "س"},
    "m": {"m", "mo", "mth", "mths", "month", "months", "شهر", "شهرا", "اشهر", "شهور", "ش"},
    "w": {"w", "wk", "wks", "week", "weeks", "اسبوع", "اسبوعا", "اسابيع"},
    "d": {"d", "day", "days", "يوم", "يوما", "ايام"},
}
_PAIRS = {
    "سنتان": "2 y",
    "سنتين": "2 y",
    "عامين": "2 y",
    "شهران": "2 m",
    "شهرين": "2 m",
    "اسبوعين": "2 w",
    "يومين": "2 d",
}


class Unreadable(ValueError):
    """The text is no birth date or age; `code` is unreadable, future or too_old."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Birth:
    """A birth date and how precisely it is known (values of Patient.Precision)."""

    born_on: date
    precision: str


def read(text, today):
    """What `text` means on the day `today`; raises Unreadable. See the module's docstring for the rules."""
    words = _words(text)
    found = _age(words, today) or _date(words, today)
    if found is None:
        raise Unreadable("unreadable")
    if found.born_on > today:
        raise Unreadable("future")
    if today.year - found.born_on.year > OLDEST:
        raise Unreadable("too_old")
    return found


def _words(text):
    folded = fold(text)
    for pair, meaning in _PAIRS.items():
        folded = re.sub(rf"\b{pair}\b", meaning, folded)
    for number, names in enumerate(_MONTHS, start=1):
        for name in names:
            tail = "[a-z]*" if name.isascii() else ""
            folded = re.sub(rf"(?<![^\W\d_]){name}{tail}(?![^\W\d_])", f" #{number} ", folded)
    return re.findall(r"#?\d+|[^\W\d_]+", folded)


def _age(words, today):
    if len(words) == 1 and words[0].isdigit() and len(words[0]) <= 3:
        words = [words[0], "y"]
    if len(words) != 2 or not words[0].isdigit() or len(words[0]) > 4:
        return None
    unit = next((unit for unit, names in _UNITS.items() if words[1] in names), None)
    if unit is None:
        return None
    count = int(words[0])
    if count > {"y": OLDEST, "m": OLDEST * 12, "w": 500, "d": 3700}[unit]:
        raise Unreadable("too_old")
    if unit in "wd":
        days = count * 7 if unit == "w" else count
        return Birth(today - timedelta(days=days), "day" if unit == "d" else "estimated")
    return Birth(_months_before(today, count * 12 if unit == "y" else count), "estimated")


def _months_before(day, months):
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise Unreadable("unreadable")


def _date(words, today):
    if len(words) == 1 and words[0].isdigit() and len(words[0]) == 8:
        text = words[0]
        words = (
            [text[:4], text[4:6], text[6:]]
            if text[:2] in ("19", "20") and int(text[2:4]) > 12
            else [text[:2], text[2:4], text[4:]]
        )
    if not 1 <= len(words) <= 3 or not all(word.lstrip("#").isdigit() for word in words):
        return None
    try:
        if len(words) == 3:
            return Birth(_whole_date(words, today), "day")
        if len(words) == 2:
            return _month_and_year(words, today)
        return Birth(date(int(words[0]), 1, 1), "year") if len(words[0]) == 4 and words[0].isdigit() else None
    except ValueError:
        return None


def _whole_date(words, today):
    if len(words[0]) == 4 and words[0].isdigit():
        words = list(reversed(words))
    if words[0].startswith("#"):
        words = [words[1], words[0], words[2]]
    day, month, year = words
    return _not_ahead(year, int(month.lstrip("#")), int(day), today)


def _month_and_year(words, today):
    month, year = reversed(words) if len(words[0]) == 4 and words[0].isdigit() else words
    if not month.startswith("#") and len(year) != 4:
        return None
    return Birth(_not_ahead(year, int(month.lstrip("#")), 1, today), "month")


def _not_ahead(year, month, day, today):
    """The date, a year of two figures being the latest that is not in the future; ValueError when there is none."""
    if not year.isdigit() or len(year) not in (2, 4):
        raise ValueError(year)
    if len(year) == 4:
        return date(int(year), month, day)
    century = today.year // 100 * 100
    try:
        found = date(century + int(year), month, day)
    except ValueError:  # 29 February of another century
        return date(century - 100 + int(year), month, day)
    return found if found <= today else date(century - 100 + int(year), month, day)


def written(born_on, precision):
    """`04-Mar-1988`, `Mar-1988` or `1988`, as far as it is known; "" when only an age was given."""
    if born_on is None or precision == "estimated":
        return ""
    if precision == "year":
        return f"{born_on.year:04d}"
    whole = display.day_text(born_on)
    return whole[3:] if precision == "month" else whole


def typed(born_on, precision, today):
    """What one would type to get this birth date: `04 Mar 1988`, `Mar 1988`, `1988`, `38y`, `8m`; "" for none."""
    if born_on is None:
        return ""
    if precision != "estimated":
        return written(born_on, precision).replace("-", " ")
    months = (today.year - born_on.year) * 12 + today.month - born_on.month - (today.day < born_on.day)
    return f"{months // 12}y" if months >= 24 else f"{max(months, 0)}m"
