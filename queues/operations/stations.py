"""Making the places people are called to."""

from string import ascii_uppercase

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_lazy, override

from clinic import audit, live
from clinic.errors import Refused
from clinic.models import Clinic
from clinic.operation import operation
from queues.models import Station

_ = gettext_lazy


@operation
def add_station(*, clinic, by, kind, name, name_other_script="", room="", letter="", doctor=None):
    """Open a station; without a `letter` it gets the first free one. Refused `letter_taken` when two want the same."""
    Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
    station = Station(
        clinic=clinic,
        kind=kind,
        name=name,
        name_other_script=name_other_script,
        room=room,
        letter=letter or _free_letter(clinic, kind),
        doctor=doctor,
    )
    try:
        with transaction.atomic():
            station.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("Another station has this letter."), "letter_taken", field="letter") from error
    audit.record(by, "add_station", station, letter=station.letter, kind=str(kind))
    live.publish(clinic, "board", "desk")
    return station


@operation
def ensure_doctor_station(*, doctor, by=None):
    """The doctor's station, opened when there is none yet."""
    clinic = doctor.user.clinic
    found = Station.objects.active().filter(clinic=clinic, doctor=doctor, kind=Station.Kind.DOCTOR)
    return _first(clinic, found) or add_station(
        clinic=clinic,
        by=by,
        kind=Station.Kind.DOCTOR,
        name=doctor.name,
        name_other_script=doctor.name_other_script,
        room=doctor.room,
        doctor=doctor,
    )


@operation
def ensure_pharmacy_station(*, clinic, by=None):
    """The clinic's pharmacy station, opened when there is none yet."""
    found = _first(clinic, Station.objects.active().filter(clinic=clinic, kind=Station.Kind.PHARMACY).order_by("pk"))
    if found:
        return found
    with override("en"):
        english = gettext("Pharmacy")
    with override("ar"):
        arabic = gettext("Pharmacy")
    return add_station(clinic=clinic, by=by, kind=Station.Kind.PHARMACY, name=english, name_other_script=arabic)


def _first(clinic, stations):
    """The first of `stations`; only when there is none, look again with the clinic locked, so that one is made once."""
    found = stations.select_related("clinic").first()
    if found is None:
        Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk)
        found = stations.select_related("clinic").first()
    return found


def _free_letter(clinic, kind):
    taken = set(Station.objects.filter(clinic=clinic).values_list("letter", flat=True))
    wanted = {Station.Kind.PHARMACY: "P", Station.Kind.NURSE: "N", Station.Kind.CASHIER: "K"}.get(kind)
    if wanted and wanted not in taken:
        return wanted
    kept = set("PNKIO")  # the usual letters of other kinds, and two that are read as figures
    singles = [letter for letter in ascii_uppercase if letter not in kept]
    pairs = [first + second for first in ascii_uppercase for second in ascii_uppercase]
    return next(letter for letter in singles + pairs if letter not in taken)
