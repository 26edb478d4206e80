"""The day in figures, and the rows behind each figure. On the roof: it reads every floor and changes nothing."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from statistics import median

from django.db.models import Count, F, Sum
from django.utils.translation import gettext_lazy as _

from billing import queries as billing
from billing.models import Payment, Refund
from clinic.models import Doctor
from pharmacy.models import Dispense, Stock
from pharmacy.queries import stock_counts
from queues.models import Entry, Station
from scheduling.models import Appointment
from visits.models import Visit

MOST_ROWS = 200


@dataclass
class DoctorDay:
    """One doctor's share of the day."""

    doctor: Doctor
    visits: int = 0
    waiting: int = 0
    waits: list = field(default_factory=list)
    no_shows: int = 0
    income: Decimal = Decimal(0)

    @property
    def median_wait(self):
        """Minutes, None while nobody was called."""
        return minutes_of(self.waits)


@dataclass
class DayFigures:
    """What a manager wants to know of one day; waits in minutes, money in the clinic's currency."""

    day: object
    is_today: bool
    patients: int
    visits: int
    open_visits: int
    visits_before: int
    waiting: int
    median_wait: int | None
    ninth_wait: int | None
    booked: int
    no_shows: int
    income: Decimal
    income_before: Decimal
    payments: int
    methods: list
    refunded: Decimal
    doctors: list
    other_income: Decimal | None = None
    unpaid: Decimal | None = None
    unpaid_count: int | None = None
    dispensed: int | None = None
    low_stock: int | None = None
    expiring: int | None = None

    @property
    def visits_change(self):
        """Visits more (or fewer) than at this hour a week ago."""
        return self.visits - self.visits_before

    @property
    def income_change(self):
        """Income more (or less) than at this hour a week ago."""
        return self.income - self.income_before

    @property
    def most_visits(self):
        """The largest number of visits of one doctor, for the bars."""
        return max((row.visits for row in self.doctors), default=0)


def minutes_of(waits):
    """The median of some waits in whole minutes; None of none."""
    return round(median(waits)) if waits else None


def bounds(clinic, day):
    """The first moment of `day` on the clinic's clock and the first of the next."""
    start = datetime.combine(day, time.min, tzinfo=clinic.zone)
    return start, datetime.combine(day + timedelta(days=1), time.min, tzinfo=clinic.zone)


def day_figures(clinic, day, doctor=None):
    """The figures of `day`; twelve queries, whatever its size.

    With `doctor` only what that doctor did, waited for and earned: what belongs to the house is then None.
    """
    start, end = bounds(clinic, day)
    own = {"doctor": doctor} if doctor else {}
    visits = list(visits_of(clinic, start, end, **own).values_list("doctor_id", "patient_id", "state"))
    stays = doctor_stays(clinic, day, **own)
    entries = list(stays.values_list("station__doctor_id", "state", "joined_at", "called_at"))
    bookings = list(Appointment.objects.filter(clinic=clinic, **own).for_day(day).values_list("doctor_id", "state"))
    methods = own_income(clinic, day, doctor) if doctor else billing.day_income(clinic, day)
    by_doctor = dict(income_by_doctor(clinic, day))
    doctors = doctor_rows(clinic, visits, entries, bookings, by_doctor)
    waits = [_minutes(joined, called) for _doctor, _state, joined, called in entries if called]
    week_ago = before(clinic, start, min(end, clinic.now()), doctor)
    return DayFigures(
        day=day,
        is_today=day == clinic.today(),
        patients=len({patient for _doctor, patient, _state in visits}),
        visits=len(visits),
        open_visits=sum(state == Visit.State.OPEN for _doctor, _patient, state in visits),
        visits_before=week_ago[0],
        waiting=sum(state == Entry.State.WAITING for _doctor, state, _joined, _called in entries),
        median_wait=minutes_of(waits),
        ninth_wait=_ninth(waits),
        booked=sum(state != Appointment.State.CANCELLED for _doctor, state in bookings),
        no_shows=sum(state == Appointment.State.MISSED for _doctor, state in bookings),
        income=sum((row.amount for row in methods), Decimal(0)),
        income_before=week_ago[1],
        payments=sum(row.count for row in methods),
        methods=methods,
        refunded=sum((row.refunded for row in methods), Decimal(0)),
        doctors=[row for row in doctors if doctor is None or row.doctor == doctor],
        **({} if doctor else house_figures(clinic, start, end)),
        other_income=None if doctor else by_doctor.get(None, Decimal(0)),
    )


def house_figures(clinic, start, end):
    """What belongs to no doctor: open bills of all days, medicine handed over, shelves that want looking after."""
    unpaid = billing.open_invoices(clinic).aggregate(sum=Sum("left"), number=Count("pk"))
    stock = stock_counts(clinic)
    return {
        "unpaid": unpaid["sum"] or Decimal(0),
        "unpaid_count": unpaid["number"],
        "dispensed": Dispense.objects.filter(prescription__clinic=clinic, at__gte=start, at__lt=end).count(),
        "low_stock": stock.low,
        "expiring": stock.expiring,
    }


