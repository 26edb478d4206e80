"""Hours and appointments for tests."""

from datetime import datetime, time, timedelta

from clinic.access import Role
from scheduling import operations
from scheduling.models import Availability, AvailabilityException
from tests.factories import clinic as ground
from tests.factories import queues as line_factories


def hours(*, doctor, clinic, weekdays=range(7), start="00:00", end="23:59", slot_minutes=15, **fields):
    """The doctor's weekly hours; every day around the clock unless said otherwise."""
    rows = [
        Availability(
            clinic=clinic,
            doctor=doctor,
            weekday=weekday,
            start_time=time.fromisoformat(start),
            end_time=time.fromisoformat(end),
            slot_minutes=slot_minutes,
            **fields,
        )
        for weekday in weekdays
    ]
    return Availability.objects.bulk_create(rows)


def away(*, doctor, clinic, starts_at, ends_at, reason="leave"):
    """An absence of the doctor."""
    return AvailabilityException.objects.create(
        clinic=clinic, doctor=doctor, starts_at=starts_at, ends_at=ends_at, reason=reason
    )


def morrow(clinic, text="09:00", days=1):
    """A wall time of a coming day, as an instant."""
    day = clinic.today() + timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(text), tzinfo=clinic.zone)


def next_slot(clinic, minutes=15):
    """The start of the next quarter of an hour that lies wholly in today, or the last one of today."""
    now = clinic.now()
    start = now.replace(minute=now.minute // minutes * minutes, second=0, microsecond=0) + timedelta(minutes=minutes)
    return start if start.date() == now.date() else start - timedelta(minutes=minutes)


def appointment(*, clinic, doctor, patient=None, by=None, starts_at=None, **fields):
    """A booked appointment, made by the operation; tomorrow at 09:00 unless said otherwise."""
    by = by or ground.user(Role.RECEPTION, clinic=clinic)
    return operations.book(
        clinic=clinic,
        patient=patient or line_factories.patient(),
        doctor=doctor,
        starts_at=starts_at or morrow(clinic),
        by=by,
        **fields,
    )
