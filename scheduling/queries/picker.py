"""What the slot picker and the walk-in panel offer: doctors, a day's slots, the lengths of the lines."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from clinic.models import Doctor
from patients.models import Patient
from queues import queries as queue_queries
from queues.models import Entry, Station
from scheduling import slots
from scheduling.models import Appointment
from scheduling.queries.diary import Diary, next_free


@dataclass
class Picker:
    """One doctor's slots on one day. `chosen` is the start of the slot marked at first, `ahead` the next free one."""

    doctors: list
    doctor: Doctor | None
    day: date
    today: date
    slots: list = field(default_factory=list)
    works: bool = False
    chosen: datetime | None = None
    ahead: object = None

    @property
    def free(self):
        """The slots that can be chosen."""
        return [slot for slot in self.slots if not slot.taken]

    @property
    def before(self):
        """The day before, or None: nobody is booked into the past."""
        return self.day - timedelta(days=1) if self.day > self.today else None

    @property
    def after(self):
        """The day after."""
        return self.day + timedelta(days=1)


@dataclass
class Line:
    """One doctor a walk-in may see: how many wait, and about how long, as (low, high) minutes or None."""

    doctor: Doctor
    waiting: int
    minutes: tuple | None
    works_now: bool

    @property
    def range_text(self):
        """`20–35`."""
        low, high = self.minutes
        return f"{low}–{high}" if low != high else str(low)


def doctors_of(clinic):
    """The clinic's doctors who may be booked."""
    return list(Doctor.objects.filter(user__clinic=clinic).active().select_related("user").order_by("pk"))


def picker(clinic, *, doctor=None, day=None, starts_at=None, patient=None, minutes=None, moving=None):
    """Slots to choose from. Without a `doctor` the one the patient saw last, without a `day` the next with a free slot."""
    doctors, today = doctors_of(clinic), clinic.today()
    doctor = doctor or _usual(doctors, patient)
    shown = Picker(doctors=doctors, doctor=doctor, day=day or today, today=today)
    if doctor is None:
        return shown
    if starts_at:
        shown.day = starts_at.astimezone(clinic.zone).date()
    elif day is None:
        found = next_free(doctor, clinic, clinic.now(), 1, minutes=minutes, but=moving)
        shown.day = found[0].starts_at.date() if found else today
    shown.day = max(shown.day, today)
    diary = Diary(clinic, [doctor], shown.day, shown.day, but=moving)
    shown.works = bool(diary.sessions(doctor, shown.day))
    shown.slots = diary.slots(doctor, shown.day, minutes=minutes, after=clinic.now())
    starts = [slot.starts_at.astimezone(UTC) for slot in shown.free]
    wanted = starts_at.astimezone(UTC) if starts_at else None
    # The slot still running can be chosen, but the first that has not begun is proposed.
    to_come = [start for start in starts if start >= clinic.now() and not (moving and start == moving.starts_at)]
    shown.chosen = wanted if wanted in starts else next(iter(to_come or starts), None)
    if not starts:
        morrow = datetime.combine(shown.day + timedelta(days=1), time.min, tzinfo=clinic.zone)
        shown.ahead = next(iter(next_free(doctor, clinic, morrow, 1, minutes=minutes, but=moving)), None)
    return shown


def _usual(doctors, patient):
    """The doctor this patient saw or was booked with last, else the first."""
    last = last_doctor_id(patient) if patient else None
    return next((doctor for doctor in doctors if doctor.pk == last), doctors[0] if doctors else None)


def last_doctor_id(patient):
    """The doctor with whom the patient stood in line last (the one sent to, not the one sent from), else the doctor
    of the latest appointment, else None."""
    files = Patient.objects.family_of(patient.pk)
    seen = (
        Entry.objects.filter(token__patient__any_of=files, station__doctor__isnull=False)
        .order_by("-token__issued_at", "-pk")
        .values_list("station__doctor", flat=True)
        .first()
    )
    booked = (
        Appointment.objects.filter(patient__any_of=files).order_by("-wall_date", "-pk").values_list("doctor", flat=True)
    )
    return seen or booked.first()


def walk_in_lines(clinic, patient):
    """The doctors as `Line`s, and the one to propose: whom the patient saw last if at work, else the shortest line."""
    doctors, now = doctors_of(clinic), clinic.now()
    diary = Diary(clinic, doctors, now.date(), now.date())
    doctor_lines = Station.objects.active().filter(clinic=clinic, kind=Station.Kind.DOCTOR)
    stations = dict(doctor_lines.values_list("pk", "doctor"))
    waiting = {stations[pk]: found for pk, found in queue_queries.waiting_now(stations, clinic).items()}
    lines = [Line(doctor, *waiting.get(doctor.pk, (0, None)), _works(doctor, diary, now)) for doctor in doctors]
    last = last_doctor_id(patient)
    best = min(lines, key=lambda line: (not line.works_now, line.doctor.pk != last, line.waiting), default=None)
    return lines, best.doctor if best else None


def _works(doctor, diary, now):
    """True for a doctor at work; half an hour ahead counts too: patients come before the doctor."""
    sessions = [(session.starts_at, session.ends_at) for session in diary.sessions(doctor, now.date())]
    return slots.overlaps(now.astimezone(UTC), now.astimezone(UTC) + timedelta(minutes=30), sessions)
