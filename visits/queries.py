"""What the pages of a visit need, each in one go."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Prefetch, Q
from django.urls import reverse

from clinic.access import Role
from patients import queries as patient_queries
from patients.models import Condition, Patient
from queues import queries as line_queries
from queues.models import Entry
from scheduling.models import Appointment
from visits import measures, ranges
from visits.models import Diagnosis, Note, Visit, Vitals

PAST = 6
FREQUENT = 8
EARLIER_ROWS = 40


@dataclass
class Strip:
    """The vitals of one visit: the boxes, when the newest were taken and by whom."""

    boxes: list
    newest: Vitals | None = None

    @property
    def taken_at(self):
        """When the newest values were taken, None when there are none."""
        return self.newest.taken_at if self.newest else None


@dataclass
class Consult:
    """Everything the consultation screen shows, except the prescription."""

    visit: Visit
    banner: object
    may_write: bool
    may_measure: bool
    may_remark: bool
    entry: Entry | None
    strip: Strip
    diagnoses: list
    notes: list
    problems: list
    past: list
    last_plan: Visit | None = None
    tokens: "Tokens | None" = None

    @property
    def stale(self):
        """True when the visit was begun on an earlier day."""
        clinic = self.visit.clinic
        return self.visit.started_at.astimezone(clinic.zone).date() < clinic.today()


@dataclass(frozen=True)
class Tokens:
    """Who waits for a doctor, by number alone, and which visits are still open."""

    station: object
    waiting: list
    called: object
    also_open: list
    shown: int | None


@dataclass(frozen=True)
class Home:
    """The doctor's screen while nobody is in the room."""

    station: object
    called: object
    line: list
    skipped: list
    unfinished: list
    next_booked: datetime | None


def for_reading(visits):
    """Visits with what every page of a visit names."""
    return visits.select_related(
        "clinic", "patient__no_known_allergies_by", "doctor__user", "token", "appointment", "completed_by"
    )


def doctor_of(user):
    """The doctor this user is, or None; the role alone makes nobody a doctor."""
    return getattr(user, "doctor", None) if user.has_role(Role.DOCTOR) else None


def may_write(user, visit):
    """True for the doctor of an open visit."""
    return visit.state == Visit.State.OPEN and user.has_role(Role.DOCTOR) and visit.doctor.user_id == user.pk


def may_measure(user, visit):
    """True for doctors and nurses while the visit is open."""
    return visit.state == Visit.State.OPEN and user.has_role(Role.DOCTOR, Role.NURSE)


def may_remark(user, visit):
    """True for the doctor of an open visit and for nurses: who may add a dated note beside the doctor's own."""
    return may_write(user, visit) or (visit.state == Visit.State.OPEN and user.has_role(Role.NURSE))


def entry_at_doctor(visit):
    """The latest stay of the visit's token in its doctor's line, ended or not; None without one."""
    if visit.token_id is None:
        return None
    entry = line_queries.entries_of([visit.token_id]).get(visit.token_id)
    return entry if entry and entry.station.doctor_id == visit.doctor_id else None


def current_visit(doctor):
    """The open visit of who is called to this doctor or with them now, the latest begun first; None when the room is empty."""
    here = Entry.objects.filter(
        station__doctor=doctor, state__in=(Entry.State.CALLED, Entry.State.WITH_STAFF)
    ).order_by("-called_at", "-pk")
    tokens = list(here.values_list("token_id", flat=True))
    visits = {
        visit.token_id: visit for visit in Visit.objects.filter(token__in=tokens, doctor=doctor, state=Visit.State.OPEN)
    }
    return next((visits[token] for token in tokens if token in visits), None)


def unfinished(user):
    """Open visits of the doctor whose patient waits nowhere for them (any more)."""
    states = (Entry.State.WAITING, Entry.State.SKIPPED)
    waiting = Entry.objects.filter(station__doctor__user=user, state__in=states)
    visits = Visit.objects.filter(doctor__user=user, state=Visit.State.OPEN).exclude(token__in=waiting.values("token"))
    return list(visits.select_related("patient", "token").order_by("-started_at")[:20])


def home(doctor):
    """The waiting line of the doctor with names, who did not come, visits left open, and the next booking."""
    station = line_queries.station_of(doctor)
    column = line_queries.line_of(station) if station else None
    return Home(
        station=station,
        called=column.called if column else None,
        line=column.waiting if column else [],
        skipped=column.skipped if column else [],
        unfinished=unfinished(doctor.user),
        next_booked=next_booking(doctor),
    )


def next_booking(doctor):
    """When the doctor's next booked patient of today is due, or None."""
    clinic = doctor.user.clinic
    booked = Appointment.objects.filter(
        doctor=doctor,
        clinic=clinic,
        wall_date=clinic.today(),
        state__in=("pending", "confirmed"),
        during__startswith__gte=clinic.now(),
    )
    first = booked.order_by("during").first()
    return first.starts_at if first else None


def tokens(user, *, besides=None):
    """The doctor's line as tokens, for the screen that the patient sees as well; `besides` is the visit shown."""
    station = line_queries.station_for(user)
    column = line_queries.people_of(station) if station and station.doctor_id else None
    open_now = unfinished(user)
    here = {visit.token_id for visit in open_now if visit.pk == besides}
    called = column.called if column and column.called and column.called.token.pk not in here else None
    also_open = [other for other in open_now if other.pk != besides]
    return Tokens(station, column.waiting if column else [], called, also_open, besides)


def banner(user, visit):
    """Who this is, with token and allergies."""
    if may_measure(user, visit):
        return banner_of(visit.patient, user, visit.token)
    return patient_queries.banner(visit.patient, user=user, token=visit.token.label if visit.token else "")


