"""What the operations of this floor share: locks, checks of a time, the topics a change touches."""

from datetime import UTC, timedelta

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from clinic import display, live
from clinic.access import Role
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Doctor
from patients.models import Patient
from patients.operations.common import in_use
from queues import operations as queue_operations
from queues.models import Entry
from scheduling import queries, slots
from scheduling.models import Appointment
from scheduling.names import person, run

# Who may read whose appointment stands in the way.
MAY_KNOW = (Role.RECEPTION, Role.DOCTOR, Role.NURSE, Role.MANAGER)
UNIQUENESS = {"23P01", "23505"}  # exclusion and unique violation (PostgreSQL, Appendix A)


def lock_doctor(doctor, clinic):
    """The doctor's row, locked: bookings of one doctor stand in line here. Refuses one who may not be booked."""
    locked = Doctor.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=doctor.pk)
    if not locked.is_active or not locked.user.is_active or locked.user.clinic_id != clinic.pk:
        raise Refused(_("This doctor cannot be booked here."), "doctor_not_bookable", field="doctor")
    return locked


def lock_patient(patient):
    """The patient's row, locked after the doctor's. Refuses files that are closed and people who have died."""
    locked = Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=patient.pk)
    if locked.merged_into_id or locked.retired_at:
        raise Refused(_("This file is closed. Open the file it was joined to."), "file_closed", field="patient")
    if locked.deceased_on:
        raise Refused(_("This patient is recorded as deceased."), "deceased", field="patient")
    return locked


def lock_person(patient):
    """The file in use of the person on whose file a row stands, locked as by `lock_patient`, which refuses the same.

    A file that was joined to another keeps its rows: its bookings are still moved, restored and checked in.
    """
    return lock_patient(in_use(Patient.objects.only("merged_into").get(pk=patient.pk)))


def check_keeper(by, doctor, roles):
    """Refuse to change the hours of a doctor unless that doctor asks, or somebody with one of `roles`."""
    if not by.has_role(*roles) and not (by.has_role(Role.DOCTOR) and doctor.user_id == by.pk):
        raise Refused(_("You may only change your own hours."), "not_yours", field="doctor", status=403)


def lock_keeper(row, by, roles):
    """Hours or an exception as they are now, and their doctor, both locked, the doctor first. Refuses as `check_keeper`."""
    doctor = lock(Doctor, row.doctor_id, "user")
    row = lock(type(row), row.pk, "clinic", "doctor__user")
    check_keeper(by, doctor, roles)
    return row, doctor


def save_past_wall(row, refuse, **fields):
    """Save `row`; a clash that only the database saw calls `refuse`, which raises the refusal."""
    try:
        with transaction.atomic():
            row.save(**fields)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) not in UNIQUENESS:
            raise
        refuse()


def lock_appointment(appointment):
    """The appointment's row as it is now, locked."""
    return lock(Appointment, appointment.pk, "clinic", "doctor__user", "patient", "token")


def leave_line(token, by):
    """The stay of the token ends together with its booking or check-in. Refused: with_staff."""
    entry = Entry.objects.filter(token=token).order_by("-pk").first()
    if entry and entry.state == Entry.State.WITH_STAFF:
        raise Refused(_("The patient is in the room."), "with_staff")
    if entry and entry.state in (*Entry.LIVE, Entry.State.LEFT):
        queue_operations.leave_with_booking(entry=entry, by=by)


def check_version(appointment, version):
    """Refuse when the page was drawn from an older version."""
    if version is not None and int(version) != appointment.version:
        raise Refused(_("Somebody else changed this appointment meanwhile. Look at it again."), "changed_meanwhile")


def check_future(clinic, doctor, starts_at, ends_at):
    """Refuse a time that is over, or that no clock on a wall shows; the slot still running may be booked."""
    if ends_at <= clinic.now():
        raise Refused(
            _("This time is over."),
            "in_the_past",
            field="starts_at",
            alternatives=queries.next_free(doctor, clinic, clinic.now(), 3),
        )
    if starts_at.second or starts_at.microsecond:
        raise Refused(_("Choose a time in whole minutes."), "bad_start", field="starts_at", status=422)


def check_time(clinic, doctor, patient, starts_at, ends_at, *, by, overbook_reason="", but=None):
    """Refuse a time outside the doctor's hours, or that the doctor or the patient has given away.

    With `overbook_reason` the doctor's hours and other appointments no longer stand in the way; the patient's do.
    `but` is the appointment being moved. Returns True when the time overlaps another one of the doctor.
    """
    check_patient_free(patient, starts_at, ends_at, but=but)
    taken_by = _live_within(starts_at, ends_at, but).filter(doctor=doctor).first()
    if overbook_reason:
        return taken_by is not None
    if taken_by:
        refuse_taken(taken_by, clinic, doctor, starts_at, ends_at, by)
    if not slots.covers(queries.work_around(doctor, clinic, starts_at), starts_at, ends_at):
        raise Refused(
            _("%(doctor)s does not work at this time. Choose a free time, or write why it is booked anyway.")
            % {"doctor": person(display.staff_name(doctor))},
            "outside_hours",
            field="starts_at",
            alternatives=_nearest(clinic, doctor, starts_at, ends_at),
        )
    return False


