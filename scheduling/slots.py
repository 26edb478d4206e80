"""Slot arithmetic: which times a doctor can be booked, decided from hours, exceptions and what is taken.

Pure functions over plain values. Hours are written on the wall clock, everything else is an instant: the two meet in
`instant`, so that a time which the clock skips is never offered, one which it shows twice is offered once (the first),
and a length is always real minutes, whatever the clock does meanwhile.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

LAST_MINUTE = time(23, 59)  # "until 23:59" is meant as "until midnight"; a TimeField cannot say 24:00


@dataclass(frozen=True)
class Hours:
    """Weekly hours on the wall clock. Weekday 0 is Monday; the last day is included."""

    weekday: int
    start: time
    end: time
    slot_minutes: int
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class Change:
    """An exception to the weekly hours, as instants; `away` takes time off, the others add a session."""

    starts_at: datetime
    ends_at: datetime
    away: bool


@dataclass(frozen=True, order=True)
class Session:
    """A stretch in which a doctor works, as instants, cut into slots of `slot_minutes` from its start."""

    starts_at: datetime
    ends_at: datetime
    slot_minutes: int


@dataclass(frozen=True, order=True)
class Slot:
    """A time that can be booked, on the clinic's clock; `taken` when a live appointment overlaps it."""

    starts_at: datetime
    ends_at: datetime
    taken: bool = False

    @property
    def stamp(self):
        """Its start in UTC, as forms and addresses carry it."""
        return f"{self.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    @property
    def minutes(self):
        """Its length in real minutes."""
        # Two times with the same tzinfo subtract on the wall clock, so both go through UTC.
        return int((self.ends_at.astimezone(UTC) - self.starts_at.astimezone(UTC)) / timedelta(minutes=1))


def exists(wall, zone):
    """True when the clock of `zone` shows the naive time `wall` at least once."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall


def instant(wall, zone):
    """The naive time `wall` as an instant of `zone`: the first when shown twice, the jump itself when skipped."""
    if exists(wall, zone):
        return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    low = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def midnight(day, zone):
    """The instant at which `day` begins in `zone`, also where the clock skips midnight."""
    return instant(datetime.combine(day, time.min), zone)


def sessions(day, hours, changes, zone, extra_minutes=15):
    """The doctor's stretches of work that begin on `day`, sorted: weekly hours and extra sessions, less what is away.

    Extra sessions are cut into slots of `extra_minutes`.
    """
    found = []
    for row in hours:
        valid = (row.valid_from or day) <= day <= (row.valid_until or day)
        if row.weekday != day.weekday() or not valid:
            continue
        end_day, end = (day + timedelta(days=1), time.min) if row.end >= LAST_MINUTE else (day, row.end)
        found.append(
            Session(
                instant(datetime.combine(day, row.start), zone),
                instant(datetime.combine(end_day, end), zone),
                row.slot_minutes,
            )
        )
    first, last = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    found += [
        Session(change.starts_at.astimezone(UTC), change.ends_at.astimezone(UTC), extra_minutes)
        for change in changes
        if not change.away and first <= change.starts_at < last
    ]
    away = [(change.starts_at, change.ends_at) for change in changes if change.away]
    return sorted(part for session in found if session.starts_at < session.ends_at for part in _less(session, away))


def _less(session, away):
    """What is left of `session` outside the `away` stretches."""
    parts = [(session.starts_at, session.ends_at)]
    for start, end in away:
        parts = [
            piece
            for low, high in parts
            for piece in ((low, min(high, start)), (max(low, end), high))
            if piece[0] < piece[1]
        ]
    return [Session(low.astimezone(UTC), high.astimezone(UTC), session.slot_minutes) for low, high in set(parts)]


def grid(work, minutes, zone):
    """The starts offered in one Session for a length of `minutes`, as instants.

    They step on the wall clock, so that hours that begin at 09:00 offer 09:15 also on the day the clock changes.
    """
    wall = work.starts_at.astimezone(zone).replace(tzinfo=None, fold=0)
    step, length = timedelta(minutes=work.slot_minutes), timedelta(minutes=minutes)
    starts, busy_until = [], work.starts_at
    while True:
        if exists(wall, zone):
            start = instant(wall, zone)
            if start + length > work.ends_at:
                return starts
            if start >= busy_until:
                starts.append(start)
                busy_until = start + step
        elif instant(wall, zone) >= work.ends_at:
            return starts
        wall += step


def free(work, taken, zone, *, minutes=None, after=None):
    """The free slots of the sessions `work`, in order, on the clock of `zone`.

    `minutes` is the length wanted (empty: each session's own). `after`: slots that ended by then are left out; the
    one still running is offered. `taken` holds (start, end) pairs of live appointments.
    """
    return [slot for slot in all_slots(work, taken, zone, minutes=minutes, after=after) if not slot.taken]


def all_slots(work, taken, zone, *, minutes=None, after=None):
    """Like `free`, with the slots that a live appointment overlaps marked `taken`."""
    found = {}
    for session in work:
        length = minutes or session.slot_minutes
        for start in grid(session, length, zone):
            end = start + timedelta(minutes=length)
            if after is not None and end <= after:
                continue
            held = overlaps(start, end, taken)
            found[start] = Slot(start.astimezone(zone), end.astimezone(zone), held)
    return [found[start] for start in sorted(found)]


def overlaps(start, end, taken):
    """True when [start, end) shares a moment with one of the half-open pairs `taken`."""
    return any(low < end and start < high for low, high in taken)


def covers(work, start, end):
    """True when [start, end) lies wholly inside the sessions, which may touch each other."""
    for session in sorted(work):
        if session.starts_at <= start < session.ends_at:
            start = session.ends_at
        if start >= end:
            return True
    return False
