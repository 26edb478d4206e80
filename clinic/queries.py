"""What the ground's own pages need."""

from collections import Counter
from datetime import datetime, time, timedelta

from clinic.models import AuditEvent, User
from clinic.text import fold, sound_keys, words

PAGE = 50


def audit_rows(clinic, *, who=None, action="", patients=None, result="", first=None, last=None):
    """The audit entries of `clinic` that fit, newest first. `patients`: ids of one person's files.

    `first` and `last` are days on the clinic's clock.
    """
    rows = AuditEvent.objects.filter(clinic=clinic).select_related("user", "clinic")
    exact = {"user_id": who, "action": action, "result": result}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if patients is not None:
        rows = rows.filter(patient_id__in=patients)
    if first:
        rows = rows.filter(at__gte=datetime.combine(first, time.min, tzinfo=clinic.zone))
    if last:
        rows = rows.filter(at__lt=datetime.combine(last + timedelta(days=1), time.min, tzinfo=clinic.zone))
    return rows.order_by("-pk")


def audit_events(clinic, *, before=None, **wanted):
    """The newest of `audit_rows`, one page and one more (which says that there are older ones).

    `before` is the id under which the page begins. No counting: the trail grows for ten years.
    """
    rows = audit_rows(clinic, **wanted)
    if before:
        rows = rows.filter(pk__lt=before)
    return list(rows[: PAGE + 1])


def staff_of(clinic):
    """Everybody who has or had an account in `clinic`, by name."""
    return User.objects.filter(clinic=clinic).order_by("name")


def doctors_named(rows, text="", specialty=""):
    """The ids of those of the Doctor queryset `rows` whose name answers `text` and who have `specialty`.

    Names: every typed word begins a word of the name in either script, or sounds like one. A clinic has tens of
    doctors, so this is decided here and not by the database.
    """
    typed = [(word, sound_keys(word)) for word in words(text)]
    wanted = fold(specialty)
    found = []
    for pk, name, other, specialties in rows.values_list("pk", "user__name", "user__name_other_script", "specialties"):
        own = [*words(name), *words(other)]
        keys = {*sound_keys(name), *sound_keys(other), *(key for word in own for key in sound_keys(word))}
        fits = all(any(mine.startswith(word) for mine in own) or set(key) & keys for word, key in typed)
        if fits and (not wanted or wanted in map(fold, specialties_of(specialties))):
            found.append(pk)
    return found


def specialties_of(line):
    """The specialties in the stored line of a doctor, as a list."""
    return [part.strip() for part in line.replace("،", ",").split(",") if part.strip()]


def specialties(rows):
    """What the doctors of the queryset `rows` are good at, as [{name, doctors}] by name."""
    counted = Counter(
        word for line in rows.values_list("specialties", flat=True) for word in dict.fromkeys(specialties_of(line))
    )
    return [{"name": name, "doctors": counted[name]} for name in sorted(counted)]
