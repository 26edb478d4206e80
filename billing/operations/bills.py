"""A bill from its first charge to its number."""

from decimal import Decimal

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceLine, Service
from billing.operations.approval import check_approval, needs_second
from billing.operations.common import (
    amount_of,
    draft_line,
    line_gone,
    locked,
    locked_draft,
    number_it,
    price_of,
    sum_up,
    tell,
)
from billing.sums import line_sum
from clinic import audit
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.operation import operation


@operation
def draft_invoice(*, clinic, patient, by, mode="auto", idempotency_key=""):
    """A new, empty bill for `patient`, in the clinic's currency and of the clinic's day. `mode` is auto or manual.

    The same key again gives the first bill.
    """
    body = {"clinic": clinic.pk, "patient": patient.pk, "mode": mode}
    done = claim(by=by, key=idempotency_key, operation="draft_invoice", body=body)
    if done:
        return Invoice.objects.select_related("clinic", "patient").get(pk=done)
    invoice = Invoice.objects.create(
        clinic=clinic, patient=patient, mode=mode, day=clinic.today(), currency=clinic.currency
    )
    settle(by=by, key=idempotency_key, made=invoice)
    audit.record(by, "draft_invoice", invoice, mode=mode)
    tell(invoice)
    return invoice


@operation
def add_line(
    *,
    invoice,
    by,
    text,
    quantity,
    unit_price,
    tax_rate=None,
    service=None,
    source="",
    text_other_script="",
    idempotency_key="",
):
    """Put a charge on a draft bill; returns the line. `unit_price` is before tax, `tax_rate` in percent.

    Without `tax_rate` the service's rate holds, else the clinic's. The same `source` twice and the same key again give
    the first line. Refused: `missing_price` (price is None), `already_issued`, `bad_amount`, `bad_quantity`,
    `missing_text`, `line_gone` (the same key again after the line was taken off).
    """
    body = {"invoice": invoice.pk, "text": text, "quantity": quantity, "unit_price": str(unit_price)}
    done = claim(by=by, key=idempotency_key, operation="add_line", body=body)
    if done:
        return _first(done)
    invoice = locked_draft(invoice)
    if source:
        known = invoice.lines.filter(source=source).first()
        if known:
            return known
    check_charge(text, quantity, unit_price)
    line = _new_line(
        invoice,
        service=service,
        text=text.strip()[:300],
        text_other_script=text_other_script[:300],
        quantity=quantity,
        unit_price=price_of(unit_price, "unit_price"),
        tax_rate=_rate(invoice.clinic, service, tax_rate),
        source=source,
        added_by=by,
    )
    settle(by=by, key=idempotency_key, made=line)
    sum_up(invoice)
    audit.record(by, "add_line", invoice, line=line.pk, total=line.total, source=source)
    tell(invoice)
    return line


def _new_line(invoice, *, quantity, unit_price, tax_rate, **fields):
    """The next line of a locked draft, summed up and without a discount."""
    amounts = line_sum(quantity, unit_price, Decimal(0), tax_rate, invoice.currency)
    return InvoiceLine.objects.create(
        invoice=invoice,
        position=(invoice.lines.aggregate(last=Max("position"))["last"] or 0) + 1,
        quantity=quantity,
        unit_price=unit_price,
        tax_rate=tax_rate,
        net=amounts.net,
        tax=amounts.tax,
        total=amounts.total,
        **fields,
    )


def _first(pk):
    """The line that the first click made; Refused `line_gone` when it was taken off since."""
    line = InvoiceLine.objects.select_related("invoice").filter(pk=pk).first()
    if line is None:
        raise line_gone()
    return line


def check_charge(text, quantity, unit_price):
    """Refused `missing_text`, `missing_price` or `bad_quantity` when a charge cannot be right."""
    if not (text or "").strip():
        raise Refused(_("Say what is charged."), "missing_text", field="text", status=422)
    if unit_price is None:
        raise Refused(
            _("%(thing)s has no price. Ask the manager to enter one in Settings.") % {"thing": text.strip()},
            "missing_price",
            field="unit_price",
        )
    if not isinstance(quantity, int) or not 1 <= quantity <= 100_000:
        raise Refused(_("The quantity is a whole number from 1 up."), "bad_quantity", field="quantity", status=422)


def _rate(clinic, service, tax_rate):
    if tax_rate is not None:
        return Decimal(tax_rate)
    if service is not None and service.tax_rate is not None:
        return service.tax_rate
    return Decimal(clinic.tax_rate)


@operation
def charge_consultation(*, invoice, doctor, by, source):
    """Charge the doctor's consultation (else the clinic's usual one) on a draft bill; returns the line.

    Refused `missing_price` when the price list has none.
    """
    services = Service.objects.filter(
        Q(doctor=doctor) | Q(doctor=None), clinic=invoice.clinic_id, kind=Service.Kind.CONSULTATION, is_active=True
    )
    service = services.order_by("doctor").first()  # NULL sorts last: the doctor's own comes first
    if service is None:
        raise Refused(
            _("There is no consultation in the price list. Ask the manager to enter one in Settings."), "missing_price"
        )
    return add_line(
        invoice=invoice,
        by=by,
        text=service.name,
        text_other_script=service.name_other_script,
        quantity=1,
        unit_price=service.price,
        service=service,
        source=source,
    )


