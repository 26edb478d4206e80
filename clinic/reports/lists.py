"""Lists over days: visits, moves of stock, the audit trail, and the last thirty days in figures."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from billing.models import Payment, Refund
from clinic import queries
from patients.models import Patient
from pharmacy.models import StockMove
from scheduling.models import Appointment
from visits.models import Visit

DAYS = 30


def visit_history(clinic, *, patient=None, doctor=None, status=None, first=None, last=None):
    """Visits of `clinic`, newest first, without a clinical word: who, with whom, when, and what was billed.

    `patient`, `doctor` are ids or rows; `first` and `last` are days on the clinic's clock.
    """
    rows = Visit.objects.filter(clinic=clinic).select_related("clinic", "patient", "doctor__user", "invoice")
    rows = rows.filter(**given(patient__in=files_of(patient), doctor=doctor, state=status))
    return between(rows, clinic, "started_at", first, last).order_by("-pk")


def stock_movements(clinic, *, medicine=None, batch=None, kind=None, first=None, last=None):
    """Moves of stock of `clinic`, newest first, signed quantities in base units."""
    rows = StockMove.objects.filter(clinic=clinic).select_related("medicine", "batch", "by")
    rows = rows.filter(**given(medicine=medicine, batch=batch, kind=kind))
    return between(rows, clinic, "at", first, last).order_by("-pk")


def audit_log(clinic, *, user=None, action="", patient=None, result="", first=None, last=None):
    """The trail of `clinic`, newest first."""
    return queries.audit_rows(
        clinic, who=user, action=action, patients=files_of(patient), result=result, first=first, last=last
    )


def month(clinic, last, doctor=None):
    """The thirty days up to `last` as dicts of a day's figures, oldest first; of `doctor` alone when given.

    {date, visits, patients, appointments, no_shows, income, refunded, new_patients (None for a doctor)};
    five queries.
    """
    first = last - timedelta(days=DAYS - 1)
    own = {"doctor": doctor} if doctor else {}
    days = {first + timedelta(days=number): blank(doctor) for number in range(DAYS)}
    seen = between(Visit.objects.filter(clinic=clinic, **own), clinic, "started_at", first, last)
    seen = seen.exclude(state=Visit.State.CANCELLED).annotate(day=TruncDate("started_at", tzinfo=clinic.zone))
    put(days, seen.values("day").annotate(visits=Count("pk"), patients=Count("patient", distinct=True)))
    booked = Appointment.objects.filter(clinic=clinic, wall_date__range=(first, last), **own).values("wall_date")
    booked = booked.exclude(state=Appointment.State.CANCELLED)
    missed = Count("pk", filter=Q(state=Appointment.State.MISSED))
    put(days, booked.annotate(appointments=Count("pk"), no_shows=missed), "wall_date")
    paid = Payment.objects.filter(clinic=clinic, day__range=(first, last))
    paid = paid.filter(invoice__visit__doctor=doctor) if doctor else paid
    put(days, paid.values("day").annotate(income=Sum("amount")))
    back = Refund.objects.filter(clinic=clinic, day__range=(first, last))
    back = back.filter(invoice__visit__doctor=doctor) if doctor else back
    put(days, back.values("day").annotate(refunded=Sum("amount")))
    if doctor is None:
        made = between(Patient.objects.all(), clinic, "created_at", first, last)
        made = made.annotate(day=TruncDate("created_at", tzinfo=clinic.zone)).values("day")
        put(days, made.annotate(new_patients=Count("pk")))
    for figures in days.values():
        figures |= {name: clinic.round(figures[name]) for name in ("income", "refunded")}
    return [{"date": day, **figures} for day, figures in days.items()]


def blank(doctor):
    """A day on which nothing happened."""
    counts = dict.fromkeys(("visits", "patients", "appointments", "no_shows"), 0)
    return {**counts, "income": Decimal(0), "refunded": Decimal(0), "new_patients": None if doctor else 0}


def put(days, rows, key="day"):
    """Write grouped figures to their days."""
    for row in rows.order_by(key):
        day = row.pop(key)
        days[day].update(row)


def files_of(patient):
    """The ids of every file of the person whose file (an id or a row) is given; None for nobody in particular."""
    return Patient.objects.family_ids(getattr(patient, "pk", patient)) if patient else None


def given(**filters):
    """The filters that were given."""
    return {name: value for name, value in filters.items() if value not in (None, "")}


def between(rows, clinic, field, first, last):
    """`rows` whose moment `field` lies on the days `first` to `last` of the clinic's clock; None leaves a side open."""
    if first:
        rows = rows.filter(**{f"{field}__gte": datetime.combine(first, time.min, tzinfo=clinic.zone)})
    if last:
        end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=clinic.zone)
        rows = rows.filter(**{f"{field}__lt": end})
    return rows
