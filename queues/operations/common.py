"""What every verb of the line shares: the locked station, the kept row, the words of a refusal."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import audit, live
from clinic.errors import Refused
from queues import order
from queues.models import Entry, EntryChange, Station

# What undo puts back. `version` only ever rises, so that a screen can tell old from new.
KEPT = (
    "state",
    "category",
    "emergency_reason",
    "booked_at",
    "due_at",
    "called_at",
    "call_count",
    "set_back_at",
    "started_at",
    "ended_at",
)

WITH_BOOKING = "leave_with_booking"  # what ended a stay together with its booking


def lock_station(station_id):
    """The station's row, locked: every change of its line waits here."""
    return (
        Station.objects.select_for_update(no_key=True, of=("self",))
        .select_related("clinic", "doctor__user")
        .get(pk=station_id)
    )


def lock_entry(entry):
    """The entry as it stands now, with its station's row locked."""
    station = lock_station(entry.station_id)
    fresh = Entry.objects.select_related("token__patient").get(pk=entry.pk)
    fresh.station = station
    return fresh


def require(entry, *states):
    """Refuse unless the entry is in one of `states`; the refusal says where the token stands."""
    if entry.state in states:
        return
    raise Refused(
        _("%(token)s is no longer there: %(state)s. Look at the line again.")
        % {"token": entry.token.label, "state": entry.get_state_display()},
        "state_changed",
    )


def place_of(entry):
    """What the order of the line looks at."""
    return order.Place(
        token=entry.token.label,
        joined_at=entry.joined_at,
        due_at=entry.due_at,
        category=entry.category,
        booked_at=entry.booked_at,
        id=entry.pk,
        set_back_at=entry.set_back_at,
        sent_on=entry.sent_on,
    )


def keep(entry, action, by):
    """Keep the row as it was, for its author's undo."""
    before = {name: _plain(getattr(entry, name)) for name in KEPT}
    return EntryChange.objects.create(entry=entry, action=action, before=before, by=by)


def write(entry, action, by, fields, **facts):
    """Write `fields` on the entry, keep what was, audit, and tell the screens."""
    keep(entry, action, by)
    for name, value in fields.items():
        setattr(entry, name, value)
    entry.version += 1
    try:
        with transaction.atomic():
            entry.save(update_fields=[*fields, "version"])
    except IntegrityError as error:
        raise somebody_called(entry.station) from error
    note(entry, action, by, **facts)
    return entry


def close_left_over(station, by):
    """End what an earlier day left open at this (locked) station: with staff is done, everybody else has left.

    Otherwise yesterday's last patient would be called first this morning, or block the first call.
    """
    now = timezone.now()
    for entry in (
        Entry.objects.filter(station=station).left_over(station.clinic.today(), now).select_related("token__patient")
    ):
        entry.station = station
        state = Entry.State.DONE if entry.state == Entry.State.WITH_STAFF else Entry.State.LEFT
        write(entry, "close_left_over", by, {"state": state, "ended_at": now})


def note(entry, action, by, **facts):
    """Audit one change of an entry and publish what it changes on the screens."""
    audit.record(
        by,
        action,
        entry,
        patient_id=entry.token.patient_id,
        token=entry.token.label,
        station=entry.station.letter,
        state=entry.state,
        **facts,
    )
    tell(entry.station)


def tell(station):
    """Publish that this station's line has changed."""
    live.publish(station.clinic, f"station-{station.pk}", "desk", "board", "day")
    if station.kind == Station.Kind.PHARMACY:
        live.publish(station.clinic, "pharmacy")


def somebody_called(station):
    """The refusal of a second call, naming who is called."""
    label = next((entry.token.label for entry in called_at(station)), "")
    return Refused(
        _("%(token)s is already called here. Begin with them, or skip them, before you call the next.")
        % {"token": label},
        "somebody_called",
    )


def called_at(station):
    """Who is called at the station now (none or one)."""
    return Entry.objects.filter(station=station, state=Entry.State.CALLED).select_related("token")


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value
