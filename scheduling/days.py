"""A typed day: `23/11`, `23-Nov-2026`, `2026-11-23`, `+3d`, `+2w`, in any keyboard's digits. Pure."""

import re
from datetime import date, timedelta

from clinic.display import MONTHS
from clinic.text import to_western_digits

_MONTHS = {name.lower(): number for number, name in enumerate(MONTHS, start=1)}
_STEP = {"d": 1, "w": 7, "ي": 1, "س": 7}
FURTHEST = 5 * 366  # days: beyond it the year was mistyped


def parse_day(text, today):
    """The day that `text` means, seen from `today`; None when it means none or lies over five years away.

    Day before month. Without a year, the next time that this day comes.
    """
    text = to_western_digits(text or "").strip().lower()
    found = _relative(text, today) or _iso(text) or _written(text, today)
    return found if found and abs((found - today).days) <= FURTHEST else None


def _relative(text, today):
    match = re.fullmatch(r"([+-]?)\s*(\d{1,4})\s*([dwيس])", text)
    if not match:
        return None
    days = int(match[2]) * _STEP[match[3]] * (-1 if match[1] == "-" else 1)
    return today + timedelta(days=days) if abs(days) <= FURTHEST else None


def _iso(text):
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    return _date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _written(text, today):
    match = re.fullmatch(r"(\d{1,2})[\s/.-]+(\d{1,2}|[a-z]{3,9})(?:[\s/.-]+(\d{4}|\d{2}))?", text)
    if not match:
        return None
    month = int(match[2]) if match[2].isdigit() else _MONTHS.get(match[2][:3], 0)
    if match[3]:
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        return _date(year, month, int(match[1]))
    for year in range(today.year, today.year + 9):
        found = _date(year, month, int(match[1]))
        if found and found >= today:
            return found
    return None


def _date(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None
