"""The hand at the till: where focus goes when a form opens and closes, what the change says."""

from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from billing import operations
from tests.stories import stage as scenery

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unpaid(stage):
    """A bill on which something is due."""
    return scenery.bill_of(stage.prescription.patient)


@pytest.fixture
def till(open_window, stage, unpaid):
    """That bill, open at the till."""
    return open_window(stage.staff["till"], reverse("billing:invoice", args=[unpaid.pk]))


@pytest.mark.parametrize("closing", ["Escape", "Enter"])
def test_the_form_of_cancelling_has_focus_and_closing_it_gives_it_back(till, closing):
    till.page.focus("#bill-cancel")
    till.page.keyboard.press("Enter")
    expect(till.at("#cancel-form #id_reason")).to_be_focused()
    if closing == "Enter":
        till.page.focus("#cancel-back")
    till.page.keyboard.press(closing)
    expect(till.at("#bill-cancel" if closing == "Escape" else "#id_received")).to_be_focused()


def test_a_cancelled_bill_has_focus_on_what_it_says(open_window, stage, unpaid):
    window = open_window(stage.staff["manager"], reverse("billing:invoice", args=[unpaid.pk]))
    window.page.click("#bill-cancel")
    expect(window.at("#id_reason")).to_be_focused()
    window.page.keyboard.type("Twice")
    window.page.keyboard.press("Enter")
    expect(window.at("#cancelled-note")).to_be_focused()


def test_ctrl_enter_in_the_form_of_cancelling_takes_no_payment(open_window, stage, unpaid):
    window = open_window(stage.staff["manager"], reverse("billing:invoice", args=[unpaid.pk]))
    window.page.click("#bill-cancel")
    expect(window.at("#id_reason")).to_be_focused()
    window.page.keyboard.type("Twice")
    window.page.keyboard.press("Control+Enter")
    expect(window.at("#cancelled-note, #paid-note")).to_be_visible()
    unpaid.refresh_from_db()
    assert (unpaid.state, unpaid.paid) == ("cancelled", 0)


def test_taking_back_and_giving_back_have_focus_in_turn(open_window, stage, unpaid):
    scenery.pay(stage, stage.prescription.patient)
    window = open_window(stage.staff["manager"], reverse("billing:invoice", args=[unpaid.pk]))
    window.page.click("#bill-credit")
    expect(window.at("#credit-form input[data-focus]")).to_be_focused()
    window.page.fill("#credit-form #id_reason", "Not done")
    window.page.keyboard.press("Control+Enter")
    expect(window.at("#bill-refund")).to_be_focused()
    window.page.keyboard.press("Enter")
    expect(window.at("#refund-form #id_amount")).to_be_focused()


def test_the_change_says_what_is_short_when_the_total_grows(till, stage, unpaid):
    till.await_live()
    exact = till.at("#pay-change").inner_text()
    values = {"text": "Dressing", "quantity": 1, "unit_price": Decimal(10), "tax_rate": Decimal(0)}
    operations.add_line(invoice=unpaid, by=stage.staff["reception"], **values)
    expect(till.at("#pay-change")).to_have_text("10.00")
    short = till.at("#pay-change-word").inner_text()
    till.page.fill("#id_received", "1000000")
    assert (exact, short, till.at("#pay-change-word").inner_text()) == ("0.00", "Still to pay", "Change")
