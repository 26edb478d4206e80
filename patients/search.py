"""How a patient is found: the meanings of one typed line, tried from the surest to the vaguest.

Names are matched word by word in any order and either script: whole words, then words that begin so, then words
that sound so. Each step asks one index and stops at a bounded number of rows, so that a million files answer fast.
"""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func, Q, Value
from django.db.models.functions import Coalesce, Lower

from clinic.text import fold, has_arabic, sounded, to_western_digits, words
from patients import birth, file_number, phones
from patients.models import Condition, Patient
from patients.names import SOUND

STEP_LIMIT = 60


class Answers(Func):
    """True where an array of terms answers a tsquery; written so that the index on those terms is used."""

    template = "array_to_tsvector((%(expressions)s)::text::tsquery"
    arg_joiner = ")::text[]) @@ ("
    output_field = BooleanField()


def _begins(term):
    return f"'{term}':*"


def _asks(query):
    """Rows whose search terms answer a tsquery made of folded words and keys (letters and figures only)."""
    return Answers("search_terms", Value(query))


def matches(text, *, today, patients=None):
    """Yield querysets for `text`, surest first. Empty for a text too short to mean anything."""
    patients = Patient.objects.current() if patients is None else patients
    text = " ".join(to_western_digits(text).split())[:200]
    if "@" in text:
        yield _mail(text, patients)
        return
    yield from _numbers(text, today, patients)
    letters = [part for part in fold(text).split() if not part.isdigit()]
    if any(len(part) > 1 for part in letters):
        yield from _names(letters, _beside(text, patients))


def _numbers(text, today, patients):
    """What a line with figures may be: file number, national id, a day of birth, part of a phone."""
    figures = phones.digits(text)
    if not figures:
        return
    exact, number = Q(national_id=text), file_number.parse(text)
    if number:
        # The number on an old card leads to the file in use.
        named = Patient.objects.filter(file_number=number).values(root=Coalesce("merged_into", "pk"))
        exact |= Q(pk__any_of=ArraySubquery(named))
    yield patients.filter(exact)
    if any(c.isalpha() for c in text) and not any(mark in text for mark in "/-. "):
        return
    born = _born(text, today)
    if born:
        yield patients.filter(born_on=born)
    if len(figures) >= phones.GRAM and not any(c.isalpha() for c in text):
        yield patients.filter(phone_grams__contains=phones.grams(figures))
        if text.startswith("00"):
            yield patients.filter(phone_grams__contains=phones.grams(figures[2:]))


def _mail(text, patients):
    """E-mail addresses that begin so."""
    return patients.exclude(email="").alias(mail=Lower("email")).filter(mail__startswith=text.lower())


def problems(text, patients):
    """Files with an active problem whose words, or whose code, begin so; nobody for a text too short to ask."""
    terms = fold(text[:200]).split()
    if not any(len(term) > 2 for term in terms):
        return patients.none()
    asked = _asks(" & ".join(_begins(term) for term in terms))
    having = Condition.objects.filter(asked, state=Condition.State.ACTIVE)
    # Two questions, because one that asks each file where it leads reads every patient who ever had the problem.
    merged = having.filter(patient__merged_into__isnull=False).values("patient__merged_into")
    return patients.filter(pk__in=having.values("patient").union(merged, all=True))


def _born(text, today):
    try:
        found = birth.read(text, today)
    except birth.Unreadable:
        return None
    return found.born_on if found.precision == "day" and not text.isdigit() or len(text) == 8 else None


def _beside(text, patients):
    """Figures beside a name narrow it: a year of birth, or part of the phone."""
    for figures in (part for part in text.split() if part.isdigit() and len(part) >= phones.GRAM):
        meaning = Q(phone_grams__contains=phones.grams(figures))
        if len(figures) == 4 and figures[:2] in ("19", "20"):
            meaning |= Q(born_on__range=(date(int(figures), 1, 1), date(int(figures), 12, 31)))
        patients = patients.filter(meaning)
    return patients


def _names(letters, patients):
    plain = words(" ".join(letters))
    yield patients.filter(name_words__contains=plain)
    yield patients.filter(_asks(" & ".join(_begins(word) for word in plain)))
    yield patients.filter(_asks(" & ".join(_sounds(parts, key) for parts, key in sounded(" ".join(letters)))))


def _sounds(parts, key):
    """A word begins so or sounds so: people spell one word differently and cut another short."""
    begun = " & ".join(_begins(part) for part in parts)
    if not key:
        return f"({begun})"
    # One consonant says too little to begin a word with.
    sound = _begins(SOUND + key) if len(key) > 1 else f"'{SOUND}{key}'"
    return f"(({begun}) | {sound})"


def closeness(text):
    """How well a row's name answers `text`, as a function of the row, smaller is better: the order inside one step."""
    typed, arabic = words(text), has_arabic(text)

    def of(row):
        own = [words(row.name), words(row.name_other_script)]
        both = own[0] + own[1]
        exact = sum(word in both for word in typed)
        begun = sum(any(name.startswith(word) for name in both) for word in typed)
        first = any(mine and typed and mine[0].startswith(typed[0]) for mine in own)
        same_script = arabic == has_arabic(row.name)
        return (-exact, -begun, not first, not same_script, len(both), row.name)

    return of
