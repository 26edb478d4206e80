"""The desk's day: one row for each person expected or here, where they stand, and what they owe."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, Q

from billing import queries as billing_queries
from billing.models import Invoice
from patients import queries as patient_queries
from patients.models import Patient
from queues.models import Entry, Station, Token
from scheduling.models import Appointment
from scheduling.names import short_names

State = Appointment.State
HIDDEN = "cancelled"
STATES = (
    "asked",
    "booked",
    "waiting",
    "called",
    "with_doctor",
    "pharmacy",
    "to_pay",
    "done",
    "no_show",
    "cancelled",
    "left",
)
_OF_ENTRY = {
    "waiting": "waiting",
    "called": "called",
    "with_staff": "with_doctor",
    "skipped": "waiting",
    "left": "left",
}
_OF_APPOINTMENT = {
    State.PENDING: "asked",
    State.CONFIRMED: "booked",
    State.ARRIVED: "waiting",
    State.IN_PROGRESS: "with_doctor",
    State.COMPLETED: "done",
    State.CANCELLED: "cancelled",
    State.MISSED: "no_show",
}


@dataclass
class DayRow:
    """One line of the desk's table. `since` is when the state began, `wait` the minutes in it (people who are here)."""

    id: str
    at: datetime
    patient: object
    doctor: object
    state: str
    appointment: Appointment | None = None
    token: object = None
    entry: Entry | None = None
    since: datetime | None = None
    wait: int | None = None
    due: Decimal = Decimal(0)
    not_come: bool = False
    similar: bool = False
    doctor_name: str = ""

    @property
    def over(self):
        """True for who is no longer expected: shown quietly."""
        return self.state in ("done", "no_show", "cancelled", "left")

    @property
    def stands(self):
        """What keeps a key of the row from acting: `here` (checked in on a booking), `given_up`, `left`, or nothing."""
        if self.state == "left":
            return "left"
        if not self.appointment:
            return ""
        names = {"waiting": "here", "called": "here", "no_show": "given_up", "cancelled": "given_up"}
        return names.get(self.state, "")


