"""The pages of credit notes, refunds and the day close."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing import operations
from billing.models import CashSession, CreditNote, Refund

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def url(name, *args):
    return reverse(f"billing:{name}", args=args)


@pytest.fixture
def at_desk(client, cashier):
    client.force_login(cashier, backend="clinic.backends.StaffBackend")
    return client


@pytest.fixture
def paid(bill, cashier):
    """The bill of 230.00, paid in cash."""
    operations.take_payment(invoice=bill, by=cashier, amount=Decimal(230), method="cash")
    return bill


def test_a_credit_note_and_then_the_money(at_desk, paid, manager):
    manager.set_password("a long enough one")
    manager.save()
    line = paid.lines.get().pk
    page = at_desk.get(url("credit", paid.pk), headers=HTMX).content.decode()
    assert (f'name="quantity-{line}"' in page, 'value="1"' in page) == (True, True)
    form = {f"quantity-{line}": "1", "reason": "Not done", "idempotency_key": "one"}
    for _time in range(2):  # the second click gets the first answer
        answer = at_desk.post(url("credit", paid.pk), form, headers=HTMX)
        assert (answer.status_code, "bill-refund" in answer.content.decode()) == (200, True)
    assert CreditNote.objects.count() == 1
    form = {"amount": "230", "method": "cash", "reason": "Not done", "idempotency_key": "two"}
    asked = at_desk.post(url("refund", paid.pk), form, headers=HTMX)
    assert (asked.status_code, 'name="approver"' in asked.content.decode()) == (409, True)
    signed = {**form, "approver": manager.username, "password": "a long enough one"}
    answer = at_desk.post(url("refund", paid.pk), signed, headers=HTMX)
    assert answer.status_code == 200
    assert Refund.objects.get().approved_by == manager


def test_a_refused_credit_note_keeps_what_was_typed(at_desk, paid):
    line = paid.lines.get().pk
    answer = at_desk.post(url("credit", paid.pk), {f"quantity-{line}": "0", "reason": "Kept words"})
    assert (answer.status_code, "Kept words" in answer.content.decode()) == (422, True)
    assert at_desk.post(url("credit", paid.pk), {f"quantity-{line}": "9", "reason": "R"}).status_code == 422
    assert CreditNote.objects.count() == 0


def test_a_draft_has_no_credit_page(at_desk, bill):
    assert at_desk.get(url("credit", bill.pk)).status_code == 404


def test_the_day_is_closed_step_by_step(at_desk, paid, cashier, manager):
    session = CashSession.objects.get()
    assert at_desk.post(url("open_session"), {"float_amount": "100"}).status_code == 303
    blind = at_desk.get(url("drawer", session.pk)).content.decode()
    assert ("drawer-expected" in blind, "close-form" in blind) == (False, False)
    counted = at_desk.post(
        url("count_session", session.pk), {"piece-1": "1", "piece-2": "1", "piece-4": "1"}, headers=HTMX
    )
    page = counted.content.decode()
    assert (counted.status_code, "330.00" in page, "drawer-difference" in page) == (200, True, True)
    assert at_desk.post(url("hand_over", session.pk), {"to": manager.pk}, headers=HTMX).status_code == 200
    assert at_desk.post(url("close_session", session.pk), headers=HTMX).status_code == 409
    assert at_desk.post(url("hand_over", session.pk), {"to": cashier.pk}, headers=HTMX).status_code == 200
    unexplained = at_desk.post(url("close_session", session.pk), headers=HTMX)
    assert (unexplained.status_code, 'name="reason"' in unexplained.content.decode()) == (422, True)
    closed = at_desk.post(url("close_session", session.pk), {"reason": "Change given twice"}, headers=HTMX)
    assert closed.status_code == 200
    slip = at_desk.get(url("drawer_slip", session.pk)).content.decode()
    assert ("-10.00" in slip, "Change given twice" in slip) == (True, True)
    assert "drawers-closed" in at_desk.get(url("drawers")).content.decode()


def test_a_count_of_nothing_is_asked_again(at_desk, paid):
    session = CashSession.objects.get()
    assert at_desk.post(url("count_session", session.pk), {}, headers=HTMX).status_code == 422
    assert at_desk.post(url("open_session"), {"float_amount": "x"}).status_code == 422
    assert at_desk.get(url("drawer_slip", session.pk)).status_code == 404
