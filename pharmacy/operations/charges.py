"""The bill of a prescription: which one takes its charges, and how a return is taken off it again."""

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import operations as billing
from billing.models import Invoice, InvoiceLine
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from pharmacy.models import Prescription

State = Prescription.State


def open_invoice(prescription, *, by):
    """The draft bill that takes the next charge: the visit's, else that of a prescription of the visit, made when there
    is none.

    The prescription's row is locked by the caller. An issued bill is never edited, so what comes after is on another.
    """
    others = Prescription.objects.filter(visit=prescription.visit_id).exclude(pk=prescription.pk).order_by("pk")
    known = [prescription.visit.invoice_id, prescription.invoice_id, *others.values_list("invoice_id", flat=True)]
    invoice = draft_bill(known)
    if invoice is not None:
        return invoice
    invoice = billing.draft_invoice(clinic=prescription.clinic, patient=prescription.patient, by=by)
    prescription.invoice = invoice
    prescription.save(update_fields=["invoice"])
    return invoice


def draft_bill(ids):
    """The first bill of `ids` (None is passed over) that still takes charges, locked; None when there is none."""
    for pk in filter(None, ids):
        invoice = lock(Invoice, pk)
        if invoice.state == Invoice.State.DRAFT:
            return invoice
    return None


@operation
def bill_prescription(*, prescription, by):
    """The bill of a signed prescription: the one with its last charge, else the visit's, else a new draft.

    Medicines are charged by `dispense`, at the price of that day; nothing is charged here, so asking twice gives the
    same bill. Refused: `not_signed` for a draft and for a cancelled prescription.
    """
    prescription = lock(Prescription, prescription.pk, "clinic", "patient", "visit")
    if prescription.state in (State.DRAFT, State.CANCELLED):
        raise Refused(_("This prescription is not signed."), "not_signed")
    last = prescription.dispenses.exclude(invoice=None).order_by("-pk").first()
    known = (last and last.invoice_id, prescription.visit.invoice_id, prescription.invoice_id)
    for pk in filter(None, known):
        invoice = Invoice.objects.get(pk=pk)
        if invoice.state != Invoice.State.CANCELLED:
            return invoice
    return open_invoice(prescription, by=by)


def credit_returned(dispense, wanted, *, by, reason):
    """Take what comes back, as [(dispense line, quantity)], off the bill of a dispensing: a draft's lines are reduced,
    an issued bill is credited. Returns the credit note, or None.

    The bill then charges what is still with the patient, or less where the till has taken off more: what it has taken
    off already is not taken off twice. A cancelled bill charges nothing.
    """
    invoice = lock(Invoice, dispense.invoice_id) if dispense.invoice_id else None
    if invoice is None or invoice.state == Invoice.State.CANCELLED:
        return None
    back = {}
    for line, quantity in wanted:
        back[line.invoice_line_id] = back.get(line.invoice_line_id, 0) + quantity
    kept = _still_out(dispense, wanted)
    charges = InvoiceLine.objects.filter(pk__in=back).annotate(off=Sum("credits__quantity", default=0)).order_by("pk")
    lines = [
        {"line": charge, "quantity": min(back[charge.pk], charge.quantity - charge.off - kept[charge.pk])}
        for charge in charges
    ]
    lines = [line for line in lines if line["quantity"] > 0]
    if invoice.state != Invoice.State.DRAFT:
        return billing.credit(invoice=invoice, by=by, lines=lines, reason=reason, returned=True) if lines else None
    for line in lines:
        billing.reduce_line(by=by, **line)
    return None


def _still_out(dispense, wanted):
    """Charge id -> what of it stays with the patient once `wanted` is back too, for the charges of `wanted`."""
    back = {line.pk: quantity for line, quantity in wanted}
    charges = {line.invoice_line_id for line, _quantity in wanted}
    rows = dispense.lines.filter(invoice_line__in=charges).annotate(came_back=Sum("returns__quantity", default=0))
    kept = dict.fromkeys(charges, 0)
    for row in rows:
        kept[row.invoice_line_id] += row.quantity - row.came_back - back.get(row.pk, 0)
    return kept
