"""A doctor's name short enough for a column: `Dr Haddad`, `د. حداد`. Pure."""

from collections import Counter

from django.utils.translation import get_language_bidi

from clinic.display import formal_name, staff_name
from clinic.text import has_arabic

TITLES = frozenset(["dr", "prof", "د", "أ", "دكتور", "دكتورة", "الدكتور", "الدكتورة"])


def short_name(name):
    """The title and the family name; a name of one word stays as it is."""
    words = (name or "").split()
    title = words.pop(0) if words and words[0].rstrip(".").lower() in TITLES else ""
    if not words:
        return name or ""
    if has_arabic(name):
        family = words[-1]
    else:
        count = len(formal_name(" ".join(words)).partition(",")[0].split())
        family = " ".join(words[-count:])
    return f"{title} {family}".strip()


def short_names(doctors):
    """{doctor id: short name} in the interface's language; doctors who would look alike keep their whole names."""
    whole = {doctor.pk: staff_name(doctor) for doctor in doctors}
    short = {pk: short_name(name) for pk, name in whole.items()}
    times = Counter(short.values())
    return {pk: name if times[name] == 1 else whole[pk] for pk, name in short.items()}


def run(value):
    """A number, time or identifier inside a sentence: isolated as one left-to-right run in right-to-left languages."""
    return f"\u2066{value}\u2069" if get_language_bidi() else str(value)


def person(value):
    """A name inside a sentence: isolated, so that the other script does not turn its neighbours round."""
    return f"\u2068{value}\u2069" if get_language_bidi() else str(value)
