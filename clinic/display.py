"""How names, ages, days, hours and amounts are written on a screen: pure functions, no markup.

Source of the forms: NHS Common User Interface (patient banner, NID-0001, D+Ta-0002 to 0010, D+Tb-0001).
"""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext

from clinic import money
from clinic.text import has_arabic

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTICLES = frozenset(
    [
        "al",
        "el",
        "abu",
        "abo",
        "abd",
        "abdul",
        "abdel",
        "bin",
        "ben",
        "ibn",
        "bint",
        "bu",
        "umm",
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "do",
        "dos",
        "la",
        "le",
        "st",
    ]
)


def _pick(thing, *, other=False):
    """The name in the interface's script, or with `other` the one in the other script ("" when there is none)."""
    first, second = thing.name, getattr(thing, "name_other_script", "")
    wants_arabic = (get_language() or "en").startswith("ar")
    if second and has_arabic(first) != wants_arabic:
        first, second = second, first
    return second if other else first


def formal_name(name):
    """A Latin name as `AL-HASSAN, Layla`; an Arabic name, one word or a name with a comma stays as it is.

    The family name is the last word with the particles that belong to it (al, bin, van der).
    """
    words = (name or "").split()
    if len(words) < 2 or has_arabic(name) or "," in name:
        return " ".join(words)
    start = len(words) - 1
    while start > 0 and words[start - 1].lower().strip("'’-.") in _PARTICLES:
        start -= 1
    family, given = " ".join(words[start:]).upper(), " ".join(words[:start])
    return f"{family}, {given}" if given else family


def patient_name(thing, *, other=False):
    """A patient's name as lists and banners write it; see `formal_name`."""
    return formal_name(_pick(thing, other=other))


def staff_name(thing, *, other=False):
    """A member of staff's name in natural order, in the interface's script."""
    return _pick(thing, other=other)


def age_text(born_on, on=None):
    """`38y`; months under two years, days under four weeks (CUI). Empty when the birth date is not known."""
    if born_on is None:
        return ""
    on = on or timezone.localdate()
    months = (on.year - born_on.year) * 12 + on.month - born_on.month - (on.day < born_on.day)
    if months >= 24:
        count = months // 12
        return ngettext("%(count)sy", "%(count)sy", count) % {"count": count}
    days = max((on - born_on).days, 0)
    if days >= 28:
        count = max(months, 1)
        return ngettext("%(count)sm", "%(count)sm", count) % {"count": count}
    return ngettext("%(count)sd", "%(count)sd", days) % {"count": days}


def _local(moment):
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def day_text(day):
    """`20-Nov-2026`, whatever the language or the browser says; a moment is taken on the clinic's clock."""
    if isinstance(day, datetime):
        day = _local(day).date()
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year:04d}"


def weekday_text(day):
    """The short name of the day of the week in the interface's language."""
    if isinstance(day, datetime):
        day = _local(day).date()
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[day.weekday()]


def clock_text(moment):
    """`09:05`, 24 hours, on the clinic's clock."""
    if isinstance(moment, datetime):
        moment = _local(moment)
    elif isinstance(moment, date):
        return ""
    return f"{moment.hour:02d}:{moment.minute:02d}"


def amount_text(value, currency=None, *, bare=False):
    """`1,250.00 SAR`: the currency's own decimals, comma at thousands, digits 0-9 in every language."""
    figures = f"{money.quantize(value, currency):,f}" if currency else f"{value:,}"
    return figures if bare or not currency else f"{figures} {currency}"
