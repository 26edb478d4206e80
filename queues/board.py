"""What the waiting room sees: numbers, rooms, counts and ranges; nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override

from queues.models import LEFT_OVER_AFTER, Entry, Station

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
    # A number called just before midnight is not gone at midnight.
    today = clinic.today()
    recent = Q(token__day=today) | Q(called_at__gt=at - LEFT_OVER_AFTER)
    days = (today - timedelta(days=1), today)
    called = Entry.objects.filter(recent, clinic=clinic, token__day__in=days, called_at__isnull=False)
    called = called.exclude(state__in=(State.WAITING, State.WITHDRAWN)).select_related("token", "station")
    calls = [_call(entry, at) for entry in called.order_by("-called_at", "-pk")[: LAST_CALLS + 1]]
    now = next((call for call in calls if call.is_fresh), None)
    past = [call for call in calls if call is not now][:LAST_CALLS]
    lines = waiting_now(stations, clinic)
    waiting = [Waiting(place_words(stations[pk]), count, minutes) for pk, (count, minutes) in lines.items() if count]
    return Board(now=now, past=past, waiting=waiting, at=at)


def estimate(minutes, ahead):
    """Minutes for `ahead` people as (median, 80th percentile) of the known `minutes` with staff times their number.

    None while fewer than three are known; at least five minutes wide, so that it is never one number.
    """
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


def waiting_now(stations, clinic):
    """{station id: (how many wait, the range of minutes for somebody who would join now)} of `stations`; two queries.

    Who is called or with staff does not wait, but is before who would join. The range is None while too little is known.
    """
    counts, inside = dict.fromkeys(stations, 0), dict.fromkeys(stations, 0)
    entries = Entry.objects.here_today(clinic).filter(station__in=stations).exclude(state=State.SKIPPED)
    for station_id, state in entries.values_list("station_id", "state"):
        (counts if state == State.WAITING else inside)[station_id] += 1
    times = service_times(list(stations), clinic)
    return {pk: (counts[pk], estimate(times.get(pk, []), counts[pk] + inside[pk])) for pk in counts}


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
