"""`cash-sessions/`: a cashier's drawer, opened, counted blind, handed over, closed."""

from decimal import Decimal

from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from billing import operations, queries
from billing.api.given import DrawerCloseGiven, DrawerCountGiven, DrawerHandOverGiven, DrawerOpenGiven, SessionsAsked
from billing.api.lists import CASHIERS
from billing.api.shown import CashSessionShown
from billing.models import Payment, Refund, money_field
from clinic.api import Room, does, reads
from clinic.api.errors import renamed
from clinic.models import User


def cash(model):
    """The sum of a session's cash rows of `model`, as a subquery."""
    rows = model.objects.filter(session=OuterRef("pk"), method=Payment.Method.CASH).order_by().values("session")
    return Coalesce(Subquery(rows.annotate(sum=Sum("amount")).values("sum")), Decimal(0), output_field=money_field(""))


class CashSessions(Room):
    """Cash drawers: a cashier's own and those handed over; for managers all of the clinic."""

    name = "cash-sessions"

    def visible(self):
        return queries.sessions_of(self.request.user).annotate(cash_in=cash(Payment), cash_out=cash(Refund))

    @reads(CASHIERS, CashSessionShown, asks=SessionsAsked, many=True)
    def list(self, request, asked):
        """List the drawers, the latest first."""
        rows = self.visible()
        if "cashier" in asked:
            rows = rows.filter(cashier=asked["cashier"])
        return rows.filter(Q(closed_at__isnull=asked["status"] == "open")) if "status" in asked else rows

    @reads(CASHIERS, CashSessionShown)
    def retrieve(self, request, asked, pk):
        """One drawer."""
        return self.found()

    @does(CASHIERS, DrawerOpenGiven, CashSessionShown, status=201, refuses=["already_open"])
    def create(self, request, given):
        """Open one's drawer. The first payment does it too, without a float."""
        with renamed(float_amount="opening_float"):
            amount = given.get("opening_float", 0)
            return operations.open_session(clinic=request.user.clinic, by=request.user, float_amount=amount)

    @does(CASHIERS, DrawerCountGiven, CashSessionShown, at="count", refuses=["already_closed"])
    def count(self, request, given, pk):
        """Write down what was counted. What is expected is told in the answer."""
        return operations.count_session(session=self.found(), by=request.user, **given)

    @does(CASHIERS, DrawerHandOverGiven, CashSessionShown, at="hand-over", refuses=["already_closed", "not_counted"])
    def hand_over(self, request, given, pk):
        """Hand the counted drawer to a colleague, who accepts it by closing it."""
        people = User.objects.filter(clinic=request.user.clinic_id, is_active=True)
        to = self.one_of(people, given["to"], "to")
        return operations.hand_over(session=self.found(), by=request.user, to=to)

    @does(
        CASHIERS,
        DrawerCloseGiven,
        CashSessionShown,
        at="close",
        refuses=["already_closed", "not_counted", "not_accepted"],
    )
    def close(self, request, given, pk):
        """Close the drawer for good. A difference needs its reason."""
        return operations.close_session(session=self.found(), by=request.user, **given)
