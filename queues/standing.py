"""Where somebody stands: place in the line, how many before them, how long, and why. Counts and sentences, no names."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q
from django.utils import timezone

from queues import order
from queues.board import Place, estimate, place_words, service_times
from queues.models import Entry, Station, Token
from queues.operations.common import place_of
from queues.queries import Ahead, ahead_of, entries_of, last_called

State = Entry.State
LISTED = (State.CALLED, State.WITH_STAFF, State.WAITING, State.SKIPPED)


@dataclass(frozen=True)
class Standing:
    """One stay. Who does not wait has no position, nobody ahead, no wait and no reason: all None.

    `wait` is (from, to) in minutes, None while too little is known about this station.
    """

    entry: Entry
    position: int | None = None
    ahead: int | None = None
    wait: tuple | None = None
    why: str | None = None

    @property
    def pk(self):
        """The id of the stay."""
        return self.entry.pk

    @property
    def version(self):
        """The version of the stay."""
        return self.entry.version


@dataclass(frozen=True)
class PlaceNow:
    """What the holder of a slip may see of its number."""

    token: Token
    code: str
    label: str
    day: date
    over: bool
    stay: Entry | None
    state: str
    place: Place | None
    ahead: Ahead | None
    range: tuple | None
    last: str

    @property
    def clinic(self):
        """The clinic that gave the number."""
        return self.token.clinic


def standings(entries):
    """A Standing for each of `entries` (with token and station.clinic at hand), in their order; at most two queries."""
    entries = list(entries)
    waiting = {entry.station_id: entry.station for entry in entries if entry.state == State.WAITING}
    if not waiting:
        return [Standing(entry) for entry in entries]
    held, times = defaultdict(list), {}
    for clinic in {station.clinic for station in waiting.values()}:
        own = [pk for pk, station in waiting.items() if station.clinic_id == clinic.pk]
        for other in Entry.objects.here_today(clinic).filter(station__in=own).select_related("token"):
            held[other.station_id].append(other)
        times |= service_times(own, clinic)
    ranks = {pk: _ranks(held[pk], times.get(pk, [])) for pk in waiting}
    return [_standing(entry, ranks) for entry in entries]


def _ranks(held, minutes):
    """{entry id: (position, people ahead, range)} of one station's line."""
    line = sorted(
        (entry for entry in held if entry.state == State.WAITING), key=lambda entry: order.key(place_of(entry))
    )
    called = sum(entry.state == State.CALLED for entry in held)
    inside = sum(entry.state == State.WITH_STAFF for entry in held)
    return {
        entry.pk: (position, before + called, estimate(minutes, before + called + inside))
        for position, (before, entry) in enumerate(enumerate(line), 1)
    }


def _standing(entry, ranks):
    if entry.state != State.WAITING or entry.pk not in ranks[entry.station_id]:
        return Standing(entry)
    position, ahead, wait = ranks[entry.station_id][entry.pk]
    clinic = entry.station.clinic
    word = entry.get_category_display() if entry.category != Entry.Category.NORMAL else ""
    why = order.why(place_of(entry), order.Rules.of(clinic), clinic.zone, word)
    return Standing(entry, position, ahead, wait, why)


def of_today(entries, clinic):
    """Those of `entries` that belong to the clinic's day: its tokens, and who an evening past midnight still holds."""
    today, now = clinic.today(), timezone.now()
    rows = entries.exclude(state=State.WITHDRAWN).filter(Q(token__day=today) | Q(state__in=Entry.LIVE), clinic=clinic)
    old = Entry.objects.filter(clinic=clinic).left_over(today, now)
    return rows.exclude(pk__in=old.values("pk"))


def in_line_order(entries):
    """Entries by station; in each who is called, with staff, waiting in the order of the line, skipped, then who is gone."""
    rank = {state: number for number, state in enumerate(LISTED)}
    return sorted(
        entries, key=lambda entry: (entry.station.letter, rank.get(entry.state, len(rank)), order.key(place_of(entry)))
    )


def summary(clinic, day):
    """Counts of the stays of one day, by state and by station, with average waits in whole minutes; one query.

    {"date", "states": {state: n}, "average_wait_minutes", "stations": [{"station", "name", ...the same}]}. A wait is
    from joining to the (latest) call; the average is None where nobody was called.
    """
    wait = ExpressionWrapper(F("called_at") - F("joined_at"), output_field=DurationField())
    rows = Entry.objects.filter(clinic=clinic).for_day(day).exclude(state=State.WITHDRAWN)
    counted = rows.values("station", "state").annotate(people=Count("pk"), called=Count("called_at"), wait=Avg(wait))
    by_station = defaultdict(list)
    for row in counted:
        by_station[row["station"]].append(row)
    names = Station.objects.filter(clinic=clinic).filter(Q(is_active=True) | Q(pk__in=by_station))
    lines = [
        {"station": found.pk, "letter": found.letter, "name": found.name, **_figures(by_station.get(found.pk, []))}
        for found in names.order_by("letter", "pk")
    ]
    return {"date": day, **_figures([row for rows in by_station.values() for row in rows]), "stations": lines}


def _figures(rows):
    states = {str(state): 0 for state in State if state != State.WITHDRAWN}
    for row in rows:
        states[row["state"]] += row["people"]
    called = sum(row["called"] for row in rows)
    minutes = sum(row["wait"].total_seconds() / 60 * row["called"] for row in rows if row["wait"] is not None)
    return {"states": states, "average_wait_minutes": round(minutes / called) if called else None}


def place_of_code(code):
    """The PlaceNow behind the code of a slip, or None for a wrong code. Nobody is named in it."""
    token = Token.objects.filter(place_code=code).select_related("clinic").first()
    if token is None:
        return None
    stay = entries_of([token.pk]).get(token.pk)
    stay = stay if stay and stay.holds_today() else None
    ahead = ahead_of(stay) if stay and stay.state == State.WAITING else None
    times = service_times([stay.station_id], token.clinic).get(stay.station_id, []) if ahead else []
    return PlaceNow(
        token=token,
        code=code,
        label=token.label,
        day=token.day,
        over=stay is None or stay.state not in Entry.LIVE,
        stay=stay,
        state=stay.state if stay else "",
        place=place_words(stay.station) if stay else None,
        ahead=ahead,
        range=estimate(times, ahead.people + ahead.inside) if ahead else None,
        last=last_called(stay.station) if stay else "",
    )
