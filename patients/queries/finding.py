"""Patients as lists show them: found by a typed line, or likely to be the one just being registered."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from django.db.models import Case, IntegerField, Q, Value, When

from clinic import display
from clinic.access import CLINICAL
from clinic.text import sound_keys, words
from patients import phones
from patients.birth import written as born_text
from patients.models import Patient
from patients.search import STEP_LIMIT, closeness, matches
from patients.search import problems as with_problem

ROW = ("pk", "name", "name_other_script", "file_number", "sex", "born_on", "born_precision", "phone", "deceased_on")
LIKELIEST = 5  # who may be the one being registered


@dataclass(frozen=True)
class PatientRow:
    """A patient as lists show them."""

    pk: int
    name: str
    name_other_script: str
    file_number: str
    sex: str
    born_on: date | None
    born_precision: str
    phone: str
    deceased_on: date | None = None
    alike: bool = False

    @property
    def phone_last4(self):
        """The last four figures of the phone, "" when there are fewer."""
        figures = phones.digits(self.phone)
        return figures[-4:] if len(figures) >= 4 else ""

    @property
    def sex_text(self):
        """Sex in words."""
        return Patient.Sex(self.sex).label

    @property
    def born_text(self):
        """The birth date as far as it is known."""
        return born_text(self.born_on, self.born_precision)

    @property
    def age_text(self):
        """`38y`."""
        return display.age_text(self.born_on, self.deceased_on)


def _rows(queryset, limit):
    return [PatientRow(**values) for values in queryset.values(*ROW)[:limit]]


def find(text, *, user, limit=8):
    """Up to `limit` patients that `text` may mean, best first; only those `user` may see. `alike` marks namesakes.

    `text`: any part of the name in any order and either script, four or more figures of a phone, the file number,
    the national id, the birth date or the beginning of the e-mail.
    """
    patients = Patient.objects.current().visible_to(user)
    rows = _ranked(matches(text, today=user.clinic.today(), patients=patients), text, limit, enough=limit)
    alike = same_names(rows)
    return [replace(row, alike=True) if row.pk in alike else row for row in rows]


def best_ids(text, *, user, limit, patients):
    """The ids of up to `limit` of `patients` that `text` may mean, best first, as `find` finds them.

    Who may read such things also finds by an active problem. A vaguer meaning is asked for only while the surer ones
    have found few, so the answer, and its number, do not depend on the page that is shown of it.
    """
    steps = matches(text, today=user.clinic.today(), patients=patients)
    if user.has_role(*CLINICAL):
        steps = chain(steps, [with_problem(text, patients)])
    return [row.pk for row in _ranked(steps, text, limit, enough=STEP_LIMIT)]


def _ranked(steps, text, limit, *, enough):
    """The rows of querysets, the closest first inside each, until there are `enough`; at most `limit`."""
    found, close = {}, closeness(text)
    for step in steps:
        rows = [row for row in _rows(step, max(STEP_LIMIT, limit)) if row.pk not in found]
        found.update((row.pk, row) for row in sorted(rows, key=close))
        if len(found) >= enough:
            break
    return list(found.values())[:limit]


def candidates(name, born_on=None, phone="", *, country="", besides=None):
    """Patients who may be the one just being registered, likeliest first.

    Likely is: the first and last word sound the same; the same phone with one word that sounds the same; the same
    birth date with one such word. `besides` leaves one patient out (while editing).
    """
    keys = sound_keys(name or "")
    figures = phones.search_digits(phone or "", country).split(" ")[0]
    same_phone = Q(phone_digits__startswith=figures) if len(figures) >= 7 else None
    any_sound = Q(sound_keys__overlap=keys) if keys else None
    points = []
    if len(keys) >= 2:
        points.append((Q(sound_keys__contains=[keys[0], keys[-1]]), 2))
    if same_phone is not None:
        points.append((same_phone & any_sound if any_sound else same_phone, 2))
    if born_on and any_sound:
        points.append((Q(born_on=born_on) & any_sound, 2))
    if not points:
        return []
    patients = Patient.objects.current().exclude(pk=besides)
    found = {}
    for condition, _weight in points:
        score = sum(
            (
                Case(When(one, then=Value(weight)), default=Value(0), output_field=IntegerField())
                for one, weight in points
            ),
            Value(0),
        )
        step = patients.filter(condition).annotate(score=score)
        for row in step.values(*ROW, "score")[:STEP_LIMIT]:
            found[row["pk"]] = (row.pop("score"), PatientRow(**row))
    close = closeness(name)
    ranked = sorted(found.values(), key=lambda pair: (-pair[0], _years_apart(pair[1], born_on), close(pair[1])))
    return [row for _score, row in ranked[:LIKELIEST]]


def likely_duplicates(name, born_on=None, phone="", *, country=""):
    """Those of `candidates` that a program should not pass over: the same phone or birth date beside a word that
    sounds alike, or the same name where the birth dates do not speak against it (two years).
    """
    figures = phones.search_digits(phone or "", country).split(" ")[0]
    typed = sorted(words(name or ""))
    return [
        row
        for row in candidates(name, born_on, phone, country=country)
        if _same_phone(row, figures, country)
        or (born_on and row.born_on == born_on)
        or (typed in _names_of(row) and _years_apart(row, born_on) <= 731)
        or (typed in _names_of(row) and not (born_on and row.born_on))
    ]


def _same_phone(row, figures, country):
    return len(figures) >= 7 and phones.search_digits(row.phone, country).split(" ")[0] == figures


def _names_of(row):
    return [sorted(words(own)) for own in (row.name, row.name_other_script) if own]


def _years_apart(row, born_on):
    return abs((row.born_on - born_on).days) if row.born_on and born_on else 40_000


def same_names(patients):
    """The ids of those in the list whose names look or sound like another's (first and last word), in either script."""
    seen, alike = {}, set()
    for patient in patients:
        for name in filter(None, (patient.name, patient.name_other_script)):
            keys = sound_keys(name)
            mark = (keys[0], keys[-1]) if keys else (name,)
            if seen.setdefault(mark, patient.pk) != patient.pk:
                alike.update((seen[mark], patient.pk))
    return alike


def list_page(text, *, user):
    """The patients of the list screen: the newest files, or what `text` finds (at most 50)."""
    if text.strip():
        return find(text, user=user, limit=50)
    newest = Patient.objects.current().visible_to(user).order_by("-pk")
    return [PatientRow(**values) for values in newest.values(*ROW)[:50]]


def row(patient):
    """One patient as lists show them."""
    return PatientRow(**{name: getattr(patient, name) for name in ROW})