def day_rows(clinic, day):
    """Every booking and every token of the day, in the order of time. Four queries, however many rows."""
    appointments = list(
        Appointment.objects.filter(clinic=clinic)
        .for_day(day)
        .select_related("patient", "doctor__user", "token")
        .order_by("during", "pk")
    )
    stays = _stays(clinic, day)
    rows = [_booked(appointment, stays.pop(appointment.token_id, None)) for appointment in appointments]
    rows += [_walked_in(*stay) for stay in stays.values()]
    rows = _without_ghosts(rows)
    _add_money(rows, clinic)
    now = clinic.now()
    for row in rows:
        if row.since and not (row.over and row.state != "to_pay"):
            row.wait = max(0, int((now - row.since).total_seconds() // 60))
    alike = patient_queries.same_names(list({row.patient.pk: row.patient for row in rows if row.patient}.values()))
    short = short_names({row.doctor.pk: row.doctor for row in rows if row.doctor}.values())
    for row in rows:
        row.doctor_name = short[row.doctor.pk] if row.doctor else ""
        row.similar = bool(row.patient) and row.patient.pk in alike
    return sorted(rows, key=lambda row: (row.at, row.id))


def _stays(clinic, day):
    """token id -> (latest stay, the doctor of its latest stay with a doctor)."""
    found = {}
    entries = (
        Entry.objects.filter(clinic=clinic)
        .for_day(day)
        .exclude(state=Entry.State.WITHDRAWN)
        .select_related("token__patient", "station__doctor__user")
        .order_by("pk")
    )
    for entry in entries:
        doctor = entry.station.doctor or found.get(entry.token_id, (None, None))[1]
        found[entry.token_id] = (entry, doctor)
    return found


def _booked(appointment, stay):
    row = DayRow(
        id=f"appt-{appointment.pk}",
        at=appointment.starts_at,
        patient=appointment.patient,
        doctor=appointment.doctor,
        state=_OF_APPOINTMENT[appointment.state],
        appointment=appointment,
        token=appointment.token,
    )
    if stay and appointment.state not in (State.CANCELLED, State.MISSED):
        _stand(row, stay[0])
    return row


def _walked_in(entry, doctor):
    token = entry.token
    row = DayRow(
        id=f"token-{token.pk}", at=token.issued_at, patient=token.patient, doctor=doctor, state="waiting", token=token
    )
    _stand(row, entry)
    return row


def _stand(row, entry):
    """Where the latest stay puts the row."""
    row.entry = entry
    row.not_come = entry.state == Entry.State.SKIPPED
    kind = entry.station.kind
    if entry.state in Entry.LIVE and kind == Station.Kind.PHARMACY:
        row.state, row.since = "pharmacy", entry.started_at or entry.joined_at
    elif entry.state in Entry.LIVE and kind == Station.Kind.CASHIER:
        row.state, row.since = "to_pay", entry.joined_at
    elif entry.state in (Entry.State.DONE, Entry.State.TRANSFERRED):
        row.state, row.since = "done", entry.ended_at
    else:
        row.state = _OF_ENTRY[entry.state]
        begun = {"called": entry.called_at, "with_staff": entry.started_at}.get(entry.state)
        row.since = begun or entry.joined_at


def _without_ghosts(rows):
    """A token that was taken back says nothing beside the person's own row of the same doctor."""
    kept = {(_person(row), row.doctor.pk) for row in rows if row.patient and row.doctor and row.state != "left"}
    return [
        row
        for row in rows
        if row.appointment
        or row.state != "left"
        or not row.patient
        or not row.doctor
        or (_person(row), row.doctor.pk) not in kept
    ]


def _person(row):
    return row.patient.merged_into_id or row.patient.pk


def _add_money(rows, clinic):
    """The amount due stands on the patient's last row of the day only, so that it is not read twice."""
    dues = billing_queries.due_of({row.patient.pk for row in rows if row.patient}, clinic)
    last = {}
    for row in sorted(rows, key=lambda row: (row.state == "cancelled", row.state in ("asked", "booked"))):
        if row.patient and row.patient.pk in dues:
            last.setdefault(row.patient.pk, row)
    for patient_id, row in last.items():
        row.due = dues[patient_id].amount
        if row.state == "done" and row.due > 0:
            row.state = "to_pay"


def shown(rows, *, doctor=None, state="", unpaid=False):
    """The rows that pass the filters; cancelled ones only when asked for."""
    return [
        row
        for row in rows
        if (not doctor or (row.doctor and row.doctor.pk == doctor))
        and (row.state == state if state else row.state != HIDDEN)
        and (not unpaid or row.due > 0)
    ]


def counters(rows):
    """The five figures over the table: waiting, with the doctor, to pay, done, the longest wait in minutes."""
    count = lambda *states: sum(row.state in states for row in rows)  # noqa: E731
    waits = [row.wait for row in rows if row.state == "waiting" and row.wait is not None]
    return {
        "waiting": count("waiting", "called"),
        "with_doctor": count("with_doctor"),
        "to_pay": sum(row.due > 0 for row in rows),
        "done": count("done"),
        "longest": max(waits, default=None),
    }


def booked_today(patient, clinic):
    """The patient's booking of today that is still to come in: the first by time. None when there is none."""
    return (
        Appointment.objects.filter(
            clinic=clinic,
            patient__any_of=Patient.objects.family_of(patient.pk),
            state__in=(State.PENDING, State.CONFIRMED),
        )
        .for_day(clinic.today())
        .select_related("doctor__user", "clinic", "patient")
        .order_by("during")
        .first()
    )


def has_only_to_pay(patient, clinic):
    """True when the patient was here today, stands in no line any more (ask `stay_of` first) and owes something."""
    files = Patient.objects.family_of(patient.pk)
    here = Token.objects.filter(clinic=clinic, day=clinic.today(), patient__any_of=files)
    return Invoice.objects.unpaid().filter(Exists(here), clinic=clinic, patient__any_of=files).exists()


def next_of(patient, clinic):
    """The patient's next appointment from today on, or None."""
    return (
        Appointment.objects.filter(
            Q(wall_date__gte=clinic.today()), clinic=clinic, patient__any_of=Patient.objects.family_of(patient.pk)
        )
        .filter(state__in=(State.PENDING, State.CONFIRMED))
        .select_related("doctor__user")
        .order_by("during")
        .first()
    )


def stay_of(patient, clinic):
    """The patient's stay in a line of today, the latest, with `chip` (a state of the desk); None when nowhere."""
    return _with_chip(_stays_of(Entry.objects.here_today(clinic), patient).first())


def day_of(patient, clinic):
    """As `stay_of`; when the patient stands in no line any more, the latest stay of today that has ended."""
    ended = (Entry.State.DONE, Entry.State.TRANSFERRED, Entry.State.LEFT)
    here = Q(pk__in=Entry.objects.here_today(clinic).values("pk"))
    over = Q(clinic=clinic, token__day=clinic.today(), state__in=ended)
    stays = list(_stays_of(Entry.objects.filter(here | over), patient))
    return _with_chip(next((stay for stay in stays if stay.state in Entry.LIVE), stays[0] if stays else None))


def _stays_of(entries, patient):
    """Those of the patient, the latest first."""
    return (
        entries.filter(token__patient__any_of=Patient.objects.family_of(patient.pk))
        .select_related("token__patient", "token__clinic", "station__doctor__user")
        .order_by("-pk")
    )


def _with_chip(stay):
    if stay and stay.state in Entry.LIVE and stay.station.kind == Station.Kind.PHARMACY:
        stay.chip = "pharmacy"
    elif stay:
        stay.chip = _OF_ENTRY.get(stay.state, "done")
    return stay
