"""What the day close shows of cash drawers."""

from datetime import datetime, time
from decimal import Decimal

from django.db.models import Count, Sum

from billing.models import CashSession, CreditNote, Invoice, Payment, Refund
from clinic.access import Role
from clinic.models import User


def cash_of(sessions):
    """{session id: cash received minus cash given back} of those sessions in which cash moved; two queries."""
    pks = [session.pk for session in sessions]
    found = {}
    rows = CashSession.objects.filter(pk__in=pks)
    for name, sign in (("payments", 1), ("refunds", -1)):
        cash = rows.filter(**{f"{name}__method": Payment.Method.CASH})
        for pk, amount in cash.annotate(sum=Sum(f"{name}__amount")).values_list("pk", "sum"):
            found[pk] = found.get(pk, Decimal(0)) + sign * amount
    return found


def expected_in(session):
    """What should lie in a drawer: its float, plus cash received, minus cash given back."""
    return session.opening_float + cash_of([session]).get(session.pk, Decimal(0))


def by_method(session):
    """[{label, received, number, refunded, net}] of a session, one for each method that occurred; two queries."""
    received = session.payments.values("method").annotate(sum=Sum("amount"), number=Count("pk"))
    given = session.refunds.values("method").annotate(sum=Sum("amount"))
    ins = {row["method"]: row for row in received}
    outs = {row["method"]: row["sum"] for row in given}
    rows = []
    for method, label in Payment.Method.choices:
        if method in ins or method in outs:
            got, back = ins.get(method, {}).get("sum", Decimal(0)), outs.get(method, Decimal(0))
            number = ins.get(method, {}).get("number", 0)
            rows.append(
                {
                    "method": method,
                    "label": label,
                    "received": got,
                    "number": number,
                    "refunded": back,
                    "net": got - back,
                }
            )
    return rows


def sessions_of(user):
    """Drawers that `user` may see, with their people."""
    people = ("clinic", "cashier", "handed_to", "counted_by", "closed_by")
    return CashSession.objects.visible_to(user).select_related(*people)


def shown_expected(session):
    """What is expected in a drawer, None while counting is still blind."""
    if session.closed_at is not None:
        return session.expected
    return None if session.counted is None else expected_in(session)


def open_bills(clinic):
    """How many bills of the clinic are still to pay."""
    return Invoice.objects.unpaid().filter(clinic=clinic).count()


def drawers_context(user):
    """The day close: the user's drawers still open, those closed today, and what else the day leaves open."""
    clinic = user.clinic
    rows = sessions_of(user)
    start = datetime.combine(clinic.today(), time.min, tzinfo=clinic.zone)
    still = list(rows.filter(closed_at=None).order_by("opened_at"))
    closed = list(rows.filter(closed_at__gte=start).order_by("-closed_at"))
    for session in (*still, *closed):
        session.status = session_state(session)
    notes = CreditNote.objects.filter(clinic=clinic, day=clinic.today()).aggregate(number=Count("pk"), sum=Sum("total"))
    back = Refund.objects.filter(clinic=clinic, day=clinic.today()).aggregate(number=Count("pk"), sum=Sum("amount"))
    return {
        "still": still,
        "closed": closed,
        "own": next((session for session in still if session.cashier_id == user.pk), None),
        "bills": open_bills(clinic),
        "notes": notes,
        "back": back,
        "currency": clinic.currency,
        "today": clinic.today(),
    }


def drawer_context(session):
    """One drawer: until it is counted nothing tells what should be in it."""
    expected = shown_expected(session)
    blind = expected is None
    return {
        "session": session,
        "status": session_state(session),
        "blind": blind,
        "methods": [] if blind else by_method(session),
        "expected": expected,
        "difference": None if blind else session.counted - expected,
        "currency": session.clinic.currency,
        "clinic": session.clinic,
    }


def keepers(session):
    """Colleagues who may receive a drawer: reception and managers of the clinic, its own cashier to take it back."""
    roles = (Role.RECEPTION, Role.MANAGER)
    people = User.objects.filter(clinic=session.clinic_id, is_active=True, groups__name__in=roles)
    return people.exclude(pk=session.handed_to_id or session.cashier_id).distinct().order_by("name")


def session_state(session):
    """open, counted, handed_over or closed."""
    if session.closed_at is not None:
        return "closed"
    if session.handed_to_id:
        return "handed_over"
    return "open" if session.counted is None else "counted"
