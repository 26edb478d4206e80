"""Reports through the JSON door: the same queries as the manager's pages, as JSON, CSV or XLSX. Reading one is noted."""

from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from clinic import audit, reports
from clinic.access import Role
from clinic.api import Amount, Day, Given, Listing, Moment, Room, Shown, Text, Whole, reads
from clinic.audit_words import FACTS, action_word
from clinic.models import AuditEvent, Doctor
from clinic.reports.sheets import minutes, tidy_day
from pharmacy.models import StockMove
from visits.models import Visit

MANAGES = (Role.MANAGER,)
OWN = (Role.MANAGER, Role.DOCTOR)
FILES = [kind.partition(";")[0] for kind in reports.FORMATS.values()]
FORMAT_HELP = "`csv` and `xlsx` answer with a file of all rows instead of a page of JSON."


class Money(Amount):
    """An amount in the decimals of the caller's clinic's currency."""

    def to_representation(self, value):
        return format(self.context["request"].user.clinic.round(value), "f")


# --- what may be asked -----------------------------------------------------------------------------------------------


def format_field():
    """`?format=`: JSON, or a file."""
    return serializers.ChoiceField(choices=["json", *reports.FORMATS], default="json", help_text=FORMAT_HELP)


class Days(Listing):
    """A page of rows between two days."""

    date_from = Day(required=False, help_text="The first day, on the clinic's clock.")
    date_to = Day(required=False, help_text="The last day, included.")
    format = format_field()


class DayAsked(Given):
    """One day."""

    date = Day(required=False, help_text="A day up to today; without it today.")
    doctor = Whole(required=False, help_text="Only this doctor's figures. A doctor sees the own.")
    format = format_field()


class StatsAsked(Given):
    """The dashboard."""

    doctor = Whole(required=False, help_text="Only this doctor's figures. A doctor sees the own.")
    format = format_field()


class VisitsAsked(Days):
    patient = Whole(required=False)
    doctor = Whole(required=False)
    status = serializers.ChoiceField(choices=Visit.State.choices, required=False)


class MovesAsked(Days):
    medicine = Whole(required=False)
    batch = Whole(required=False)
    kind = serializers.ChoiceField(choices=StockMove.Kind.choices, required=False)


class AuditAsked(Days):
    user = Whole(required=False)
    action = Text(max_length=60, required=False)
    patient = Whole(required=False, help_text="Who did what with this patient's record.")
    result = serializers.ChoiceField(choices=AuditEvent.Result.choices, required=False)
    date = Day(required=False, help_text="One day, instead of date_from and date_to.")


# --- what comes out --------------------------------------------------------------------------------------------------


class IncomeByMethodShown(Shown):
    """Money received by one method."""

    method = Text()
    amount = Money()
    refunded = Money()
    count = serializers.IntegerField()


class DoctorFiguresShown(Shown):
    """One doctor's share of a day."""

    doctor = serializers.IntegerField(source="doctor.pk")
    name = Text(source="doctor.name")
    visits = serializers.IntegerField()
    waiting = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    median_wait = serializers.IntegerField(allow_null=True)
    income = Money()


class DailySummaryShown(Shown):
    """A day in figures; waits in minutes. What belongs to no doctor is null in a doctor's own figures."""

    date = serializers.DateField(source="day")
    currency = serializers.SerializerMethodField()
    patients = serializers.IntegerField()
    visits = serializers.IntegerField()
    open_visits = serializers.IntegerField()
    visits_week_before = serializers.IntegerField(source="visits_before", help_text="Up to the same hour.")
    waiting = serializers.IntegerField()
    median_wait = serializers.IntegerField(allow_null=True)
    ninth_wait = serializers.IntegerField(allow_null=True, help_text="What nine in ten did not exceed.")
    appointments = serializers.IntegerField(source="booked")
    no_shows = serializers.IntegerField()
    income = Money(help_text="Received; what was given back is `refunded`.")
    refunded = Money()
    income_week_before = Money(source="income_before", help_text="Up to the same hour.")
    payments = serializers.IntegerField()
    methods = IncomeByMethodShown(many=True)
    other_income = Money(allow_null=True, help_text="Received for bills without a visit.")
    unpaid = Money(allow_null=True, help_text="Due on open bills of all days.")
    unpaid_count = serializers.IntegerField(allow_null=True)
    dispensed = serializers.IntegerField(allow_null=True)
    low_stock = serializers.IntegerField(allow_null=True)
    expiring = serializers.IntegerField(allow_null=True)
    doctors = DoctorFiguresShown(many=True)

    def get_currency(self, figures) -> str:
        """ISO 4217."""
        return self.context["request"].user.clinic.currency


