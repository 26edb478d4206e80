"""Stations, tokens and stays for tests."""

from itertools import count

from clinic.access import Role
from patients.models import Patient
from queues import operations
from queues.models import Station
from tests.factories import clinic as people

_numbers = count(1)


def patient(**fields):
    """The smallest valid patient, made past the operations of its own app."""
    defaults = {"name": "Layla Hassan", "file_number": f"Q{next(_numbers):06d}", "phone": "0501234567"}
    return Patient.objects.create(**{**defaults, **fields})


def station(*, clinic, kind=Station.Kind.NURSE, letter="A", room="3", **fields):
    """A station people are called to; a nurse's unless told otherwise."""
    defaults = {"name": f"Station {letter}", "kind": kind, "letter": letter, "room": room}
    return Station.objects.create(clinic=clinic, **{**defaults, **fields})


def doctor_station(*, doctor, letter="D"):
    """The station of a doctor."""
    fields = {"name": doctor.name, "doctor": doctor, "room": doctor.room}
    return Station.objects.create(clinic=doctor.user.clinic, kind=Station.Kind.DOCTOR, letter=letter, **fields)


def entry(*, station, by=None, patient=None, **fields):
    """Somebody who has just joined the line of `station`."""
    by = by or people.user(Role.RECEPTION, clinic=station.clinic)
    token = operations.issue_token(clinic=station.clinic, letter=station.letter, patient=patient, by=by)
    return operations.join(token=token, station=station, by=by, **fields)
