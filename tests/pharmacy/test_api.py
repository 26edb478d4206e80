"""The pharmacy's JSON door: prescribing, checking, signing, printing, billing, dispensing, returning, stock."""

from decimal import Decimal

import pytest

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations as patient_operations
from pharmacy.models import Dispense, Prescription, PrescriptionItem
from tests.api import client_of
from tests.factories import clinic as ground
from tests.factories import pharmacy, visits
from tests.pharmacy.conftest import finished, hand_over

API = "/api/v1"
LINE = "para 500 1-1-1 5d"
KEY = {"HTTP_IDEMPOTENCY_KEY": "one"}


@pytest.fixture
def doctor(house):
    return client_of(house.by)


@pytest.fixture
def pharmacist(house):
    return client_of(house.pharmacist)


def prescribe(house, client, *items):
    body = {"visit": house.visit.pk, "items": list(items) or [{"line": LINE}]}
    return client.post(f"{API}/prescriptions/", body)


# --- prescriptions ---------------------------------------------------------------------------------------------------


def test_a_typed_line_becomes_an_item_with_its_wording(house, doctor):
    answer = prescribe(house, doctor)
    made = answer.json()
    item = made["items"][0]
    assert (answer.status_code, made["status"], made["visit"], made["patient"], made["doctor"]) == (
        201, "draft", house.visit.pk, house.patient.pk, house.doctor.pk,
    )  # fmt: skip
    assert (item["medicine"], item["dose"], item["unit"], item["frequency"], item["duration_days"]) == (
        house.paracetamol.pk, 1, "tablet", "1-1-1", 5,
    )  # fmt: skip
    assert (item["quantity"], item["dispensed"], item["returned"], item["line"]) == (15, 0, 0, LINE)
    assert item["wording"]["en"] == "Take 1 tablet in the morning, at noon and in the evening for 5 days."


@pytest.mark.parametrize(
    ("dose", "unit", "frequency", "kept"),
    [(1, "", "bid", (1, "bid", 10)), (500, "mg", "TDS", (1, "tid", 15)), (1, "g", "q8", (2, "q8h", 30)),
     (None, "", "1-0-1", (1, "1-0-1", 10)), (2, "tab", "2-0-1", (2, "2-0-1", 15))],
)  # fmt: skip
def test_parts_become_an_item(house, doctor, dose, unit, frequency, kept):
    parts = {"medicine": house.paracetamol.pk, "frequency": frequency, "duration_days": 5, "unit": unit}
    answer = prescribe(house, doctor, {**parts, **({"dose": dose} if dose else {})})
    item = answer.json()["items"][0]
    assert (item["dose"], item["frequency"], item["quantity"]) == kept


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"dose": 1, "frequency": "2-0-2", "duration_days": 5}, "unclear", "items.0.frequency"),
        ({"dose": 1, "frequency": "often", "duration_days": 5}, "unclear", "items.0.frequency"),
        ({"frequency": "tid", "duration_days": 5}, "unclear", "items.0.dose"),
        ({"dose": 1, "frequency": "tid"}, "unclear", "items.0.duration_days"),
        ({"dose": 5, "unit": "mL", "frequency": "tid", "duration_days": 5}, "unclear", "items.0.unit"),
        ({"dose": 20000, "unit": "mg", "frequency": "od", "duration_days": 5}, "improbable", "items.0.dose"),
        ({"dose": 1, "frequency": "od", "duration_days": 5, "quantity": 9}, "quantity_reason", "items.0.quantity"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(house, doctor, change, code, field):
    answer = prescribe(house, doctor, {"medicine": house.paracetamol.pk, **change})
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (400, code, [field])
    assert PrescriptionItem.objects.count() == 0


def test_all_lines_or_none(house, doctor):
    answer = prescribe(house, doctor, {"line": LINE}, {"line": "nothing 500 tid 5d"})
    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"items.1.line"})
    assert Prescription.objects.count() == 0


@pytest.mark.parametrize(
    "item",
    [{}, {"line": LINE, "dose": 1}, {"medicine": 10**9, "line": "x"}, {"medicine": "x"}, {"line": ""}, {"lines": LINE},
     {"medicine": 1, "dose": -1}, {"medicine": 1, "dose": True}, {"line": LINE, "route": "sideways"}],
)  # fmt: skip
def test_a_malformed_line_is_a_400(house, doctor, item):
    assert prescribe(house, doctor, item).status_code == 400


