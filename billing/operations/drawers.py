"""The cash drawer: opened with a float, counted blind, handed over, closed."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import CashSession
from billing.operations.common import amount_of
from billing.queries.drawers import expected_in
from clinic import audit, live
from clinic.access import Role
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import User
from clinic.operation import operation

KEEPERS = (Role.RECEPTION, Role.MANAGER)
TRIES = 5


@operation
def open_session(*, clinic, by, float_amount=0):
    """Open the cashier's drawer with what lies in it; returns the CashSession.

    A drawer that the first payment has opened by itself, without a float and not yet counted, takes the float now.
    Refused: `already_open`, `bad_amount`.
    """
    amount = amount_of(clinic, float_amount, "float_amount")
    session, made = _opened(clinic, by, amount)
    if not made:
        session = locked_session(session)
        if session.opening_float or session.counted_at or not amount:
            raise Refused(_("Your drawer is already open."), "already_open")
        session.opening_float = amount
        session.save(update_fields=["opening_float"])
    audit.record(by, "open_cash_session", session, amount=amount)
    tell_drawers(session)
    return session


@operation
def count_session(*, session, by, counted):
    """Write down what was counted in an open drawer, before anybody is told what is expected; returns the session.

    It may be counted again until it is closed; every count stays on the trail. Refused: `already_closed`,
    `not_your_session`, `bad_amount`.
    """
    session = _own(session, by)
    _count(session, by, counted)
    session.save(update_fields=["counted", "counted_at", "counted_by"])
    tell_drawers(session)
    return session


@operation
def hand_over(*, session, by, to):
    """Hand a counted drawer to `to` (reception or a manager of the clinic), who accepts it by closing it.

    Handing it to its own cashier takes it back. Refused: `already_closed`, `not_your_session`, `not_counted`,
    `bad_receiver`.
    """
    session = _own(session, by)
    if session.counted is None:
        raise Refused(_("Count the drawer first."), "not_counted", field="counted")
    to = User.objects.filter(pk=to.pk, is_active=True, clinic_id=session.clinic_id).first()
    if to is None or not to.has_role(*KEEPERS):
        raise Refused(_("Hand it to somebody at reception or to a manager."), "bad_receiver", field="to", status=422)
    back = to.pk == session.cashier_id
    session.handed_to, session.handed_at = (None, None) if back else (to, timezone.now())
    session.save(update_fields=["handed_to", "handed_at"])
    audit.record(by, "hand_over", session, to=to.name, counted=session.counted)
    tell_drawers(session)
    return session


@operation
def close_session(*, session, by, counted=None, reason=""):
    """Close a drawer for good: what was counted stands beside what is expected. Returns the session.

    `counted` is a last count; without it the earlier one holds. A drawer that was handed over is closed by whoever
    received it, or by a manager. Refused: `already_closed`, `not_your_session`, `not_accepted`, `not_counted`,
    `bad_amount`, `missing_reason` when the two figures differ.
    """
    session = _own(session, by)
    if session.handed_to_id and by.pk != session.handed_to_id and not by.has_role(Role.MANAGER):
        words = {"who": session.handed_to.name}
        raise Refused(_("The drawer was handed to %(who)s, who closes it.") % words, "not_accepted")
    if counted is not None:
        _count(session, by, counted)
    if session.counted is None:
        raise Refused(_("Count the drawer first."), "not_counted", field="counted")
    session.expected = session.clinic.round(expected_in(session))
    reason = (reason or "").strip()[:200]
    if session.counted != session.expected and not reason:
        raise Refused(
            _("The count differs from what is expected. Say why, as far as you know."),
            "missing_reason",
            field="reason",
            status=422,
        )
    session.difference_reason = reason if session.counted != session.expected else ""
    session.closed_at, session.closed_by = timezone.now(), by
    session.save()
    facts = {"expected": session.expected, "counted": session.counted, "difference": session.difference}
    audit.record(by, "close_session", session, reason=session.difference_reason, **facts)
    tell_drawers(session)
    return session


def locked_session(session):
    """The session read again under a lock on its row."""
    return lock(CashSession, session.pk, "clinic", "cashier", "handed_to")


def drawer_for(*, clinic, by):
    """The open session of `by`, locked, so that it is not closed meanwhile; opened now when there is none."""
    for _attempt in range(TRIES):
        session, made = _opened(clinic, by, clinic.round(0))
        if made:
            audit.record(by, "open_cash_session", session)
            tell_drawers(session)
        session = locked_session(session)
        if session.closed_at is None:
            return session
    raise Refused(_("Your drawer was closed just now. Try again."), "changed_meanwhile")


def moved(session):
    """Cash went in or out of a locked session: an earlier count and handing over no longer hold."""
    if session.counted_at or session.handed_at:
        session.counted = session.counted_at = session.counted_by = session.handed_to = session.handed_at = None
        session.save(update_fields=["counted", "counted_at", "counted_by", "handed_to", "handed_at"])


def tell_drawers(session):
    """Let every screen that shows drawers know."""
    live.publish(session.clinic, "desk", "day")


def _opened(clinic, by, amount):
    """(the cashier's open session, whether it was made now)."""
    found = CashSession.objects.filter(clinic=clinic, cashier=by, closed_at=None).first()
    if found:
        return found, False
    try:
        with transaction.atomic():
            return CashSession.objects.create(clinic=clinic, cashier=by, opening_float=amount), True
    except IntegrityError:  # the same cashier's other window was faster
        return CashSession.objects.filter(clinic=clinic, cashier=by).latest("pk"), False


def _own(session, by):
    """The session under its lock, open, and one that `by` may handle."""
    session = locked_session(session)
    if session.closed_at is not None:
        raise Refused(_("This drawer is already closed."), "already_closed")
    if by.pk not in (session.cashier_id, session.handed_to_id) and not by.has_role(Role.MANAGER):
        raise Refused(_("This is another cashier's drawer."), "not_your_session", status=403)
    return session


def _count(session, by, counted):
    session.counted = amount_of(session.clinic, counted, "counted")
    session.counted_at, session.counted_by = timezone.now(), by
    audit.record(by, "count_session", session, counted=session.counted)
