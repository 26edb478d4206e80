"""Money received."""

from django.utils.translation import gettext as _

from billing.models import Invoice, Payment
from billing.operations.common import amount_of, document_number, locked, number_it, settled_state, tell, tell_paid
from billing.operations.drawers import drawer_for, moved
from clinic import audit, display
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.operation import operation


@operation
def take_payment(*, invoice, by, amount, method, tendered=None, reference="", expected_due=None, idempotency_key=""):
    """Receive `amount` for a bill; a draft is issued first. Returns the Payment, with its receipt number.

    `tendered` is what was handed over in cash, the change follows from it. `expected_due` is what the cashier saw.
    The same key again gives the first payment. It lies in the cashier's cash session, which is opened when there is none.
    Refused: `already_paid`, `cancelled`, `due_changed`, `too_much`, `bad_amount`, `too_little_tendered`,
    `bad_method`, `empty`.
    """
    body = {"invoice": invoice.pk, "amount": str(amount), "method": method, "tendered": str(tendered)}
    done = claim(by=by, key=idempotency_key, operation="take_payment", body=body)
    if done:
        return Payment.objects.select_related("invoice", "patient", "clinic").get(pk=done)
    invoice = locked(invoice)
    _check_payable(invoice)
    amount, tendered, change = _amounts(invoice, amount, method, tendered, expected_due)
    session = drawer_for(clinic=invoice.clinic, by=by)
    if method == Payment.Method.CASH:
        moved(session)
    if invoice.state == Invoice.State.DRAFT:
        number_it(invoice, by)
    invoice.paid += amount
    invoice.state = settled_state(invoice)
    invoice.version += 1
    invoice.save(update_fields=["paid", "state", "version"])
    payment = Payment.objects.create(
        clinic=invoice.clinic,
        patient=invoice.patient,
        invoice=invoice,
        receipt_number=document_number(invoice.clinic, "R", "receipt"),
        method=method,
        amount=amount,
        tendered=tendered,
        change=change,
        reference=(reference or "").strip()[:60],
        session=session,
        day=invoice.clinic.today(),
        by=by,
    )
    settle(by=by, key=idempotency_key, made=payment)
    audit.record(by, "take_payment", payment, invoice=invoice.pk, amount=amount, method=method, due=invoice.due)
    tell(invoice)
    tell_paid(invoice)
    return payment


def _check_payable(invoice):
    if invoice.state == Invoice.State.CANCELLED:
        raise Refused(_("This bill was cancelled: nothing is to be paid."), "cancelled")
    if invoice.state == Invoice.State.PAID:
        last = invoice.payments.select_related("by").order_by("-pk").first()
        raise Refused(_already_paid(invoice, last), "already_paid")
    if invoice.total <= 0:
        raise Refused(_("There is nothing to pay on this bill yet."), "empty")


def _already_paid(invoice, payment):
    if payment is None:
        return _("Bill %(number)s has nothing to pay.") % {"number": invoice.number}
    at = payment.at.astimezone(invoice.clinic.zone).replace(tzinfo=None)  # the clinic's clock, whoever asks
    return _("Bill %(number)s is already paid: %(amount)s, taken by %(who)s at %(time)s.") % {
        "number": invoice.number,
        "amount": display.amount_text(payment.amount, invoice.currency),
        "who": display.staff_name(payment.by),
        "time": f"{display.day_text(at)} {display.clock_text(at)}",
    }


def _amounts(invoice, amount, method, tendered, expected_due):
    """(amount, tendered, change), checked against what is due under the lock."""
    clinic, due = invoice.clinic, invoice.due
    shown = display.amount_text(due, invoice.currency)
    if method not in Payment.Method.values:
        raise Refused(_("Choose how it is paid."), "bad_method", field="method", status=422)
    if expected_due is not None and clinic.round(expected_due) != due:
        raise Refused(
            _("The total is now %(due)s. Look at the bill and confirm the new total.") % {"due": shown}, "due_changed"
        )
    amount = amount_of(clinic, amount, "amount")
    if not amount:
        raise Refused(_("Write an amount above zero."), "bad_amount", field="amount", status=422)
    if amount > due:
        raise Refused(
            _("Only %(due)s is left to pay.") % {"due": shown},
            "too_much",
            field="amount",
            alternatives=[{"due": clinic.round(due)}],
        )
    if tendered is None or method != Payment.Method.CASH:
        return amount, None, clinic.round(0)
    tendered = amount_of(clinic, tendered, "tendered")
    if tendered < amount:
        raise Refused(
            _("What was received is less than the amount."), "too_little_tendered", field="tendered", status=422
        )
    return amount, tendered, tendered - amount