def test_the_second_prescription_joins_the_draft(house, doctor):
    first, second = prescribe(house, doctor), prescribe(house, doctor, {"line": "amox 500 tid 5d"})
    assert (first.json()["id"], len(second.json()["items"])) == (second.json()["id"], 2)


def test_items_are_added_and_removed_while_it_is_a_draft(house, doctor):
    made = prescribe(house, doctor).json()
    added = doctor.post(f"{API}/prescriptions/{made['id']}/items/", {"line": "amox 500 tid 5d"})
    removed = doctor.delete(f"{API}/prescriptions/{made['id']}/items/{added.json()['id']}/")
    assert (added.status_code, added.json()["alerts"], removed.status_code) == (201, [], 200)
    assert [item["id"] for item in removed.json()["items"]] == [made["items"][0]["id"]]
    assert PrescriptionItem.objects.count() == 2


def test_nothing_is_added_to_a_signed_prescription(house, doctor):
    made = prescribe(house, doctor).json()
    doctor.post(f"{API}/prescriptions/{made['id']}/sign/")
    answer = doctor.post(f"{API}/prescriptions/{made['id']}/items/", {"line": "amox 500 tid 5d"})
    assert (answer.status_code, answer.json()["code"], Prescription.objects.count()) == (409, "already_signed", 1)


def test_signing_twice_is_signing_once(house, doctor):
    made = prescribe(house, doctor).json()
    first = doctor.post(f"{API}/prescriptions/{made['id']}/sign/").json()
    second = doctor.post(f"{API}/prescriptions/{made['id']}/sign/").json()
    assert (first["status"], first["signed_at"]) == ("signed", second["signed_at"])


def test_another_doctor_neither_writes_nor_signs(house, doctor):
    made = prescribe(house, doctor).json()
    other = client_of(ground.doctor(clinic=house.clinic, name="Amal Saleh").user)
    answers = [prescribe(house, other), other.post(f"{API}/prescriptions/{made['id']}/sign/"),
               other.post(f"{API}/prescriptions/{made['id']}/cancel/", {})]  # fmt: skip
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "not_yours")] * 3


def stopped(house):
    patient_operations.record_allergy(
        patient=house.patient, by=house.by, substance="penicillin", substance_code="penicillins", severity="severe"
    )


def test_a_stop_is_shown_and_kept_with_a_reason_before_it_is_signed(house, doctor):
    stopped(house)
    made = prescribe(house, doctor, {"line": "amox 500 tid 5d"}).json()
    address, item = f"{API}/prescriptions/{made['id']}", made["items"][0]
    refused = doctor.post(f"{address}/sign/")
    kept = doctor.post(
        f"{address}/items/{item['id']}/keep/", {"reason": "tolerated before", "stops": [item["alerts"][0]["key"]]}
    )
    signed = doctor.post(f"{address}/sign/")
    assert [alert["level"] for alert in item["alerts"]] == ["stop"]
    assert (refused.json()["code"], kept.json()["alerts"][0]["kept"], signed.status_code) == ("safety_stop", True, 200)


def test_a_check_says_what_speaks_against_it_and_saves_nothing(house, doctor):
    stopped(house)
    body = {"patient": house.patient.pk, "items": [{"line": "amox 500 tid 5d"}, {"line": LINE}, {"line": LINE}]}
    answer = doctor.post(f"{API}/prescriptions/check/", body)
    kinds = [[alert["kind"] for alert in item["alerts"]] for item in answer.json()["items"]]
    assert (answer.status_code, kinds, answer.json()["stopped"]) == (200, [["allergy"], [], ["duplicate"]], True)
    assert PrescriptionItem.objects.count() == 0


def test_a_check_beside_a_prescription_knows_its_lines(house, doctor):
    made = prescribe(house, doctor).json()
    answer = doctor.post(f"{API}/prescriptions/{made['id']}/check/", {"items": [{"line": LINE}]}, **KEY)
    again = doctor.post(f"{API}/prescriptions/{made['id']}/check/", {"items": [{"line": LINE}]}, **KEY)
    kinds = [[alert["kind"] for alert in item["alerts"]] for item in answer.json()["items"]]
    assert (answer.status_code, kinds, again.json()) == (200, [[], ["duplicate"]], answer.json())


