"""A prescription as a whole: written in one go, and taken back before anything is handed over."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from pharmacy.models import Prescription
from pharmacy.operations.prescribing import add_item, placed
from queues import operations as queue_operations
from queues import queries as queue_queries
from queues.models import Entry, Station
from visits.models import Visit

State = Prescription.State


@operation
def prescribe(*, visit, by, items):
    """Add `items`, each a dict of what `add_item` takes, to the visit's draft prescription; returns the prescription.

    All or none. Refused as `add_item`, the field named with the place of the line (`items.0.line`); `empty`.
    """
    if not items:
        raise Refused(_("There is nothing on this prescription."), "empty", field="items")
    made = None
    for number, item in enumerate(items):
        with placed(number):
            made = add_item(visit=visit, by=by, **item)
    return made.prescription


@operation
def cancel_prescription(*, prescription, by, reason=""):
    """Take a prescription back while nothing of it was handed over; it stays readable. Again: nothing changes.

    A signed one needs a `reason`, and its patient leaves the pharmacy's line. Refused: `reason`, `not_yours`,
    `already_dispensed` (what was handed over is returned, see `return_dispensed`).
    """
    found = Prescription.objects.only("visit_id").get(pk=prescription.pk)
    lock(Visit, found.visit_id)  # before the prescription, as whoever finishes the visit does
    prescription = lock(Prescription, prescription.pk, "clinic", "visit__token", "visit__doctor__user")
    doctor = prescription.visit.doctor
    if doctor.user_id != by.pk:
        raise Refused(_("This visit is with %(doctor)s. You can read it.") % {"doctor": doctor.name}, "not_yours")
    if prescription.state == State.CANCELLED:
        return prescription
    if prescription.dispenses.exists() or prescription.state in (State.PARTLY_DISPENSED, State.DISPENSED):
        raise Refused(_("Something of it was handed over already. The pharmacy takes it back."), "already_dispensed")
    if prescription.state == State.SIGNED and not reason.strip():
        raise Refused(_("Say why the prescription is cancelled."), "reason", field="reason")
    before, prescription.state = prescription.state, State.CANCELLED
    prescription.cancelled_at, prescription.cancelled_by = timezone.now(), by
    prescription.cancel_reason = reason.strip()[:200]
    prescription.version += 1
    prescription.save(update_fields=["state", "cancelled_at", "cancelled_by", "cancel_reason", "version"])
    _go_home(prescription, by=by)
    audit.record(by, "cancel_prescription", prescription, was=before, reason=prescription.cancel_reason)
    topics = f"prescription-{prescription.pk}", f"visit-{prescription.visit_id}"
    live.publish(prescription.clinic, "pharmacy", "desk", *topics)
    return prescription


def _go_home(prescription, *, by):
    """Let the patient out of the pharmacy's line when there is nothing else to fetch."""
    visit = prescription.visit
    others = visit.prescriptions.filter(state__in=(State.SIGNED, State.PARTLY_DISPENSED))
    entry = queue_queries.live_entry(visit.token) if visit.token_id and not others.exists() else None
    if entry is None or entry.station.kind != Station.Kind.PHARMACY:
        return
    if entry.state in (Entry.State.WAITING, Entry.State.CALLED, Entry.State.SKIPPED):
        queue_operations.leave(entry=entry, by=by)
