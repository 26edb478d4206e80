"""Money given back, and the drawer it comes from."""

from decimal import Decimal

import pytest

from billing import operations, queries
from billing.models import CashSession, Invoice, Payment
from clinic.access import Role
from clinic.models import AuditEvent
from tests.factories import clinic as clinics
from tests.refusals import refusal_code as code

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def paid(bill, cashier):
    """The bill of 230.00, paid in cash and then credited whole."""
    operations.take_payment(invoice=bill, by=cashier, amount=D(230), method="cash")
    operations.credit(invoice=bill, by=cashier, lines=operations.whole_of(bill), reason="Not done")
    bill.refresh_from_db()
    return bill


def give(bill, by, amount="230", method="cash", reason="Not done", **more):
    return operations.refund(invoice=bill, by=by, amount=D(amount), method=method, reason=reason, **more)


def test_all_of_it_is_given_back(paid, cashier, manager, published):
    assert (paid.state, paid.over, paid.due) == ("paid", D(230), 0)
    made = give(paid, cashier, approved_by=manager)
    paid.refresh_from_db()
    assert made.number == f"RF-{paid.clinic.today().year}-00001"
    assert (made.session.cashier, made.approved_by) == (cashier, manager)
    assert (paid.state, paid.refunded, paid.over, paid.cancel_reason) == ("cancelled", D(230), 0, "Not done")
    facts = AuditEvent.objects.get(action="refund").facts
    assert (facts["amount"], facts["approved_by"], facts["reason"]) == ("230.00", "Huda Aziz", "Not done")
    assert (paid.clinic_id, f"invoice-{paid.pk}") in published


def test_a_second_refund_finds_nothing(paid, manager):
    operations.open_session(clinic=paid.clinic, by=manager, float_amount=D(500))
    give(paid, manager, "200")
    assert code(give, bill=paid, by=manager, amount="31") == "too_much"
    give(paid, manager, "30")
    assert code(give, bill=paid, by=manager, amount="1") == "nothing_to_refund"


def test_a_charge_that_stands_is_not_given_back(bill, cashier, manager):
    operations.take_payment(invoice=bill, by=cashier, amount=D(230), method="cash")
    assert code(give, bill=bill, by=cashier, approved_by=manager) == "nothing_to_refund"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"method": "cheque"}, "bad_method"),
        ({"reason": "  "}, "missing_reason"),
        ({"amount": "0"}, "bad_amount"),
        ({"amount": "NaN"}, "bad_amount"),
        ({"amount": "230.01"}, "too_much"),
    ],
)
def test_a_bad_refund(values, said, paid, manager):
    assert code(give, bill=paid, by=manager, **values) == said


def test_above_the_limit_two_people(paid, cashier, manager, house):
    colleague = clinics.user(Role.RECEPTION, clinic=house, name="Omar")
    stranger = clinics.user(Role.MANAGER, clinic=clinics.clinic(name="Elsewhere"))
    assert code(give, bill=paid, by=cashier) == "needs_approval"
    assert code(give, bill=paid, by=cashier, approved_by=cashier) == "needs_approval"
    assert code(give, bill=paid, by=cashier, approved_by=colleague) == "needs_approval"
    assert code(give, bill=paid, by=cashier, approved_by=stranger) == "needs_approval"
    give(paid, cashier, "46")  # 20 % of the bill
    assert code(give, bill=paid, by=cashier, amount="0.01") == "needs_approval"  # not in slices either


def test_cash_needs_an_open_drawer_and_a_card_does_not(paid, manager):
    assert code(give, bill=paid, by=manager) == "no_session"
    made = give(paid, manager, method="card")
    assert made.session is None


def test_the_day_tells_received_and_given_back(paid, manager):
    give(paid, manager, "100", method="card")
    rows = queries.day_income(paid.clinic, paid.clinic.today())
    assert [(row.method, row.amount, row.count, row.refunded, row.net) for row in rows] == [
        ("cash", D(230), 1, 0, D(230)),
        ("card", 0, 0, D(100), D(-100)),
    ]


# --- drawers ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def drawer(house, cashier):
    """The cashier's drawer, opened with 100.00."""
    return operations.open_session(clinic=house, by=cashier, float_amount=D(100))


