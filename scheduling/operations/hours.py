"""The hours doctors keep: weekly hours over several weekdays in one step, and one added or taken back."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, display, idempotency, live
from clinic.access import Role
from clinic.errors import Refused
from clinic.operation import operation
from scheduling import slots
from scheduling.models import Availability, AvailabilityException
from scheduling.names import person, run
from scheduling.operations.common import check_keeper, lock_doctor, lock_keeper, save_past_wall

KEEPERS = (Role.MANAGER,)


@operation
def add_hours(
    *,
    clinic,
    doctor,
    by,
    start_time,
    end_time,
    weekdays=(),
    date=None,
    slot_minutes=15,
    valid_from=None,
    valid_until=None,
    idempotency_key="",
):
    """Weekly hours of a doctor on each of `weekdays` (0 is Monday), or one session on `date`. Returns the rows made.

    Weekdays that do not occur between `valid_from` and `valid_until` are left out. Refused: not_yours unless the
    doctor or a manager asks, hours_overlap when the doctor already has hours then, in_the_past, and values that
    cannot be right (weekdays_required, ends_before_start, bad_length, no_such_day).
    """
    check_keeper(by, doctor, KEEPERS)
    if date:
        weekdays, valid_from, valid_until = [date.weekday()], date, date
    times = {"start_time": start_time, "end_time": end_time, "slot_minutes": int(slot_minutes)}
    valid = {"valid_from": valid_from, "valid_until": valid_until}
    days = _checked_days(clinic, weekdays, valid_from, valid_until, "date" if date else "weekdays")
    _check_times(**times)
    body = {"doctor": doctor.pk, "weekdays": days, **times, **valid}
    if made := idempotency.claim(by=by, key=idempotency_key, operation="add_hours", body=body):
        first = Availability.objects.get(pk=made)
        return list(Availability.objects.filter(doctor=doctor, batch=first.batch).order_by("pk"))
    doctor, batch = lock_doctor(doctor, clinic), uuid4()
    rows = [
        Availability(clinic=clinic, doctor=doctor, weekday=day, batch=batch, **times, **valid) for day in sorted(days)
    ]
    for row in rows:
        _save(row)
        audit.record(by, "add_hours", row, doctor=doctor.pk, weekday=row.weekday)
    idempotency.settle(by=by, key=idempotency_key, made=rows[0])
    _publish(clinic, doctor)
    return rows


@operation
def remove_hours(*, availability, by, from_day=None):
    """The hours no longer hold from `from_day` on (a day of the clinic; empty: today). What is booked stays booked.

    Earlier days keep them; hours that would only have begun later are taken away. `restore_hours` is the way back.
    Refused: not_yours unless the doctor or a manager asks, already_ended.
    """
    availability, doctor = lock_keeper(availability, by, KEEPERS)
    today = availability.clinic.today()
    from_day = max(from_day or today, today)
    if availability.removed_at or (availability.valid_until and availability.valid_until < from_day):
        raise Refused(_("These hours have already ended."), "already_ended")
    until = availability.valid_until
    if availability.valid_from and availability.valid_from >= from_day:
        availability.removed_at, availability.removed_by = timezone.now(), by
    else:
        availability.valid_until = from_day - timedelta(days=1)
    availability.save(update_fields=["valid_until", "removed_at", "removed_by"])
    audit.record(by, "remove_hours", availability, doctor=doctor.pk, weekday=availability.weekday, until=until)
    _publish(availability.clinic, doctor)
    return availability


@operation
def restore_hours(*, availability, by, valid_until=None):
    """Take `remove_hours` back: the hours hold again, until `valid_until` (empty: without an end).

    Refused: not_yours, hours_overlap when other hours were given for that time meanwhile.
    """
    availability, doctor = lock_keeper(availability, by, KEEPERS)
    if valid_until and availability.valid_from and valid_until < availability.valid_from:
        raise Refused(_("The last day lies before the first."), "ends_before_start", field="valid_until", status=422)
    availability.valid_until, availability.removed_at, availability.removed_by = valid_until, None, None
    _save(availability, update_fields=["valid_until", "removed_at", "removed_by"])
    audit.record(by, "restore_hours", availability, doctor=doctor.pk, weekday=availability.weekday)
    _publish(availability.clinic, doctor)
    return availability


@operation
def withdraw_hours(*, availability, by):
    """Take back the step that made `availability`: all rows of its batch, as if they had never been.

    Refused: not_yours, already_ended when none of them stands any more.
    """
    availability, doctor = lock_keeper(availability, by, KEEPERS)
    rows = Availability.objects.standing().filter(doctor=doctor, batch=availability.batch, batch__isnull=False)
    if not rows.update(removed_at=timezone.now(), removed_by=by):
        raise Refused(_("These hours have already ended."), "already_ended")
    audit.record(by, "withdraw_hours", availability, doctor=doctor.pk)
    _publish(availability.clinic, doctor)
    return availability


def _checked_days(clinic, weekdays, valid_from, valid_until, field):
    """The weekdays that occur between the two days, in order."""
    days = sorted({int(day) for day in weekdays})
    if not days or not 0 <= days[0] <= days[-1] <= 6:
        raise Refused(_("Choose at least one weekday."), "weekdays_required", field=field, status=422)
    if valid_from and valid_until and valid_until < valid_from:
        raise Refused(_("The last day lies before the first."), "ends_before_start", field="valid_until", status=422)
    if valid_until and valid_until < clinic.today():
        where = "date" if field == "date" else "valid_until"
        raise Refused(_("This day is over."), "in_the_past", field=where)
    if not valid_from or not valid_until:
        return days
    span = min((valid_until - valid_from).days + 1, 7)
    occurring = {(valid_from + timedelta(days=ahead)).weekday() for ahead in range(span)}
    if not occurring & set(days):
        raise Refused(_("None of these weekdays lies between the two days."), "no_such_day", field=field, status=422)
    return [day for day in days if day in occurring]


def _check_times(start_time, end_time, slot_minutes):
    if end_time <= start_time:
        raise Refused(_("The end lies before the start."), "ends_before_start", field="end_time", status=422)
    if not 5 <= slot_minutes <= 180:
        raise Refused(_("A slot lasts 5 to 180 minutes."), "bad_length", field="slot_minutes", status=422)
    end = 24 * 60 if end_time >= slots.LAST_MINUTE else end_time.hour * 60 + end_time.minute
    if end - start_time.hour * 60 - start_time.minute < slot_minutes:
        raise Refused(_("The hours are shorter than one slot."), "bad_length", field="slot_minutes", status=422)


def _save(row, **fields):
    """Save hours that overlap no others of the doctor; the constraint says the same to whoever comes past the lock."""
    clash = _overlapping(row)
    if clash:
        _refuse(row, clash.weekday, clash.start_time, clash.end_time)
    extra = _extra_session_in(row)
    if extra:
        zone = row.clinic.zone
        _refuse(row, row.weekday, extra.starts_at.astimezone(zone), extra.ends_at.astimezone(zone))
    save_past_wall(row, lambda: _refuse(row, row.weekday, row.start_time, row.end_time), **fields)


def _overlapping(row):
    rows = Availability.objects.standing().filter(
        doctor=row.doctor, weekday=row.weekday, start_time__lt=row.end_time, end_time__gt=row.start_time
    )
    if row.valid_until:
        rows = rows.exclude(valid_from__gt=row.valid_until)
    if row.valid_from:
        rows = rows.exclude(valid_until__lt=row.valid_from)
    return rows.exclude(pk=row.pk).order_by("start_time").first()


def _extra_session_in(row):
    """An added session still to come that the weekly hours would cover: its times would be offered twice."""
    zone = row.clinic.zone
    extras = AvailabilityException.objects.standing().filter(
        doctor=row.doctor, kind=AvailabilityException.Kind.EXTRA, ends_at__gt=timezone.now()
    )
    hours = slots.Hours(row.weekday, row.start_time, row.end_time, row.slot_minutes, row.valid_from, row.valid_until)
    for extra in extras:
        day = extra.starts_at.astimezone(zone).date()
        work = [(s.starts_at, s.ends_at) for s in slots.sessions(day, [hours], [], zone)]
        if slots.overlaps(extra.starts_at, extra.ends_at, work):
            return extra
    return None


def _refuse(row, weekday, start, end):
    words = {
        "doctor": person(display.staff_name(row.doctor)),
        "day": dict(Availability.WEEKDAYS)[weekday],
        "from": run(f"{start:%H:%M}"),
        "to": run(f"{end:%H:%M}"),
    }
    message = _("%(doctor)s already has hours on %(day)s from %(from)s to %(to)s.") % words
    raise Refused(message, "hours_overlap", field="start_time")


def _publish(clinic, doctor):
    """Hours reach into every week: the doctor's own topic, and the day that most screens show."""
    live.publish(clinic, f"doctor-{doctor.pk}", f"calendar-{clinic.today():%Y-%m-%d}")
