"""An error names what the body holds, at its place: not what a page calls it, and not what was never sent."""

import pytest

from billing.models import Invoice, Payment
from clinic.access import Role
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import queues as lines
from tests.pharmacy.conftest import finished, furnish

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"
MISSING = 10**9


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def cashier(clinic):
    return people.user(Role.RECEPTION, clinic=clinic)


@pytest.fixture
def desk(cashier):
    return client_of(cashier)


@pytest.fixture
def patient(clinic, cashier):
    return files.patient(clinic=clinic, by=cashier)


@pytest.fixture
def bill(clinic, patient, cashier):
    return bills.invoice(clinic=clinic, patient=patient, by=cashier)


@pytest.fixture
def house():
    return furnish()


def send(client, path, body, key="a key"):
    return client.post(f"{V1}{path}", body, headers={"Idempotency-Key": key})


def told(answer):
    return answer.status_code, answer.json()["code"], list(answer.json()["fields"])


# --- money -----------------------------------------------------------------------------------------------------------


def test_an_amount_above_what_is_due_is_told_beside_it_and_what_is_due(desk, bill):
    answer = send(desk, f"invoices/{bill.pk}/pay/", {"amount": "9999", "method": "cash", "tendered": "10000"})
    assert (told(answer), answer.json()["alternatives"]) == ((409, "too_much", ["amount"]), [{"due": "115.00"}])
    assert Payment.objects.count() == 0


def test_too_little_handed_over_is_told_beside_it(desk, bill):
    answer = send(desk, f"invoices/{bill.pk}/pay/", {"amount": "50", "method": "cash", "tendered": "40"})
    assert told(answer) == (400, "too_little_tendered", ["tendered"])


GOOD = {"text": "Dressing", "unit_price": "10"}


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ({**GOOD, "discount": "11", "discount_reason": "R"}, "too_much", "discount"),
        ({**GOOD, "discount": "1"}, "missing_reason", "discount_reason"),
        ({**GOOD, "unit_price": "10", "service": MISSING}, "invalid", "service"),
        ({**GOOD, "id": MISSING}, "invalid", "id"),
        ({"unit_price": "10"}, "missing_text", "text"),
    ],
)
def test_a_wrong_line_of_a_bill_is_told_at_its_place(desk, patient, bill, line, code, field):
    body = {"lines": [GOOD, line]}
    made = send(desk, "invoices/", {**body, "patient": patient.pk})
    changed = desk.patch(f"{V1}invoices/{bill.pk}/", body)
    assert told(made) == told(changed) == (400, code, [f"lines.1.{field}"])
    assert Invoice.objects.count() == 1


# --- lines -----------------------------------------------------------------------------------------------------------


def test_an_emergency_without_its_reason(desk, clinic, patient):
    station = lines.station(clinic=clinic)
    body = {"patient": patient.pk, "station": station.pk, "priority": "emergency"}
    assert told(send(desk, "queue/walk-in/", body)) == (400, "reason_needed", ["reason"])


# --- medicines -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["prescriptions/", "prescriptions/check/"])
def test_an_unknown_medicine_is_told_at_its_place(house, path):
    wrong = {"medicine": MISSING, "dose": 1, "frequency": "od", "duration_days": 5}
    body = {"visit": house.visit.pk, "items": [{"line": "para 500 1-1-1 5d"}, wrong]}
    assert told(send(client_of(house.by), path, body)) == (400, "invalid", ["items.1.medicine"])


def test_a_line_that_cannot_be_read_is_told_at_its_place_before_anything_is_written(house):
    body = {"visit": house.visit.pk, "items": [{"line": "para 500 1-1-1 5d"}, {"line": "para"}]}
    assert told(send(client_of(house.by), "prescriptions/check/", body)) == (400, "unclear", ["items.1.line"])


def test_one_medicine_added_by_itself_has_no_place(house):
    doctor = client_of(house.by)
    made = send(doctor, "prescriptions/", {"visit": house.visit.pk, "items": [{"line": "amox 500 1-1-1 5d"}]}).json()
    path = f"prescriptions/{made['id']}/items/"
    assert told(send(doctor, path, {"medicine": MISSING}, "b")) == (400, "invalid", ["medicine"])
    parts = {"medicine": house.paracetamol.pk, "frequency": "tid", "duration_days": 5}
    assert told(send(doctor, path, parts, "c")) == (400, "unclear", ["dose"])


def test_what_is_not_on_the_prescription_is_not_handed_over(house):
    prescription = finished(house)
    item = prescription.items.get().pk
    body = {"prescription": prescription.pk, "lines": [{"item": item, "quantity": 1}, {"item": MISSING, "quantity": 1}]}
    answer = send(client_of(house.pharmacist), "dispensings/", body)
    assert told(answer) == (400, "invalid", ["lines.1.item"])


def test_a_return_is_told_at_its_place(house):
    pharmacist, prescription = client_of(house.pharmacist), finished(house)
    item = prescription.items.get().pk
    given = send(
        pharmacist, "dispensings/", {"prescription": prescription.pk, "lines": [{"item": item, "quantity": 15}]}
    )
    path = f"dispensings/{given.json()['id']}/return/"

    def back(key, **line):
        return told(send(pharmacist, path, {"reason": "R", "lines": [{"quantity": 11, **line}]}, key))

    assert back("b", item=item, batch=house.early.pk) == (409, "too_much", ["lines.0.quantity"])
    assert back("c", item=MISSING) == (400, "invalid", ["lines.0.item"])
    assert back("d", line=MISSING) == (400, "invalid", ["lines.0.line"])


def test_a_count_of_another_medicines_batch_is_told_at_its_place(house):
    other = house.amoxicillin.batches.get().pk
    counts = [{"batch": house.early.pk, "counted": 10}, {"batch": other, "counted": 1}]
    answer = send(client_of(house.pharmacist), "stock/count/", {"medicine": house.paracetamol.pk, "counts": counts})
    assert told(answer) == (400, "invalid", ["counts.1.batch"])


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "prescriptions/?patient=",
        "dispensings/?patient=",
        "visits/?patient=",
        "appointments/?patient=",
        "batches/?medicine=",
    ],
)
def test_a_filter_that_names_nothing_finds_nothing(house, path):
    both = people.user(Role.DOCTOR, Role.PHARMACIST, clinic=house.clinic)
    answer = client_of(both).get(f"{V1}{path}{MISSING}")
    assert (answer.status_code, answer.json()["count"]) == (200, 0)


@pytest.mark.parametrize("path", ["invoices/?patient=", "payments/?patient=", "invoices/?status=paid&patient="])
def test_nor_among_bills(desk, bill, path):
    assert desk.get(f"{V1}{path}{MISSING}").json()["count"] == 0
