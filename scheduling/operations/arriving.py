"""The patient is here: checked in or walked in, with the doctor, done; and the wrong check-in put right."""

from django.db.models import Q
from django.utils.translation import gettext as _

from clinic import audit, display, idempotency, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from patients.models import Patient
from queues import operations as queue_operations
from queues import queries as queue_queries
from queues.models import Entry, Station, Token
from queues.operations.common import lock_entry
from scheduling import writing
from scheduling.models import Appointment
from scheduling.names import person, run
from scheduling.operations.common import check_version, leave_line, lock_appointment, lock_patient, lock_person, publish

State = Appointment.State
OPEN = (State.PENDING, State.CONFIRMED)


@operation
def check_in(*, appointment, by, category=Entry.Category.NORMAL, emergency_reason="", version=None, idempotency_key=""):
    """The booked patient is here: a token, and a place in the doctor's line by the booked time. Returns the token.

    The number is given to the file in use, which the booking's may have been joined to. Refused: already_checked_in
    (names the token), already_in_line (a walk-in who was booked afterwards), not_open, not_today, file_closed,
    deceased; and as `queues.join`.
    """
    body = {"appointment": appointment.pk, "category": category}
    if made := idempotency.claim(by=by, key=idempotency_key, operation="check_in", body=body):
        return Token.objects.get(pk=made)
    appointment = lock_appointment(appointment)
    if appointment.state in (State.ARRIVED, State.IN_PROGRESS):
        raise Refused(
            _("Already checked in: %(token)s.")
            % {"token": run(appointment.token.label) if appointment.token_id else ""},
            "already_checked_in",
        )
    check_version(appointment, version)
    if appointment.state not in OPEN:
        state = appointment.get_state_display()
        raise Refused(_("This appointment is already: %(state)s.") % {"state": state}, "not_open")
    if appointment.wall_date != appointment.clinic.today():
        raise Refused(_("This appointment is on another day."), "not_today")
    clinic, doctor = appointment.clinic, appointment.doctor
    _lock_line(doctor, by)
    patient = lock_person(appointment.patient)
    token = _stand_in_line(clinic, patient, doctor, by, category, emergency_reason, appointment.starts_at)
    appointment.state, appointment.token = State.ARRIVED, token
    appointment.version += 1
    appointment.save(update_fields=["state", "token", "version"])
    idempotency.settle(by=by, key=idempotency_key, made=token)
    audit.record(by, "check_in", appointment, token=token.code, category=category)
    publish(appointment)
    return token


@operation
def walk_in(*, clinic, patient, doctor, by, category=Entry.Category.NORMAL, emergency_reason="", idempotency_key=""):
    """A patient who is not booked joins the doctor's line. Returns the token.

    Refused: booked_today (check in instead), already_in_line (names the token), deceased, file_closed.
    """
    body = {"patient": patient.pk, "doctor": doctor.pk, "category": category}
    if made := idempotency.claim(by=by, key=idempotency_key, operation="walk_in", body=body):
        return Token.objects.get(pk=made)
    _lock_line(doctor, by)
    patient = lock_patient(patient)
    _check_not_booked(clinic, patient, doctor)
    token = _stand_in_line(clinic, patient, doctor, by, category, emergency_reason, None)
    idempotency.settle(by=by, key=idempotency_key, made=token)
    audit.record(by, "walk_in", token, token=token.code, doctor=doctor.pk, category=category)
    live.publish(clinic, "desk", f"doctor-{doctor.pk}", f"patient-{patient.pk}")
    return token


def _check_not_booked(clinic, patient, doctor):
    booked = (
        Appointment.objects.for_day(clinic.today())
        .filter(clinic=clinic, patient__any_of=Patient.objects.family_of(patient.pk), doctor=doctor, state__in=OPEN)
        .first()
    )
    if booked:
        raise Refused(
            _("Booked with %(doctor)s today at %(time)s. Check in instead.")
            % {"doctor": person(display.staff_name(doctor)), "time": run(f"{booked.wall_time:%H:%M}")},
            "booked_today",
        )


def _check_not_in_line(clinic, patient, but=None, **line):
    """Refuse when a token of the patient, other than `but`, stands in the `line`."""
    entry = (
        Entry.objects.here_today(clinic)
        .filter(token__patient__any_of=Patient.objects.family_of(patient.pk), **line)
        .exclude(token=but)
        .select_related("token")
        .first()
    )
    if entry:
        raise Refused(_("Already in this line as %(token)s.") % {"token": run(entry.token.label)}, "already_in_line")


def _lock_line(doctor, by):
    """The doctor's station, locked: before any patient, as everywhere."""
    station = queue_operations.ensure_doctor_station(doctor=doctor, by=by)
    return Station.objects.select_for_update(no_key=True, of=("self",)).get(pk=station.pk)


def _stand_in_line(clinic, patient, doctor, by, category, emergency_reason, booked_at):
    """Station first, counter last: the order in which everybody locks them. Refused: already_in_line."""
    station = _lock_line(doctor, by)
    _check_not_in_line(clinic, patient, station=station)
    token = queue_operations.issue_token(clinic=clinic, letter=station.letter, patient=patient, by=by)
    queue_operations.join(
        token=token,
        station=station,
        by=by,
        category=category,
        emergency_reason=emergency_reason,
        booked_at=booked_at,
    )
    return token


