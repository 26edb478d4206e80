"""What the waiting room sees: numbers, rooms, counts and ranges; nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.utils import timezone
from django.utils.translation import gettext, override

from queues.models import Entry, Station

State = Entry.State
NOW_MINUTES = 3
LAST_CALLS = 5
LEAST_KNOWN = 3
LEAST_SPREAD = 5  # minutes: never one number, not even when all took equally long
FALLBACK_DAYS = 30


@dataclass(frozen=True)
class Place:
    """Where a number is called to, in both languages: in full ("Go to room 3") and for a list ("3")."""

    english: str
    arabic: str
    short: str
    label_english: str
    label_arabic: str
    is_numbered: bool  # the short form is a room's number, readable in both languages


@dataclass(frozen=True)
class Call:
    """One call. `key` changes each time the number is called again, so that a screen announces it again."""

    token: str
    place: Place
    called_at: datetime
    key: str
    is_fresh: bool = False

    @property
    def seconds_left(self):
        """How long the number still stands in the large place."""
        return max(0, int((self.until - timezone.now()).total_seconds()) + 1)

    @property
    def until(self):
        """When the number leaves the large place."""
        return self.called_at + timedelta(minutes=NOW_MINUTES)


@dataclass(frozen=True)
class Waiting:
    """How many wait for one place, and the range of minutes for somebody who would join now (None: not known)."""

    place: Place
    count: int
    range: tuple | None


@dataclass(frozen=True)
class Board:
    """The whole display."""

    now: Call | None
    past: list
    waiting: list
    at: datetime


def board(clinic):
    """The waiting-room display of the clinic; the same few queries however many wait."""
    at = timezone.now()
    stations = {s.pk: s for s in Station.objects.active().filter(clinic=clinic).order_by("letter")}
    called = Entry.objects.filter(clinic=clinic, called_at__isnull=False).for_day(clinic.today())
    called = called.exclude(state__in=(State.WAITING, State.WITHDRAWN)).select_related("token", "station")
    calls = [_call(entry, at) for entry in called.order_by("-called_at", "-pk")[: LAST_CALLS + 1]]
    now = next((call for call in calls if call.is_fresh), None)
    past = [call for call in calls if call is not now][:LAST_CALLS]
    return Board(now=now, past=past, waiting=_waiting(stations, clinic), at=at)


def wait_range(station, ahead):
    """Minutes for `ahead` people at this station as (median, 80th percentile) times their number, or None.

    From the consultation times of today, else of the last 30 days; None while fewer than three are known.
    """
    return estimate(service_times([station.pk], station.clinic).get(station.pk, []), ahead)


def estimate(minutes, ahead):
    """The pure part of `wait_range`: known consultation `minutes`, and the number of people `ahead`."""
    if len(minutes) < LEAST_KNOWN:
        return None
    usual = median(minutes)
    long = max(usual, quantiles(minutes, n=5, method="inclusive")[3])
    low, high = _round(usual * ahead), _round(long * ahead)
    return low, max(high, low + LEAST_SPREAD) if ahead else high


def place_words(station):
    """Where to go, in both languages. The room alone: never the doctor's name or speciality."""
    words = {}
    for language in ("en", "ar"):
        with override(language):
            words[language] = _words(station)
    (full, label, short), (full_ar, label_ar, _short) = words["en"], words["ar"]
    return Place(full, full_ar, short, label, label_ar, is_numbered=bool(station.room))


def _words(station):
    if station.room:
        room = {"room": station.room}
        if station.kind == Station.Kind.PHARMACY:
            return gettext("Go to the pharmacy, %(room)s") % room, gettext("Pharmacy"), station.room
        return gettext("Go to room %(room)s") % room, gettext("Room %(room)s") % room, station.room
    if station.kind == Station.Kind.PHARMACY:
        return gettext("Go to the pharmacy"), gettext("Pharmacy"), gettext("Pharmacy")
    if station.kind == Station.Kind.CASHIER:
        return gettext("Go to the cashier"), gettext("Cashier"), gettext("Cashier")
    if station.kind == Station.Kind.NURSE:
        return gettext("Go to the nurse"), gettext("Nurse"), gettext("Nurse")
    return gettext("Please come to the desk"), gettext("Desk"), gettext("Desk")


def _call(entry, at):
    until = entry.called_at + timedelta(minutes=NOW_MINUTES)
    return Call(
        token=entry.token.label,
        place=place_words(entry.station),
        called_at=entry.called_at,
        key=f"{entry.pk}-{entry.call_count}",
        is_fresh=entry.state == State.CALLED and at < until,
    )


def _waiting(stations, clinic):
    counts, inside = dict.fromkeys(stations, 0), dict.fromkeys(stations, 0)
    states = (State.WAITING, State.CALLED, State.WITH_STAFF)
    for station_id, state in Entry.objects.filter(station__in=stations, state__in=states).values_list(
        "station_id", "state"
    ):
        if state == State.WAITING:
            counts[station_id] += 1
        else:
            inside[station_id] += 1
    times = service_times(list(stations), clinic)
    return [
        Waiting(place_words(stations[pk]), count, estimate(times.get(pk, []), count + inside[pk]))
        for pk, count in counts.items()
        if count
    ]


def service_times(station_ids, clinic):
    """Minutes with staff, {station id: [minutes]}: today's, or the last 30 days' where today knows too few; one query."""
    today = clinic.today()
    ended = Entry.objects.filter(
        station__in=station_ids,
        token__day__gt=today - timedelta(days=FALLBACK_DAYS),
        state__in=(State.DONE, State.TRANSFERRED),
        called_at__isnull=False,  # who was served without a call left no time worth knowing
        started_at__isnull=False,
    ).values_list("station_id", "token__day", "started_at", "ended_at")
    by_day = {}
    for station_id, day, started_at, ended_at in ended:
        kept = by_day.setdefault(station_id, ([], []))
        minutes = (ended_at - started_at).total_seconds() / 60
        kept[0].append(minutes)
        if day == today:
            kept[1].append(minutes)
    return {pk: today_s if len(today_s) >= LEAST_KNOWN else all_s for pk, (all_s, today_s) in by_day.items()}


def _round(minutes):
    """To the nearest five minutes above ten: nobody can promise more."""
    return round(minutes) if minutes < 10 else 5 * round(minutes / 5)
