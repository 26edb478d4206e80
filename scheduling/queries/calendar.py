"""The day by doctor: what is free, what is taken, what lies outside the hours, as places in a grid of five minutes."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from clinic.models import Doctor
from clinic.templatetags.clinic import STATES
from patients import queries as patient_queries
from scheduling.models import Appointment
from scheduling.queries.desk import _OF_APPOINTMENT
from scheduling.queries.diary import Diary

STEP = 5  # minutes in a line of the grid
HOUR = 60 // STEP  # lines
USUAL = (8, 17)  # the hours shown when nobody works and nothing is booked


def _place(line, span=1):
    """The classes that put something into the grid (static/css/screens/calendar.css)."""
    return f"at-h{line // HOUR} at-m{line % HOUR} for-h{span // HOUR} for-m{span % HOUR}"


@dataclass
class Block:
    """Something with a place: `line` counts five-minute lines from the top, `span` how many it covers."""

    line: int
    span: int
    slot: object = None
    appointment: Appointment | None = None
    state: str = ""
    similar: bool = False
    beside: bool = False
    halved: bool = False

    def meets(self, other):
        """True when the two share a line."""
        return self.line < other.line + other.span and other.line < self.line + self.span

    @property
    def place(self):
        """Its place in the grid."""
        return _place(self.line, self.span)

    @property
    def drawing(self):
        """The icon of the state."""
        return STATES[self.state][0]

    @property
    def word(self):
        """The state in words."""
        return STATES[self.state][1]

    @property
    def movable(self):
        """True while the appointment is only booked."""
        return self.appointment.state in (Appointment.State.PENDING, Appointment.State.CONFIRMED)


@dataclass(frozen=True)
class Hour:
    """A label beside the grid."""

    line: int
    text: str

    @property
    def place(self):
        """Its place in the grid."""
        return _place(self.line, HOUR)


@dataclass
class Column:
    """One doctor's day."""

    doctor: Doctor
    work: list = field(default_factory=list)
    free: list = field(default_factory=list)
    taken: list = field(default_factory=list)
    next_free: object = None

    def make_room(self):
        """Whoever is done or did not come stands beside what their time is used for now, never over or under it."""
        live = [block for block in self.taken if block.appointment.state in Appointment.LIVE]
        for block in self.taken:
            if block.appointment.state in Appointment.LIVE:
                continue
            block.beside = any(block.meets(other) for other in self.free + live)
            for other in live:
                other.halved = other.halved or block.meets(other)


@dataclass
class CalendarDay:
    """The whole grid. `lines` is its height, `hours` the labels beside it, `now` the line of the present moment."""

    day: date
    columns: list
    hours: list
    lines: int
    now: int | None

    @property
    def place(self):
        """The place of the whole day in the grid."""
        return _place(0, self.lines)

    @property
    def now_place(self):
        """The place of the present moment in the grid."""
        return _place(self.now)

    @property
    def first(self):
        """The free slot on which the keyboard begins: the earliest that has not begun, of the first doctor who has one."""
        free = [block for column in self.columns for block in column.free if self.now is None or block.line >= self.now]
        return min(free, key=lambda block: block.line, default=None)


def calendar_day(clinic, day, *, moving=None):
    """The grid of `day`. `moving` is an appointment for which the free slots are cut; its own time counts as free."""
    doctors = list(Doctor.objects.filter(user__clinic=clinic).active().select_related("user").order_by("pk"))
    diary = Diary(clinic, doctors, day, day, but=moving)
    now = clinic.now()
    booked = list(
        Appointment.objects.filter(clinic=clinic)
        .for_day(day)
        .exclude(state=Appointment.State.CANCELLED)
        .select_related("patient", "doctor__user", "token")
        .order_by("during")
    )
    minutes = moving.minutes if moving else None
    columns = [Column(doctor) for doctor in doctors]
    alike = patient_queries.same_names(list({a.patient_id: a.patient for a in booked}.values()))
    first, last = _shown_hours(clinic, day, [diary.sessions(doctor, day) for doctor in doctors], booked)
    place = _Placer(clinic, day, first)
    for column in columns:
        column.work = [place(s.starts_at, s.ends_at) for s in diary.sessions(column.doctor, day)]
        free = diary.free(column.doctor, day, minutes=minutes, after=now)
        column.free = [place(slot.starts_at, slot.ends_at, slot=slot) for slot in free]
        column.taken = [
            place(a.starts_at, a.ends_at, appointment=a, state=_OF_APPOINTMENT[a.state], similar=a.patient_id in alike)
            for a in booked
            if a.doctor_id == column.doctor.pk
        ]
        column.make_room()
    _look_ahead(clinic, day, columns)
    return CalendarDay(
        day=day,
        columns=columns,
        hours=[Hour((hour - first) * 60 // STEP, f"{hour:02d}:00") for hour in range(first, last)],
        lines=(last - first) * 60 // STEP,
        now=place.line(now) if now.date() == day and first <= now.hour < last else None,
    )


def _look_ahead(clinic, day, columns):
    """For doctors with nothing on this day: their next free time within two weeks, three queries for all of them."""
    idle = [column for column in columns if not column.work and not column.taken]
    if not idle:
        return
    start = max(day, clinic.today())
    diary = Diary(clinic, [column.doctor for column in idle], start, start + timedelta(days=14))
    for column in idle:
        ahead = (start + timedelta(days=days) for days in range(15))
        found = (slot for each in ahead for slot in diary.free(column.doctor, each, after=clinic.now()))
        column.next_free = next(found, None)


def _shown_hours(clinic, day, work, booked):
    """The whole hours that hold every session and every appointment of the day."""
    place = _Placer(clinic, day, 0)
    ranges = [(s.starts_at, s.ends_at) for sessions in work for s in sessions]
    ranges += [(a.starts_at, a.ends_at) for a in booked]
    if not ranges:
        return USUAL
    blocks = [place(*pair) for pair in ranges]
    first = min(block.line for block in blocks) * STEP // 60
    last = -(-max(block.line + block.span for block in blocks) * STEP // 60)
    return first, min(24, max(last, first + 1))


class _Placer:
    """Turns instants into lines of the grid by the wall clock; what goes on after midnight is cut there."""

    def __init__(self, clinic, day, first_hour):
        self.zone, self.day, self.first = clinic.zone, day, first_hour * 60 // STEP

    def line(self, moment):
        wall = moment.astimezone(self.zone)
        if wall.date() != self.day:
            return (24 * 60 // STEP if wall.date() > self.day else 0) - self.first
        return (wall.hour * 60 + wall.minute) // STEP - self.first

    def __call__(self, starts_at, ends_at, **what):
        line = self.line(starts_at)
        span = -(-int((ends_at.astimezone(UTC) - starts_at.astimezone(UTC)).total_seconds()) // (60 * STEP))
        bottom = self.line(datetime.combine(self.day + timedelta(days=1), time.min, tzinfo=self.zone))
        return Block(line=max(line, 0), span=max(1, min(span, bottom - line)), **what)


def month(day):
    """The month of `day` as weeks of days, Sunday first; the days of the months beside it fill the edges."""
    first = day.replace(day=1)
    start = first - timedelta(days=(first.weekday() + 1) % 7)
    weeks = []
    while not weeks or weeks[-1][-1].month == day.month and (weeks[-1][-1] + timedelta(days=1)).month == day.month:
        weeks.append([start + timedelta(days=number) for number in range(7)])
        start += timedelta(days=7)
    return weeks