def visits_of(clinic, start, end, **more):
    """Visits begun between two moments, without those to which nobody came."""
    rows = Visit.objects.filter(clinic=clinic, started_at__gte=start, started_at__lt=end, **more)
    return rows.exclude(state=Visit.State.CANCELLED)


def doctor_stays(clinic, day, doctor=None):
    """Stays in the doctors' lines of one day."""
    rows = Entry.objects.filter(clinic=clinic, token__day=day, station__kind=Station.Kind.DOCTOR)
    return rows.filter(station__doctor=doctor) if doctor else rows


def own_income(clinic, day, doctor):
    """[MethodIncome] of what was received and given back on `day` for the visits of `doctor`, largest first."""
    own = {"clinic": clinic, "day": day, "invoice__visit__doctor": doctor}
    received = Payment.objects.filter(**own).values("method").annotate(sum=Sum("amount"), number=Count("pk"))
    returned = dict(Refund.objects.filter(**own).values_list("method").annotate(sum=Sum("amount")))
    sums = {row["method"]: (row["sum"], row["number"]) for row in received}
    found = [
        billing.MethodIncome(name, label, *sums.get(name, (Decimal(0), 0)), returned.get(name, Decimal(0)))
        for name, label in Payment.Method.choices
        if name in sums or name in returned
    ]
    return sorted(found, key=lambda row: (-row.amount, row.method))


def income_by_doctor(clinic, day):
    """(doctor id or None, amount received) of one day; None is money that belongs to no visit."""
    rows = Payment.objects.filter(clinic=clinic, day=day).values("invoice__visit__doctor_id")
    return rows.annotate(sum=Sum("amount")).values_list("invoice__visit__doctor_id", "sum")


def before(clinic, start, until, doctor=None):
    """(visits, income) a week earlier, up to the same hour, so that half a day is compared with half a day."""
    week = timedelta(days=7)
    visits = visits_of(clinic, start - week, until - week, **({"doctor": doctor} if doctor else {})).count()
    day = (start - week).astimezone(clinic.zone).date()
    paid = Payment.objects.filter(clinic=clinic, day=day, at__gte=start - week, at__lt=until - week)
    paid = paid.filter(invoice__visit__doctor=doctor) if doctor else paid
    return visits, paid.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def doctor_rows(clinic, visits, entries, bookings, income):
    """A DoctorDay for each doctor who works here or had something to do with the day."""
    rows = {
        doctor.pk: DoctorDay(doctor)
        for doctor in Doctor.objects.filter(user__clinic=clinic).select_related("user").order_by("pk")
    }
    rows = defaultdict(lambda: DoctorDay(None), rows)
    for doctor, _patient, _state in visits:
        rows[doctor].visits += 1
    for doctor, state, joined, called in entries:
        rows[doctor].waiting += state == Entry.State.WAITING
        if called:
            rows[doctor].waits.append(_minutes(joined, called))
    for doctor, state in bookings:
        rows[doctor].no_shows += state == Appointment.State.MISSED
    for doctor, amount in income.items():
        if doctor is not None:
            rows[doctor].income += amount
    return [
        row for row in rows.values() if row.doctor and (row.doctor.is_active or row.visits or row.waits or row.income)
    ]


def _minutes(start, end):
    return max(0, (end - start).total_seconds() / 60)


def _ninth(waits):
    """The wait that nine in ten did not exceed, None of none."""
    return round(sorted(waits)[min(len(waits) - 1, int(len(waits) * 0.9))]) if waits else None


# --- the rows behind a figure ----------------------------------------------------------------------------------------

BEHIND = {
    "visits": _("Visits"),
    "waiting": _("Waiting now"),
    "no_shows": _("No-shows"),
    "income": _("Payments"),
    "unpaid": _("Unpaid bills"),
    "low_stock": _("Low stock"),
}


def rows_behind(clinic, day, figure):
    """The rows of one figure (a name of BEHIND), at most 200."""
    start, end = bounds(clinic, day)
    people = ("patient", "doctor__user")
    if figure == "visits":
        rows = visits_of(clinic, start, end).select_related(*people).order_by("started_at")
    elif figure == "waiting":
        rows = doctor_stays(clinic, day).waiting().select_related("token__patient", "station").order_by("due_at")
    elif figure == "no_shows":
        rows = Appointment.objects.filter(clinic=clinic, state=Appointment.State.MISSED).for_day(day)
        rows = rows.select_related(*people).order_by("wall_time")
    elif figure == "income":
        rows = Payment.objects.filter(clinic=clinic, day=day).select_related("patient", "invoice", "by").order_by("-at")
    elif figure == "unpaid":
        rows = billing.open_invoices(clinic)
    else:
        rows = Stock.objects.filter(
            clinic=clinic,
            medicine__is_active=True,
            on_hand__lte=F("medicine__reorder_level"),
            medicine__reorder_level__gt=0,
        )
        rows = rows.select_related("medicine").order_by("on_hand")
    return list(rows[:MOST_ROWS])
