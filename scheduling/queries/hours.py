"""The hours doctors keep as rows, and the bookings that stand in the way of a change to them."""

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q
from django.utils import timezone

from scheduling.models import Appointment, Availability, AvailabilityException

OPEN = (Appointment.State.PENDING, Appointment.State.CONFIRMED)


def hours_of(doctor, clinic):
    """The hours of `doctor` that hold today or later, by weekday and time."""
    rows = Availability.objects.standing().filter(clinic=clinic, doctor=doctor)
    current = rows.filter(Q(valid_until=None) | Q(valid_until__gte=clinic.today()))
    return current.select_related("doctor", "clinic").order_by("weekday", "start_time", "pk")


def exceptions_of(doctor, clinic):
    """The absences and added sessions of `doctor` that are not over, by time."""
    rows = AvailabilityException.objects.standing().filter(clinic=clinic, doctor=doctor, ends_at__gt=timezone.now())
    return rows.select_related("doctor", "clinic").order_by("starts_at", "pk")


def bookings_to_come(doctor):
    """The appointments of `doctor` that are only booked and not over."""
    return (
        Appointment.objects.filter(doctor=doctor, state__in=OPEN, during__endswith__gt=timezone.now())
        .select_related("patient", "doctor__user", "clinic")
        .order_by("during", "pk")
    )


def in_the_way(exception):
    """The bookings that lie in an absence and must be moved, or that hang on an added session."""
    span = DateTimeTZRange(exception.starts_at, exception.ends_at)
    return bookings_to_come(exception.doctor).filter(during__overlap=span)


def hanging_on(availability):
    """The bookings that lie in weekly hours after these were ended; before that, all bookings that lie in them."""
    rows = bookings_to_come(availability.doctor).filter(
        wall_date__iso_week_day=availability.weekday + 1,
        wall_time__gte=availability.start_time,
        wall_time__lt=availability.end_time,
    )
    if availability.valid_from:
        rows = rows.filter(wall_date__gte=availability.valid_from)
    if availability.removed_at:
        return rows.filter(wall_date__lte=availability.valid_until) if availability.valid_until else rows
    if availability.valid_until and availability.valid_until < availability.clinic.today():
        return rows.filter(wall_date__gt=availability.valid_until)
    return rows


def counted_in_the_way(exceptions):
    """{exception id: bookings in it} for exceptions of one doctor, in one query."""
    exceptions = list(exceptions)
    if not exceptions:
        return {}
    low = min(exception.starts_at for exception in exceptions)
    high = max(exception.ends_at for exception in exceptions)
    rows = bookings_to_come(exceptions[0].doctor).filter(during__overlap=DateTimeTZRange(low, high))
    taken = list(rows.values_list("during", flat=True))
    return {
        exception.pk: sum(d.lower < exception.ends_at and exception.starts_at < d.upper for d in taken)
        for exception in exceptions
    }


def booked_times(patient_ids, clinic):
    """{patient id: the wall time of the first booking of today that is still to come in}, in one query."""
    rows = (
        Appointment.objects.filter(clinic=clinic, patient__in=list(patient_ids), state__in=OPEN)
        .for_day(clinic.today())
        .order_by("-during")
        .values_list("patient", "wall_time")
    )
    return dict(rows)
