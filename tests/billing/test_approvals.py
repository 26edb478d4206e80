"""What a cashier gives up of a bill: up to the clinic's limit alone, above it with a manager."""

from decimal import Decimal

import pytest
from django.urls import reverse

from billing import operations
from billing.models import Invoice
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as clinics

pytestmark = pytest.mark.django_db
D = Decimal
HTMX = {"HX-Request": "true"}


def code(function, **kwargs):
    with pytest.raises(Refused) as refused:
        function(**kwargs)
    return refused.value.code


@pytest.fixture
def charged(bill, cashier):
    """The draft of 230.00 by hand, and on it what the pharmacy has charged: 4 x 10.00 + 15 % = 46.00."""
    values = {"text": "Tablets", "quantity": 4, "unit_price": D(10), "tax_rate": D(15), "source": "dispense:1"}
    operations.add_line(invoice=bill, by=cashier, **values)
    bill.refresh_from_db()
    return bill


@pytest.fixture
def issued(bill, cashier):
    """The bill of 230.00, issued; the clinic's limit of 20 % is 46.00 of it."""
    return operations.issue(invoice=bill, by=cashier)


def rows(bill, quantity=1):
    return [{"line": bill.lines.first(), "quantity": quantity}]


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_a_draft_by_hand_is_cancelled_alone(bill, cashier):
    assert operations.cancel_invoice(invoice=bill, by=cashier, reason="Twice").state == "cancelled"


def test_what_the_pharmacy_has_charged_is_not_cancelled_alone(charged, cashier, house):
    colleague, stranger = (
        clinics.user(Role.RECEPTION, clinic=house),
        clinics.user(Role.MANAGER, clinic=clinics.clinic(name="Elsewhere")),
    )
    for second in (None, cashier, colleague, stranger):
        words = {"invoice": charged, "by": cashier, "reason": "A friend", "approved_by": second}
        assert code(operations.cancel_invoice, **words) == "needs_approval"
    assert Invoice.objects.get(pk=charged.pk).state == "draft"


def test_a_closed_account_signs_nothing(charged, cashier, manager):
    manager.is_active = False
    assert (
        code(operations.cancel_invoice, invoice=charged, by=cashier, reason="x", approved_by=manager)
        == "needs_approval"
    )


def test_a_manager_signs_the_cancelling_and_the_trail_names_them(charged, cashier, manager):
    done = operations.cancel_invoice(invoice=charged, by=cashier, reason="Broken", approved_by=manager)
    assert done.state == "cancelled"
    assert AuditEvent.objects.get(action="cancel_invoice").facts["approved_by"] == "Huda Aziz"


def test_a_manager_cancels_alone(charged, manager):
    assert operations.cancel_invoice(invoice=charged, by=manager, reason="Broken").state == "cancelled"


def test_an_issued_bill_is_not_cancelled_alone(issued, cashier, manager):
    assert code(operations.cancel_invoice, invoice=issued, by=cashier, reason="A friend") == "needs_approval"
    done = operations.cancel_invoice(invoice=issued, by=cashier, reason="Twice", approved_by=manager)
    assert done.state == "cancelled"


# --- credit notes ----------------------------------------------------------------------------------------------------


def test_an_unpaid_bill_is_not_credited_away_alone(issued, cashier, manager):
    whole = {"invoice": issued, "by": cashier, "lines": rows(issued), "reason": "A friend"}
    assert code(operations.credit, **whole) == "needs_approval"
    note = operations.credit(**whole, approved_by=manager)
    assert (note.total, Invoice.objects.get(pk=issued.pk).state) == (D(230), "cancelled")
    assert AuditEvent.objects.get(action="credit").facts["approved_by"] == "Huda Aziz"


def test_nor_in_slices(charged, cashier):
    operations.issue(invoice=charged, by=cashier)  # 276.00, of which a cashier may give up 55.20
    tablets = charged.lines.last()
    for _time in range(4):  # 46.00
        operations.credit(invoice=charged, by=cashier, lines=[{"line": tablets, "quantity": 1}], reason="Broken")
    assert code(operations.credit, invoice=charged, by=cashier, lines=rows(charged), reason="x") == "needs_approval"


def test_what_was_paid_is_credited_alone_as_only_the_refund_gives_it_up(issued, cashier):
    operations.take_payment(invoice=issued, by=cashier, amount=D(230), method="cash")
    operations.credit(invoice=issued, by=cashier, lines=rows(issued), reason="Not done")
    assert Invoice.objects.get(pk=issued.pk).over == D(230)


def test_the_unpaid_part_of_a_bill_counts(issued, cashier):
    operations.take_payment(invoice=issued, by=cashier, amount=D(100), method="cash")
    assert code(operations.credit, invoice=issued, by=cashier, lines=rows(issued), reason="x") == "needs_approval"


def test_what_came_back_is_credited_without_a_second_person(issued, cashier):
    note = operations.credit(invoice=issued, by=cashier, lines=rows(issued), reason="Came back", returned=True)
    assert note.total == D(230)


def test_the_second_click_of_a_signed_credit_note_gives_the_first(issued, cashier, manager):
    whole = {"invoice": issued, "by": cashier, "lines": rows(issued), "reason": "Twice", "idempotency_key": "k"}
    first = operations.credit(**whole, approved_by=manager)
    assert operations.credit(**whole).pk == first.pk


# --- a discount grows when its price falls ---------------------------------------------------------------------------


