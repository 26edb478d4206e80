"""The columns of each report as people read them in a file."""

from django.utils.translation import gettext_lazy as _

from clinic import display
from clinic.audit_words import action_word, fact_words
from clinic.reports.files import Sheet


def minutes(visit):
    """How long a completed visit took, in whole minutes."""
    if visit.completed_at is None:
        return None
    return round((visit.completed_at - visit.started_at).total_seconds() / 60)


def billed(name):
    """A function that gives `name` of a visit's bill, None without one."""

    def value(visit):
        return getattr(visit.invoice, name) if visit.invoice else None

    return value


def rounded(name):
    """A function that gives the amount `name` of a visit's bill in its currency's decimals."""

    def value(visit):
        return visit.clinic.round(getattr(visit.invoice, name)) if visit.invoice else None

    return value


def facts(event):
    """The facts worth reading, in one line."""
    words = fact_words(event.facts, zone=event.clinic.zone, currency=event.clinic.currency)
    return "; ".join(f"{name}: {value}" for name, value in words)


def tidy_day(figures, clinic):
    """A day's figures as (figure, of whom, value) rows: one fact a row, so that a spreadsheet can turn them."""
    whole = [
        (_("Patients"), figures.patients),
        (_("Visits"), figures.visits),
        (_("Still open"), figures.open_visits),
        (_("Waiting now"), figures.waiting),
        (_("Median wait, minutes"), figures.median_wait),
        (_("Bookings"), figures.booked),
        (_("No-shows"), figures.no_shows),
        (_("Income"), clinic.round(figures.income)),
        (_("Payments"), figures.payments),
        (_("Refunds"), clinic.round(figures.refunded)),
    ]
    if figures.unpaid is not None:
        whole += [
            (_("Unpaid"), clinic.round(figures.unpaid)),
            (_("Medicine handed over"), figures.dispensed),
            (_("Low stock"), figures.low_stock),
        ]
    rows = [(word, "", value) for word, value in whole]
    rows += [(_("Income"), method.label, clinic.round(method.amount)) for method in figures.methods]
    for row in figures.doctors:
        name = display.staff_name(row.doctor)
        rows += [(_("Visits"), name, row.visits), (_("No-shows"), name, row.no_shows)]
        rows += [(_("Median wait, minutes"), name, row.median_wait), (_("Income"), name, clinic.round(row.income))]
    return rows


SHEETS = {
    "daily-summary": Sheet(
        _("The day in figures"),
        ((_("Figure"), lambda row: row[0]), (_("Of"), lambda row: row[1]), (_("Value"), lambda row: row[2])),
    ),
    "visit-history": Sheet(
        _("Visits"),
        (
            (_("Visit"), lambda visit: visit.pk),
            (_("Started"), lambda visit: visit.started_at),
            (_("Completed"), lambda visit: visit.completed_at),
            (_("Minutes"), minutes),
            (_("State"), lambda visit: visit.get_state_display()),
            (_("File number"), lambda visit: visit.patient.file_number),
            (_("Patient"), lambda visit: display.patient_name(visit.patient)),
            (_("Doctor"), lambda visit: display.staff_name(visit.doctor)),
            (_("Bill"), billed("number")),
            (_("Total"), rounded("total")),
            (_("Paid"), rounded("paid")),
        ),
    ),
    "stock-movements": Sheet(
        _("Stock movements"),
        (
            (_("When"), lambda move: move.at),
            (_("Medicine"), lambda move: move.medicine),
            (_("Batch"), lambda move: move.batch.number),
            (_("Kind"), lambda move: move.get_kind_display()),
            (_("Quantity"), lambda move: move.quantity),
            (_("Unit"), lambda move: move.medicine.get_base_unit_display()),
            (_("Reason"), lambda move: move.reason),
            (_("Reference"), lambda move: move.reference),
            (_("By"), lambda move: display.staff_name(move.by)),
        ),
    ),
    "audit-log": Sheet(
        _("Audit"),
        (
            (_("When"), lambda event: event.at),
            (_("Who"), lambda event: display.staff_name(event.user) if event.user else ""),
            (_("Roles"), lambda event: event.roles),
            (_("What"), lambda event: action_word(event.action, denied=event.result == "denied")),
            (_("Result"), lambda event: event.get_result_display()),
            (_("On"), lambda event: f"{event.subject_type} {event.subject_id or ''}".strip()),
            (_("Patient"), lambda event: event.patient_id),
            (_("Details"), facts),
            (_("Address"), lambda event: event.address),
        ),
    ),
    "stats": Sheet(
        _("Thirty days"),
        (
            (_("Day"), lambda day: day["date"]),
            (_("Visits"), lambda day: day["visits"]),
            (_("Patients"), lambda day: day["patients"]),
            (_("Bookings"), lambda day: day["appointments"]),
            (_("No-shows"), lambda day: day["no_shows"]),
            (_("New patients"), lambda day: day["new_patients"]),
            (_("Income"), lambda day: day["income"]),
            (_("Refunds"), lambda day: day["refunded"]),
        ),
    ),
}
