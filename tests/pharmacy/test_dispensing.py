"""Dispensing: stock falls, the charge is on the bill, the patient leaves the line, or nothing happens."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from billing import operations as billing
from clinic.errors import Refused
from patients import operations as patient_operations
from pharmacy import operations, queries
from pharmacy.models import Batch, Dispense, DispenseLine, PrescriptionItem, Stock, StockMove
from queues import queries as lines
from tests.factories import pharmacy
from tests.pharmacy.conftest import finished


def give(house, prescription, quantity=15, key="", **line):
    item = prescription.items.get()
    wanted = [{"item": item.pk, "quantity": quantity, **line}]
    return operations.dispense(prescription=prescription, by=house.pharmacist, lines=wanted, idempotency_key=key)


def test_it_takes_the_earliest_batch_first_and_tops_up(house):
    made = give(house, finished(house))
    assert [(line.batch.number, line.quantity) for line in made.lines.order_by("pk")] == [("EARLY", 10), ("LATE", 5)]


def test_the_shelf_the_bill_and_the_line_follow(house):
    prescription = finished(house)
    made = give(house, prescription)
    prescription.refresh_from_db()
    charge = made.invoice.lines.get(source=f"dispense:{made.pk}:{prescription.items.get().pk}")
    on_hand = Stock.objects.get(medicine=house.paracetamol).on_hand
    assert (prescription.state, on_hand, charge.quantity, charge.net) == ("dispensed", 95, 15, Decimal("7.500"))
    assert (made.invoice_id, lines.live_entry(house.visit.token)) == (prescription.visit.invoice_id, None)


def test_on_hand_is_the_sum_of_the_moves(house):
    give(house, finished(house))
    for batch in Batch.objects.all():
        assert batch.on_hand == sum(batch.moves.values_list("quantity", flat=True))


def test_the_second_click_gets_the_first_answer(house):
    prescription = finished(house)
    first = give(house, prescription, key="one")
    assert (give(house, prescription, key="one"), Dispense.objects.count()) == (first, 1)


def test_somebody_else_finds_it_dispensed_and_by_whom(house):
    prescription = finished(house)
    give(house, prescription)
    with pytest.raises(Refused) as refused:
        give(house, prescription)
    assert (refused.value.code, "Huda Nasser" in str(refused.value.message)) == ("already_dispensed", True)


def test_a_part_leaves_the_rest_owed(house):
    prescription = finished(house)
    give(house, prescription, quantity=5)
    prescription.refresh_from_db()
    assert (prescription.state, prescription.items.get().dispensed) == ("partly_dispensed", 5)
    give(house, prescription, quantity=10)
    prescription.refresh_from_db()
    assert prescription.state == "dispensed"


@pytest.mark.parametrize("quantity", [0, -1, 16])
def test_never_more_than_was_prescribed(house, quantity):
    prescription = finished(house)
    with pytest.raises(Refused) as refused:
        give(house, prescription, quantity=quantity)
    assert (refused.value.code, Dispense.objects.count()) == ("too_much", 0)


def test_out_of_stock_says_what_is_left_and_changes_nothing(house):
    prescription = finished(house, "amox 500 tid 20d")
    with pytest.raises(Refused) as refused:
        give(house, prescription, quantity=60)
    assert (refused.value.code, refused.value.alternatives[0]["left"]) == ("out_of_stock", 50)
    assert Stock.objects.get(medicine=house.amoxicillin).on_hand == 50


def test_an_expired_batch_is_never_given_even_when_chosen(house):
    prescription = finished(house)
    Batch.objects.filter(pk=house.early.pk).update(expires_on=house.clinic.today(), remove_by=house.clinic.today())
    with pytest.raises(Refused) as refused:
        give(house, prescription, batch=house.early.pk, reason="open box")
    made = give(house, prescription)
    assert (refused.value.code, [line.batch.number for line in made.lines.all()]) == ("batch_unusable", ["LATE"])


def test_a_chosen_batch_is_honoured_and_needs_a_reason(house):
    prescription = finished(house)
    with pytest.raises(Refused) as refused:
        give(house, prescription, batch=house.late.pk)
    made = give(house, prescription, batch=house.late.pk, reason="box is open")
    assert (refused.value.code, [(x.batch.number, x.quantity) for x in made.lines.all()]) == ("reason", [("LATE", 15)])


@pytest.mark.parametrize(
    ("other", "may"),
    [
        ({"brand": "Fevadol"}, True),
        ({"strength": "1 g"}, False),
        ({"form": "capsule"}, False),
        ({"route": "rectal"}, False),
        ({"base_unit": "sachet"}, False),
        ({"generic_name": "ibuprofen"}, False),
        ({"ingredients": []}, False),
    ],
)
def test_only_an_equivalent_product_may_be_given_instead(house, other, may):
    product = pharmacy.medicine(**{"search_text": "other", **other})
    pharmacy.batch(clinic=house.clinic, medicine=product, by=house.pharmacist)
    rows = queries.dispense_rows(finished(house))
    assert [found for found, _left in rows[0].substitutes] == ([product] if may else [])
    assert product.may_replace(house.paracetamol) is may


def test_of_products_without_ingredients_the_name_decides(house):
    one, same, another = (
        pharmacy.medicine(generic_name=name, ingredients=[]) for name in ("Oral salts", "oral salts", "Zinc")
    )
    assert (one.may_replace(same), one.may_replace(another)) == (True, False)


def test_a_line_that_may_not_be_substituted_is_given_as_prescribed(house):
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol")
    prescription = finished(house)
    item = prescription.items.get()
    PrescriptionItem.objects.filter(pk=item.pk).update(may_substitute=False)
    line = {"item": item.pk, "quantity": 1, "substitute": brand.pk, "substitute_reason": "cheaper"}
    with pytest.raises(Refused) as refused:
        operations.dispense(prescription=prescription, by=house.pharmacist, lines=[line])
    assert (refused.value.code, queries.dispense_rows(prescription)[0].substitutes) == ("no_substitution", [])


def test_what_was_given_instead_stands_on_the_line_and_on_the_bill(house):
    brand = pharmacy.medicine(brand="Fevadol", search_text="fevadol", price=2)
    pharmacy.batch(clinic=house.clinic, medicine=brand, by=house.pharmacist, quantity=20)
    prescription = finished(house)
    item = prescription.items.get()
    line = {"item": item.pk, "quantity": 15, "substitute": brand.pk, "substitute_reason": "out of stock"}
    made = operations.dispense(prescription=prescription, by=house.pharmacist, lines=[line])
    row = queries.dispense_rows(prescription)[0]
    charge = made.lines.get().invoice_line
    assert (row.given_as, row.substitutes) == ([brand], [(brand, 5)])
    assert (charge.unit_price, "Fevadol" in charge.text) == (2, True)


def test_a_held_batch_is_not_given(house):
    prescription = finished(house)
    operations.set_batch_state(batch=house.early, by=house.pharmacist, state=Batch.State.ON_HOLD)
    assert [line.batch.number for line in give(house, prescription).lines.all()] == ["LATE"]


def test_an_allergy_recorded_after_prescribing_stops_the_dispensing(house):
    prescription = finished(house, "amox 500 tid 5d")
    patient_operations.record_allergy(
        patient=house.patient, by=house.by, substance="penicillin", substance_code="penicillins", severity="severe"
    )
    with pytest.raises(Refused) as refused:
        give(house, prescription)
    assert (refused.value.code, Dispense.objects.count(), Stock.objects.get(medicine=house.amoxicillin).on_hand) == (
        "safety_stop",
        0,
        50,
    )
    stops = ["allergy: penicillin / amoxicillin"]
    made = give(house, prescription, override_reason="doctor agreed by phone", override_stops=stops)
    assert made.prescription.alerts.get(outcome="overridden").stage == "dispensing"


def test_a_medicine_without_a_price_is_not_given_for_nothing(house):
    prescription = finished(house)
    house.paracetamol.price = None
    house.paracetamol.save(update_fields=["price"])
    with pytest.raises(Refused) as refused:
        give(house, prescription)
    assert (refused.value.code, Dispense.objects.count()) == ("missing_price", 0)


def test_after_the_bill_is_issued_the_medicine_goes_on_a_new_one(house):
    prescription = finished(house)
    billing.issue(invoice=prescription.visit.invoice, by=house.pharmacist)
    made = give(house, prescription)
    assert (made.invoice_id != prescription.visit.invoice_id, made.invoice.patient_id) == (True, house.patient.pk)


def test_an_unsigned_prescription_is_not_dispensed(house):
    item = operations.add_item(visit=house.visit, by=house.by, line="para 500 tid 5d")
    with pytest.raises(Refused) as refused:
        give(house, item.prescription)
    assert refused.value.code == "not_signed"


def test_not_given_closes_the_line_with_its_reason(house):
    prescription = finished(house)
    with pytest.raises(Refused):
        operations.not_given(item=prescription.items.get(), by=house.pharmacist, reason="")
    operations.not_given(item=prescription.items.get(), by=house.pharmacist, reason="has it at home")
    prescription.refresh_from_db()
    assert (prescription.state, prescription.items.get().closed_reason) == ("dispensed", "has it at home")


@pytest.mark.parametrize("table", [StockMove, Dispense, DispenseLine])
def test_the_ledgers_are_append_only_in_the_database(house, table):
    give(house, finished(house))
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.all().delete()
    field = "reason" if table is StockMove else "at" if table is Dispense else "batch_reason"
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(**{field: house.visit.started_at if field == "at" else "changed"})


@pytest.mark.parametrize("table", [Stock, Batch])
def test_the_database_refuses_stock_below_zero(house, table):
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.update(on_hand=-1)


def test_the_database_refuses_another_patients_dispensing(house):
    prescription = finished(house)
    from tests.factories import visits

    stranger = visits.patient(clinic=house.clinic, name="Omar Ali", phone="0559998877")
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispense.objects.create(clinic=house.clinic, patient=stranger, prescription=prescription, by=house.pharmacist)


@pytest.mark.parametrize(
    ("fields", "code"), [({"quantity": 0}, "quantity"), ({"days": -1}, "expired"), ({"days": 0}, "expired")]
)
def test_what_cannot_be_received(house, fields, code):
    with pytest.raises(Refused) as refused:
        pharmacy.batch(clinic=house.clinic, medicine=house.paracetamol, by=house.pharmacist, **fields)
    assert refused.value.code == code


def test_a_known_batch_is_added_to(house):
    again = operations.receive(
        clinic=house.clinic, medicine=house.paracetamol, by=house.pharmacist, number="EARLY",
        expires_on=house.clinic.today() + timedelta(days=40), quantity=7,
    )  # fmt: skip
    assert (again.pk, again.on_hand) == (house.early.pk, 17)


def test_a_write_off_needs_a_reason_and_stays_within_the_batch(house):
    for quantity, reason, code in [(1, " ", "reason"), (11, "broken", "quantity")]:
        with pytest.raises(Refused) as refused:
            operations.write_off(batch=house.early, by=house.pharmacist, quantity=quantity, reason=reason)
        assert refused.value.code == code
    assert operations.write_off(batch=house.early, by=house.pharmacist, quantity=10, reason="broken").on_hand == 0
