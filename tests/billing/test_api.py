"""The JSON door of money."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import operations
from billing.models import CashSession, Invoice, Payment, Refund
from clinic.access import Role
from clinic.models import AuditEvent
from patients.operations import merge_patients
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as clinics
from tests.factories import patients

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def desk(cashier):
    return client_of(cashier)


@pytest.fixture
def boss(manager):
    return client_of(manager)


def send(client, path, body=None, key=None):
    """A POST with an Idempotency-Key of its own."""
    return client.post(f"{V1}/{path}", body or {}, headers={"Idempotency-Key": key or str(uuid.uuid4())})


def pay(client, bill, amount="230.00", method="cash", key=None, **more):
    return send(client, f"invoices/{bill.pk}/pay/", {"amount": amount, "method": method, **more}, key)


def test_a_bill_by_hand_from_draft_to_paid(desk, layla):
    line = {"text": "Dressing", "quantity": 2, "unit_price": "10.00"}
    made = send(desk, "invoices/", {"patient": layla.pk, "lines": [line]})
    assert made.status_code == 201
    body = made.json()
    assert (body["number"], body["mode"], body["status"], body["visit"]) == (None, "manual", "draft", None)
    assert (body["subtotal"], body["tax"], body["total"], body["due"], body["currency"]) == (
        "20.00", "3.00", "23.00", "23.00", "SAR",
    )  # fmt: skip
    kept = {
        name: body["lines"][0][name] for name in ("text", "quantity", "unit_price", "discount", "tax_rate", "total")
    }
    assert kept == {
        "text": "Dressing", "quantity": 2, "unit_price": "10.00", "discount": "0.00", "tax_rate": 15, "total": "23.00",
    }  # fmt: skip
    issued = send(desk, f"invoices/{body['id']}/issue/").json()
    assert (issued["status"], issued["number"][:4], issued["issued_at"][:4]) == ("pending", "INV-", issued["date"][:4])
    paid = send(desk, f"invoices/{body['id']}/pay/", {"amount": "23.00", "method": "cash", "tendered": "50"})
    assert paid.status_code == 201
    answer = paid.json()
    assert (answer["amount"], answer["tendered"], answer["change"], answer["method"]) == (
        "23.00",
        "50.00",
        "27.00",
        "cash",
    )
    assert (answer["status"], answer["due"], answer["currency"]) == ("paid", "0.00", "SAR")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"patient": 1},
        {"lines": []},
        {"mode": "auto"},
        {"mode": "other"},
        {"patient": 10**9, "lines": [{"text": "A", "unit_price": "1"}]},
        {"lines": [{"text": "A", "unit_price": "1"}], "visit": 1},
        {"color": "red"},
    ],
)
def test_a_bad_bill_is_a_400(body, desk, layla):
    if body.get("patient") == 1 or "visit" in body:
        body = {**body, "patient": layla.pk}
    answer = send(desk, "invoices/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    "line", [{"text": "A"}, {"service": 10**9}, {"text": "A", "unit_price": "NaN"}, {"quantity": 0}]
)
def test_a_bad_line_leaves_nothing(line, desk, layla):
    answer = send(desk, "invoices/", {"patient": layla.pk, "lines": [line]})
    assert answer.status_code in (400, 409)
    assert Invoice.objects.count() == 0


def test_a_draft_is_patched_at_its_version_only(desk, bill):
    url = f"{V1}/invoices/{bill.pk}/"
    etag = desk.get(url)["ETag"]
    assert etag == f'"{bill.version}"'
    lines = [{"id": bill.lines.get().pk, "quantity": 2}, {"text": "Gauze", "unit_price": "5"}]
    answer = desk.patch(url, {"lines": lines}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["total"]) == (200, "465.75")
    stale = desk.patch(url, {"lines": []}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    off = desk.patch(url, {"discount": "40.50", "discount_reason": "Loyal"})
    assert (off.status_code, off.json()["discount"], off.json()["total"]) == (200, "40.50", "419.18")
    refused = desk.patch(url, {"discount": "300", "discount_reason": "Loyal"})
    assert (refused.status_code, refused.json()["code"], list(refused.json()["fields"])) == (
        409, "needs_approval", ["discount"],
    )  # fmt: skip


def test_an_issued_bill_is_not_patched(desk, bill, cashier):
    operations.issue(invoice=bill, by=cashier)
    answer = desk.patch(f"{V1}/invoices/{bill.pk}/", {"lines": []})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_issued")


def test_a_payment_needs_a_key_and_pays_once(desk, bill):
    without = desk.post(f"{V1}/invoices/{bill.pk}/pay/", {"amount": "1", "method": "cash"})
    assert (without.status_code, list(without.json()["fields"])) == (400, ["Idempotency-Key"])
    first, again = (pay(desk, bill, key="one") for _time in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Payment.objects.count() == 1
    other = pay(desk, bill, "1.00", key="one")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    paid = pay(desk, bill)
    assert (paid.status_code, paid.json()["code"]) == (409, "already_paid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount": "230.01", "method": "card"}, 409, "too_much"),
        ({"amount": "0", "method": "card"}, 400, "invalid"),
        ({"amount": "-5", "method": "card"}, 400, "invalid"),
        ({"amount": "NaN", "method": "card"}, 400, "invalid"),
        ({"amount": "10.005", "method": "card"}, 400, "bad_amount"),
        ({"amount": "1_0", "method": "card"}, 400, "invalid"),
        ({"amount": "1e1", "method": "card"}, 400, "invalid"),
        ({"amount": "5", "method": "shells"}, 400, "invalid"),
        ({"amount": "5", "method": "cash", "tendered": "4"}, 400, "too_little_tendered"),
        ({"amount": "5", "method": "cash", "expected_due": "4"}, 409, "due_changed"),
        ({"method": "cash"}, 400, "invalid"),
    ],
)
def test_a_bad_payment(body, status, code, desk, bill):
    answer = send(desk, f"invoices/{bill.pk}/pay/", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Payment.objects.count() == 0


def test_a_payment_in_arabic_figures(desk, bill):
    answer = pay(desk, bill, "١٠٫٥", "card")
    assert (answer.status_code, answer.json()["amount"]) == (201, "10.50")


def test_credit_then_refund(desk, boss, bill):
    pay(desk, bill, method="card")
    early = send(boss, f"invoices/{bill.pk}/refunds/", {"amount": "230", "method": "card", "reason": "Twice"})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_refund")
    line = bill.lines.get().pk
    note = send(desk, f"invoices/{bill.pk}/credit/", {"reason": "Twice", "lines": [{"line": line, "quantity": 1}]})
    assert note.status_code == 201
    body = note.json()
    assert (body["total"], body["refundable"], body["status"], body["lines"][0]["line"]) == (
        "230.00",
        "230.00",
        "paid",
        line,
    )
    url, wanted = f"invoices/{bill.pk}/refunds/", {"amount": "230.00", "method": "card", "reason": "Twice"}
    alone = send(desk, url, wanted)
    assert (alone.status_code, alone.json()["code"]) == (409, "needs_approval")
    keyless = boss.post(f"{V1}/{url}", wanted)
    assert keyless.status_code == 400
    first, again = (send(boss, url, wanted, key="one") for _time in range(2))
    assert (first.status_code, first.json()["amount"], first.json()["status"]) == (201, "230.00", "cancelled")
    assert again.json() == first.json()
    listed = desk.get(f"{V1}/{url}").json()
    assert (listed["count"], listed["results"][0]["number"]) == (1, first.json()["number"])
    assert Refund.objects.count() == 1


def test_a_manager_signs_for_a_refund_with_name_and_password(desk, bill, manager):
    manager.set_password("a long enough one")
    manager.save()
    pay(desk, bill)
    send(desk, f"invoices/{bill.pk}/credit/", {"reason": "Twice"})
    wanted = {"amount": "230", "method": "cash", "reason": "Twice", "approver": manager.username}
    wrong = send(desk, f"invoices/{bill.pk}/refunds/", {**wanted, "approver_password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "approver_unknown")
    right = send(desk, f"invoices/{bill.pk}/refunds/", {**wanted, "approver_password": "a long enough one"})
    assert (right.status_code, right.json()["approved_by"]) == (201, manager.pk)


def test_a_bill_is_cancelled_with_a_reason(desk, bill):
    assert send(desk, f"invoices/{bill.pk}/cancel/").status_code == 400
    answer = send(desk, f"invoices/{bill.pk}/cancel/", {"reason": "Wrong patient"})
    assert (answer.json()["status"], answer.json()["due"]) == ("cancelled", "0.00")
    assert send(desk, f"invoices/{bill.pk}/cancel/", {"reason": "Again"}).status_code == 409


def test_the_list_is_filtered_sorted_and_cut(desk, house, cashier, layla, bill):
    other = patients.patient(clinic=house, by=cashier, name="Omar Saleh", phone="0501112223")
    second = operations.issue(invoice=bills.invoice(clinic=house, patient=other, by=cashier), by=cashier)

    def ids(query):
        return [row["id"] for row in desk.get(f"{V1}/invoices/{query}").json()["results"]]

    assert ids("") == [second.pk, bill.pk]
    assert ids("?ordering=-newest") == [bill.pk, second.pk]
    assert ids(f"?patient={layla.pk}") == [bill.pk]
    assert ids("?status=pending") == [second.pk]
    assert ids(f"?q={second.number[-5:]}") == [second.pk]
    assert ids(f"?date_from={house.today()}&date_to={house.today()}&limit=1") == [second.pk]
    assert ids("?date_to=2001-01-01") == []
    assert desk.get(f"{V1}/invoices/?colour=red").status_code == 400
    own = desk.get(f"{V1}/patients/{layla.pk}/invoices/").json()
    assert [row["id"] for row in own["results"]] == [bill.pk]
    assert AuditEvent.objects.filter(action="read", patient_id=layla.pk).count() == 2


def test_a_list_asks_as_often_for_thirty_as_for_one(desk, house, cashier, layla, bill):
    def questions():
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"{V1}/invoices/?limit=100")
        return len(captured.captured_queries)

    desk.get(f"{V1}/invoices/")
    few = questions()
    for _number in range(30):
        bills.invoice(clinic=house, patient=layla, by=cashier)
    assert questions() == few


def test_a_patient_sees_own_issued_bills_only(desk, house, cashier, layla, bill):
    account = clinics.user(Role.PATIENT, clinic=house, name="Layla")
    layla.user = account
    layla.save(update_fields=["user"])
    mine = client_of(account)
    assert mine.get(f"{V1}/invoices/").json()["count"] == 0
    operations.issue(invoice=bill, by=cashier)
    foreign = patients.patient(clinic=house, by=cashier, name="Omar Saleh", phone="0501112223")
    other = operations.issue(invoice=bills.invoice(clinic=house, patient=foreign, by=cashier), by=cashier)
    payment = operations.take_payment(invoice=other, by=cashier, amount=other.total, method="card")
    assert [row["id"] for row in mine.get(f"{V1}/invoices/").json()["results"]] == [bill.pk]
    assert mine.get(f"{V1}/invoices/{bill.pk}/receipt/").status_code == 200
    refused = [f"invoices/{other.pk}/", f"invoices/{other.pk}/receipt/", f"invoices/{other.pk}/refunds/"]
    refused += [f"payments/{payment.pk}/", f"patients/{foreign.pk}/invoices/"]
    assert [mine.get(f"{V1}/{path}").status_code for path in refused] == [404] * 5
    assert pay(mine, bill).status_code == 403


def test_a_bill_and_payment_on_a_file_merged_into_mine_are_mine(house, cashier, layla):
    account = clinics.user(Role.PATIENT, clinic=house, name="Layla")
    layla.user = account
    layla.save(update_fields=["user"])
    double = patients.patient(clinic=house, by=cashier, name="Leila Hasan", phone="0501112223")
    bill = operations.issue(invoice=bills.invoice(clinic=house, patient=double, by=cashier), by=cashier)
    payment = operations.take_payment(invoice=bill, by=cashier, amount=bill.total, method="card")
    merge_patients(duplicate=double, into=layla, by=cashier)
    mine = client_of(account)
    assert [row["id"] for row in mine.get(f"{V1}/invoices/").json()["results"]] == [bill.pk]
    assert list(Payment.objects.visible_to(account)) == [payment]


def test_another_clinics_money_is_not_there(bill):
    stranger = client_of(clinics.user(Role.RECEPTION, Role.MANAGER, clinic=clinics.clinic(name="Elsewhere")))
    assert stranger.get(f"{V1}/invoices/{bill.pk}/").status_code == 404
    assert pay(stranger, bill).status_code == 404
    assert stranger.get(f"{V1}/invoices/").json()["count"] == 0


def test_the_receipt_is_a_pdf_and_a_copy_afterwards(desk, house, bill):
    assert desk.get(f"{V1}/invoices/{bill.pk}/receipt/").status_code == 404
    first = pay(desk, bill, "100").json()
    pay(desk, bill, "130")
    answer = desk.get(f"{V1}/invoices/{bill.pk}/receipt/?payment={first['id']}", headers={"Accept-Language": "ar"})
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    desk.get(f"{V1}/invoices/{bill.pk}/receipt/?payment={first['id']}")
    prints = AuditEvent.objects.filter(action="print_receipt").order_by("pk")
    assert [event.facts["copy"] for event in prints] == [False, True]
    assert desk.get(f"{V1}/invoices/{bill.pk}/receipt/?payment=999999").status_code == 404


def test_a_drawer_through_the_door(desk, boss, bill, manager, cashier):
    made = send(desk, "cash-sessions/", {"opening_float": "100"})
    assert (made.status_code, made.json()["status"], made.json()["expected"]) == (201, "open", None)
    path = f"cash-sessions/{made.json()['id']}/"
    pay(desk, bill)
    counted = send(desk, f"{path}count/", {"counted": "320"}).json()
    assert (counted["status"], counted["expected"], counted["difference"]) == ("counted", "330.00", "-10.00")
    handed = send(desk, f"{path}hand-over/", {"to": manager.pk}).json()
    assert (handed["status"], handed["handed_to"]) == ("handed_over", manager.pk)
    refused = send(desk, f"{path}close/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_accepted")
    unexplained = send(boss, f"{path}close/")
    assert (unexplained.status_code, unexplained.json()["code"], list(unexplained.json()["fields"])) == (
        400, "missing_reason", ["reason"],
    )  # fmt: skip
    closed = send(boss, f"{path}close/", {"reason": "A note is missing"}).json()
    assert (closed["status"], closed["difference"], closed["closed_by"]) == ("closed", "-10.00", manager.pk)
    assert boss.get(f"{V1}/cash-sessions/?status=closed&cashier={cashier.pk}").json()["count"] == 1
    assert CashSession.objects.filter(closed_at=None).count() == 0


def test_another_cashiers_drawer_is_not_there(desk, house):
    colleague = clinics.user(Role.RECEPTION, clinic=house, name="Omar")
    session = operations.open_session(clinic=house, by=colleague, float_amount=5)
    assert desk.get(f"{V1}/cash-sessions/{session.pk}/").status_code == 404
    assert send(desk, f"cash-sessions/{session.pk}/count/", {"counted": "5"}).status_code == 404


def test_the_price_list(boss, desk, house):
    made = send(boss, "services/", {"name": "ECG", "kind": "procedure", "price": "60"})
    assert (made.status_code, made.json()["price"], made.json()["currency"]) == (201, "60.00", "SAR")
    url = f"{V1}/services/{made.json()['id']}/"
    changed = boss.patch(url, {"price": "70.125"}, headers={"If-Match": made["ETag"]})
    assert (changed.status_code, changed.json()["price"]) == (200, "70.125")
    assert boss.patch(url, {"price": "1"}, headers={"If-Match": made["ETag"]}).status_code == 412
    assert desk.patch(url, {"price": "1"}).status_code == 403
    assert desk.get(f"{V1}/services/?q=ec&active=true").json()["count"] == 1
    assert boss.delete(url).json()["is_active"] is False
    assert desk.get(f"{V1}/services/?active=true").json()["count"] == 0
    assert desk.get(url).json()["is_active"] is False


def test_payments_are_listed(desk, bill):
    pay(desk, bill, "100", "card", reference="4711")
    row = desk.get(f"{V1}/payments/?method=card&invoice={bill.pk}").json()["results"][0]
    assert (row["amount"], row["reference"], row["invoice"]) == ("100.00", "4711", bill.pk)
    assert desk.get(f"{V1}/payments/{row['id']}/").json() == row
    assert desk.get(f"{V1}/payments/?method=cash").json()["count"] == 0