def test_a_drawer_from_opening_to_closing(drawer, bill, cashier, manager):
    operations.take_payment(invoice=bill, by=cashier, amount=D(200), method="cash", tendered=D(250))
    operations.take_payment(invoice=bill, by=cashier, amount=D(30), method="card")
    operations.credit(invoice=bill, by=cashier, lines=operations.whole_of(bill), reason="Not done")
    give(bill, cashier, "40")
    assert queries.shown_expected(drawer) is None
    counted = operations.count_session(session=drawer, by=cashier, counted=D(260))
    assert queries.shown_expected(counted) == D(260)
    closed = operations.close_session(session=drawer, by=cashier)
    assert (closed.expected, closed.counted, closed.difference, closed.closed_by) == (D(260), D(260), 0, cashier)
    assert AuditEvent.objects.get(action="close_session").facts["expected"] == "260.00"
    assert code(operations.close_session, session=drawer, by=cashier, counted=D(260)) == "already_closed"
    assert code(operations.count_session, session=drawer, by=cashier, counted=D(1)) == "already_closed"


def test_a_difference_needs_its_reason(drawer, cashier):
    assert code(operations.close_session, session=drawer, by=cashier, counted=D(99)) == "missing_reason"
    closed = operations.close_session(session=drawer, by=cashier, counted=D(99), reason="A coin fell down")
    assert (closed.difference, closed.difference_reason) == (-1, "A coin fell down")


def test_a_drawer_not_counted_is_not_closed_or_handed_over(drawer, cashier, manager):
    assert code(operations.close_session, session=drawer, by=cashier) == "not_counted"
    assert code(operations.hand_over, session=drawer, by=cashier, to=manager) == "not_counted"
    assert code(operations.count_session, session=drawer, by=cashier, counted="-1") == "bad_amount"


def test_whoever_received_the_drawer_closes_it(drawer, cashier, house, physician):
    colleague = clinics.user(Role.RECEPTION, clinic=house, name="Omar")
    operations.count_session(session=drawer, by=cashier, counted=D(100))
    hand = {"session": drawer, "by": cashier}
    assert code(operations.hand_over, to=physician.user, **hand) == "bad_receiver"
    assert code(operations.close_session, session=drawer, by=colleague) == "not_your_session"
    operations.hand_over(to=colleague, **hand)
    assert code(operations.close_session, session=drawer, by=cashier) == "not_accepted"
    assert operations.close_session(session=drawer, by=colleague).closed_by == colleague


def test_a_drawer_is_taken_back(drawer, cashier, manager):
    operations.count_session(session=drawer, by=cashier, counted=D(100))
    operations.hand_over(session=drawer, by=cashier, to=manager)
    operations.hand_over(session=drawer, by=cashier, to=cashier)
    assert operations.close_session(session=drawer, by=cashier).handed_to is None


def test_cash_after_the_count_undoes_the_count_and_a_card_does_not(drawer, bill, cashier, manager):
    operations.count_session(session=drawer, by=cashier, counted=D(100))
    operations.hand_over(session=drawer, by=cashier, to=manager)
    operations.take_payment(invoice=bill, by=cashier, amount=D(1), method="card")
    drawer.refresh_from_db()
    assert (drawer.counted, drawer.handed_to) == (D(100), manager)
    operations.take_payment(invoice=bill, by=cashier, amount=D(1), method="cash")
    drawer.refresh_from_db()
    assert (drawer.counted, drawer.counted_at, drawer.handed_to) == (None, None, None)


def test_the_next_payment_after_closing_opens_a_new_drawer(drawer, bill, cashier):
    operations.close_session(session=drawer, by=cashier, counted=D(100))
    payment = operations.take_payment(invoice=bill, by=cashier, amount=D(1), method="cash")
    assert payment.session != drawer
    assert CashSession.objects.filter(closed_at=None).count() == 1


def test_a_drawer_is_opened_once_and_a_silent_one_takes_its_float(house, bill, cashier):
    payment = operations.take_payment(invoice=bill, by=cashier, amount=D(1), method="cash")
    opened = operations.open_session(clinic=house, by=cashier, float_amount=D(50))
    assert (opened, opened.opening_float) == (payment.session, D(50))
    assert code(operations.open_session, clinic=house, by=cashier, float_amount=D(50)) == "already_open"
    assert Payment.objects.get().session.cashier == cashier
    assert Invoice.objects.get(pk=bill.pk).state == "partly_paid"
