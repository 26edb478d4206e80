"""The patient is here: checked in or walked in, with the doctor, done; and the wrong check-in put right."""

from django.db.models import Q
from django.utils.translation import gettext as _

from clinic import audit, display, idempotency, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from patients.models import Patient
from queues import operations as queue_operations
from queues.models import Entry, Station, Token
from scheduling.models import Appointment
from scheduling.names import person, run
from scheduling.operations.common import check_version, lock_appointment, lock_patient, publish

State = Appointment.State
OPEN = (State.PENDING, State.CONFIRMED)


@operation
def check_in(*, appointment, by, category=Entry.Category.NORMAL, emergency_reason="", version=None, idempotency_key=""):
    """The booked patient is here: a token, and a place in the doctor's line by the booked time. Returns the token.

    Refused: already_checked_in (names the token), not_open, not_today; and as `queues.join`.
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
    token = _stand_in_line(
        appointment.clinic,
        appointment.patient,
        appointment.doctor,
        by,
        category,
        emergency_reason,
        appointment.starts_at,
    )
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
    _check_not_here(clinic, patient, doctor)
    token = _stand_in_line(clinic, patient, doctor, by, category, emergency_reason, None)
    idempotency.settle(by=by, key=idempotency_key, made=token)
    audit.record(by, "walk_in", token, token=token.code, doctor=doctor.pk, category=category)
    live.publish(clinic, "desk", f"doctor-{doctor.pk}", f"patient-{patient.pk}")
    return token


def _check_not_here(clinic, patient, doctor):
    booked = (
        Appointment.objects.for_day(clinic.today())
        .filter(clinic=clinic, patient__in=Patient.objects.family_of(patient.pk), doctor=doctor, state__in=OPEN)
        .first()
    )
    if booked:
        raise Refused(
            _("Booked with %(doctor)s today at %(time)s. Check in instead.")
            % {"doctor": person(display.staff_name(doctor)), "time": run(f"{booked.wall_time:%H:%M}")},
            "booked_today",
        )
    entry = (
        Entry.objects.live()
        .filter(
            token__patient__in=Patient.objects.family_of(patient.pk),
            station__doctor=doctor,
            clinic=clinic,
            token__day=clinic.today(),
        )
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
    """Station first, counter last: the order in which everybody locks them."""
    station = _lock_line(doctor, by)
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
    entry = Entry.objects.live().filter(token=token).first()
    if entry and entry.state == Entry.State.WITH_STAFF:
        raise Refused(_("The patient is in the room."), "with_staff")
    if entry:
        queue_operations.leave(entry=entry, by=by)
    appointment.state, appointment.token = State.CONFIRMED, None
    appointment.version += 1
    appointment.save(update_fields=["state", "token", "version"])
    audit.record(by, "undo_check_in", appointment, token=token.code if token else "")
    publish(appointment)
    return appointment


@operation
def change_patient(*, token, patient, by):
    """The token was given to the wrong person: it goes to `patient`, keeping its place in the line.

    A booking that was checked in with it is open again; the right patient's booking of today with the same doctor,
    if there is one, takes the token. Refused once the patient is in the room or the stay is over, and when
    `patient` already stands in this line.
    """
    lock(Token, token.pk)  # two corrections of one token follow each other
    # Both appointments before the patient, in the order of their keys: booking locks in this order too.
    touched = Appointment.objects.filter(Q(token=token) | Q(patient=patient, wall_date=token.day, state__in=OPEN))
    locked = [lock_appointment(appointment) for appointment in touched.filter(clinic=token.clinic_id).order_by("pk")]
    held = next((appointment for appointment in locked if appointment.token_id == token.pk), None)
    patient = lock_patient(patient)
    entry = Entry.objects.live().filter(token=token).select_related("station").first()
    if entry is None or entry.state == Entry.State.WITH_STAFF:
        raise Refused(_("The patient is in the room, or no longer in line."), "with_staff")
    was = token.patient_id
    if held:
        held.state, held.token = State.CONFIRMED, None
        held.version += 1
        held.save(update_fields=["state", "token", "version"])
        publish(held)
    queue_operations.assign_patient(token=token, patient=patient, by=by)
    _hand_to_booking(token, patient, entry.station.doctor_id)
    audit.record(by, "change_patient", token, patient_id=patient.pk, was=was)
    live.publish(token.clinic, "desk", f"patient-{patient.pk}")
    token.refresh_from_db()
    return token


def _hand_to_booking(token, patient, doctor_id):
    """The right patient's own booking of the day, arrived with this token."""
    booked = (
        Appointment.objects.select_for_update(no_key=True, of=("self",))
        .filter(clinic=token.clinic_id, patient=patient, doctor=doctor_id, wall_date=token.day, state__in=OPEN)
        .first()
    )
    if booked:
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
