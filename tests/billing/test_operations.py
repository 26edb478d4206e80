"""What can happen to money."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import operations, queries
from billing.models import CashSession, Invoice, InvoiceLine, Payment
from clinic.access import Role
from clinic.models import AuditEvent
from tests.factories import billing as bills
from tests.factories import clinic as clinics
from tests.factories import patients
from tests.refusals import refusal

pytestmark = pytest.mark.django_db
D = Decimal


def actions(name):
    return AuditEvent.objects.filter(action=name).count()


def pay(bill, by, amount="230.00", method="cash", **more):
    return operations.take_payment(invoice=bill, by=by, amount=D(amount), method=method, **more)


def sums(bill):
    bill.refresh_from_db()
    return tuple(
        str(bill.clinic.round(part)) for part in (bill.subtotal, bill.discount, bill.tax, bill.total, bill.paid)
    )


def test_a_new_bill_is_an_empty_draft(house, cashier, layla, published):
    made = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    assert (made.state, made.number, made.total, made.currency, made.day) == ("draft", None, 0, "SAR", house.today())
    assert published[-4:] == [
        (house.pk, "day"),
        (house.pk, "desk"),
        (house.pk, f"invoice-{made.pk}"),
        (house.pk, f"patient-{layla.pk}"),
    ]


def test_a_line_carries_the_clinics_tax_and_sums_up(bill, cashier):
    operations.add_line(invoice=bill, by=cashier, text="Dressing", quantity=2, unit_price=D("60"))
    assert sums(bill) == ("320.00", "0.00", "48.00", "368.00", "0.00")
    assert actions("add_line") == 2


def test_a_service_of_its_own_tax_rate(bill, cashier, house):
    free = bills.service(clinic=house, name="Vaccine", kind="other", price="10", tax_rate=D(0))
    line = operations.add_line(
        invoice=bill, by=cashier, text="Vaccine", quantity=1, unit_price=free.price, service=free
    )
    assert (line.tax_rate, line.total) == (0, D("10.00"))


def test_the_same_source_twice_is_charged_once(bill, cashier):
    first = operations.add_line(invoice=bill, by=cashier, text="A", quantity=1, unit_price=D(5), source="dispense:1:2")
    second = operations.add_line(invoice=bill, by=cashier, text="A", quantity=1, unit_price=D(5), source="dispense:1:2")
    assert first.pk == second.pk
    assert bill.lines.count() == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"unit_price": None}, "missing_price"),
        ({"unit_price": D("-1")}, "bad_amount"),
        ({"unit_price": D("NaN")}, "bad_amount"),
        ({"unit_price": D("Infinity")}, "bad_amount"),
        ({"unit_price": D("1e11")}, "bad_amount"),
        ({"unit_price": "ten"}, "bad_amount"),
        ({"quantity": 0}, "bad_quantity"),
        ({"quantity": 1.5}, "bad_quantity"),
        ({"text": "  "}, "missing_text"),
    ],
)
def test_a_bad_line_is_refused(values, code, bill, cashier):
    line = {"text": "A", "quantity": 1, "unit_price": D(1), **values}
    assert refusal(operations.add_line, invoice=bill, by=cashier, **line).code == code
    assert bill.lines.count() == 1


def test_the_consultation_of_the_doctor_else_the_usual_one(house, cashier, layla, physician):
    usual = bills.service(clinic=house, price="100")
    bill = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    line = operations.charge_consultation(invoice=bill, doctor=physician, by=cashier, source="visit:1")
    assert line.service == usual
    own = bills.service(clinic=house, name="Dr Omar", price="180", doctor=physician)
    line = operations.charge_consultation(invoice=bill, doctor=physician, by=cashier, source="visit:2")
    assert (line.service, line.unit_price) == (own, D(180))


@pytest.mark.parametrize("price", ["none at all", None])
def test_a_consultation_without_a_price_is_refused(price, house, cashier, layla, physician):
    if price is None:
        bills.service(clinic=house, price=None)
    bill = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    refused = refusal(operations.charge_consultation, invoice=bill, doctor=physician, by=cashier, source="visit:1")
    assert refused.code == "missing_price"
    assert InvoiceLine.objects.count() == 0


def test_the_price_list_of_another_clinic_is_not_used(house, cashier, layla, physician):
    bills.service(clinic=clinics.clinic(name="Elsewhere"), price="1")
    bill = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    code = refusal(operations.charge_consultation, invoice=bill, doctor=physician, by=cashier, source="v").code
    assert code == "missing_price"


def test_a_discount_lowers_net_and_tax(bill, cashier):
    operations.discount_line(line=bill.lines.get(), by=cashier, amount=D("40"), reason="staff")
    assert sums(bill) == ("200.00", "40.00", "24.00", "184.00", "0.00")
    operations.discount_line(line=bill.lines.get(), by=cashier, amount=D(0), reason="")
    assert sums(bill) == ("200.00", "0.00", "30.00", "230.00", "0.00")


def test_a_discount_needs_a_reason_and_stays_below_the_price(bill, cashier, manager):
    line = bill.lines.get()
    assert refusal(operations.discount_line, line=line, by=cashier, amount=D(1), reason=" ").code == "missing_reason"
    assert refusal(operations.discount_line, line=line, by=manager, amount=D(201), reason="x").code == "too_much"


def test_a_discount_above_the_limit_needs_a_manager(bill, cashier, manager, house):
    line, above = bill.lines.get(), {"amount": D("40.01"), "reason": "charity"}
    assert refusal(operations.discount_line, line=line, by=cashier, **above).code == "needs_approval"
    colleague = clinics.user(Role.RECEPTION, clinic=house)
    stranger = clinics.user(Role.MANAGER, clinic=clinics.clinic(name="Elsewhere"))
    assert (
        refusal(operations.discount_line, line=line, by=cashier, approved_by=stranger, **above).code == "needs_approval"
    )
    assert (
        refusal(operations.discount_line, line=line, by=cashier, approved_by=colleague, **above).code
        == "needs_approval"
    )
    assert (
        refusal(operations.discount_line, line=line, by=cashier, approved_by=cashier, **above).code == "needs_approval"
    )
    assert operations.discount_line(line=line, by=cashier, approved_by=manager, **above).discount == D("40.01")
    assert AuditEvent.objects.get(action="discount_line").facts["approved_by"] == "Huda Aziz"


def test_removing_a_line_sums_up_again(bill, cashier):
    operations.remove_line(line=bill.lines.get(), by=cashier)
    assert sums(bill) == ("0.00", "0.00", "0.00", "0.00", "0.00")


def test_a_charge_taken_off_meanwhile_is_said_to_be_gone(bill, cashier):
    line = bill.lines.get()
    operations.remove_line(line=InvoiceLine.objects.get(pk=line.pk), by=cashier)
    assert refusal(operations.remove_line, line=line, by=cashier).code == "line_gone"
    words = {"amount": 1, "reason": "kind"}
    assert refusal(operations.discount_line, line=line, by=cashier, **words).code == "line_gone"


def test_issue_gives_numbers_without_gaps(house, cashier, layla):
    year = house.today().year
    numbers = []
    for _ in range(3):
        bill = bills.invoice(clinic=house, patient=layla, by=cashier)
        numbers.append(operations.issue(invoice=bill, by=cashier).number)
        empty = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
        assert refusal(operations.issue, invoice=empty, by=cashier).code == "empty"
    assert numbers == [f"INV-{year}-0000{n}" for n in (1, 2, 3)]


def test_an_issued_bill_is_never_edited(bill, cashier, layla):
    operations.issue(invoice=bill, by=cashier)
    line = bill.lines.get()
    more = {"text": "A", "quantity": 1, "unit_price": D(1)}
    assert refusal(operations.add_line, invoice=bill, by=cashier, **more).code == "already_issued"
    assert refusal(operations.discount_line, line=line, by=cashier, amount=D(1), reason="x").code == "already_issued"
    assert refusal(operations.remove_line, line=line, by=cashier).code == "already_issued"
    assert refusal(operations.issue, invoice=bill, by=cashier).code == "already_issued"
    assert refusal(operations.change_patient, invoice=bill, patient=layla, by=cashier).code == "already_issued"


def test_a_bill_of_nothing_is_paid_when_issued(house, cashier, layla):
    bill = bills.invoice(clinic=house, patient=layla, by=cashier, prices=["0"])
    assert operations.issue(invoice=bill, by=cashier).state == "paid"


def test_exact_cash(bill, cashier, house, published):
    published.clear()
    payment = pay(bill, cashier, tendered=D("230"))
    bill.refresh_from_db()
    year = house.today().year
    assert (bill.state, bill.number, payment.receipt_number) == ("paid", f"INV-{year}-00001", f"R-{year}-00001")
    assert (payment.change, payment.day, payment.patient_id) == (0, house.today(), bill.patient_id)
    assert actions("take_payment") == 1
    assert published == [(house.pk, t) for t in ("day", "desk", f"invoice-{bill.pk}", f"patient-{bill.patient_id}")]


def test_cash_with_change_opens_one_cash_session(bill, cashier, house, layla):
    payment = pay(bill, cashier, tendered=D("300"))
    assert (payment.tendered, payment.change) == (D("300.00"), D("70.00"))
    pay(bills.invoice(clinic=house, patient=layla, by=cashier, prices=["200"]), cashier)
    session = CashSession.objects.get()
    assert (session.cashier, session.payments.count()) == (cashier, 2)


def test_card_takes_no_change_and_is_of_the_cashiers_session(bill, cashier):
    payment = pay(bill, cashier, method="card", tendered=D("300"), reference=" 4711 ")
    session = CashSession.objects.get()
    assert (payment.tendered, payment.change, payment.session, payment.reference) == (None, 0, session, "4711")


def test_part_and_split_payments(bill, cashier):
    pay(bill, cashier, amount="100", method="card")
    bill.refresh_from_db()
    assert (bill.state, bill.due) == ("partly_paid", D("130.00"))
    pay(bill, cashier, amount="130")
    bill.refresh_from_db()
    assert (bill.state, bill.due, bill.payments.count()) == ("paid", 0, 2)


def test_the_same_key_pays_once(bill, cashier):
    first = pay(bill, cashier, tendered=D(300), idempotency_key="k")
    second = pay(bill, cashier, tendered=D(300), idempotency_key="k")
    assert first.pk == second.pk
    assert Payment.objects.count() == 1
    assert refusal(pay, bill=bill, by=cashier, amount="1", idempotency_key="k").code == "key_reused"


def test_paying_twice_says_when_and_by_whom(bill, cashier, manager):
    payment = pay(bill, cashier)
    refused = refusal(pay, bill=bill, by=manager)
    assert refused.code == "already_paid"
    clock = payment.at.astimezone(bill.clinic.zone).strftime("%H:%M")
    assert "Sara Haddad" in str(refused.message) and clock in str(refused.message)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": "230.01"}, "too_much"),
        ({"amount": "0"}, "bad_amount"),
        ({"amount": "0.004"}, "bad_amount"),
        ({"amount": "-5"}, "bad_amount"),
        ({"amount": "NaN"}, "bad_amount"),
        ({"method": "goats"}, "bad_method"),
        ({"tendered": D("229")}, "too_little_tendered"),
        ({"expected_due": D("200")}, "due_changed"),
    ],
)
def test_a_bad_payment_is_refused_and_nothing_is_issued(values, code, bill, cashier):
    assert refusal(pay, bill=bill, by=cashier, **values).code == code
    bill.refresh_from_db()
    assert (bill.state, bill.number, Payment.objects.count()) == ("draft", None, 0)


def test_a_refused_payment_gives_no_number_away(bill, cashier, house):
    refusal(pay, bill=bill, by=cashier, amount="999")
    assert pay(bill, cashier).invoice.number == f"INV-{house.today().year}-00001"


def test_a_changed_total_names_the_new_one(bill, cashier):
    operations.add_line(invoice=bill, by=cashier, text="A", quantity=1, unit_price=D(20))
    refused = refusal(pay, bill=bill, by=cashier, expected_due=D("230.00"))
    assert (refused.code, "253.00 SAR" in str(refused.message)) == ("due_changed", True)


def test_an_empty_or_cancelled_bill_takes_no_payment(house, cashier, layla, bill):
    empty = operations.draft_invoice(clinic=house, patient=layla, by=cashier)
    assert refusal(pay, bill=empty, by=cashier, amount="1").code == "empty"
    operations.cancel_invoice(invoice=bill, by=cashier, reason="mistake")
    assert refusal(pay, bill=bill, by=cashier).code == "cancelled"


def test_a_charge_that_was_taken_off_again_is_not_the_answer_of_its_second_click(bill, cashier):
    charge = {"by": cashier, "text": "A", "quantity": 1, "unit_price": D(20), "idempotency_key": "k"}
    line = operations.add_line(invoice=bill, **charge)
    assert operations.add_line(invoice=bill, **charge) == line
    operations.remove_line(line=line, by=cashier)
    assert refusal(operations.add_line, invoice=bill, **charge).code == "line_gone"


def test_cancelling(bill, cashier, manager):
    assert refusal(operations.cancel_invoice, invoice=bill, by=cashier, reason=" ").code == "missing_reason"
    operations.issue(invoice=bill, by=cashier)
    number = operations.cancel_invoice(invoice=bill, by=manager, reason="twice").number
    assert number is not None
    assert refusal(operations.cancel_invoice, invoice=bill, by=cashier, reason="x").code == "already_cancelled"


def test_a_paid_bill_is_not_cancelled(bill, cashier):
    pay(bill, cashier, amount="1")
    assert refusal(operations.cancel_invoice, invoice=bill, by=cashier, reason="x").code == "has_payments"


def test_a_draft_moves_to_the_right_patient(bill, cashier, house, published):
    other = patients.patient(clinic=house, by=cashier, name="Other")
    published.clear()
    operations.change_patient(invoice=bill, patient=other, by=cashier)
    assert {topic for _clinic, topic in published} >= {f"patient-{bill.patient_id}", f"patient-{other.pk}"}
    assert queries.due_of([bill.patient_id, other.pk], house) == {other.pk: queries.Due(D("230.000"), bill.pk)}


def test_due_of_sums_open_bills_of_this_clinic(bill, cashier, house, layla):
    bills.invoice(clinic=house, patient=layla, by=cashier, prices=["100"])
    pay(bill, cashier, amount="30")
    elsewhere = clinics.clinic(name="Elsewhere")
    bills.invoice(clinic=elsewhere, patient=layla, by=clinics.user(Role.RECEPTION, clinic=elsewhere))
    assert queries.due_of([layla.pk], house) == {layla.pk: queries.Due(D("315.000"), bill.pk)}
    assert queries.due_of([], house) == {}


def test_day_income_by_method(house, cashier, layla):
    for amount, method in (("100", "cash"), ("15", "card"), ("20", "card")):
        bill = bills.invoice(clinic=house, patient=layla, by=cashier, prices=["200"])
        pay(bill, cashier, amount=amount, method=method)
    found = [(row.method, row.amount, row.count) for row in queries.day_income(house, house.today())]
    assert found == [("cash", D("100.000"), 1), ("card", D("35.000"), 2)]
    assert queries.day_income(house, house.today() - timedelta(days=1)) == []


def test_three_decimals_in_kuwait(layla):
    kuwait = clinics.clinic(name="Kuwait", currency="KWD", tax_rate=0, time_zone="Asia/Kuwait")
    by = clinics.user(Role.RECEPTION, clinic=kuwait)
    bill = bills.invoice(clinic=kuwait, patient=layla, by=by, prices=["1.2345"], tax_rate=D(0))
    payment = operations.take_payment(invoice=bill, by=by, amount=D("1.235"), method="cash", tendered=D("2"))
    assert (str(payment.change), Invoice.objects.get(pk=bill.pk).state) == ("0.765", "paid")