def test_a_signed_prescription_is_cancelled_with_a_reason_while_untouched(house, doctor, pharmacist):
    prescription = finished(house)
    address = f"{API}/prescriptions/{prescription.pk}/cancel/"
    assert doctor.post(address, {}).json()["code"] == "reason"
    assert doctor.post(address, {"reason": "wrong patient"}).json()["status"] == "cancelled"
    assert hand_over(pharmacist, prescription).json()["code"] == "not_signed"


def test_what_was_handed_over_is_not_cancelled(house, doctor, pharmacist):
    prescription = finished(house)
    hand_over(pharmacist, prescription, quantity=5)
    answer = doctor.post(f"{API}/prescriptions/{prescription.pk}/cancel/", {"reason": "late"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_dispensed")


def test_a_pharmacist_reads_and_does_not_prescribe(house, pharmacist):
    prescription = finished(house)
    assert pharmacist.get(f"{API}/prescriptions/{prescription.pk}/").json()["status"] == "signed"
    assert prescribe(house, pharmacist).status_code == 403


def test_another_clinics_doctor_finds_nothing(house):
    prescription = finished(house)
    other = client_of(ground.doctor(clinic=ground.clinic(name="Elsewhere")).user)
    codes = [other.get(f"{API}/prescriptions/{prescription.pk}/").status_code, prescribe(house, other).status_code]
    assert (codes, other.get(f"{API}/prescriptions/").json()["count"]) == ([404, 400], 0)


def own_account(house):
    user = ground.user(Role.PATIENT, clinic=house.clinic, name="Layla")
    house.patient.user = user
    house.patient.save(update_fields=["user"])
    return client_of(user)


def test_a_patient_reads_their_own_signed_prescriptions_without_alerts(house, doctor):
    prescription = finished(house)
    me = own_account(house)
    listed = me.get(f"{API}/prescriptions/").json()
    shown = me.get(f"{API}/prescriptions/{prescription.pk}/").json()
    assert (listed["count"], "alerts" in shown["items"][0]) == (1, False)
    assert shown["items"][0]["wording"]["ar"].startswith("تناول قرصًا واحدًا")


def test_a_patient_sees_no_draft_and_nobody_elses(house, doctor):
    made = prescribe(house, doctor).json()
    me = own_account(house)
    other = visits.visit(doctor=house.doctor, patient=visits.patient(clinic=house.clinic, phone="0551112233"))
    signed = pharmacy.signed(visit=other, by=house.by)
    codes = [me.get(f"{API}/prescriptions/{pk}/").status_code for pk in (made["id"], signed.pk)]
    assert (codes, me.get(f"{API}/patients/{other.patient_id}/prescriptions/").status_code) == ([404, 404], 404)


def test_reading_leaves_a_trace(house, doctor):
    prescription = finished(house)
    doctor.get(f"{API}/prescriptions/{prescription.pk}/")
    doctor.get(f"{API}/patients/{house.patient.pk}/prescriptions/")
    read = AuditEvent.objects.filter(action="read", patient_id=house.patient.pk)
    assert [(row.subject_type, row.facts) for row in read.order_by("pk")] == [
        ("pharmacy.prescription", {}), ("patients.patient", {"part": "prescriptions"}),
    ]  # fmt: skip


def test_lists_filter_and_refuse_what_they_do_not_know(house, doctor):
    finished(house)
    asked = [("status=signed", 1), ("status=draft", 0), (f"patient={house.patient.pk}", 1), (f"visit={house.visit.pk}", 1),
             ("doctor=999999", 0)]  # fmt: skip
    assert [doctor.get(f"{API}/prescriptions/?{query}").json()["count"] for query, _n in asked] == [
        n for _q, n in asked
    ]
    assert doctor.get(f"{API}/prescriptions/?colour=red").status_code == 400


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_paper_is_a_pdf_in_either_language(house, doctor, language):
    prescription = finished(house)
    answer = doctor.get(f"{API}/prescriptions/{prescription.pk}/print/?language={language}")
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert AuditEvent.objects.filter(action="print", subject_id=prescription.pk).count() == 1


def test_a_draft_is_not_printed(house, doctor):
    made = prescribe(house, doctor).json()
    answer = doctor.get(f"{API}/prescriptions/{made['id']}/print/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_signed")


def test_the_bill_is_the_visits_and_carries_what_was_dispensed(house, doctor, pharmacist):
    prescription = finished(house)
    hand_over(pharmacist, prescription)
    answer = doctor.post(f"{API}/prescriptions/{prescription.pk}/bill/")
    assert (answer.status_code, answer.json()["id"]) == (200, prescription.visit.invoice_id)
    assert [line["quantity"] for line in answer.json()["lines"]] == [1, 15]


def test_without_a_bill_one_draft_is_made_once_and_takes_the_medicines(house, doctor, pharmacist):
    made = prescribe(house, doctor).json()
    doctor.post(f"{API}/prescriptions/{made['id']}/sign/")
    bills = [doctor.post(f"{API}/prescriptions/{made['id']}/bill/").json() for _again in range(2)]
    given = hand_over(pharmacist, Prescription.objects.get()).json()
    assert ([bill["id"] for bill in bills], bills[0]["status"]) == ([given["invoice"]] * 2, "draft")


# --- dispensings and returns -----------------------------------------------------------------------------------------


def test_dispensing_over_two_batches_and_returning_one(house, pharmacist):
    prescription = finished(house)
    given = hand_over(pharmacist, prescription)
    line = given.json()["lines"][0]
    assert (given.status_code, [(b["number"], b["quantity"]) for b in line["batches"]]) == (
        201, [("EARLY", 10), ("LATE", 5)],
    )  # fmt: skip
    address = f"{API}/dispensings/{given.json()['id']}/"
    body = {"lines": [{"line": line["batches"][1]["line"], "quantity": 5}], "reason": "too many", "restock": True}
    back = pharmacist.post(f"{address}return/", body, **KEY)
    assert (back.status_code, back.json()["lines"][0]["outcome"], back.json()["reason"]) == (201, "shelf", "too many")
    seen = pharmacist.get(address).json()["lines"][0]
    assert (seen["quantity"], seen["returned"], [b["returned"] for b in seen["batches"]]) == (15, 5, [0, 5])
    house.late.refresh_from_db()
    charge = prescription.visit.invoice.lines.order_by("pk").last()
    assert (house.late.on_hand, charge.quantity, charge.net) == (100, 10, Decimal("5.000"))


def test_a_return_names_the_item_and_asks_which_batch(house, pharmacist):
    given = hand_over(pharmacist, finished(house)).json()
    address, item = f"{API}/dispensings/{given['id']}/return/", given["lines"][0]["item"]
    body = {"lines": [{"item": item, "quantity": 3}], "reason": "too many"}
    asked = pharmacist.post(address, body, HTTP_IDEMPOTENCY_KEY="a")
    body["lines"][0]["batch"] = house.early.pk
    named = pharmacist.post(address, body, HTTP_IDEMPOTENCY_KEY="b")
    assert (asked.status_code, list(asked.json()["fields"]), len(asked.json()["alternatives"])) == (
        409,
        ["lines.0.batch"],
        2,
    )
    assert (named.status_code, named.json()["lines"][0]["outcome"]) == (201, "written_off")


def test_a_key_is_needed_and_repeats_the_answer(house, pharmacist):
    prescription = finished(house)
    item = prescription.items.get().pk
    body = {"prescription": prescription.pk, "lines": [{"item": item, "quantity": 15}]}
    without = pharmacist.post(f"{API}/dispensings/", body)
    first, second = hand_over(pharmacist, prescription), hand_over(pharmacist, prescription)
    other = hand_over(pharmacist, prescription, quantity=3)
    assert (without.status_code, first.json(), Dispense.objects.count()) == (400, second.json(), 1)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_more_than_prescribed_stands_beside_its_line(house, pharmacist):
    answer = hand_over(pharmacist, finished(house), quantity=16)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (
        409, "too_much", ["lines.0.quantity"],
    )  # fmt: skip


def test_a_substitute_needs_its_reason_and_the_batch_is_the_others(house, pharmacist):
    other = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    batch = pharmacy.batch(clinic=house.clinic, medicine=other, by=house.pharmacist, number="SUB")
    prescription = finished(house)
    assert hand_over(pharmacist, prescription, substitute=other.pk).json()["code"] == "reason"
    answer = hand_over(pharmacist, prescription, key="k2", substitute=other.pk, reason="out of stock")
    line = answer.json()["lines"][0]
    assert (line["medicine"], line["substitute_reason"], line["batches"][0]["batch"]) == (
        other.pk, "out of stock", batch.pk,
    )  # fmt: skip


def test_the_same_item_twice_is_a_400(house, pharmacist):
    prescription = finished(house)
    line = {"item": prescription.items.get().pk, "quantity": 1}
    body = {"prescription": prescription.pk, "lines": [line, line]}
    assert pharmacist.post(f"{API}/dispensings/", body, **KEY).status_code == 400
