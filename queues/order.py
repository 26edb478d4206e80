"""The order of the line: who is called next, and the sentence that explains it. Pure: no database, no clock.

The rule: emergencies first, then by due time, then by token. The due time is fixed when somebody
joins and never changes while they wait, so nobody starves:

- booked and on time (arrived no later than the start plus the grace): the start of the appointment,
- booked and late: the arrival,
- walk-in, or sent on from another station: the arrival there plus the walk-in allowance,
- a priority category (elderly, pregnant, infant, disabled): the same, less the priority bonus.

Only who was called and was not there may be set back: behind the next two of the line, by a later due time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext, ngettext

EMERGENCY = "emergency"
NORMAL = "normal"
JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rules:
    """The clinic's settings of the line, in minutes."""

    grace: int = 10
    allowance: int = 15
    bonus: int = 20

    @classmethod
    def of(cls, clinic):
        """The rules that the clinic has set."""
        return cls(clinic.grace_minutes, clinic.walk_in_allowance_minutes, clinic.priority_bonus_minutes)


@dataclass(frozen=True)
class Place:
    """What the rule looks at for one person in the line. Times are aware; `booked_at` is None for a walk-in.

    Nor does who is `sent_on`, already seen elsewhere, stand on a booking: they join as from then.
    """

    token: str
    joined_at: datetime
    due_at: datetime
    category: str = NORMAL
    booked_at: datetime | None = None
    id: int = 0
    set_back_at: datetime | None = None
    sent_on: bool = False


def due_time(rules, *, joined_at, booked_at=None, category=NORMAL):
    """When somebody who joined at `joined_at` is due, by the rule above."""
    if booked_at is None:
        due = joined_at + timedelta(minutes=rules.allowance)
    elif on_time(rules, joined_at, booked_at):
        due = booked_at
    else:
        due = joined_at
    return due - timedelta(minutes=rules.bonus) if has_bonus(category) else due


def on_time(rules, joined_at, booked_at):
    """True when a booked person arrived no later than the start plus the grace."""
    return joined_at <= booked_at + timedelta(minutes=rules.grace)


def has_bonus(category):
    """True for the priority categories that are not emergencies."""
    return category not in (NORMAL, EMERGENCY)


def key(place):
    """The sort key of a place in the line; numbers compare as numbers (A-999 before A-1000)."""
    letter, _dash, number = place.token.rpartition("-")
    return (place.category != EMERGENCY, place.due_at, letter, int(number), place.id)


def in_order(places):
    """The places as they will be called."""
    return sorted(places, key=key)


def set_back(place, line, places):
    """When `place` is due so that it stands behind the next `places` of `line` (who wait there, in any order).

    Behind the last when fewer wait; never earlier than before. An emergency goes behind emergencies only. Of several
    who are due at the same instant all go first.
    """
    ahead = [other for other in in_order(line)[:places] if is_emergency(other) == is_emergency(place)]
    if not ahead or key(ahead[-1]) < key(place):
        return place.due_at
    last = ahead[-1]
    return last.due_at if key(last) < key(replace(place, due_at=last.due_at)) else last.due_at + JUST_AFTER


def due_in_category(place, rules, category):
    """When somebody in the line is due once their category is `category`; a setting back stays as long as it was."""
    was, will = (
        due_time(rules, joined_at=place.joined_at, booked_at=place.booked_at, category=kind)
        for kind in (place.category, category)
    )
    return place.due_at + (will - was) if place.set_back_at else will


def is_emergency(place):
    """True for who goes before everybody."""
    return place.category == EMERGENCY


def why(place, rules, zone, word=""):
    """One sentence, in the active language, that says why this person stands where they stand.

    `zone` is the clinic's, `word` the category in words ("Elderly") for who has one.
    """
    if place.category == EMERGENCY:
        return gettext("Emergency: goes before everybody.")
    parts = [_ground(place, rules, zone)]
    if has_bonus(place.category):
        minutes = ngettext("%(count)d minute earlier", "%(count)d minutes earlier", rules.bonus) % {
            "count": rules.bonus
        }
        parts.append(f"{word or place.category}: {minutes}")
    if place.set_back_at:
        parts.append(gettext("was not there when called at %(time)s") % {"time": _clock(place.set_back_at, zone)})
    parts.append(gettext("due %(time)s") % {"time": _clock(place.due_at, zone)})
    return gettext("; ").join(parts) + "."


def _ground(place, rules, zone):
    """The part of the sentence that tells where the due time comes from."""
    came = _clock(place.joined_at, zone)
    if place.booked_at is None:
        minutes = ngettext("%(count)d minute later", "%(count)d minutes later", rules.allowance) % {
            "count": rules.allowance
        }
        ground = (
            gettext("Sent here at %(came)s: %(minutes)s")
            if place.sent_on
            else gettext("Came at %(came)s without a booking: %(minutes)s")
        )
        return ground % {"came": came, "minutes": minutes}
    booked = _clock(place.booked_at, zone)
    if on_time(rules, place.joined_at, place.booked_at):
        return gettext("Booked for %(booked)s and came in time") % {"booked": booked}
    return gettext("Booked for %(booked)s but came at %(came)s, so the arrival counts") % {
        "booked": booked,
        "came": came,
    }


def _clock(moment, zone):
    return f"{moment.astimezone(zone):%H:%M}"
