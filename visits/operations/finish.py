"""How a visit ends: finished and signed, charged, and sent on; later words are addenda."""

from django.utils import timezone
from django.utils.translation import gettext as _

from billing import operations as bills
from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Doctor
from clinic.operation import operation
from clinic.operations import set_presence
from patients.queries import allergy_state
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as appointments
from scheduling.models import Appointment
from visits.models import Addendum, Visit
from visits.operations.room import SECOND_CLICK, bookings, entry_of, into_room, own, publish, was_absent

NOT_RECORDED = "not_recorded"


@operation
def complete(*, visit, by, reason="", send_to=None, invoice=None):
    """Finish and sign the visit: appointment done, consultation on the bill, place in line ended or moved to `send_to`.

    `invoice` is a draft that the caller has locked and that charges something of the visit already.
    Refuses once (`incomplete`; `alternatives` are the reasons in words) when the allergies are not recorded, there is
    no diagnosis, or the consultation has no price; a `reason` passes and is kept. Refuses also a visit already
    finished (`visit_closed`) or another doctor's (`not_yours`), and one of a patient who did not come when called while
    nothing was written or signed on it (`did_not_come`): nobody is charged for having been called.
    """
    lock(Doctor, visit.doctor_id)
    visit = own(visit, by)
    if send_to is None and was_absent(visit, entry_of(visit)):
        raise Refused(_("This patient did not come when called."), "did_not_come")
    missing = what_is_missing(visit)
    if missing and not reason:
        raise incomplete(missing)
    into_room(visit, by)
    _end_appointment(visit, by)
    _move_on(visit, by, send_to)
    invoice, unpriced = _bill(visit, by, invoice)
    if unpriced and not reason:
        raise incomplete([str(unpriced.message)])
    visit.state = Visit.State.COMPLETED
    visit.invoice, visit.finish_reason = invoice, reason[:200]
    visit.completed_at, visit.completed_by = timezone.now(), by
    visit.version += 1
    visit.save(update_fields=["state", "invoice", "finish_reason", "completed_at", "completed_by", "version"])
    set_presence(doctor=visit.doctor, status=Doctor.Status.ONLINE, by=by)
    audit.record(by, "complete_visit", visit, reason=visit.finish_reason, missing=len(missing), charged=not unpriced)
    publish(visit)
    live.publish(visit.clinic, "desk", "day", f"doctor-{visit.doctor_id}")
    return visit


def what_is_missing(visit):
    """Reasons in words why the visit is not ready to be signed; none when it is."""
    missing = []
    if allergy_state(visit.patient)[0] == NOT_RECORDED:
        missing.append(_("Allergies are not recorded."))
    if not visit.diagnoses.filter(removed_at=None).exists():
        missing.append(_("There is no diagnosis."))
    return missing


def incomplete(reasons):
    """The refusal of a finish that can be pressed again with a reason; `reasons` are sentences."""
    message = _("Not finished yet. %(reasons)s") % {"reasons": " ".join(reasons)}
    return Refused(message, "incomplete", field="reason", alternatives=reasons)


def _end_appointment(visit, by):
    for booked in bookings(visit):
        if booked.state in (Appointment.State.ARRIVED, Appointment.State.IN_PROGRESS):
            appointments.complete(appointment=booked, by=by)


def _move_on(visit, by, send_to):
    entry = entry_of(visit)
    if entry is None:
        return
    if entry.state in (Entry.State.WAITING, Entry.State.SKIPPED):
        # From here on the number is known to have been seen: it goes to nobody else, and its end is not undone.
        entry = lines.begin_uncalled(entry=entry, by=by)
    if send_to is not None:
        lines.transfer(entry=entry, station=send_to, by=by)
    else:
        lines.finish(entry=entry, by=by)


def _bill(visit, by, invoice):
    """(invoice, None), or (None, refusal) when the consultation has no price: then nothing is on a bill."""
    try:
        return _charge(visit=visit, by=by, invoice=invoice), None
    except Refused as refused:
        if refused.code != "missing_price":
            raise
        return None, refused


@operation
def _charge(*, visit, by, invoice):
    """The consultation on `invoice`, else on a draft of its own; an operation: a refusal takes the empty draft with it."""
    invoice = invoice or bills.draft_invoice(clinic=visit.clinic, patient=visit.patient, by=by, mode="auto")
    bills.charge_consultation(invoice=invoice, doctor=visit.doctor, by=by, source=f"visit:{visit.pk}")
    return invoice


@operation
def add_addendum(*, visit, by, text):
    """Add words to a finished visit, with author and time. The same words again within a minute return what is there.

    Refuses an empty text, and an open visit (`visit_open`).
    """
    visit = Visit.objects.select_for_update(no_key=True, of=("self",)).select_related("clinic").get(pk=visit.pk)
    if visit.state != Visit.State.COMPLETED:
        raise Refused(_("This visit is still open. Write in the note itself."), "visit_open")
    text = text.strip()
    if not text:
        raise Refused(_("Write the addendum."), "empty", field="text", status=422)
    same = visit.addenda.filter(by=by, text=text, at__gt=timezone.now() - SECOND_CLICK).last()
    if same:
        return same
    addendum = Addendum.objects.create(visit=visit, text=text, by=by)
    audit.record(by, "add_addendum", visit, addendum=addendum.pk)
    publish(visit)
    return addendum