def banner_of(patient, user, token):
    """Who this is, with the way to record an allergy."""
    allergy_url = reverse("patients:allergies", args=[patient.pk])
    return patient_queries.banner(patient, user=user, token=token.label if token else "", allergy_url=allergy_url)


def doctor_of_entry(entry):
    """Whom the person in line is to see: the station's doctor, else the one whose letter the token bears."""
    if entry.station.doctor:
        return entry.station.doctor
    home = line_queries.station_of_letter(entry.station.clinic, entry.token.letter)
    return home.doctor if home else None


def place_in_line(patient, doctor):
    """The patient's stay in the doctor's line, or None."""
    stays = Entry.objects.live().filter(
        token__patient__any_of=Patient.objects.family_of(patient.pk), station__doctor=doctor
    )
    return stays.order_by("-pk").first()


def open_visit_of(patient, user):
    """The patient's open visit that the user may see, or None."""
    return (
        for_reading(Visit.objects.visible_to(user))
        .filter(patient__any_of=Patient.objects.family_of(patient.pk), state=Visit.State.OPEN)
        .first()
    )


def strip(visit):
    """The vitals of the visit; a weight or height of earlier comes greyed, with its date. One query."""
    rows = list(
        Vitals.objects.filter(patient__any_of=Patient.objects.family_of(visit.patient_id), corrected_by=None)
        .filter(Q(visit=visit) | Q(taken_at__lt=visit.started_at))
        .select_related("by")[:EARLIER_ROWS]
    )
    today = [row for row in rows if row.visit_id == visit.pk]
    months = ranges.age_in_months(visit.patient.born_on, visit.started_at.astimezone(visit.clinic.zone).date())
    boxes = measures.boxes(
        today,
        months=months,
        glucose_unit=visit.clinic.glucose_unit,
        old_rows=[row for row in rows if row.visit_id != visit.pk],
    )
    return Strip(boxes, today[0] if today else None)


def diagnoses(visit):
    """What was found on the visit, the primary one first."""
    return list(visit.diagnoses.filter(removed_at=None))


def notes(visit):
    """The dated notes of the visit as they stand, in the order of their writing; what was corrected is left out."""
    return list(Note.objects.filter(visit=visit, corrected_by=None).select_related("by"))


def whole(visits):
    """Visits with everything a program is told of them: patient, clinic, `findings`, `measured`; three queries."""
    standing = Vitals.objects.filter(corrected_by=None)
    visits = _with_findings(visits.select_related("patient", "clinic", "token", "doctor"))
    return visits.prefetch_related(Prefetch("vitals", queryset=standing, to_attr="measured"))


def for_visit(vitals):
    """Measurements with what their flags depend on."""
    return vitals.select_related("visit__patient", "visit__clinic", "corrected_by")


def _with_findings(visits):
    standing = Diagnosis.objects.filter(removed_at=None).order_by("-is_primary", "pk")
    return visits.prefetch_related(Prefetch("diagnoses", queryset=standing, to_attr="findings"))


def past_visits(patient, *, before=None):
    """The latest finished visits of the patient with their diagnoses (`findings`), newest first; two queries."""
    visits = Visit.objects.filter(patient__any_of=Patient.objects.family_of(patient.pk), state=Visit.State.COMPLETED)
    if before is not None:
        visits = visits.filter(started_at__lt=before.started_at).exclude(pk=before.pk)
    return list(_with_findings(visits.select_related("doctor__user").order_by("-started_at"))[:PAST])


def problems(patient):
    """The patient's long-standing problems."""
    return list(Condition.objects.of(patient).filter(state=Condition.State.ACTIVE).order_by("pk"))


def consult(user, visit):
    """The consultation screen of `visit` for `user`; the number of queries does not depend on the rows."""
    past = past_visits(visit.patient, before=visit)
    return Consult(
        visit=visit,
        banner=banner(user, visit),
        may_write=may_write(user, visit),
        may_measure=may_measure(user, visit),
        may_remark=may_remark(user, visit),
        entry=entry_at_doctor(visit),
        strip=strip(visit),
        diagnoses=diagnoses(visit),
        notes=notes(visit),
        problems=problems(visit.patient),
        past=past,
        last_plan=next((earlier for earlier in past if earlier.plan), None),
        tokens=tokens(user, besides=visit.pk) if user.has_role(Role.DOCTOR) else None,
    )


def frequent_diagnoses(doctor, text=""):
    """The doctor's own commonest diagnoses as (code, text), those beginning words with `text`; the commonest first."""
    own = Diagnosis.objects.filter(visit__doctor=doctor, removed_at=None)
    for word in text.split():
        own = own.filter(Q(text__istartswith=word) | Q(text__icontains=f" {word}") | Q(code__istartswith=word))
    counted = own.values("code", "text").annotate(times=Count("pk"), latest=Max("at")).order_by("-times", "-latest")
    return [(row["code"], row["text"]) for row in counted[:FREQUENT]]


def history(patient, user):
    """The patient's visits the user may see, newest first, with diagnoses and vitals; a queryset for paging."""
    visits = (
        Visit.objects.visible_to(user)
        .filter(patient__any_of=Patient.objects.family_of(patient.pk))
        .exclude(state=Visit.State.CANCELLED)
    )
    return whole(visits).select_related("doctor__user", "clinic", "patient").order_by("-started_at")


def with_boxes(visits):
    """The same visits, each with `boxes`: its measurements as they are shown."""
    for visit in visits:
        months = ranges.age_in_months(visit.patient.born_on, visit.started_at.astimezone(visit.clinic.zone).date())
        visit.boxes = measures.boxes(
            visit.measured, months=months, glucose_unit=visit.clinic.glucose_unit, everything=True
        )
    return visits
