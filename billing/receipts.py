"""The receipt as a document: every text ready to print, in the interface's language. Pure, no markup."""

from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from billing import queries
from clinic import display


def receipt_data(invoice, payment=None, *, copy=False):
    """What `templates/pdf/receipt.typ` prints: a bill with one of its payments, or the bill alone.

    `invoice` comes from `queries.invoice_detail`.
    """
    clinic, currency = invoice.clinic, invoice.currency

    def bare(value):
        return display.amount_text(value, currency, bare=True)

    language = "ar" if (get_language() or "en").startswith("ar") else "en"
    at = timezone.localtime(payment.at if payment else invoice.issued_at, clinic.zone).replace(tzinfo=None)
    return {
        "language": language,
        "copy": _("COPY") if copy else "",
        "title": _("Receipt") if payment else _("Bill"),
        "clinic": [text for text in (clinic.name, clinic.name_other_script) if text],
        "address": clinic.address,
        "phone": clinic.phone,
        "tax_number": [_("Tax number"), clinic.tax_number] if clinic.tax_number else [],
        "facts": [
            *([[_("Receipt"), payment.receipt_number]] if payment else []),
            [_("Bill"), invoice.number],
            [_("Date"), f"{display.day_text(at)} {display.clock_text(at)}"],
            [_("File no."), invoice.patient.file_number],
        ],
        "patient": display.patient_name(invoice.patient),
        "lines": [[line.shown, line.times if line.quantity > 1 else "", bare(line.gross)] for line in _lines(invoice)],
        "sums": _sums(invoice, bare),
        "total": [_("Total"), display.amount_text(invoice.total, currency)],
        "paid": _paid(invoice, payment, bare) if payment else [[_("Still to pay"), bare(invoice.due), True]],
        "by": [pgettext("person", "Cashier"), display.staff_name(payment.by if payment else invoice.issued_by)],
        "thanks": _("Thank you. Get well soon."),
    }


def _lines(invoice):
    return queries.in_script(invoice.lines.all())


def _sums(invoice, bare):
    """What stands between the charges and the total."""
    rows = [[_("Discount"), bare(-invoice.discount)]] if invoice.discount else []
    return [*rows, [invoice.clinic.tax_word or _("Tax"), bare(invoice.tax)]]


def _paid(invoice, payment, bare):
    """[label, amount, whether it is set large] of what was paid up to this payment."""
    known = queries.receipt_context(payment, invoice, copy=False)
    rows = [[_("Credited"), bare(known["credited"]), False]] if known["credited"] else []
    if known["before"]:
        rows.append([_("Paid before"), bare(known["before"]), False])
    rows.append([f"{_('Paid')} ({payment.get_method_display()})", bare(payment.amount), True])
    if payment.tendered is not None:
        rows.append([pgettext("money", "Received"), bare(payment.tendered), False])
        rows.append([pgettext("money", "Change"), bare(payment.change), False])
    if payment.reference:
        rows.append([_("Reference"), payment.reference, False])
    if known["left"] > 0:
        rows.append([_("Still to pay"), bare(known["left"]), True])
    return rows
