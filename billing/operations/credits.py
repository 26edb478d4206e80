"""What is taken back: less on a draft, a credit note on an issued bill."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import CreditLine, CreditNote, Invoice, InvoiceLine
from billing.operations.approval import check_approval
from billing.operations.common import document_number, draft_line, locked, settled_state, sum_up, tell, tell_paid
from billing.sums import ZERO, bill_sum, line_sum, share
from clinic import audit
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.operation import operation


@operation
def reduce_line(*, line, by, quantity):
    """Take `quantity` units (a whole number) off a charge of a draft bill; returns the line as it then stands.

    Its discount shrinks in proportion. A charge of which nothing is left stays with the quantity 0 (what was given
    may point to it) and is not shown. Refused: `already_issued` (credit it instead), `bad_quantity`,
    `too_much_credited`, `line_gone`.
    """
    invoice, line = draft_line(line)
    whole = _whole(quantity)
    if whole > line.quantity:
        raise _too_much(line, line.quantity)
    left = line.quantity - whole
    discount = share(line.discount, left, line.quantity, invoice.currency)
    parts = line_sum(left, line.unit_price, discount, line.tax_rate, invoice.currency)
    line.quantity, line.discount = left, discount
    line.net, line.tax, line.total = parts.net, parts.tax, parts.total
    line.save(update_fields=["quantity", "discount", "net", "tax", "total"])
    sum_up(invoice)
    audit.record(by, "reduce_line", invoice, line=line.pk, quantity=whole, left=left, total=line.total)
    tell(invoice)
    return line


@operation
def credit(*, invoice, by, lines, reason, approved_by=None, returned=False, idempotency_key=""):
    """Take charges of an issued bill back; returns the CreditNote (CN-2026-00001, without gaps in a clinic's year).

    `lines` is a list of {"line": InvoiceLine, "quantity": whole number}. What is owed on the bill falls by the lines'
    share of price, discount and tax; what was paid above that can be refunded. A bill of which everything is credited
    and nothing was paid (or all of it was given back) is cancelled. The same key again gives the first note.
    Once the credit notes of a bill give up more of what was not paid than a cashier may give alone (the clinic's limit
    for discounts), `by` must be a manager or `approved_by` another person of the clinic who is one. What was paid is
    given up by the refund only, and nothing is when the goods came back (`returned`).
    Refused: `needs_approval`, `missing_reason`, `not_issued`, `already_cancelled`, `nothing_to_credit`, `bad_quantity`,
    `too_much_credited` (more than was billed minus earlier credits), `wrong_line` (of another bill).
    """
    body = {"invoice": invoice.pk, "lines": [[row["line"].pk, row["quantity"]] for row in lines], "reason": reason}
    done = claim(by=by, key=idempotency_key, operation="credit", body=body)
    if done:
        return CreditNote.objects.select_related("invoice", "patient", "clinic").get(pk=done)
    invoice = locked(invoice)
    reason = _check_creditable(invoice, reason)
    parts = [_part(invoice, pk, quantity) for pk, quantity in _asked(lines)]
    total = bill_sum(parts)
    second = None if returned else _second(invoice, total.total, by, approved_by)
    invoice.credited += total.total
    before, invoice.state = invoice.state, settled_state(invoice)
    fields = ["credited", "state", "version"]
    if invoice.state == Invoice.State.CANCELLED:
        invoice.cancelled_at, invoice.cancel_reason = timezone.now(), reason
        fields += ["cancelled_at", "cancel_reason"]
    invoice.version += 1
    invoice.save(update_fields=fields)
    note = _write(invoice, parts, total, by, reason)
    settle(by=by, key=idempotency_key, made=note)
    facts = {"invoice": invoice.pk, "number": note.number, "total": note.total, "reason": reason}
    audit.record(by, "credit", note, approved_by=second.name if second else None, **facts)
    tell(invoice)
    if before != invoice.state:
        tell_paid(invoice)
    return note


def _second(invoice, amount, by, approved_by):
    """The second person for crediting `amount`, None when nobody has to sign; Refused `needs_approval`."""
    given_up = min(invoice.credited + amount, invoice.total - invoice.paid) if invoice.due else ZERO
    words = _("Taking more than %(limit)s off a bill needs a manager's approval.")
    return check_approval(invoice.clinic, given_up, invoice.total, by=by, second=approved_by, words=words)


@dataclass(frozen=True)
class Part:
    """So much of one line, and what it is worth."""

    line: InvoiceLine
    quantity: int
    discount: Decimal
    net: Decimal
    tax: Decimal

    @property
    def total(self):
        return self.net + self.tax


def _check_creditable(invoice, reason):
    if invoice.state == Invoice.State.DRAFT:
        raise Refused(_("This bill is not issued yet: change its charges instead."), "not_issued")
    if invoice.state == Invoice.State.CANCELLED:
        raise Refused(_("This bill is already cancelled."), "already_cancelled")
    reason = (reason or "").strip()[:200]
    if not reason:
        raise Refused(_("Say why it is taken back."), "missing_reason", field="reason", status=422)
    return reason


def _asked(lines):
    """[(line id, quantity)] in the order of the ids, the same line named twice put together."""
    asked = {}
    for row in lines:
        asked[row["line"].pk] = asked.get(row["line"].pk, 0) + _whole(row["quantity"])
    if not asked:
        raise Refused(_("Choose what is taken back."), "nothing_to_credit", field="lines", status=422)
    return sorted(asked.items())


def _whole(quantity):
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 100_000:
        raise Refused(_("The quantity is a whole number from 1 up."), "bad_quantity", field="quantity", status=422)
    return quantity


def _part(invoice, pk, quantity):
    """What `quantity` of a line is worth: shares of the whole, so that the last unit takes what rounding has left."""
    line = invoice.lines.filter(pk=pk).first()
    if line is None:
        raise Refused(_("This charge is not on this bill."), "wrong_line", field="lines", status=422)
    before = line.credits.aggregate(quantity=Sum("quantity"), discount=Sum("discount"), net=Sum("net"), tax=Sum("tax"))
    earlier = {name: value or 0 for name, value in before.items()}
    after = earlier["quantity"] + quantity
    if after > line.quantity:
        raise _too_much(line, line.quantity - earlier["quantity"])
    shares = {
        name: share(getattr(line, name), after, line.quantity, invoice.currency) - earlier[name]
        for name in ("discount", "net", "tax")
    }
    return Part(line=line, quantity=quantity, **shares)


def _too_much(line, left):
    words = {"thing": line.text, "left": left}
    message = _("%(thing)s: only %(left)s can still be taken back.") % words
    return Refused(message, "too_much_credited", field="quantity", alternatives=[{"line": line.pk, "quantity": left}])


def _write(invoice, parts, total, by, reason):
    note = CreditNote.objects.create(
        clinic=invoice.clinic,
        patient=invoice.patient,
        invoice=invoice,
        number=document_number(invoice.clinic, "CN", "credit"),
        reason=reason,
        subtotal=total.subtotal,
        discount=total.discount,
        tax=total.tax,
        total=total.total,
        day=invoice.clinic.today(),
        by=by,
    )
    CreditLine.objects.bulk_create(
        CreditLine(
            credit_note=note,
            line=part.line,
            quantity=part.quantity,
            discount=part.discount,
            net=part.net,
            tax=part.tax,
            total=part.total,
        )
        for part in parts
    )
    return note


def whole_of(invoice):
    """The `lines` of `credit` that take back everything not yet credited."""
    rows = invoice.lines.annotate(taken=Sum("credits__quantity"))
    left = [(line, line.quantity - (line.taken or 0)) for line in rows]
    return [{"line": line, "quantity": quantity} for line, quantity in left if quantity > ZERO]
