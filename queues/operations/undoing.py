"""Taking back the last change of a stay."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.operation import operation
from patients.models import Patient
from queues.models import Entry, EntryChange, Station
from queues.operations.common import KEPT, WITH_BOOKING, called_at, lock_entry, lock_station, note, somebody_called

UNDO_MINUTES = 10
TIMES = {"booked_at", "due_at", "called_at", "set_back_at", "started_at", "ended_at"}


@operation
def undo(*, entry, by):
    """Take back the last change of this stay: the row is again exactly as it was (only its version rises).

    Only the author may, for ten minutes. A transfer is undone while the new stay is still waiting; that stay is then
    withdrawn. Refused `nothing_to_undo`, `not_yours`, `too_late`, `visit_closed`, `booking_given_up`, `moved_on`,
    `somebody_called`, and `already_in_line` when the patient has another place there by now.
    """
    went_to = Entry.objects.filter(came_from=entry).first()
    for pk in sorted({entry.station_id, went_to.station_id} if went_to else {entry.station_id}):
        lock_station(pk)
    entry = lock_entry(entry)
    change = _latest(entry)
    _check(entry, change, by)
    return _take_back(entry, change, by)


@operation
def come_back(*, entry, by):
    """Take `leave_with_booking` back, when its booking is restored, whoever gave it up. Returns the stay.

    None, and nothing is changed, when that is ten minutes ago, when something else came last, or when the person had
    left before. Refused `somebody_called`, `already_in_line`.
    """
    entry = lock_entry(entry)
    change = _latest(entry)
    ended_it = change and change.action == WITH_BOOKING and change.before["state"] in Entry.LIVE
    if not ended_it or not _is_recent(change, timezone.now()):
        return None
    return _take_back(entry, change, by)


def _latest(entry):
    return EntryChange.objects.filter(entry=entry, undone_at=None).order_by("-at", "-pk").first()


def _take_back(entry, change, by):
    """The (locked) stay as it was before `change`."""
    before = {name: parse_datetime(v) if v and name in TIMES else v for name, v in change.before.items()}
    if before["state"] == Entry.State.CALLED and called_at(entry.station).exclude(pk=entry.pk).exists():
        raise somebody_called(entry.station)
    if change.action == "transfer":
        _withdraw_next(entry, by)
    if entry.state not in Entry.LIVE and before["state"] in Entry.LIVE:
        _check_place(entry)
    for name, value in before.items():
        setattr(entry, name, value)
    entry.version += 1
    entry.save(update_fields=[*KEPT, "version"])
    change.undone_at = timezone.now()
    change.save(update_fields=["undone_at"])
    note(entry, "undo", by, undone=change.action)
    return entry


def may_undo(change, by, now):
    """True while `by` may take `change` (the latest of its stay) back."""
    return change.by_id == by.pk and _is_recent(change, now)


def _is_recent(change, now):
    return now - change.at <= timedelta(minutes=UNDO_MINUTES)


def ends_a_visit(action, state_before, station):
    """True for changes that closed a doctor's visit: they are corrected by an addendum, not by the line."""
    closing = action in ("finish", "transfer") and state_before == Entry.State.WITH_STAFF
    return closing and station.kind == Station.Kind.DOCTOR


def ends_for_good(change, station):
    """True for changes that the line alone does not take back: the end of a visit, and of a stay with its booking."""
    return change.action == WITH_BOOKING or ends_a_visit(change.action, change.before["state"], station)


def _check_place(entry):
    """Refuse when the token, or another of the same person, stands in the line to which an ended stay would return."""
    family = Patient.objects.family_of(entry.token.patient_id)
    same = Q(token=entry.token_id) | Q(station=entry.station_id, token__patient__any_of=family)
    other = Entry.objects.live().filter(same).exclude(pk=entry.pk).select_related("token").first()
    if other:
        raise Refused(_("%(token)s already stands in a line.") % {"token": other.token.label}, "already_in_line")


def _check(entry, change, by):
    if change is None:
        raise Refused(_("There is nothing to undo."), "nothing_to_undo")
    if change.by_id != by.pk:
        raise Refused(_("Only %(name)s, who did this, can undo it.") % {"name": change.by.name}, "not_yours")
    if not may_undo(change, by, timezone.now()):
        raise Refused(_("This can be undone for ten minutes only."), "too_late")
    if ends_a_visit(change.action, change.before["state"], entry.station):
        raise Refused(_("The visit is closed. Check the patient in again, or add to the visit."), "visit_closed")
    if change.action == WITH_BOOKING:
        message = _("They left the line with their booking. Restore the booking, or check the patient in again.")
        raise Refused(message, "booking_given_up")


def _withdraw_next(entry, by):
    """The stay that a transfer began never was: it ends as withdrawn, and lets go of the one it came from."""
    new = Entry.objects.filter(came_from=entry).select_related("token", "station__clinic").first()
    if new is None or new.state != Entry.State.WAITING:
        raise Refused(
            _("%(token)s has moved on since. Send them back instead.") % {"token": entry.token.label}, "moved_on"
        )
    new.state, new.ended_at, new.came_from = Entry.State.WITHDRAWN, timezone.now(), None
    new.version += 1
    new.save(update_fields=["state", "ended_at", "came_from", "version"])
    note(new, "withdraw", by)
