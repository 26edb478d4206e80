"""Giving a time away and taking it back: book, confirm, move, cancel, miss, restore."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, idempotency
from clinic.errors import Refused
from clinic.operation import operation
from queues import operations as queue_operations
from queues.models import Entry
from scheduling import queries
from scheduling.models import Appointment
from scheduling.operations.common import (
    check_doctor_free,
    check_future,
    check_patient_free,
    check_time,
    check_version,
    in_utc,
    leave_line,
    lock_appointment,
    lock_doctor,
    lock_patient,
    lock_person,
    place,
    publish,
    write,
)
from scheduling.operations.own import check_own, check_own_count, check_own_still, check_own_time, is_own

State = Appointment.State
OPEN = (State.PENDING, State.CONFIRMED)
GIVEN_UP = ("given_up_from", "cancel_reason", "cancelled_by", "cancelled_at")
MOVED = (
    "doctor",
    "during",
    "minutes",
    "wall_date",
    "wall_time",
    "zone",
    "state",
    "is_overbooked",
    "overbook_reason",
    "moved_from",
    "version",
)


@operation
def book(
    *,
    clinic,
    patient,
    doctor,
    starts_at,
    by,
    minutes=None,
    reason="",
    notes="",
    source=Appointment.Source.DESK,
    overbook_reason="",
    idempotency_key="",
):
    """Book `patient` with `doctor` from `starts_at` (aware) for `minutes` (5 to 180; empty: as long as the slot).

    Refused: in_the_past, outside_hours, slot_taken, patient_busy, each with the nearest free slots where they help;
    with `overbook_reason` the hours and the doctor's other appointments no longer refuse. The same
    `idempotency_key` gives the same appointment.

    A patient books only for themself, one of the times offered (not_offered), at most `MOST_OWN` to come (too_many);
    such a booking is asked for (pending) until the clinic confirms it, and holds its time all the while.
    """
    own = check_own(by, patient, notes=notes, overbook_reason=overbook_reason)
    starts_at = in_utc(starts_at)
    minutes = _length(minutes or queries.usual_minutes(doctor, clinic, starts_at))
    body = {"patient": patient.pk, "doctor": doctor.pk, "starts_at": starts_at.isoformat(), "minutes": minutes}
    if made := idempotency.claim(by=by, key=idempotency_key, operation="book", body=body):
        return Appointment.objects.get(pk=made)
    ends_at = starts_at + timedelta(minutes=minutes)
    check_future(clinic, doctor, starts_at, ends_at)
    # Before the lock, so that a crowd for a slot already given does not stand in line only to be refused.
    check_time(clinic, doctor, patient, starts_at, ends_at, by=by, overbook_reason=overbook_reason)
    doctor = lock_doctor(doctor, clinic)
    patient = lock_patient(patient)
    over = check_time(clinic, doctor, patient, starts_at, ends_at, by=by, overbook_reason=overbook_reason)
    state = State.CONFIRMED
    if own:
        check_own_time(clinic, doctor, starts_at, minutes)
        check_own_count(patient)
        state, source = State.PENDING, Appointment.Source.PORTAL
    words = {"reason": reason, "notes": notes, "source": source, "overbook_reason": overbook_reason}
    appointment = Appointment(clinic=clinic, patient=patient, state=state, is_overbooked=over, booked_by=by, **words)
    write(place(appointment, clinic, doctor, starts_at, minutes))
    idempotency.settle(by=by, key=idempotency_key, made=appointment)
    audit.record(by, "book", appointment, doctor=doctor.pk, starts_at=starts_at.isoformat(), overbooked=over)
    publish(appointment, told="created")
    return appointment


def _length(minutes):
    if not 5 <= int(minutes) <= 180:
        raise Refused(_("An appointment lasts 5 to 180 minutes."), "bad_length", field="minutes", status=422)
    return int(minutes)


@operation
def move(*, appointment, by, starts_at, doctor=None, version=None, overbook_reason=""):
    """Give a booked appointment another time and, if wanted, another doctor; it keeps its identity and its length.

    Refused: not_open once the patient has arrived or it was given up, changed_meanwhile when `version` is old,
    and as `book` for the new time. A patient moves only an own one that has not begun (too_late), to one of the times
    offered; the clinic then confirms it again.
    """
    own = check_own(by, appointment.patient, overbook_reason=overbook_reason)
    doctor = lock_doctor(doctor or appointment.doctor, appointment.clinic)
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    _check_open(appointment, _("Only a booked appointment can be moved."))
    starts_at, clinic = in_utc(starts_at), appointment.clinic
    ends_at = starts_at + timedelta(minutes=appointment.minutes)
    before = {"from": appointment.starts_at.isoformat(), "from_doctor": appointment.doctor_id}
    old_day = appointment.wall_date
    if before == {"from": starts_at.isoformat(), "from_doctor": doctor.pk}:
        return appointment
    check_own_still(by, appointment)
    check_future(clinic, doctor, starts_at, ends_at)
    lock_person(appointment.patient)
    overbook_reason = overbook_reason or _reason_there(appointment, starts_at, doctor, own)
    over = check_time(
        clinic, doctor, appointment.patient, starts_at, ends_at, by=by, overbook_reason=overbook_reason, but=appointment
    )
    if own:
        check_own_time(clinic, doctor, starts_at, appointment.minutes, but=appointment)
        appointment.state = State.PENDING
    appointment.moved_from = _way_back(appointment)
    place(appointment, clinic, doctor, starts_at, appointment.minutes)
    appointment.is_overbooked, appointment.overbook_reason = over, overbook_reason
    appointment.version += 1
    write(appointment, update_fields=MOVED)
    audit.record(by, "move", appointment, to=starts_at.isoformat(), doctor=doctor.pk, **before)
    publish(appointment, old_day, told="moved", doctors=[before["from_doctor"]])
    return appointment


def _way_back(appointment):
    """Where the appointment stands, and the version that it has once it has moved from there."""
    return {
        "starts_at": appointment.starts_at.isoformat(),
        "doctor": appointment.doctor_id,
        "overbook_reason": appointment.overbook_reason,
        "version": appointment.version + 1,
    }


def _reason_there(appointment, starts_at, doctor, own):
    """Why it was booked at this time before the move just made: the way back needs no new reason."""
    last = appointment.moved_from
    if own or not last or last["version"] != appointment.version:
        return ""
    back = (last["starts_at"], last["doctor"]) == (starts_at.isoformat(), doctor.pk)
    return last["overbook_reason"] if back else ""


@operation
def change(*, appointment, by, starts_at=None, doctor=None, reason=None, notes=None, version=None, overbook_reason=""):
    """Change a booked appointment in one step: its time and doctor as `move`, its `reason` and `notes` (None: as is).

    Refused as `move`; not_allowed when a patient writes notes.
    """
    check_own(by, appointment.patient, notes=notes or "")
    if starts_at or doctor:
        moved = {"starts_at": starts_at or appointment.starts_at, "doctor": doctor, "overbook_reason": overbook_reason}
        appointment = move(appointment=appointment, by=by, version=version, **moved)
        version = None
    words = {name: text for name, text in (("reason", reason), ("notes", notes)) if text is not None}
    if not words:
        return appointment
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    _check_not_begun(appointment)
    check_own_still(by, appointment)
    for name, text in words.items():
        setattr(appointment, name, text)
    appointment.version += 1
    appointment.save(update_fields=["version", *words])
    audit.record(by, "change_appointment", appointment, fields=", ".join(words))
    publish(appointment)
    return appointment


@operation
def confirm(*, appointment, by, version=None):
    """The clinic agrees to a time that was asked for; the same again changes nothing.

    Refused: not_yours for patients, not_open once the patient has arrived or it was given up.
    """
    if is_own(by):
        raise Refused(_("The clinic confirms appointments."), "not_yours", status=403)
    appointment = lock_appointment(appointment)
    if appointment.state == State.CONFIRMED:
        return appointment
    check_version(appointment, version)
    _check_open(appointment, _("This appointment is already: %(state)s.") % {"state": appointment.get_state_display()})
    appointment.state = State.CONFIRMED
    _save_state(appointment)
    audit.record(by, "confirm", appointment)
    publish(appointment, told="confirmed")
    return appointment


@operation
def cancel(*, appointment, by, reason, version=None):
    """Call an appointment off. Refused without a reason, or once the doctor has begun.

    A patient who had arrived leaves the line with it. A patient calls off only an own one that has not begun (too_late).
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why it is cancelled."), "reason_required", field="reason", status=422)
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    _check_not_begun(appointment)
    check_own_still(by, appointment)
    _leave_line(appointment, by)
    was = appointment.given_up_from = appointment.state
    appointment.state, appointment.cancel_reason = State.CANCELLED, reason
    appointment.cancelled_by, appointment.cancelled_at = by, timezone.now()
    _save_state(appointment, "given_up_from", "cancel_reason", "cancelled_by", "cancelled_at")
    audit.record(by, "cancel", appointment, was=was, reason=reason)
    publish(appointment, told="cancelled")
    return appointment


