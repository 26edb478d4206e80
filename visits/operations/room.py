"""Calling somebody in, opening the visit, and the ways a visit changes hands before it is finished."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Doctor
from clinic.operation import operation
from clinic.operations import set_presence
from patients.models import Patient
from patients.operations.common import in_use
from queues import operations as lines
from queues import queries as line_queries
from queues.models import Entry
from scheduling import operations as appointments
from scheduling.models import Appointment
from visits import orders
from visits.models import Visit

SECOND_CLICK = timedelta(minutes=1)  # the same again within it is a second press of the button, not new words

# A doctor's row is locked before everything else (booking does so too): whoever sets the presence at the end of an
# operation takes the row at its beginning.


def locked(visit):
    """The visit, locked and read again; refuses (`visit_closed`) when it is no longer open.

    With its clinic and its doctor, which every writing asks for; the rest is read by who needs it.
    """
    visit = lock(Visit, visit.pk, "clinic", "doctor__user")
    if visit.state == Visit.State.COMPLETED:
        raise Refused(_("This visit is finished. Add an addendum instead."), "visit_closed")
    if visit.state == Visit.State.CANCELLED:
        raise Refused(_("This visit was closed: the patient did not come."), "visit_closed")
    return visit


def own(visit, by):
    """The visit, locked; refuses (`not_yours`) when it is another doctor's."""
    visit = locked(visit)
    if visit.doctor.user_id != by.pk:
        raise not_yours(visit)
    return visit


def not_yours(visit):
    """The refusal of writing on another doctor's visit."""
    return Refused(_("This visit is with %(doctor)s. You can read it.") % {"doctor": visit.doctor.name}, "not_yours")


def entry_of(visit):
    """The visit's place in its doctor's line, or None: it has none, or the desk has given the token to another patient."""
    if visit.token is None:
        return None
    entry = line_queries.live_entry(visit.token)
    its_own = entry and entry.station.doctor_id == visit.doctor_id
    return entry if its_own and same_person(entry.token.patient_id, visit.patient_id) else None


def same_person(one, other):
    """True when the ids `one` and `other` are of one file, or of files joined to each other. None is nobody."""
    return one is not None and (one == other or one in Patient.objects.family_ids(other))


def publish(visit):
    """Tell the screens of this visit, and those of its patient."""
    live.publish(visit.clinic, f"visit-{visit.pk}", f"patient-{visit.patient_id}")


def is_blank(visit):
    """True while nobody has written, measured or ordered anything on the visit."""
    return not (_has_words(visit) or visit.vitals.exists() or visit.notes.exists())


def _has_words(visit):
    """True when its doctor has left something in the record's own fields, in its diagnoses or in a prescription."""
    words = visit.complaint or visit.examination or visit.plan
    return bool(words) or visit.diagnoses.filter(removed_at=None).exists() or orders.any_on(visit)


def was_absent(visit, entry):
    """True when the visit's patient (with this `entry` in line) was called and did not come, and nobody has written."""
    return bool(entry and entry.state == Entry.State.SKIPPED and is_blank(visit))


@operation
def open_visit(*, patient, doctor, by, token=None, appointment=None):
    """The patient's open visit in the doctor's clinic, on whichever of their files; made when there is none.

    A visit closed because the patient did not come is opened again when the same token comes back. An open visit of
    another doctor in which nothing was written passes to `doctor`; one with words in it stays with its author.
    """
    patient = in_use(patient)
    if appointment is None and token is not None:
        appointment = booking_of(token, patient)
    if token is not None:
        _close_of_wrong_patient(token, patient, by)
    visit = _open_one(patient, doctor.user.clinic, by) or _closed_by_absence(patient, token, appointment)
    if visit is None:
        visit = _made(patient, doctor, by, token, appointment)
    changed = _brought_up_to_date(visit, doctor, token, appointment)
    if changed:
        visit.save(update_fields=changed)
        audit.record(by, "open_visit", visit, doctor=visit.doctor_id, changed=changed)
        publish(visit)
    return visit


def _of(patient):
    return Visit.objects.filter(patient__any_of=Patient.objects.family_of(patient.pk))


def booking_of(token, patient):
    """The patient's appointment that was checked in with the token, or None."""
    theirs = Appointment.objects.filter(patient__any_of=Patient.objects.family_of(patient.pk))
    return theirs.filter(token=token).first()


