"""Money given back."""

from django.utils.translation import gettext as _

from billing.models import CashSession, Invoice, Payment, Refund
from billing.operations.approval import check_approval
from billing.operations.common import amount_of, document_number, locked, settled_state, tell
from billing.operations.drawers import locked_session, moved, tell_drawers
from clinic import audit, display
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.operation import operation


@operation
def refund(*, invoice, by, amount, method, reason, approved_by=None, reference="", idempotency_key=""):
    """Give money of a bill back; returns the Refund (RF-2026-00001, without gaps in a clinic's year).

    At most what was paid and is no longer owed: a charge that stands is credited first. Cash leaves the open drawer of
    `by`. Once the refunds of a bill pass the share of it that a cashier may give alone (the clinic's limit for
    discounts), `by` must be a manager or `approved_by` another person of the clinic who is one.
    The same key again gives the first refund.
    Refused: `bad_method`, `missing_reason`, `bad_amount`, `nothing_to_refund`, `too_much`, `needs_approval`,
    `no_session`.
    """
    body = {"invoice": invoice.pk, "amount": str(amount), "method": method, "reason": reason}
    done = claim(by=by, key=idempotency_key, operation="refund", body=body)
    if done:
        return Refund.objects.select_related("invoice", "patient", "clinic").get(pk=done)
    invoice = locked(invoice)
    reason = (reason or "").strip()[:200]
    amount = _checked(invoice, amount, method, reason)
    approver = _approver(invoice, amount, by, approved_by)
    session = _drawer(invoice.clinic, by, cash=method == Payment.Method.CASH)
    invoice.refunded += amount
    invoice.state = settled_state(invoice)
    fields = ["refunded", "state", "version"]
    if invoice.state == Invoice.State.CANCELLED:
        last = invoice.credit_notes.order_by("-pk").first()
        invoice.cancelled_at, invoice.cancel_reason = last.at, last.reason
        fields += ["cancelled_at", "cancel_reason"]
    invoice.version += 1
    invoice.save(update_fields=fields)
    made = _write(invoice, by, amount, method, reason, approver, session, reference)
    settle(by=by, key=idempotency_key, made=made)
    facts = {"number": made.number, "amount": amount, "method": method, "reason": reason}
    audit.record(by, "refund", made, invoice=invoice.pk, approved_by=approver.name if approver else None, **facts)
    tell(invoice)
    return made


def _checked(invoice, amount, method, reason):
    """The amount, checked against what may be given back under the lock."""
    if method not in Payment.Method.values:
        raise Refused(_("Choose how it is paid."), "bad_method", field="method", status=422)
    if not reason:
        raise Refused(_("Say why the money is given back."), "missing_reason", field="reason", status=422)
    amount = amount_of(invoice.clinic, amount, "amount")
    if not amount:
        raise Refused(_("Write an amount above zero."), "bad_amount", field="amount", status=422)
    over = invoice.over
    if not over:
        message = _("Nothing on this bill can be given back. Take the charge back first.")
        raise Refused(message, "nothing_to_refund", field="amount")
    if amount > over:
        words = {"amount": display.amount_text(over, invoice.currency)}
        message = _("Only %(amount)s can be given back.") % words
        raise Refused(message, "too_much", field="amount", alternatives=[str(invoice.clinic.round(over))])
    return amount


def _approver(invoice, amount, by, approved_by):
    """The second person when one signs, None when nobody has to; Refused `needs_approval`."""
    words = _("Giving back more than %(limit)s of a bill needs a manager's approval.")
    back = invoice.refunded + amount
    return check_approval(invoice.clinic, back, invoice.total, by=by, second=approved_by, words=words, field="amount")


def _drawer(clinic, by, *, cash):
    """The open drawer of `by`, locked. Cash needs one: Refused `no_session`."""
    found = CashSession.objects.filter(clinic=clinic, cashier=by, closed_at=None).first()
    session = locked_session(found) if found else None
    if session is None or session.closed_at is not None:
        if cash:
            raise Refused(_("Open your drawer first: the cash is taken from it."), "no_session", field="method")
        return None
    if cash:
        moved(session)
        tell_drawers(session)
    return session


def _write(invoice, by, amount, method, reason, approver, session, reference):
    return Refund.objects.create(
        clinic=invoice.clinic,
        patient=invoice.patient,
        invoice=invoice,
        number=document_number(invoice.clinic, "RF", "refund"),
        method=method,
        amount=amount,
        reason=reason,
        reference=(reference or "").strip()[:60],
        session=session,
        approved_by=approver,
        day=invoice.clinic.today(),
        by=by,
    )
