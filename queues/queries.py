"""What the pages of the line need, each in one go."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from patients.models import Patient
from patients.queries import same_names
from queues import order
from queues.board import board, waiting_now  # noqa: F401 - read here by other floors
from queues.models import TRADES, Display, Entry, EntryChange, Station, Token
from queues.operations.common import place_of
from queues.operations.undoing import ends_for_good, may_undo

State = Entry.State


@dataclass(frozen=True)
class LineRow:
    """One stay as a list shows it. `position` is 1 for who is next, 0 for who is not waiting."""

    pk: int
    token: Token
    patient: Patient | None
    state: str
    category: str
    category_word: str
    emergency_reason: str
    booked_at: datetime | None
    joined_at: datetime
    sent_on: bool
    due_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    call_count: int
    position: int
    minutes: int
    why: str
    alike: bool = False

    @property
    def hearing(self):
        """True when staff should walk out and fetch the person."""
        return bool(self.patient and self.patient.hearing_flag)

    @property
    def mobility(self):
        """True when the person needs help to walk."""
        return bool(self.patient and self.patient.mobility_flag)

    @property
    def is_emergency(self):
        """True for an emergency."""
        return self.category == Entry.Category.EMERGENCY

    @property
    def has_priority(self):
        """True for a priority category that is no emergency."""
        return order.has_bonus(self.category)


@dataclass
class StationLine:
    """One column of the queue board."""

    station: Station
    called: LineRow | None = None
    inside: list = field(default_factory=list)
    waiting: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    average_minutes: int | None = None
    undo: "Undo | None" = None


@dataclass(frozen=True)
class Ahead:
    """How many are called or wait before somebody, and how many are with staff."""

    people: int
    inside: int


@dataclass(frozen=True)
class Undo:
    """The latest change of a station's line that its reader may take back."""

    entry_id: int
    label: str
    action: str
    at: datetime


def line(station):
    """The people waiting at the station as LineRows, in the order in which they will be called."""
    entries = _entries().filter(station=station).here_today(station.clinic).waiting()
    return _in_line(entries, station.clinic)


def people_of(station):
    """The StationLine of one station with its people alone, without figures; one query."""
    column = StationLine(station)
    _fill(column, list(_entries().filter(station=station).here_today(station.clinic)), station.clinic)
    return column


def lines(clinic, *, user=None):
    """A StationLine for each open station of the clinic, in the order of their letters; five queries."""
    stations = (
        Station.objects.active().filter(clinic=clinic).select_related("clinic", "doctor__user").order_by("letter")
    )
    columns = {station.pk: StationLine(station) for station in stations}
    held = defaultdict(list)
    entries = list(_entries().filter(station__in=columns).here_today(clinic))
    for entry in entries:
        held[entry.station_id].append(entry)
    alike = _alike(entries)
    for pk, own in held.items():
        _fill(columns[pk], own, clinic, alike)
    _add_figures(columns, clinic)
    if user is not None:
        _add_undo(columns, user)
    return list(columns.values())


def called_at(station):
    """Who is called at the station today, an Entry with its token and patient, or None."""
    called = _entries().filter(station=station, state=State.CALLED).here_today(station.clinic)
    return called.first()


def line_of(station, *, user=None):
    """The StationLine of one station."""
    column = StationLine(station)
    everybody = list(_entries().here_today(station.clinic))
    own = [entry for entry in everybody if entry.station_id == station.pk]
    _fill(column, own, station.clinic, _alike(everybody))
    _add_figures({station.pk: column}, station.clinic)
    if user is not None:
        _add_undo({station.pk: column}, user)
    return column


def live_entry(token):
    """The token's stay that has not ended, or None."""
    return Entry.objects.filter(token=token).live().select_related("station", "token__patient").first()


def turn_of(entry):
    """The sort key of a waiting stay: who is called first comes first."""
    return order.key(place_of(entry))


def seen_by_a_doctor(token):
    """True once a doctor has begun with this token, or finished with it; the stays after it do not matter."""
    return Entry.objects.filter(token=token, station__kind=Station.Kind.DOCTOR, started_at__isnull=False).exists()


def entries_of(tokens):
    """The latest stay of each token, {token id: Entry} with its station; one query."""
    newest = Entry.objects.filter(token__in=tokens).exclude(state=State.WITHDRAWN)
    newest = newest.order_by("token_id", "-joined_at", "-pk").distinct("token_id")
    return {
        entry.token_id: entry for entry in newest.select_related("station__clinic", "station__doctor__user", "token")
    }


def station_of(doctor):
    """The doctor's open station, or None."""
    stations = Station.objects.active().filter(doctor=doctor, kind=Station.Kind.DOCTOR)
    return stations.select_related("clinic", "doctor__user").first()


def pharmacy_station(clinic):
    """The clinic's pharmacy station, or None (`operations.ensure_pharmacy_station` opens one)."""
    return Station.objects.active().filter(clinic=clinic, kind=Station.Kind.PHARMACY).order_by("pk").first()


def station_of_letter(clinic, letter):
    """The station whose tokens bear `letter`, or None."""
    return Station.objects.filter(clinic=clinic, letter=letter).first()


def station_for(user):
    """The station a member of staff calls to: a doctor's own, else the one of their trade; None for the others."""
    stations = Station.objects.active().filter(clinic=user.clinic_id).select_related("clinic")
    own = stations.filter(doctor__user=user).first()
    if own:
        return own
    for role, kind in TRADES:
        if user.has_role(role):
            return stations.filter(kind=kind).order_by("pk").first()
    return None