def _open_one(patient, clinic, by):
    """The open visit, locked; a stale one in which nothing was written is closed and does not count."""
    rows = _of(patient).select_for_update(no_key=True).filter(clinic=clinic, state=Visit.State.OPEN)
    visit = rows.only("pk").order_by("pk").first()
    # Read only now: a join in the locking query would still show the rows of before the wait.
    visit = visit and Visit.objects.select_related("clinic", "doctor__user", "token").get(pk=visit.pk)
    if visit and visit.started_at.astimezone(clinic.zone).date() < clinic.today() and is_blank(visit):
        _close(visit, by)
        return None
    return visit


def _close(visit, by):
    visit.state = Visit.State.CANCELLED
    visit.save(update_fields=["state"])
    audit.record(by, "not_come", visit, closed=True)
    publish(visit)


def _close_of_wrong_patient(token, patient, by):
    """The visit opened when the token was called for somebody else, if nothing was written in it: nobody came for it."""
    others = Visit.objects.filter(token=token, state=Visit.State.OPEN)
    theirs = others.exclude(patient__any_of=Patient.objects.family_of(patient.pk))
    # One that is being written in at this moment is not blank, and stays.
    for visit in theirs.select_for_update(no_key=True, skip_locked=True, of=("self",)):
        if is_blank(visit):
            _close(visit, by)


def _closed_by_absence(patient, token, appointment):
    closed = _of(patient).select_for_update(no_key=True, of=("self",)).filter(state=Visit.State.CANCELLED)
    by_booking = closed.filter(appointment=appointment).first() if appointment is not None else None
    return by_booking or (closed.filter(token=token).first() if token is not None else None)


def _made(patient, doctor, by, token, appointment, tries=3):
    clinic = doctor.user.clinic
    if appointment is not None and not _may_carry(patient.pk, appointment):
        appointment = None  # its own visit is finished, or was of somebody else: this one is a visit beside it
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                clinic=clinic, patient=patient, doctor=doctor, token=token, appointment=appointment, opened_by=by
            )
    except IntegrityError:
        # Somebody opened it a moment ago; their transaction has committed, or this insert would still wait.
        visit = _open_one(patient, clinic, by)
        if visit is not None:
            return visit
        if tries == 1:
            raise
        return _made(patient, doctor, by, token, appointment, tries - 1)  # and closed again before it could be read
    audit.record(by, "open_visit", visit, doctor=doctor.pk)
    publish(visit)
    return visit


def _may_carry(patient_id, appointment):
    """True when a visit on this file may name the appointment: on the same file, and with no visit yet.

    One on a joined file is known by the token alone (`bookings`): the two rows name one patient, or the database refuses.
    """
    return appointment.patient_id == patient_id and not Visit.objects.filter(appointment=appointment).exists()


def _brought_up_to_date(visit, doctor, token, appointment):
    """Fields to save so that the visit belongs to this token, appointment and doctor."""
    changed = []
    if visit.state == Visit.State.CANCELLED:
        visit.state, visit.started_at = Visit.State.OPEN, timezone.now()
        changed += ["state", "started_at"]
    if token is not None and visit.token_id != token.pk:
        visit.token = token
        changed.append("token")
    if appointment is not None and visit.appointment_id is None and _may_carry(visit.patient_id, appointment):
        visit.appointment = appointment
        changed.append("appointment")
    if visit.doctor_id != doctor.pk and is_blank_of_words(visit):
        visit.doctor = doctor
        changed.append("doctor")
    return changed


def is_blank_of_words(visit):
    """True while its doctor has not written on the visit; a nurse's measurements and notes are not the doctor's words."""
    return not (_has_words(visit) or visit.notes.filter(by=visit.doctor.user_id).exists())


