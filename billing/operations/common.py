"""What every verb of the ledger does first and last: lock the bill, sum it up, tell the screens."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.sums import bill_sum
from clinic import live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.numbers import next_number

LARGEST = Decimal(10) ** 10


def locked(invoice):
    """The bill read again under a lock on its row."""
    return lock(Invoice, invoice.pk, "clinic", "patient")


def locked_draft(invoice):
    """The bill under its lock; Refused `already_issued` unless it is a draft."""
    found = locked(invoice)
    if found.state != Invoice.State.DRAFT:
        raise Refused(
            _("Bill %(number)s has been issued and is no longer changed. Put the charge on a new bill.")
            % {"number": found},
            "already_issued",
        )
    return found


def draft_line(line):
    """(draft bill, charge) of `line`, the bill under its lock; Refused as `locked_draft`, and `line_gone`."""
    invoice = locked_draft(line.invoice)
    found = invoice.lines.filter(pk=line.pk).first()
    if found is None:
        raise line_gone()
    return invoice, found


def line_gone():
    """The refusal for a charge that is no longer on the bill."""
    return Refused(_("This charge was taken off the bill meanwhile."), "line_gone")


def price_of(value, field):
    """`value` as a price to three decimals (a tablet may cost 0.125); Refused `bad_amount` unless from 0 up."""
    try:
        price = Decimal(value)
        if price.is_finite() and 0 <= price < LARGEST:
            return price.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    except (InvalidOperation, TypeError, ValueError):
        pass
    raise Refused(_("Write an amount of money in figures, such as 150.00."), "bad_amount", field=field, status=422)


def amount_of(clinic, value, field):
    """`value` as an amount of the clinic's currency; Refused `bad_amount` unless it is a number from 0 up that it has."""
    amount = clinic.round(price_of(value, field))
    if amount != Decimal(value):
        message = _("There is no amount as fine as this in %(currency)s.") % {"currency": clinic.currency}
        raise Refused(message, "bad_amount", field=field, status=422)
    return amount


def sum_up(invoice):
    """Write the sums of a draft from its lines."""
    total = bill_sum(list(invoice.lines.all()))
    invoice.subtotal, invoice.discount, invoice.tax, invoice.total = (
        total.subtotal,
        total.discount,
        total.tax,
        total.total,
    )
    invoice.version += 1
    invoice.save(update_fields=["subtotal", "discount", "tax", "total", "version"])


def settled_state(invoice):
    """The state of an issued bill that follows from its sums."""
    held, owed = invoice.paid - invoice.refunded, invoice.total - invoice.credited
    if invoice.total and not owed and not held:
        return Invoice.State.CANCELLED
    if held >= owed:
        return Invoice.State.PAID
    return Invoice.State.PARTLY_PAID if invoice.paid else Invoice.State.PENDING


def tell(invoice):
    """Let every screen that shows this bill or what is due know."""
    live.publish(invoice.clinic, "desk", "day", f"invoice-{invoice.pk}", f"patient-{invoice.patient_id}")


def tell_paid(invoice):
    """Let people and integrations know when the bill is paid."""
    if invoice.state == Invoice.State.PAID:
        live.event(invoice.clinic, "invoice.paid", patient_id=invoice.patient_id, invoice=invoice.pk)


def document_number(clinic, prefix, series):
    """The next number of a kind of document, such as INV-2026-00001: without gaps in a clinic's year, so take it late."""
    year = clinic.today().year
    return f"{prefix}-{year}-{next_number(clinic, f'{series}:{year}'):05d}"


def number_it(invoice, by):
    """Give a locked draft its number and issue it; the counter is taken here, so call it late. A bill of 0 is paid."""
    invoice.number = document_number(invoice.clinic, "INV", "invoice")
    invoice.state = Invoice.State.PENDING if invoice.total else Invoice.State.PAID
    invoice.issued_at, invoice.issued_by = timezone.now(), by
    invoice.version += 1
    invoice.save(update_fields=["number", "state", "issued_at", "issued_by", "version"])
