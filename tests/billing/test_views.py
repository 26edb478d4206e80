"""The door to money: roles, other clinics, fragments and pages, bad input."""

import json
import re
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import operations
from billing.models import Invoice, Payment
from clinic.access import Role
from clinic.models import AuditEvent
from tests.factories import billing as bills
from tests.factories import clinic as clinics
from tests.factories import patients

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at(client):
    """A client signed in as a user."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def url(name, *args):
    return reverse(f"billing:{name}", args=args)


def typed(**values):
    return {"method": "cash", "received": "230.00", "expected_due": "230.00", "idempotency_key": uuid.uuid4(), **values}


@pytest.fixture
def elsewhere():
    """A cashier of another clinic."""
    return clinics.user(Role.RECEPTION, clinic=clinics.clinic(name="Elsewhere"))


def test_who_may_open(at, house, bill, layla):
    cashiers, staff = {"reception", "manager"}, {"reception", "manager", "doctor", "nurse", "pharmacist"}
    addresses = {
        url("till"): cashiers,
        url("till_live"): cashiers,
        url("invoice", bill.pk): cashiers,
        url("bill", bill.pk): cashiers,
        url("patient_pay", layla.pk): cashiers,
        url("of_patient", layla.pk): cashiers,
        url("discount", bill.lines.get().pk): cashiers,
        url("cancel", bill.pk): cashiers,
        url("balance", layla.pk): staff,
    }
    people = {role.value: clinics.user(role, clinic=house) for role in Role}
    for address, allowed in addresses.items():
        assert {name for name, user in people.items() if at(user).get(address).status_code == 200} == allowed, address


def test_another_clinics_money_is_not_there(at, bill, cashier, elsewhere):
    payment = operations.take_payment(invoice=bill, by=cashier, amount=Decimal(30), method="card")
    browser, line = at(elsewhere), bill.lines.get()
    gets = [
        url("invoice", bill.pk),
        url("bill", bill.pk),
        url("receipt", payment.pk),
        url("discount", line.pk),
        url("cancel", bill.pk),
    ]
    posts = [
        url("pay", bill.pk),
        url("add_line", bill.pk),
        url("remove_line", line.pk),
        url("discount", line.pk),
        url("cancel", bill.pk),
    ]
    assert [browser.get(address).status_code for address in gets] == [404] * 5
    assert [browser.post(address, typed()).status_code for address in posts] == [404] * 5
    assert Payment.objects.count() == 1


def test_f8_shows_the_exact_due_ready_to_take(at, bill, cashier, layla):
    answer = at(cashier).get(url("patient_pay", layla.pk), headers=HTMX)
    text = answer.content.decode()
    assert answer.context["form"].initial["received"] == Decimal("230.00")
    assert 'name="expected_due" value="230.00"' in text and 'data-due="230.00"' in text
    assert "<html" not in text


def test_f8_with_nothing_to_pay_says_so(at, cashier, layla):
    assert "Nothing to pay" in at(cashier).get(url("patient_pay", layla.pk), headers=HTMX).content.decode()


def test_taking_cash_prints_and_tells(at, bill, cashier):
    answer = at(cashier).post(url("pay", bill.pk), typed(received="300"), headers=HTMX)
    payment = Payment.objects.get()
    triggers = json.loads(answer["HX-Trigger"])
    assert (answer.status_code, payment.amount, payment.change) == (200, Decimal(230), Decimal(70))
    assert triggers["print"] == {"url": url("receipt", payment.pk)}
    assert triggers["toast"]["text"] == "Took 230.00 SAR from AL-HASSAN, Layla."
    assert "70.00" in answer.content.decode()


def test_taking_cash_without_script(at, bill, cashier):
    answer = at(cashier).post(url("pay", bill.pk), typed())
    assert (answer.status_code, answer.url) == (303, url("invoice", bill.pk))
    assert Invoice.objects.get(pk=bill.pk).state == "paid"


def test_the_second_click_gets_the_first_answer(at, bill, cashier):
    form = typed(received="300")
    first = at(cashier).post(url("pay", bill.pk), form, headers=HTMX)
    second = at(cashier).post(url("pay", bill.pk), form, headers=HTMX)
    assert (first.status_code, second.status_code, Payment.objects.count()) == (200, 200, 1)
    assert Payment.objects.get().receipt_number in second.content.decode()


@pytest.mark.parametrize("received", ["٢٣٠", "230", "230.00", "۲۳۰٫۰۰", " 230 "])
def test_amounts_of_any_keyboard(received, at, bill, cashier):
    at(cashier).post(url("pay", bill.pk), typed(received=received), headers=HTMX)
    assert Payment.objects.get().amount == Decimal("230.00")


def test_thousands_are_read(at, bill, cashier):
    at(cashier).post(url("pay", bill.pk), typed(received="1,230.00"), headers=HTMX)
    assert Payment.objects.get().change == Decimal("1000.00")


@pytest.mark.parametrize(
    "values",
    [
        {"received": ""},
        {"received": "abc"},
        {"received": "NaN"},
        {"received": "1e5"},
        {"received": "-1"},
        {"received": "0"},
        {"received": "9" * 30},
        {"received": "1,5"},
        {"received": "<script>"},
        {"method": "goats"},
        {"method": ""},
        {"expected_due": ""},
        {"reference": "x" * 61},
        {"reference": "\x00"},
        {"method": "card", "received": "231"},
    ],
)
def test_bad_input_is_refused_and_nothing_is_taken(values, at, bill, cashier):
    if values.get("received") == "1e5":
        values = {"received": "1e99"}
    answer = at(cashier).post(url("pay", bill.pk), typed(**values), headers=HTMX)
    assert answer.status_code in (409, 422)
    assert Payment.objects.count() == 0


def test_a_total_that_changed_while_typing_is_asked_again(at, bill, cashier):
    operations.add_line(invoice=bill, by=cashier, text="Dressing", quantity=1, unit_price=Decimal(20))
    answer = at(cashier).post(url("pay", bill.pk), typed(), headers=HTMX)
    text = answer.content.decode()
    assert (answer.status_code, Payment.objects.count()) == (409, 0)
    assert "The total is now 253.00 SAR" in text
    assert 'name="expected_due" value="253.00"' in text


def test_a_bill_paid_at_the_other_desk_says_who(at, bill, cashier, manager):
    operations.take_payment(invoice=bill, by=manager, amount=Decimal(230), method="card")
    answer = at(cashier).post(url("pay", bill.pk), typed(), headers=HTMX)
    assert answer.status_code == 409
    assert "Huda Aziz" in answer.content.decode()


def test_a_part_payment_leaves_the_rest_on_the_pane(at, bill, cashier):
    answer = at(cashier).post(url("pay", bill.pk), typed(received="100"), headers=HTMX)
    assert answer.context["form"].initial["received"] == Decimal("130.00")
    assert Invoice.objects.get(pk=bill.pk).state == "partly_paid"


def test_the_receipt_is_a_copy_from_the_second_time_on(at, bill, cashier):
    payment = operations.take_payment(
        invoice=bill, by=cashier, amount=Decimal(230), method="cash", tendered=Decimal(300)
    )
    browser = at(cashier)
    assert "COPY" not in browser.get(url("receipt", payment.pk)).content.decode()
    assert "COPY" in browser.get(url("receipt", payment.pk)).content.decode()
    facts = AuditEvent.objects.filter(action="print_receipt").order_by("pk").values_list("facts", flat=True)
    assert list(facts) == [{"copy": False}, {"copy": True}]


def test_a_service_is_charged_by_its_name(at, bill, cashier, house):
    bills.service(clinic=house, name="Dressing", name_other_script="غيار", kind="procedure", price="60")
    for name in ("dressing", "غيار"):
        answer = at(cashier).post(url("add_line", bill.pk), {"text": name, "quantity": "٢"}, headers=HTMX)
        assert answer.status_code == 200
    bill.refresh_from_db()
    assert bill.total == Decimal("506.00")


def test_words_without_a_price_are_refused(at, bill, cashier):
    answer = at(cashier).post(url("add_line", bill.pk), {"text": "Something", "quantity": 1}, headers=HTMX)
    assert (answer.status_code, bill.lines.count()) == (409, 1)
    assert "Something has no price" in answer.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"text": "A"},
        {"text": "A", "quantity": "x", "unit_price": "1"},
        {"text": "A", "quantity": 1, "unit_price": "9" * 20},
    ],
)
def test_a_bad_charge_is_refused(form, at, bill, cashier):
    assert at(cashier).post(url("add_line", bill.pk), form, headers=HTMX).status_code == 422
    assert bill.lines.count() == 1


def test_a_large_discount_asks_for_a_manager_on_the_spot(at, bill, cashier, manager):
    line = bill.lines.get()
    form = {"amount": "100", "reason": "charity"}
    answer = at(cashier).post(url("discount", line.pk), form, headers=HTMX)
    assert (answer.status_code, 'name="password"' in answer.content.decode()) == (409, True)
    wrong = at(cashier).post(
        url("discount", line.pk), {**form, "approver": manager.username, "password": "no"}, headers=HTMX
    )
    assert wrong.status_code == 422
    right = {**form, "approver": manager.username, "password": clinics.PASSWORD}
    answer = at(cashier).post(url("discount", line.pk), right, headers=HTMX)
    bill.refresh_from_db()
    assert (answer.status_code, bill.discount, answer["HX-Retarget"]) == (200, Decimal(100), "#pay-pane")
    assert clinics.PASSWORD not in answer.content.decode()


def test_cancelling_needs_a_reason(at, bill, cashier):
    assert at(cashier).post(url("cancel", bill.pk), {"reason": ""}, headers=HTMX).status_code == 422
    assert at(cashier).post(url("cancel", bill.pk), {"reason": "twice"}).status_code == 303
    assert Invoice.objects.get(pk=bill.pk).state == "cancelled"


def test_a_bill_by_hand(at, cashier, layla):
    at(cashier).post(url("new_invoice", layla.pk), headers=HTMX)
    assert (Invoice.objects.get().mode, Invoice.objects.get().patient) == ("manual", layla)


def test_the_second_click_opens_the_first_bill(at, cashier, layla):
    browser = at(cashier)
    page = browser.get(url("patient_pay", layla.pk), headers=HTMX)
    key = page.context["form"]["idempotency_key"].value()
    assert str(key) in page.content.decode()
    for _time in range(2):
        answer = browser.post(url("new_invoice", layla.pk), {"idempotency_key": key}, headers=HTMX)
        assert answer.context["invoice"] == Invoice.objects.get()
    assert browser.post(url("new_invoice", layla.pk), {"idempotency_key": "x" * 65}, headers=HTMX).status_code == 422


def test_the_second_click_adds_the_charge_once(at, bill, cashier):
    browser = at(cashier)
    page = browser.get(url("invoice", bill.pk), headers=HTMX)
    key = page.context["blank_charge"]["idempotency_key"].value()
    assert page.content.decode().count(f'value="{key}"') == 1
    form = {"text": "Dressing", "quantity": "1", "unit_price": "50", "idempotency_key": key}
    first, second = (browser.post(url("add_line", bill.pk), form, headers=HTMX) for _time in range(2))
    assert (first.status_code, second.status_code, bill.lines.count()) == (200, 200, 2)
    other = browser.post(url("add_line", bill.pk), {**form, "unit_price": "51"}, headers=HTMX)
    assert (other.status_code, bill.lines.count()) == (422, 2)


def test_the_page_of_a_bill_names_nothing_twice(at, bill, cashier):
    ids = re.findall(r' id="([^"]+)"', at(cashier).get(url("invoice", bill.pk), headers=HTMX).content.decode())
    assert sorted(ids) == sorted(set(ids))


def test_the_live_bill_holds_no_fields(at, bill, cashier):
    for address in (url("bill", bill.pk), url("till_live")):
        text = at(cashier).get(address, headers=HTMX).content.decode()
        fields = text.replace('<input type="hidden"', "")
        assert not any(tag in fields for tag in ("<input", "<select", "<textarea"))


@pytest.mark.parametrize("show", ["", "paid"])
def test_the_till_takes_the_same_queries_for_one_and_many(show, at, house, cashier, layla):
    def one_more():
        operations.take_payment(
            invoice=bills.invoice(clinic=house, patient=patients.patient(clinic=house, by=cashier), by=cashier),
            by=cashier,
            amount=Decimal(15),
            method="card",
        )

    browser = at(cashier)

    def count():
        with CaptureQueriesContext(connection) as made:
            assert browser.get(url("till"), {"show": show}).status_code == 200
        return len(made)

    one_more()
    count()
    one = count()
    for _ in range(5):
        one_more()
    assert count() == one


def test_arabic_till(at, bill, cashier):
    cashier.language = "ar"
    cashier.save(update_fields=["language"])
    text = at(cashier).get(url("invoice", bill.pk), headers=HTMX).content.decode()
    assert "تحصيل الدفعة والطباعة" in text and '<bdi dir="ltr">230.00</bdi>' in text
    assert "Take payment" not in text