def test_a_lower_price_does_not_lift_a_discount_over_the_limit(bill, cashier, manager):
    line = operations.discount_line(line=bill.lines.get(), by=cashier, amount=D(40), reason="Kind")
    assert code(operations.change_line, line=line, by=cashier, unit_price=D(40)) == "needs_approval"
    assert Invoice.objects.get(pk=bill.pk).total == D(184)
    assert operations.change_line(line=line, by=cashier, unit_price=D(40), approved_by=manager).total == 0


def test_a_discount_that_was_signed_is_not_signed_again_for_new_words(bill, cashier, manager):
    line = operations.discount_line(line=bill.lines.get(), by=manager, amount=D(100), reason="Kind")
    assert operations.change_line(line=line, by=cashier, text="Report").text == "Report"


def test_price_and_discount_fall_together(bill, cashier):
    line = operations.discount_line(line=bill.lines.get(), by=cashier, amount=D(40), reason="Kind")
    lines = [{"line": line, "unit_price": D(40), "discount": D(8), "discount_reason": "Kind"}]
    changed = operations.change_draft(invoice=bill, by=cashier, lines=lines)
    assert (changed.discount, changed.total) == (D(8), D("36.80"))


# --- the doors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cancel", "credit"])
def test_the_page_asks_for_a_manager_on_the_spot(name, client, issued, cashier, manager):
    client.force_login(cashier)
    address = reverse(f"billing:{name}", args=[issued.pk])
    form = {"reason": "Not done", f"quantity-{issued.lines.get().pk}": "1"}
    asked = client.post(address, form, headers=HTMX)
    assert (asked.status_code, 'name="approver"' in asked.content.decode()) == (409, True)
    wrong = client.post(address, {**form, "approver": manager.username, "password": "no"}, headers=HTMX)
    assert (wrong.status_code, 'name="approver"' in wrong.content.decode()) == (422, True)
    signed = {**form, "approver": manager.username, "password": clinics.PASSWORD}
    assert client.post(address, signed, headers=HTMX).status_code == 200
    assert Invoice.objects.get(pk=issued.pk).state == "cancelled"


def test_cancelling_says_at_once_that_a_manager_signs(client, bill, issued, cashier, manager):
    by_hand = bills.invoice(clinic=bill.clinic, patient=bill.patient, by=cashier, prices=["200.00"])
    asked = []
    for user, found in ((cashier, issued), (manager, issued), (cashier, by_hand)):
        client.force_login(user)
        text = client.get(reverse("billing:cancel", args=[found.pk]), headers=HTMX).content.decode()
        asked.append(('name="approver"' in text, "a manager signs" in text))
    assert asked == [(True, True), (False, False), (False, False)]


def test_cancelling_without_the_manager_says_what_it_needs(client, issued, cashier):
    client.force_login(cashier)
    address = reverse("billing:cancel", args=[issued.pk])
    empty = client.post(address, {"reason": ""}, headers=HTMX)
    refused = client.post(address, {"reason": "Twice"}, headers=HTMX)
    assert (empty.status_code, 'name="approver"' in empty.content.decode()) == (422, True)
    assert "Cancelling this bill needs a manager&#x27;s approval." in refused.content.decode()


def test_a_cancelled_bill_shows_why_and_who(client, issued, cashier, manager):
    operations.cancel_invoice(invoice=issued, by=cashier, reason="Written twice", approved_by=manager)
    client.force_login(manager)
    shown = client.get(reverse("billing:invoice", args=[issued.pk]))
    assert shown.context["cancelling"] == {"by": cashier, "approver": "Huda Aziz"}
    note = shown.content.decode().partition('id="cancelled-note"')[2]
    assert [word in note for word in ("Written twice", cashier.name, "Huda Aziz")] == [True] * 3


def test_a_bill_cancelled_by_its_credit_note_shows_who_wrote_it(client, issued, manager):
    operations.credit(invoice=issued, by=manager, reason="Never came", lines=rows(issued), idempotency_key="k1")
    client.force_login(manager)
    shown = client.get(reverse("billing:invoice", args=[issued.pk]))
    assert shown.context["cancelling"] == {"by": manager, "approver": None}


@pytest.mark.parametrize("name", ["cancel", "credit"])
def test_programs_name_the_manager_too(name, issued, cashier, manager):
    address, body = f"/api/v1/invoices/{issued.pk}/{name}/", {"reason": "Not done"}
    alone = client_of(cashier).post(address, body)
    assert (alone.status_code, alone.json()["code"]) == (409, "needs_approval")
    signed = {**body, "approver": manager.username, "approver_password": clinics.PASSWORD}
    client_of(cashier).post(address, signed)
    assert Invoice.objects.get(pk=issued.pk).state == "cancelled"


def test_a_manager_with_a_one_time_password_signs_nothing_yet(client, issued, cashier, manager):
    manager.must_change_password = True
    manager.save(update_fields=["must_change_password"])
    client.force_login(cashier)
    form = {"reason": "Not done", "approver": manager.username, "password": clinics.PASSWORD}
    answer = client.post(reverse("billing:cancel", args=[issued.pk]), form, headers=HTMX)
    assert (answer.status_code, Invoice.objects.get(pk=issued.pk).state) == (409, "pending")
    assert "one-time password" in answer.content.decode()
    body = {"reason": "Not done", "approver": manager.username, "approver_password": clinics.PASSWORD}
    told = client_of(cashier).post(f"/api/v1/invoices/{issued.pk}/cancel/", body, content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (409, "approver_one_time")
