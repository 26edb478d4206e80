"""Dispensing: one commit in which the patient has the medicine, the shelf is lower and the line is on the bill, or nothing."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing import operations as billing
from clinic import audit, display, idempotency, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from patients.models import Patient
from pharmacy import alerts, allocation
from pharmacy.models import (
    Batch,
    Dispense,
    DispenseLine,
    Medicine,
    Prescription,
    PrescriptionItem,
    SafetyAlert,
    StockMove,
)
from pharmacy.operations.charges import open_invoice
from pharmacy.operations.stock import lock_stock, move
from queues import operations as queue_operations
from queues import queries as queue_queries
from queues.models import Station


@operation
def dispense(*, prescription, by, lines, idempotency_key=""):
    """Hand over `lines` of a signed prescription; returns the Dispense.

    Each line is a dict: `item` (id), `quantity` (base units), and where wanted `batch` (id, with a `reason`),
    `substitute` (medicine id, with `substitute_reason`), `override_reason` for the safety stops named in
    `override_stops` (as `alerts.key` names them): a stop that is not named was not read. Earliest removal first; a chosen batch is honoured and topped up. Refused: `already_dispensed` (when and by whom), `not_signed`,
    `expired` (the clinic's days for a prescription are over), `out_of_stock` (what is left), `too_much`, `closed` (a line closed as not given), `reason`, `safety_stop`, `missing_price`. The second request with the
    same `idempotency_key` gets the first one's Dispense.

    The event `prescription.ready` is sent here and not at the signature: only now is the medicine packed, labelled
    and known to be there, so that it can be fetched. After a part of it the event carries `partly_dispensed`.
    """
    done = idempotency.claim(
        by=by, key=idempotency_key, operation="dispense", body={"prescription": prescription.pk, "lines": lines}
    )
    if done:
        return Dispense.objects.get(pk=done)
    prescription = _locked(prescription)
    wanted = _wanted(prescription, lines)
    shelves = lock_stock(prescription.clinic, {medicine.pk for _i, medicine, _l in wanted})
    taken = _take(prescription, wanted, shelves)
    made = _write(prescription, taken, shelves, by=by)
    _settle_state(prescription)
    _leave_line(prescription, by=by)
    _check_safety(prescription, wanted, by=by)
    audit.record(by, "dispense", made, prescription=prescription.pk, items=[item.pk for item, *_rest in taken])
    live.publish(
        prescription.clinic,
        "pharmacy",
        "stock",
        "desk",
        "day",
        f"prescription-{prescription.pk}",
        f"patient-{prescription.patient_id}",
    )
    live.event(
        prescription.clinic,
        "prescription.ready",
        patient_id=prescription.patient_id,
        doctor_id=prescription.doctor_id,
        prescription=prescription.pk,
        status=prescription.state,
    )
    idempotency.settle(by=by, key=idempotency_key, made=made)
    return made


def _locked(prescription):
    prescription = lock(Prescription, prescription.pk, "clinic", "visit__token")
    _check_open(prescription)
    if prescription.is_expired:
        raise Refused(expired(prescription), "expired")
    return prescription


def expired(prescription):
    """What the pharmacist reads, and does, when a prescription may no longer be given out."""
    return _(
        "This prescription could be given out until %(until)s. It needs a new one: send the patient to reception for a"
        " visit, where the doctor can repeat it."
    ) % {"until": display.day_text(prescription.valid_until)}


def _check_open(prescription):
    """Refused: `already_dispensed` (when and by whom), `not_signed`."""
    if prescription.state == Prescription.State.DISPENSED:
        last = prescription.dispenses.select_related("by").order_by("-pk").first()
        if last is None:
            raise Refused(_("This prescription is already closed."), "already_dispensed")
        when = date_format(timezone.localtime(last.at, prescription.clinic.zone), "H:i")
        raise Refused(
            _("Already dispensed at %(time)s by %(name)s.") % {"time": when, "name": last.by.name}, "already_dispensed"
        )
    if prescription.state not in Prescription.OPEN:
        raise Refused(_("This prescription is not signed."), "not_signed")


def _wanted(prescription, lines):
    """[(item, medicine, line)] of the lines that give something out, each checked against what was prescribed."""
    items = {item.pk: item for item in prescription.items.filter(removed_at=None).select_related("medicine")}
    wanted = []
    for line in lines:
        item = items.pop(line["item"], None)
        if item is None:
            raise Refused(_("This line is not on the prescription."), "not_found", status=404)
        if item.closed_reason:
            raise Refused(
                _("%(medicine)s was closed as not given: %(reason)s")
                % {"medicine": item.medicine, "reason": item.closed_reason},
                "closed",
            )
        left = item.quantity - item.dispensed
        if not 1 <= line["quantity"] <= left:
            raise Refused(
                _("%(medicine)s: between 1 and %(left)s can still be given.") % {"medicine": item.medicine, "left": left},
                "too_much", field=f"quantity-{item.pk}",
            )  # fmt: skip
        if line.get("batch") and not (line.get("reason") or "").strip():
            raise Refused(_("Say why this batch."), "reason", field=f"reason-{item.pk}")
        wanted.append((item, _medicine(item, line), line))
    if not wanted:
        raise Refused(_("Confirm at least one line."), "empty")
    return sorted(wanted, key=lambda row: row[0].pk)


def _medicine(item, line):
    if not line.get("substitute"):
        return item.medicine
    other = Medicine.objects.active().filter(pk=line["substitute"]).first()
    if other is None or not item.may_substitute:
        raise Refused(_("This medicine may not be substituted."), "no_substitution", field=f"substitute-{item.pk}")
    if not (line.get("substitute_reason") or "").strip():
        raise Refused(_("Say why another medicine is given."), "reason", field=f"substitute_reason-{item.pk}")
    if not other.may_replace(item.medicine):
        raise Refused(
            _("A substitute has the same ingredient, strength, form and route."),
            "no_substitution",
            field=f"substitute-{item.pk}",
        )
    return other


def _check_safety(prescription, wanted, *, by):
    """The allergies of this moment, under the patient's lock: one recorded since the signature stops the line.

    Comes last because patients are the lowest floor to lock; a refusal takes everything back.
    """
    Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=prescription.patient_id)
    lines = {item.pk: line for item, _m, line in wanted}
    for item, alert in alerts.open_stops(prescription):
        if item.pk not in lines:
            continue
        reason = (lines[item.pk].get("override_reason") or "").strip()
        if not reason or alerts.key(alert) not in (lines[item.pk].get("override_stops") or ()):
            refused = alerts.unread(item, alert)
            refused.field = f"override_reason-{item.pk}"
            raise refused
        item.prescription = prescription
        alerts.log(
            item,
            [alert],
            by=by,
            stage=SafetyAlert.Stage.DISPENSING,
            outcome=SafetyAlert.Outcome.OVERRIDDEN,
            reason=reason[:200],
        )


def _take(prescription, wanted, shelves):
    """[(item, medicine, line, [(batch, quantity)])] by the rule of allocation; the stock rows are locked."""
    batches = list(
        Batch.objects.filter(clinic=prescription.clinic_id, medicine__in=shelves).order_by("remove_by", "pk")
    )
    rows = {batch.pk: batch for batch in batches}
    left = {batch.pk: batch.on_hand for batch in batches}
    today = prescription.clinic.today()
    taken = []
    for item, medicine, line in wanted:
        lots = [
            allocation.Lot(b.pk, b.remove_by, b.expires_on, left[b.pk], b.state)
            for b in batches
            if b.medicine_id == medicine.pk
        ]
        chosen = line.get("batch")
        if chosen and not any(lot.pk == chosen and allocation.usable(lot, today) for lot in lots):
            raise Refused(_("This batch cannot be given out."), "batch_unusable", field=f"batch-{item.pk}")
        parts, missing = allocation.allocate(lots, line["quantity"], today=today, chosen=chosen)
        if missing:
            have = line["quantity"] - missing
            raise Refused(
                _("%(medicine)s: only %(left)s left on the shelf.") % {"medicine": medicine, "left": have},
                "out_of_stock", field=f"quantity-{item.pk}", alternatives=[{"item": item.pk, "left": have}],
            )  # fmt: skip
        for pk, quantity in parts:
            left[pk] -= quantity
        taken.append((item, medicine, line, [(rows[pk], quantity) for pk, quantity in parts]))
    return taken


def _write(prescription, taken, shelves, *, by):
    invoice = open_invoice(prescription, by=by)
    made = Dispense.objects.create(
        clinic=prescription.clinic,
        patient_id=prescription.patient_id,
        prescription=prescription,
        invoice=invoice,
        by=by,
    )
    reference = f"dispense:{made.pk}"
    for item, medicine, line, parts in taken:
        charge = billing.add_line(
            invoice=invoice, by=by, text=f"{medicine} {medicine.get_form_display()}", quantity=line["quantity"],
            unit_price=medicine.price, tax_rate=medicine.tax_rate, source=f"{reference}:{item.pk}",
        )  # fmt: skip
        for batch, quantity in parts:
            DispenseLine.objects.create(
                dispense=made, item=item, medicine=medicine, batch=batch, quantity=quantity, invoice_line=charge,
                batch_reason=(line.get("reason") or "")[:200], substitute_reason=(line.get("substitute_reason") or "")[:200],
            )  # fmt: skip
            move(shelves[medicine.pk], batch, -quantity, kind=StockMove.Kind.DISPENSE, by=by, reference=reference)
        item.dispensed += line["quantity"]
        item.save(update_fields=["dispensed"])
    return made


def _settle_state(prescription):
    rest = [
        item for item in PrescriptionItem.objects.filter(prescription=prescription, removed_at=None)
        if item.dispensed < item.quantity and not item.closed_reason
    ]  # fmt: skip
    prescription.state = Prescription.State.PARTLY_DISPENSED if rest else Prescription.State.DISPENSED
    prescription.version += 1
    prescription.save(update_fields=["state", "version"])


def _leave_line(prescription, *, by):
    """End the patient's stay in the pharmacy's line, if there is one."""
    token = prescription.visit.token
    entry = queue_queries.live_entry(token) if token else None
    if entry is None or entry.station.kind != Station.Kind.PHARMACY:
        return
    queue_operations.serve(entry=entry, by=by)


@operation
def not_given(*, item, by, reason):
    """Close a line that is not given (again), with the reason; again: nothing changes.

    Refused: `reason` without one, `not_signed`, `not_found` (a line taken off), `already_dispensed` (given in full).
    """
    if not reason.strip():
        raise Refused(_("Say why it is not given."), "reason", field=f"not_given-{item.pk}")
    prescription = lock(Prescription, item.prescription_id, "clinic", "visit__token")
    item = PrescriptionItem.objects.get(pk=item.pk)
    if item.closed_reason:
        return item
    _check_open(prescription)
    if item.removed_at:
        raise Refused(_("This line is not on the prescription."), "not_found", status=404)
    if item.dispensed == item.quantity:
        raise Refused(_("This line was given in full."), "already_dispensed")
    item.closed_reason = reason.strip()[:200]
    item.save(update_fields=["closed_reason"])
    _settle_state(prescription)
    if prescription.state == Prescription.State.DISPENSED:
        _leave_line(prescription, by=by)
    audit.record(
        by, "not_given", item, patient_id=prescription.patient_id, clinic=prescription.clinic, reason=item.closed_reason
    )
    live.publish(prescription.clinic, "pharmacy", "desk", f"prescription-{prescription.pk}")
    return item


@operation
def call_next(*, clinic, by):
    """Call the next patient to the pharmacy; returns (entry, that patient's prescription or None).

    Refused as `queues.call_next`.
    """
    station = queue_operations.ensure_pharmacy_station(clinic=clinic, by=by)
    entry = queue_operations.call_next(station=station, by=by)
    found = Prescription.objects.to_dispense(clinic).filter(
        visit__token=entry.token_id, patient__any_of=Patient.objects.family_of(entry.token.patient_id)
    )
    return entry, found.order_by("pk").first()
