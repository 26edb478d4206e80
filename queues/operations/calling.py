"""Calling people and taking them through one station."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import live
from clinic.errors import Refused
from clinic.operation import operation
from queues import order
from queues.models import Entry
from queues.operations.common import (
    WITH_BOOKING,
    called_at,
    close_left_over,
    lock_entry,
    lock_station,
    note,
    place_of,
    require,
    somebody_called,
    write,
)

State = Entry.State


@operation
def call_next(*, station, by):
    """Call the first of the station's line, by the order of `queues.order`.

    Refused `somebody_called` while somebody is called there, `nobody_waiting` when the line is empty.
    """
    station = lock_station(station.pk)
    close_left_over(station, by)
    if called_at(station).exists():
        raise somebody_called(station)
    waiting = list(Entry.objects.filter(station=station).waiting().select_related("token__patient"))
    if not waiting:
        raise Refused(_("Nobody is waiting here."), "nobody_waiting")
    entry = min(waiting, key=lambda entry: order.key(place_of(entry)))
    entry.station = station
    return _call(entry, by, "call_next")


@operation
def call(*, entry, by, reason=""):
    """Call one person out of order, or again after they did not come. Refused `somebody_called`, `state_changed`."""
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.SKIPPED)
    if called_at(entry.station).exists():
        raise somebody_called(entry.station)
    return _call(entry, by, "call", reason=reason)


@operation
def recall(*, entry, by):
    """Announce a called person again; somebody who was skipped goes back into the line at their own due time."""
    entry = lock_entry(entry)
    require(entry, State.CALLED, State.SKIPPED)
    if entry.state == State.CALLED:
        return _call(entry, by, "recall")
    return write(entry, "recall", by, {"state": State.WAITING})


@operation
def begin(*, entry, by):
    """The called person has come: called -> with staff. Refused `state_changed` for anybody else."""
    entry = lock_entry(entry)
    require(entry, State.CALLED)
    return write(entry, "begin", by, {"state": State.WITH_STAFF, "started_at": timezone.now()})


@operation
def begin_uncalled(*, entry, by):
    """Seen without being called: waiting or skipped -> with staff; nobody is announced and whoever is called stays so.

    Refused `state_changed` for anybody else.
    """
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.SKIPPED)
    return write(entry, "begin_uncalled", by, {"state": State.WITH_STAFF, "started_at": timezone.now()})


@operation
def skip(*, entry, by, places=0):
    """The called person did not come: called -> skipped; the next can be called. They stay on the recall list.

    With `places` they go back into the line instead, behind so many of those who wait (`order.set_back`).
    """
    entry = lock_entry(entry)
    require(entry, State.CALLED)
    if places < 1:
        return write(entry, "skip", by, {"state": State.SKIPPED})
    waiting = Entry.objects.filter(station=entry.station).waiting().select_related("token")
    due = order.set_back(place_of(entry), [place_of(other) for other in waiting], places)
    fields = {"state": State.WAITING, "due_at": due, "set_back_at": timezone.now()}
    return write(entry, "set_back", by, fields, places=places)


@operation
def finish(*, entry, by):
    """The stay has ended: called or with staff -> done. Refused `state_changed` for who was never called."""
    entry = lock_entry(entry)
    require(entry, State.CALLED, State.WITH_STAFF)
    now = timezone.now()
    fields = {"state": State.DONE, "ended_at": now, "started_at": entry.started_at or entry.called_at or now}
    return write(entry, "finish", by, fields)


@operation
def serve(*, entry, by):
    """The stay has ended without a call: whoever came to the counter by themselves is done too.

    Same as `finish` for who was called. Refused `state_changed` for a stay that has ended.
    """
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.CALLED, State.WITH_STAFF, State.SKIPPED)
    now = timezone.now()
    fields = {"state": State.DONE, "ended_at": now, "started_at": entry.started_at or entry.called_at or now}
    return write(entry, "serve", by, fields)


@operation
def leave(*, entry, by):
    """The person has left without being seen. Refused `state_changed` once they are with staff or gone."""
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.CALLED, State.SKIPPED)
    return write(entry, "leave", by, {"state": State.LEFT, "ended_at": timezone.now()})


@operation
def leave_with_booking(*, entry, by):
    """The person leaves because their booking, or its check-in, is given up: `come_back` alone takes this back.

    Who has left already stays so, and does not come back without the booking either. Refused as `leave`.
    """
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.CALLED, State.SKIPPED, State.LEFT)
    fields = {} if entry.state == State.LEFT else {"state": State.LEFT, "ended_at": timezone.now()}
    return write(entry, WITH_BOOKING, by, fields)


STEPS = {
    State.CALLED: call,
    State.WITH_STAFF: begin,
    State.DONE: finish,
    State.SKIPPED: skip,
    State.LEFT: leave,
    State.WAITING: recall,
}


@operation
def set_state(*, entry, by, state, version=None):
    """Bring a stay to `state` by the verb that leads there: call, begin, finish, skip, leave, or back into the line.

    Refused `changed` when the stay is no longer as of `version`, `no_such_step` for a state that no verb sets
    (transferring has an address of its own), and as the verb refuses.
    """
    entry = lock_entry(entry)
    if version is not None and version != entry.version:
        raise Refused(_("Somebody else has changed this place in line. Look at it again."), "changed")
    if state not in STEPS or (state == State.WAITING and entry.state != State.SKIPPED):
        raise Refused(_("Nobody is brought there by hand."), "no_such_step", field="status")
    return STEPS[state](entry=entry, by=by)


@operation
def transfer(*, entry, station, by, category=None):
    """End this stay and begin one in another station's line; returns the new entry.

    Who was still waiting keeps arrival, booking and due time: a change of line costs nobody their place. Who was
    already seen joins as from now. Refused `same_station`, `state_changed`, `station_closed`, `other_clinic`.
    """
    if entry.station_id == station.pk:
        raise Refused(_("They already stand in this line."), "same_station")
    for pk in sorted((entry.station_id, station.pk)):
        locked = lock_station(pk)
        station = locked if pk == station.pk else station
    entry = lock_entry(entry)
    require(entry, State.WAITING, State.CALLED, State.WITH_STAFF, State.SKIPPED)
    if not station.is_active or station.clinic_id != entry.clinic_id:
        raise Refused(_("This station is closed today."), "station_closed")
    moved_before_seen = entry.state == State.WAITING
    write(entry, "transfer", by, {"state": State.TRANSFERRED, "ended_at": timezone.now()}, to=station.letter)
    return _arrive(entry, station, by, category or entry.category, keep_place=moved_before_seen)


def _arrive(old, station, by, category, *, keep_place):
    now = timezone.now()
    rules = order.Rules.of(station.clinic)
    joined_at, booked_at = (old.joined_at, old.booked_at) if keep_place else (now, None)
    entry = Entry.objects.create(
        clinic_id=old.clinic_id,
        token=old.token,
        station=station,
        category=category,
        emergency_reason=old.emergency_reason if category == Entry.Category.EMERGENCY else "",
        joined_at=joined_at,
        booked_at=booked_at,
        due_at=order.due_time(rules, joined_at=joined_at, booked_at=booked_at, category=category),
        came_from=old,
        sent_on=old.sent_on or not keep_place,
    )
    note(entry, "arrive", by, came_from=old.pk)
    return entry


def _call(entry, by, action, **facts):
    fields = {"state": State.CALLED, "called_at": timezone.now(), "call_count": entry.call_count + 1}
    entry = write(entry, action, by, fields, **facts)
    token, station = entry.token, entry.station
    live.event(station.clinic, "queue.called", patient_id=token.patient_id, token=token.label, room=station.room)
    return entry
