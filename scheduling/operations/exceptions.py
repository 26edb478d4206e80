"""Times a doctor is away in spite of the weekly hours, or there beyond them."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, idempotency, live
from clinic.access import Role
from clinic.errors import Refused
from clinic.operation import operation
from scheduling import queries, slots
from scheduling.models import AvailabilityException
from scheduling.operations.common import check_keeper, in_utc, lock_doctor, lock_keeper, save_past_wall

Kind = AvailabilityException.Kind
KEEPERS = (Role.MANAGER, Role.RECEPTION)
LONGEST_AWAY = timedelta(days=366)  # longer is a doctor who has left: that is said on the doctor, not in the calendar
LONGEST_SESSION = timedelta(hours=24)
MOST_TOPICS = 40  # days of the calendar told at once; who shows a later one learns of it by the doctor's topic


@operation
def add_exception(*, clinic, doctor, by, kind, starts_at, ends_at, reason="", idempotency_key=""):
    """A time (aware) the doctor is away, with the reason, or there beyond the weekly hours.

    Appointments in it stay booked: `queries.in_the_way` lists who must be moved, and no new one is given there.
    Refused: not_yours unless the doctor, reception or a manager asks, in_the_past, ends_before_start, too_long,
    reason_required (away), already_away, and for an added session doctor_away and hours_overlap.
    """
    check_keeper(by, doctor, KEEPERS)
    starts_at, ends_at, reason = in_utc(starts_at), in_utc(ends_at), reason.strip()
    _check_span(kind, starts_at, ends_at, reason)
    body = {"doctor": doctor.pk, "kind": kind, "from": starts_at.isoformat(), "to": ends_at.isoformat()}
    if made := idempotency.claim(by=by, key=idempotency_key, operation="add_exception", body=body):
        return AvailabilityException.objects.get(pk=made)
    doctor = lock_doctor(doctor, clinic)
    row = AvailabilityException(
        clinic=clinic, doctor=doctor, kind=kind, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    _check_free(row)
    save_past_wall(row, _refuse_overlap)
    idempotency.settle(by=by, key=idempotency_key, made=row)
    audit.record(by, "add_exception", row, doctor=doctor.pk, kind=kind)
    _publish(row)
    return row


@operation
def remove_exception(*, exception, by):
    """The absence or the added session does not hold (any more). What is booked stays booked.

    Refused: not_yours, already_removed, in_the_past once it is over.
    """
    exception, doctor = lock_keeper(exception, by, KEEPERS)
    if exception.removed_at:
        raise Refused(_("This was already taken away."), "already_removed")
    if exception.ends_at <= timezone.now():
        raise Refused(_("This time is over."), "in_the_past")
    exception.removed_at, exception.removed_by = timezone.now(), by
    exception.save(update_fields=["removed_at", "removed_by"])
    audit.record(by, "remove_exception", exception, doctor=doctor.pk, kind=exception.kind)
    _publish(exception)
    return exception


@operation
def restore_exception(*, exception, by):
    """Take `remove_exception` back. Refused: not_removed, and as `add_exception` when other hours stand there now."""
    exception, doctor = lock_keeper(exception, by, KEEPERS)
    if not exception.removed_at:
        raise Refused(_("This was not taken away."), "not_removed")
    _check_free(exception)
    exception.removed_at = exception.removed_by = None
    save_past_wall(exception, _refuse_overlap, update_fields=["removed_at", "removed_by"])
    audit.record(by, "restore_exception", exception, doctor=doctor.pk, kind=exception.kind)
    _publish(exception)
    return exception


def _check_span(kind, starts_at, ends_at, reason):
    if kind == Kind.AWAY and not reason:
        raise Refused(_("Say why the doctor is away."), "reason_required", field="reason", status=422)
    if ends_at <= starts_at:
        raise Refused(_("The end lies before the start."), "ends_before_start", field="ends_at", status=422)
    if ends_at <= timezone.now():
        raise Refused(_("This time is over."), "in_the_past", field="ends_at")
    if ends_at - starts_at > (LONGEST_AWAY if kind == Kind.AWAY else LONGEST_SESSION):
        message = _("An absence lasts at most a year.") if kind == Kind.AWAY else _("A session lasts at most a day.")
        raise Refused(message, "too_long", field="ends_at", status=422)


def _check_free(row):
    """An absence is not noted twice; an added session lies where the doctor neither works yet nor is away."""
    others = AvailabilityException.objects.standing().filter(doctor=row.doctor).exclude(pk=row.pk)
    away = others.filter(kind=Kind.AWAY)
    if row.kind == Kind.AWAY:
        if away.filter(starts_at__lte=row.starts_at, ends_at__gte=row.ends_at).exists():
            raise Refused(_("The doctor is already away at this time."), "already_away", field="starts_at")
        return
    if away.filter(starts_at__lt=row.ends_at, ends_at__gt=row.starts_at).exists():
        message = _("The doctor is away at this time. Take the absence away first.")
        raise Refused(message, "doctor_away", field="starts_at")
    work = [
        (session.starts_at, session.ends_at)
        for moment in (row.starts_at, row.ends_at)
        for session in queries.work_around(row.doctor, row.clinic, moment)
    ]
    if slots.overlaps(row.starts_at, row.ends_at, work):
        _refuse_overlap()


def _refuse_overlap():
    raise Refused(_("The doctor already works at this time."), "hours_overlap", field="starts_at")


def _publish(row):
    """The doctor's topic, and the calendar of every day the time lies on."""
    zone = row.clinic.zone
    day, last = row.starts_at.astimezone(zone).date(), row.ends_at.astimezone(zone).date()
    days = range(min((last - day).days + 1, MOST_TOPICS))
    topics = [f"calendar-{day + timedelta(days=ahead):%Y-%m-%d}" for ahead in days]
    live.publish(row.clinic, f"doctor-{row.doctor_id}", *topics)