@operation
def miss(*, appointment, by, version=None):
    """Note that the patient did not come. Refused before the time has come, or once the doctor has begun."""
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    _check_not_begun(appointment)
    if appointment.starts_at > timezone.now():
        raise Refused(_("Its time has not come yet. Cancel it instead."), "too_early")
    _leave_line(appointment, by)
    was = appointment.given_up_from = appointment.state
    appointment.state = State.MISSED
    _save_state(appointment, "given_up_from")
    audit.record(by, "miss", appointment, was=was)
    publish(appointment)
    return appointment


@operation
def restore(*, appointment, by, version=None):
    """Take back `cancel` or `miss`: the appointment is again what it was, asked for or booked.

    A patient whom that took out of the line stands there again, for ten minutes; later, or when something else had
    ended the stay, the booking alone is restored, to be checked in again. Refused: not_given_up when it is neither
    cancelled nor missed, slot_taken or patient_busy when the time was given away meanwhile, and for the line
    somebody_called and already_in_line.
    """
    doctor = lock_doctor(appointment.doctor, appointment.clinic)
    appointment = lock_appointment(appointment)
    check_version(appointment, version)
    if appointment.doctor_id != doctor.pk:  # moved meanwhile: the wrong doctor's row is locked
        raise Refused(_("Somebody else changed this appointment meanwhile. Look at it again."), "changed_meanwhile")
    if appointment.state not in (State.CANCELLED, State.MISSED):
        raise Refused(_("This appointment is neither cancelled nor missed."), "not_given_up")
    was = appointment.state
    _as_it_was(appointment, by)
    lock_person(appointment.patient)  # after the line, as everywhere; a refusal takes the undo back
    check_patient_free(appointment.patient, appointment.starts_at, appointment.ends_at, but=appointment)
    if not appointment.is_overbooked:
        check_doctor_free(appointment, by)
    appointment.cancel_reason, appointment.cancelled_by, appointment.cancelled_at = "", None, None
    appointment.given_up_from = ""
    appointment.version += 1
    write(appointment, update_fields=["state", "token", "version", *GIVEN_UP])
    audit.record(by, "restore", appointment, was=was, to=appointment.state)
    publish(appointment, told="created" if appointment.state == State.PENDING else "confirmed")
    return appointment


def _as_it_was(appointment, by):
    """The state before it was given up. Who had arrived has only when the stay comes back; else the number is used up."""
    entry = Entry.objects.filter(token=appointment.token_id).order_by("-pk").first() if appointment.token_id else None
    if entry and (entry.state in Entry.LIVE or queue_operations.come_back(entry=entry, by=by)):
        appointment.state = State.ARRIVED
        return
    asked_for = appointment.given_up_from == State.PENDING
    appointment.state, appointment.token = State.PENDING if asked_for else State.CONFIRMED, None


def _check_open(appointment, message):
    if appointment.state not in OPEN:
        raise Refused(message, "not_open")


def _check_not_begun(appointment):
    if appointment.state not in (*OPEN, State.ARRIVED):
        state = appointment.get_state_display()
        raise Refused(_("This appointment is already: %(state)s.") % {"state": state}, "not_open")


def _leave_line(appointment, by):
    """The arrived patient's stay ends with the booking."""
    if appointment.token_id:
        leave_line(appointment.token, by)


def _save_state(appointment, *fields):
    appointment.version += 1
    appointment.save(update_fields=["state", "version", *fields])