class MonthDayShown(Shown):
    """One day of the series."""

    date = serializers.DateField()
    visits = serializers.IntegerField()
    patients = serializers.IntegerField()
    appointments = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    income = Money()
    refunded = Money()
    new_patients = serializers.IntegerField(allow_null=True, help_text="Null in a doctor's own figures.")


class StatsShown(Shown):
    """The dashboard: today, and the last thirty days with today."""

    today = DailySummaryShown()
    days = MonthDayShown(many=True)


class VisitRowShown(Shown):
    """A visit without a clinical word."""

    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    file_number = Text(source="patient.file_number")
    patient_name = Text(source="patient.name")
    doctor = serializers.IntegerField(source="doctor_id")
    doctor_name = Text(source="doctor.name")
    appointment = serializers.IntegerField(source="appointment_id", allow_null=True)
    status = Text(source="state")
    started_at = Moment()
    completed_at = Moment(allow_null=True)
    minutes = serializers.SerializerMethodField()
    invoice = serializers.IntegerField(source="invoice_id", allow_null=True)
    invoice_number = Text(source="invoice.number", default=None)
    total = Money(source="invoice.total", default=None)
    paid = Money(source="invoice.paid", default=None)
    currency = Text(source="invoice.currency", default=None)

    def get_minutes(self, visit) -> int | None:
        """How long a completed visit took."""
        return minutes(visit)


class StockMoveRowShown(Shown):
    """A move of stock; the quantity is signed and in base units."""

    id = serializers.IntegerField()
    at = Moment()
    medicine = serializers.IntegerField(source="medicine_id")
    medicine_name = Text(source="medicine")
    batch = serializers.IntegerField(source="batch_id")
    batch_number = Text(source="batch.number")
    kind = Text()
    quantity = serializers.IntegerField()
    unit = Text(source="medicine.base_unit")
    reason = Text()
    reference = Text()
    by = serializers.IntegerField(source="by_id")
    by_name = Text(source="by.name")


class AuditEntryShown(Shown):
    """An entry of the trail. `facts` are those that mean something to a reader; no clinical words."""

    id = serializers.IntegerField()
    at = Moment()
    user = serializers.IntegerField(source="user_id", allow_null=True)
    user_name = Text(source="user.name", default=None)
    roles = serializers.SerializerMethodField()
    action = Text()
    text = serializers.SerializerMethodField()
    result = Text()
    subject_type = Text()
    subject = serializers.IntegerField(source="subject_id", allow_null=True)
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    facts = serializers.SerializerMethodField()
    address = Text(allow_null=True)

    def get_roles(self, event) -> list[str]:
        """The roles of who did it, at that time."""
        return [role for role in event.roles.split(",") if role]

    def get_text(self, event) -> str:
        """The action in the caller's language."""
        return str(action_word(event.action, denied=event.result == AuditEvent.Result.DENIED))

    def get_facts(self, event) -> dict:
        """Amounts, states and reasons by name."""
        return {name: value for name, value in event.facts.items() if name in FACTS}


# --- the reports -----------------------------------------------------------------------------------------------------