@operation
def discount_line(*, line, by, amount, reason, approved_by=None):
    """Set the discount of one line of a draft bill (0 takes it off); returns the line.

    Refused: `missing_reason`, `too_much` (more than the line), `already_issued`, `line_gone`, and `needs_approval`
    above the clinic's limit unless `by` is a manager or `approved_by` is another person of the clinic who is one.
    """
    invoice, line = draft_line(line)
    amount, reason = amount_of(invoice.clinic, amount, "amount"), (reason or "").strip()
    gross = line_sum(line.quantity, line.unit_price, Decimal(0), line.tax_rate, invoice.currency).gross
    if amount and not reason:
        raise Refused(_("Say why there is a discount."), "missing_reason", field="reason", status=422)
    if amount > gross:
        raise Refused(_("The discount is larger than the price."), "too_much", field="amount", status=422)
    second = check_discount(invoice.clinic, amount, gross, by, approved_by)
    write_discount(line, amount, reason, invoice.currency)
    sum_up(invoice)
    approver = second.name if second else None
    audit.record(by, "discount_line", invoice, line=line.pk, amount=amount, reason=reason, approved_by=approver)
    tell(invoice)
    return line


def write_discount(line, amount, reason, currency):
    """Put a checked discount on a line of a locked draft."""
    amounts = line_sum(line.quantity, line.unit_price, amount, line.tax_rate, currency)
    line.discount, line.discount_reason = amount, reason[:200] if amount else ""
    line.net, line.tax, line.total = amounts.net, amounts.tax, amounts.total
    line.save(update_fields=["discount", "discount_reason", "net", "tax", "total"])


def check_discount(clinic, amount, gross, by, approved_by):
    """The manager who stands for a discount, None when nobody has to; Refused `needs_approval` above the limit."""
    words = _("A discount above %(limit)s needs a manager's approval.")
    return check_approval(clinic, amount, gross, by=by, second=approved_by, words=words, field="amount")


@operation
def remove_line(*, line, by):
    """Take a charge made by hand off a draft bill; returns the bill.

    Refused: `already_issued`, `line_gone` (the second click), `from_elsewhere` for a charge of a visit or of the pharmacy.
    """
    invoice, line = draft_line(line)
    if line.source:
        raise from_elsewhere()
    facts = {"line": line.pk, "text": line.text, "total": line.total, "source": line.source}
    line.delete()
    sum_up(invoice)
    audit.record(by, "remove_line", invoice, **facts)
    tell(invoice)
    return invoice


def from_elsewhere():
    """The refusal of changing by hand what a visit or the pharmacy has charged."""
    message = _("This charge comes from the visit or the pharmacy. Give a discount, or let them take it back.")
    return Refused(message, "from_elsewhere", field="lines")


@operation
def issue(*, invoice, by):
    """Give a draft its number (INV-2026-00001, without gaps in a clinic's year) and freeze it.

    Refused: `empty` without lines, `already_issued`.
    """
    invoice = locked_draft(invoice)
    if not invoice.lines.filter(quantity__gt=0).exists():
        raise Refused(_("There is nothing on this bill yet."), "empty")
    number_it(invoice, by)
    audit.record(by, "issue", invoice, number=invoice.number, total=invoice.total)
    tell(invoice)
    return invoice


@operation
def cancel_invoice(*, invoice, by, reason, approved_by=None):
    """Cancel a bill on which nothing was paid; it keeps its number and its lines.

    A draft that was made by hand is cancelled by one person. What a visit or the pharmacy has charged, and an issued
    bill, are given up with that: `by` must be a manager or `approved_by` another person of the clinic who is one.
    Refused: `missing_reason`, `has_payments`, `already_cancelled`, `needs_approval`.
    """
    invoice = locked(invoice)
    if invoice.state == Invoice.State.CANCELLED:
        raise Refused(_("This bill is already cancelled."), "already_cancelled")
    if invoice.paid:
        raise Refused(_("Something was paid on this bill, so it cannot be cancelled."), "has_payments")
    if not (reason or "").strip():
        raise Refused(_("Say why the bill is cancelled."), "missing_reason", field="reason", status=422)
    given_up = _given_up(invoice)
    words = _("Cancelling this bill needs a manager's approval.")
    second = check_approval(invoice.clinic, given_up, given_up, by=by, second=approved_by, words=words)
    invoice.state, invoice.cancelled_at, invoice.cancel_reason = Invoice.State.CANCELLED, timezone.now(), reason[:200]
    invoice.version += 1
    invoice.save(update_fields=["state", "cancelled_at", "cancel_reason", "version"])
    approver = second.name if second else None
    audit.record(by, "cancel_invoice", invoice, number=invoice.number, reason=reason[:200], approved_by=approver)
    tell(invoice)
    return invoice


def cancelling_needs_manager(invoice, by):
    """True when `by` cannot cancel `invoice` without the name and password of a manager."""
    given_up = _given_up(invoice)
    return needs_second(invoice.clinic, given_up, given_up, by=by)


def _given_up(invoice):
    """What cancelling gives up: all of an issued bill, on a draft what nobody could take off by hand."""
    if invoice.state != Invoice.State.DRAFT:
        return invoice.total
    return sum((line.total for line in invoice.lines.exclude(source="")), Decimal(0))


@operation
def change_patient(*, invoice, patient, by):
    """Move a draft bill to another patient (a wrong check-in put right). Refused `already_issued`."""
    invoice = locked_draft(invoice)
    before = invoice.patient_id
    tell(invoice)
    invoice.patient = patient
    invoice.version += 1
    invoice.save(update_fields=["patient", "version"])
    audit.record(by, "change_patient", invoice, before=before, after=patient.pk)
    tell(invoice)
    return invoice