def ahead_of(entry):
    """Who stands before this waiting stay at its station, as `Ahead`; two numbers, nobody's name."""
    held = list(_entries().filter(station=entry.station_id).here_today(entry.station.clinic))
    mine = order.key(place_of(entry))
    before = [e for e in held if e.state == State.WAITING and e.pk != entry.pk and order.key(place_of(e)) < mine]
    called = [e for e in held if e.state == State.CALLED and e.pk != entry.pk]
    inside = [e for e in held if e.state == State.WITH_STAFF and e.pk != entry.pk]
    return Ahead(people=len(before) + len(called), inside=len(inside))


def last_called(station):
    """The label of the number called last at this station today, "" when none was."""
    called = Entry.objects.filter(station=station, called_at__isnull=False).for_day(station.clinic.today())
    entry = called.select_related("token").order_by("-called_at").first()
    return entry.token.label if entry else ""


def row_of(entry):
    """One stay as a LineRow; who waits has a position, unless an earlier day left them there."""
    placed = line(entry.station) if entry.state == State.WAITING else []
    for row in placed:
        if row.pk == entry.pk:
            return row
    since = entry.started_at or entry.called_at or entry.joined_at
    return _row(entry, entry.station.clinic, timezone.now(), since)


def latest_change(entry):
    """The change of this stay that `undo` would take back, or None."""
    return EntryChange.objects.filter(entry=entry, undone_at=None).order_by("-at", "-pk").first()


def silent_displays(clinic):
    """Waiting-room screens that showed the board today and have been silent for a minute, longest first."""
    now = timezone.now()
    screens = Display.objects.filter(user__clinic=clinic, user__is_active=True, seen_at__lt=now - timedelta(minutes=1))
    return list(screens.filter(seen_at__gt=now - timedelta(hours=16)).select_related("user").order_by("seen_at"))


def _entries():
    return Entry.objects.select_related("token__patient")


def _alike(entries):
    """Ids of patients whose names can be taken for another's of those in a line now."""
    return same_names({entry.token.patient for entry in entries if entry.token.patient})


def _fill(column, entries, clinic, alike=frozenset()):
    now = timezone.now()
    rows = {state: [] for state in Entry.LIVE}
    for entry in entries:
        rows[entry.state].append(entry)
    column.waiting = _in_line(rows[State.WAITING], clinic, alike)
    column.called = next((_row(entry, clinic, now, entry.called_at, alike=alike) for entry in rows[State.CALLED]), None)
    inside = sorted(rows[State.WITH_STAFF], key=lambda entry: entry.started_at or entry.joined_at)
    column.inside = [_row(entry, clinic, now, entry.started_at or entry.joined_at, alike=alike) for entry in inside]
    skipped = sorted(rows[State.SKIPPED], key=lambda entry: entry.called_at)
    column.skipped = [_row(entry, clinic, now, entry.called_at, alike=alike) for entry in skipped]


def _in_line(entries, clinic, alike=frozenset()):
    now = timezone.now()
    ordered = sorted(entries, key=lambda entry: order.key(place_of(entry)))
    return [_row(entry, clinic, now, entry.joined_at, position, alike) for position, entry in enumerate(ordered, 1)]


def _row(entry, clinic, now, since, position=0, alike=frozenset()):
    word = entry.get_category_display() if entry.category != Entry.Category.NORMAL else ""
    return LineRow(
        pk=entry.pk,
        token=entry.token,
        patient=entry.token.patient,
        state=entry.state,
        category=entry.category,
        category_word=word,
        emergency_reason=entry.emergency_reason,
        booked_at=entry.booked_at,
        joined_at=entry.joined_at,
        sent_on=entry.sent_on,
        due_at=entry.due_at,
        called_at=entry.called_at,
        started_at=entry.started_at,
        call_count=entry.call_count,
        position=position,
        minutes=max(0, int((now - since).total_seconds() // 60)),
        why=order.why(place_of(entry), order.Rules.of(clinic), clinic.zone, word),
        alike=entry.token.patient_id in alike,
    )


def _add_figures(columns, clinic):
    ended = Entry.objects.filter(
        station__in=columns,
        token__day=clinic.today(),
        state__in=(State.DONE, State.TRANSFERRED),
        called_at__isnull=False,
    )
    waits = defaultdict(list)
    for station_id, joined_at, called_at in ended.values_list("station_id", "joined_at", "called_at"):
        waits[station_id].append(max(0, (called_at - joined_at).total_seconds() / 60))
    for pk, minutes in waits.items():
        columns[pk].average_minutes = round(sum(minutes) / len(minutes))


def _add_undo(columns, user):
    """For each column the newest change its reader made and may still take back; one query."""
    now = timezone.now()
    recent = EntryChange.objects.filter(entry__station__in=columns, undone_at=None, at__gte=now - timedelta(minutes=10))
    newest = recent.values("entry").annotate(newest=Max("pk")).values("newest")
    for change in EntryChange.objects.filter(pk__in=newest, by=user).select_related("entry__token").order_by("at"):
        column = columns[change.entry.station_id]
        if may_undo(change, user, now) and not ends_for_good(change, column.station):
            column.undo = Undo(change.entry_id, change.entry.token.label, change.action, change.at)