@operation
def undo_check_in(*, appointment, by, version=None):
    """Take a wrong check-in back: the token leaves the line, the appointment is booked again.

    Refused once the patient has been called in, or when nobody was checked in.
    """
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    if appointment.state != State.ARRIVED:
        raise Refused(_("Nobody is checked in on this appointment."), "not_arrived")
    token = appointment.token
    if token:
        leave_line(token, by)
    appointment.state, appointment.token = State.CONFIRMED, None
    appointment.version += 1
    appointment.save(update_fields=["state", "token", "version"])
    audit.record(by, "undo_check_in", appointment, token=token.code if token else "")
    publish(appointment)
    return appointment


@operation
def change_patient(*, token, patient, by):
    """The token was given to the wrong person: it goes to `patient`, keeping its place in the line.

    A booking that was checked in with it is open again (one given up meanwhile stays so); the right patient's booking
    of today with the same doctor, if there is one, takes the token. Refused: with_staff while the patient is in the
    room or once the stay is over; already_in_line when `patient` has another token there; already_seen once a doctor
    has begun with this token or written, at a later station too: what was written stands in the first patient's file, and the
    booked time may have been given away.
    """
    lock(Token, token.pk)  # two corrections of one token follow each other
    # Both appointments before the patient, in the order of their keys: booking locks in this order too.
    files = Patient.objects.family_ids(patient.pk)
    touched = Appointment.objects.filter(Q(token=token) | Q(patient__in=files, wall_date=token.day, state__in=OPEN))
    locked = [lock_appointment(appointment) for appointment in touched.filter(clinic=token.clinic_id).order_by("pk")]
    held = next((appointment for appointment in locked if appointment.token_id == token.pk), None)
    entry = Entry.objects.live().filter(token=token).first()
    entry = entry and lock_entry(entry)  # a doctor may be calling them in just now
    if entry is None or entry.state not in (Entry.State.WAITING, Entry.State.CALLED, Entry.State.SKIPPED):
        raise Refused(_("The patient is in the room, or no longer in line."), "with_staff")
    patient = lock_patient(patient)
    _check_not_in_line(token.clinic, patient, but=token, station=entry.station)
    seen = queue_queries.seen_by_a_doctor(token) or (held and held.state in (State.IN_PROGRESS, State.COMPLETED))
    if seen or writing.any_with(token):
        raise Refused(
            _("A doctor has already seen %(token)s. Give the other patient a number of their own.")
            % {"token": run(token.label)},
            "already_seen",
        )
    was = token.patient_id
    if held:
        _let_go(held)
    queue_operations.assign_patient(token=token, patient=patient, by=by)
    _hand_to_booking(token, [row for row in locked if row.patient_id in files], entry.station.doctor_id)
    audit.record(by, "change_patient", token, patient_id=patient.pk, token=token.label, from_patient=was)
    live.publish(token.clinic, "desk", f"patient-{patient.pk}", *([f"patient-{was}"] if was else []))
    token.refresh_from_db()
    return token


def _let_go(held):
    """The booking without its token: open again if its patient had only arrived."""
    held.token = None
    held.state = State.CONFIRMED if held.state == State.ARRIVED else held.state
    held.version += 1
    held.save(update_fields=["state", "token", "version"])
    publish(held)


def _hand_to_booking(token, theirs, doctor_id):
    """The right patient's own booking of the day, arrived with this token.

    Only among `theirs`, already locked: to lock another one after the line would be the wrong order.
    """
    theirs = (row for row in theirs if row.doctor_id == doctor_id)
    open_today = [row for row in theirs if row.wall_date == token.day and row.state in OPEN]
    for booked in sorted(open_today, key=lambda row: row.starts_at)[:1]:
        booked.state, booked.token = State.ARRIVED, token
        booked.version += 1
        booked.save(update_fields=["state", "token", "version"])
        publish(booked)


@operation
def begin(*, appointment, by):
    """The patient is with the doctor. Called by the visit; the same again changes nothing. Refused unless arrived."""
    return _step(appointment, by, "begin", State.ARRIVED, State.IN_PROGRESS)


@operation
def complete(*, appointment, by):
    """The visit is over. Called by the visit; the same again changes nothing. Refused unless arrived or begun."""
    return _step(appointment, by, "complete", State.IN_PROGRESS, State.COMPLETED, also=State.ARRIVED, told="completed")


def _step(appointment, by, action, source, target, *, also=None, told=""):
    appointment = lock_appointment(appointment)
    if appointment.state == target:
        return appointment
    if appointment.state not in (source, also):
        state = appointment.get_state_display()
        raise Refused(_("This appointment is already: %(state)s.") % {"state": state}, "not_open")
    was, appointment.state = appointment.state, target
    appointment.version += 1
    appointment.save(update_fields=["state", "version"])
    audit.record(by, action, appointment, was=was)
    publish(appointment, told=told)
    return appointment
