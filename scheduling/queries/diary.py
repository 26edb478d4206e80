"""The free times of doctors, read in three queries for however many doctors and days."""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q

from scheduling import slots
from scheduling.models import Appointment, Availability, AvailabilityException

LOOK_AHEAD = (1, 14, 90)  # days, each tried when the one before gave too few


class Diary:
    """Hours, exceptions and taken times of `doctors` from `first` to `last` (days of the clinic, both included)."""

    def __init__(self, clinic, doctors, first, last, *, but=None):
        self.clinic, self.zone = clinic, clinic.zone
        self.lengths = {doctor.pk: doctor.appointment_minutes for doctor in doctors}
        low = slots.midnight(first - timedelta(days=1), self.zone)
        high = slots.midnight(last + timedelta(days=1), self.zone)
        self._read_hours(first, last)
        self._read_changes(low, high)
        self._read_taken(low, high, but)

    def _read_hours(self, first, last):
        self.hours = defaultdict(list)
        rows = Availability.objects.standing().filter(
            Q(valid_from=None) | Q(valid_from__lte=last),
            Q(valid_until=None) | Q(valid_until__gte=first - timedelta(days=1)),
            clinic=self.clinic,
            doctor__in=self.lengths,
        )
        for row in rows:
            self.hours[row.doctor_id].append(
                slots.Hours(
                    row.weekday, row.start_time, row.end_time, row.slot_minutes, row.valid_from, row.valid_until
                )
            )

    def _read_changes(self, low, high):
        self.changes = defaultdict(list)
        rows = AvailabilityException.objects.standing().filter(
            clinic=self.clinic, doctor__in=self.lengths, starts_at__lt=high, ends_at__gt=low
        )
        for row in rows:
            away = row.kind == AvailabilityException.Kind.AWAY
            self.changes[row.doctor_id].append(slots.Change(row.starts_at, row.ends_at, away))

    def _read_taken(self, low, high, but):
        self.taken = defaultdict(list)
        # The rest of a time whose visit has finished is not offered again; one that has not begun is.
        used = Q(state=Appointment.State.COMPLETED, during__contains=self.clinic.now())
        rows = (
            Appointment.objects.filter(Q(state__in=Appointment.LIVE) | used)
            .filter(doctor__in=self.lengths, during__overlap=DateTimeTZRange(low, high))
            .exclude(pk=but.pk if but else None)
            .values_list("doctor_id", "during")
        )
        for doctor_id, during in rows:
            self.taken[doctor_id].append((during.lower.astimezone(UTC), during.upper.astimezone(UTC)))

    def sessions(self, doctor, day):
        """The doctor's stretches of work that begin on `day`."""
        return slots.sessions(
            day, self.hours[doctor.pk], self.changes[doctor.pk], self.zone, extra_minutes=self.lengths[doctor.pk]
        )

    def slots(self, doctor, day, *, minutes=None, after=None):
        """All slots of the day that are not over, taken ones marked."""
        low, high = slots.midnight(day, self.zone), slots.midnight(day + timedelta(days=2), self.zone)
        taken = [pair for pair in self.taken[doctor.pk] if pair[0] < high and low < pair[1]]
        return slots.all_slots(self.sessions(doctor, day), taken, self.zone, minutes=minutes, after=after)

    def free(self, doctor, day, *, minutes=None, after=None):
        """The free slots of the day that are not over."""
        return [slot for slot in self.slots(doctor, day, minutes=minutes, after=after) if not slot.taken]


def free_slots(doctor, clinic, day, *, but=None):
    """Every slot of `doctor` on `day` that is not over, taken ones marked. `but`: an appointment that is being moved."""
    return Diary(clinic, [doctor], day, day, but=but).slots(doctor, day, after=clinic.now())


def free_between(doctor, clinic, from_, days, *, minutes=None):
    """The free slots of `doctor` on `days` days, the first being that of the moment `from_`; none that began before it.

    None on days that are over: they are not made up for by later ones.
    """
    last = from_.astimezone(clinic.zone).date() + timedelta(days=days - 1)
    from_ = max(from_, clinic.now())
    first = from_.astimezone(clinic.zone).date()
    if first > last:
        return []
    diary = Diary(clinic, [doctor], first, last)
    found = (
        slot
        for ahead in range((last - first).days + 1)
        for slot in diary.free(doctor, first + timedelta(days=ahead), minutes=minutes, after=from_)
    )
    return [slot for slot in found if slot.starts_at >= from_]


def next_free(doctor, clinic, from_, n, *, minutes=None, but=None):
    """The first `n` free slots that end after the moment `from_`, looking three months ahead."""
    after = max(from_, clinic.now())
    first, found = after.astimezone(clinic.zone).date(), []
    for days in LOOK_AHEAD:
        diary = Diary(clinic, [doctor], first, first + timedelta(days=days - 1), but=but)
        found = []
        for ahead in range(days):
            found += diary.free(doctor, first + timedelta(days=ahead), minutes=minutes, after=after)
            if len(found) >= n:
                return found[:n]
    return found


def nearest_free(doctor, clinic, moment, n, *, minutes=None):
    """The `n` free slots nearest to `moment`: of its day when there are enough, else the next ones. In order of time."""
    day, after = moment.astimezone(clinic.zone).date(), clinic.now()
    found = Diary(clinic, [doctor], day, day).free(doctor, day, minutes=minutes, after=after)
    if len(found) >= n:
        moment = moment.astimezone(UTC)
        nearest = sorted(found, key=lambda slot: abs(slot.starts_at.astimezone(UTC) - moment))[:n]
        return sorted(nearest, key=lambda slot: slot.starts_at.astimezone(UTC))
    morrow = datetime.combine(day + timedelta(days=1), time.min, tzinfo=clinic.zone)
    return found + next_free(doctor, clinic, max(morrow, after), n - len(found), minutes=minutes)


def usual_minutes(doctor, clinic, moment):
    """The length of the slots of the session that holds `moment`, else the doctor's usual length."""
    moment = moment.astimezone(UTC)
    held = (s.slot_minutes for s in work_around(doctor, clinic, moment) if s.starts_at <= moment < s.ends_at)
    return next(held, doctor.appointment_minutes)


def work_around(doctor, clinic, moment):
    """The sessions of `doctor` that can hold `moment`: those of its day, and those that began the day before."""
    day = moment.astimezone(clinic.zone).date()
    before = day - timedelta(days=1)
    weekdays = (day.weekday(), before.weekday())
    hours = Availability.objects.standing().filter(clinic=clinic, doctor=doctor, weekday__in=weekdays)
    low, high = slots.midnight(before, clinic.zone), slots.midnight(day + timedelta(days=2), clinic.zone)
    changes = AvailabilityException.objects.standing().filter(
        clinic=clinic, doctor=doctor, starts_at__lt=high, ends_at__gt=low
    )
    rows = [
        slots.Hours(row.weekday, row.start_time, row.end_time, row.slot_minutes, row.valid_from, row.valid_until)
        for row in hours
    ]
    exceptions = [
        slots.Change(row.starts_at, row.ends_at, row.kind == AvailabilityException.Kind.AWAY) for row in changes
    ]
    return [
        session
        for each in (before, day)
        for session in slots.sessions(each, rows, exceptions, clinic.zone, extra_minutes=doctor.appointment_minutes)
    ]