class Download(Response):
    """A file as the answer of an endpoint; the frame hands it through untouched."""

    def __init__(self, name, kind, content):
        super().__init__(content_type=reports.FORMATS[kind])
        self.file = content
        self["Content-Type"] = reports.FORMATS[kind]
        self["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
        self["Cache-Control"] = "no-store"

    @property
    def rendered_content(self):
        return self.file


class Reports(Room):
    """Reports of the caller's clinic. A manager reads all of them, a doctor the own figures."""

    def whose(self, asked):
        """The Doctor whose figures these are, None for the whole clinic: managers choose, doctors get the own."""
        user, pk = self.request.user, asked.get("doctor")
        doctors = Doctor.objects.visible_to(user).select_related("user")
        if user.has_role(Role.MANAGER):
            return self.one_of(doctors, pk, "doctor") if pk is not None else None
        own = doctors.filter(user=user).first()
        if own is None or pk not in (None, own.pk):
            raise PermissionDenied
        return own

    def answer_list(self, name, rows, asked):
        """A page of `rows` in their own order, or all of them as a file; either is noted."""
        if asked["format"] != "json":
            return self.file(name, rows, asked)
        self.note("read_report", name, asked)
        rows.keeps_order = True
        return rows

    def file(self, name, rows, asked):
        """`rows` as a file named after the report and the clinic's day."""
        clinic = self.request.user.clinic
        made = reports.file_of(asked["format"], reports.SHEETS[name], rows, clinic)
        self.note("export_report", name, asked, format=asked["format"])
        return Download(f"{name}-{clinic.today():%Y-%m-%d}", asked["format"], made)

    def note(self, action, name, asked, **facts):
        """Leave a trace: which report, with which filters; before anything is shown."""
        paging = {"limit", "offset", "skip", "format"}
        filters = {key: str(value) for key, value in asked.items() if key not in paging}
        audit.record(
            self.request.user, action, None, patient_id=asked.get("patient"), report=name, filters=filters, **facts
        )

    @reads(OWN, DailySummaryShown, asks=DayAsked, files=FILES, refuses=["too_many_rows"])
    def daily_summary(self, request, asked):
        """A day in figures: patients, visits, waiting, no-shows, income by method and doctor, medicines."""
        clinic, doctor = request.user.clinic, self.whose(asked)
        day = asked.get("date", clinic.today())
        if day > clinic.today():
            raise ValidationError({"date": [_("This day lies in the future.")]})
        figures = reports.day_figures(clinic, day, doctor)
        if asked["format"] != "json":
            return self.file("daily-summary", tidy_day(figures, clinic), asked)
        return figures

    @reads(OWN, StatsShown, asks=StatsAsked, files=FILES)
    def stats(self, request, asked):
        """The dashboard: today's figures and a series of thirty days. A file holds the series."""
        clinic, doctor = request.user.clinic, self.whose(asked)
        days = reports.month(clinic, clinic.today(), doctor)
        if asked["format"] != "json":
            return self.file("stats", days, asked)
        return {"today": reports.day_figures(clinic, clinic.today(), doctor), "days": days}

    @reads(OWN, VisitRowShown, asks=VisitsAsked, many=True, files=FILES, refuses=["too_many_rows"])
    def visit_history(self, request, asked):
        """Visits by patient, doctor and days, newest first: who, with whom, when, and what was billed."""
        rows = reports.visit_history(
            request.user.clinic,
            doctor=self.whose(asked),
            patient=asked.get("patient"),
            status=asked.get("status"),
            first=asked.get("date_from"),
            last=asked.get("date_to"),
        )
        return self.answer_list("visit-history", rows, asked)

    @reads(MANAGES, StockMoveRowShown, asks=MovesAsked, many=True, files=FILES, refuses=["too_many_rows"])
    def stock_movements(self, request, asked):
        """Moves of stock by medicine, batch, kind and days, newest first."""
        rows = reports.stock_movements(
            request.user.clinic,
            medicine=asked.get("medicine"),
            batch=asked.get("batch"),
            kind=asked.get("kind"),
            first=asked.get("date_from"),
            last=asked.get("date_to"),
        )
        return self.answer_list("stock-movements", rows, asked)

    @reads(MANAGES, AuditEntryShown, asks=AuditAsked, many=True, files=FILES, refuses=["too_many_rows"])
    def audit_log(self, request, asked):
        """Who did what, newest first, by user, action, patient, result and days.

        With `patient`: who opened or changed this person's record. Reading the trail is noted in it.
        """
        rows = reports.audit_log(
            request.user.clinic,
            user=asked.get("user"),
            action=asked.get("action", ""),
            patient=asked.get("patient"),
            result=asked.get("result", ""),
            first=asked.get("date") or asked.get("date_from"),
            last=asked.get("date") or asked.get("date_to"),
        )
        return self.answer_list("audit-log", rows, asked)


def report(name):
    """The address of one report."""
    view = Reports.as_view({"get": name.replace("-", "_")}, basename="reports", detail=False)
    return path(f"reports/{name}/", view, name=f"reports-{name}")


ROOMS = []
PATHS = [report(name) for name in reports.SHEETS]