@operation
def call_next(*, doctor, by):
    """Call the next person of the doctor's line and open the visit; the doctor is busy from now on.

    Whoever is called there already, by the desk or by an earlier press, is opened and nobody else is called. Refuses
    when the doctor has no station (`no_station`), nobody waits (from the line), or when the token called has no
    patient yet (`no_patient`).
    """
    lock(Doctor, doctor.pk)
    station = line_queries.station_of(doctor)
    if station is None:
        raise Refused(_("You have no station yet. Ask the manager to add one for your room."), "no_station")
    entry = line_queries.called_at(station) or lines.call_next(station=station, by=by)
    token = entry.token
    if token.patient_id is None:
        raise Refused(
            _("Token %(token)s has no patient yet. Ask the desk whose it is.") % {"token": token.label}, "no_patient"
        )
    visit = open_visit(patient=token.patient, doctor=doctor, by=by, token=token)
    set_presence(doctor=doctor, status=Doctor.Status.BUSY, by=by)
    return visit


@operation
def begin(*, visit, by):
    """The patient is in the room: the place in line is with staff, the appointment in progress. Repeating it is harmless."""
    return into_room(locked(visit), by)


def bookings(visit):
    """The visit's own appointment, and that of its token: a visit left open goes on under the booking of a later day."""
    came_with = Appointment.objects.filter(token=visit.token_id) if visit.token_id else Appointment.objects.none()
    theirs = came_with.filter(patient__any_of=Patient.objects.family_of(visit.patient_id))
    own = Appointment.objects.filter(pk=visit.appointment_id)
    return (own | theirs).order_by("pk")


def into_room(visit, by):
    """What `begin` does, for the operations that have locked the visit already."""
    entry = entry_of(visit)
    if entry is None or entry.state != Entry.State.CALLED:
        return visit
    for booked in bookings(visit):
        if booked.state == Appointment.State.ARRIVED:
            appointments.begin(appointment=booked, by=by)
    if not same_person(lines.begin(entry=entry, by=by).token.patient_id, visit.patient_id):
        raise Refused(_("This number now belongs to another patient. Call again."), "changed_meanwhile")
    audit.record(by, "begin_visit", visit)
    publish(visit)
    return visit


@operation
def call_in(*, visit, by):
    """Call the visit's own patient now, out of turn. Refuses (`not_waiting`) unless they wait or were skipped, and as
    the line does while somebody else is called."""
    lock(Doctor, visit.doctor_id)
    visit = own(visit, by)
    entry = entry_of(visit)
    if entry is None or entry.state not in (Entry.State.WAITING, Entry.State.SKIPPED):
        raise Refused(_("This patient is not waiting for you."), "not_waiting")
    lines.call(entry=entry, by=by)
    publish(visit)
    set_presence(doctor=visit.doctor, status=Doctor.Status.BUSY, by=by)
    return visit


@operation
def recall(*, visit, by):
    """Announce the called person again. Refuses (`not_called`) unless the person is called just now."""
    visit = locked(visit)
    entry = entry_of(visit)
    if entry is None or entry.state != Entry.State.CALLED:
        raise Refused(_("Nobody is called for this visit."), "not_called")
    lines.recall(entry=entry, by=by)
    publish(visit)
    return visit


@operation
def not_come(*, visit, by):
    """The person called is not there: the place in line is skipped, a visit in which nothing was written is closed.

    Refuses (`not_called`) unless the person is called just now, or the desk has skipped them and the visit is blank.
    """
    lock(Doctor, visit.doctor_id)
    visit = locked(visit)
    entry = entry_of(visit)
    if entry and entry.state == Entry.State.CALLED:
        lines.skip(entry=entry, by=by)
    elif not was_absent(visit, entry):
        raise Refused(_("Nobody is called for this visit."), "not_called")
    if is_blank(visit):
        visit.state = Visit.State.CANCELLED
        visit.save(update_fields=["state"])
    audit.record(by, "not_come", visit, closed=visit.state == Visit.State.CANCELLED)
    publish(visit)
    if visit.doctor.user_id == by.pk:
        set_presence(doctor=visit.doctor, status=Doctor.Status.ONLINE, by=by)
    return visit


@operation
def take_over(*, visit, doctor, by):
    """Another doctor goes on with an open visit: from now on it is theirs to write. Both names stay in the audit trail."""
    visit = locked(visit)
    if visit.doctor_id == doctor.pk:
        return visit
    before = visit.doctor_id
    visit.doctor, visit.version = doctor, visit.version + 1
    visit.save(update_fields=["doctor", "version"])
    audit.record(by, "take_over", visit, doctor=doctor.pk, before=before)
    publish(visit)
    return visit