def check_patient_free(patient, starts_at, ends_at, *, but=None):
    """Refuse a time at which the patient is already booked, with whomever."""
    clash = _live_within(starts_at, ends_at, but).filter(patient__any_of=Patient.objects.family_of(patient.pk)).first()
    if clash:
        raise Refused(
            _("The patient is already booked at %(time)s with %(doctor)s.")
            % {"time": run(f"{clash.wall_time:%H:%M}"), "doctor": person(display.staff_name(clash.doctor))},
            "patient_busy",
            field="starts_at",
        )


def check_doctor_free(appointment, by):
    """Refuse when the doctor's time of `appointment` was given to another meanwhile."""
    starts_at, ends_at, doctor = appointment.starts_at, appointment.ends_at, appointment.doctor
    taken_by = _live_within(starts_at, ends_at, appointment).filter(doctor=doctor, is_overbooked=False).first()
    if taken_by:
        refuse_taken(taken_by, appointment.clinic, doctor, starts_at, ends_at, by)


def refuse_taken(taken_by, clinic, doctor, starts_at, ends_at, by):
    """Say that the time is taken, by whom when `by` may know, and which are free."""
    words = {"time": run(f"{starts_at.astimezone(clinic.zone):%H:%M}")}
    message = _("%(time)s is taken.")
    if by.has_role(*MAY_KNOW):
        message = _("%(time)s is taken: %(patient)s, booked by %(who)s.")
        words["patient"] = person(display.patient_name(taken_by.patient))
        words["who"] = person(display.staff_name(taken_by.booked_by))
    nearest = _nearest(clinic, doctor, starts_at, ends_at)
    raise Refused(message % words, "slot_taken", field="starts_at", alternatives=nearest)


def _live_within(starts_at, ends_at, but):
    return (
        Appointment.objects.live()
        .filter(during__overlap=DateTimeTZRange(starts_at, ends_at))
        .exclude(pk=but.pk if but else None)
        .select_related("patient", "doctor__user", "booked_by")
        .order_by("pk")
    )


def _nearest(clinic, doctor, starts_at, ends_at):
    return queries.nearest_free(doctor, clinic, starts_at, 3, minutes=_minutes(starts_at, ends_at))


def _minutes(starts_at, ends_at):
    return int((ends_at - starts_at) / timedelta(minutes=1))


def place(appointment, clinic, doctor, starts_at, minutes):
    """Write a time onto the unsaved fields of `appointment`: the instants, and beside them the wall and its zone."""
    wall = starts_at.astimezone(clinic.zone)
    appointment.doctor = doctor
    appointment.during = DateTimeTZRange(starts_at, starts_at + timedelta(minutes=minutes), "[)")
    appointment.minutes = minutes
    appointment.wall_date, appointment.wall_time, appointment.zone = wall.date(), wall.time(), clinic.time_zone
    return appointment


def write(appointment, **fields):
    """Save past the wall: a clash that the checks did not see is told as a taken slot, never as an error."""
    clinic, starts_at = appointment.clinic, appointment.starts_at
    try:
        with transaction.atomic():
            appointment.save(**fields)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) not in UNIQUENESS:
            raise
        raise Refused(
            _("%(time)s is taken.") % {"time": run(f"{starts_at.astimezone(clinic.zone):%H:%M}")},
            "slot_taken",
            field="starts_at",
            alternatives=queries.nearest_free(appointment.doctor, clinic, starts_at, 3, minutes=appointment.minutes),
        ) from error
    return appointment


def in_utc(moment):
    """An aware moment in UTC: two times with the same tzinfo would compare and subtract on the wall clock."""
    return moment.astimezone(UTC)


def publish(appointment, *days, told="", doctors=()):
    """Everybody who shows this appointment: the desk, the days it lies on, its doctor, its patient.

    `told` is what happened, for people and integrations (created, confirmed, moved, cancelled, completed);
    `doctors` are ids of others whom it concerned before.
    """
    clinic = appointment.clinic
    topics = [f"calendar-{day:%Y-%m-%d}" for day in {appointment.wall_date, *days}]
    topics += [f"doctor-{doctor_id}" for doctor_id in {appointment.doctor_id, *doctors}]
    files = {appointment.patient_id, appointment.patient.merged_into_id or appointment.patient_id}
    live.publish(clinic, "desk", *topics, *(f"patient-{pk}" for pk in files))
    if told:
        live.event(
            clinic,
            f"appointment.{told}",
            patient_id=appointment.patient_id,
            doctor_id=appointment.doctor_id,
            appointment=appointment.pk,
            at=appointment.starts_at.astimezone(clinic.zone).isoformat(),
        )
