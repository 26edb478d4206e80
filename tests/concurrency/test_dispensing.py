"""The last box on the shelf, and many hands that reach for it."""

from collections import defaultdict

import pytest
from django.db.models import Sum

from clinic.access import Role
from pharmacy import operations
from pharmacy.models import Batch, Dispense, Stock, StockMove
from tests.concurrency.crowd import rush, tally
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves
from tests.factories import visits as rooms

CROWD = 50
COURSE = 15  # tablets: one three times a day for five days


@pytest.fixture
def doctor(clinic):
    return people.doctor(clinic=clinic)


@pytest.fixture
def pharmacists(clinic):
    return [people.user(Role.PHARMACIST, clinic=clinic) for _ in range(16)]


@pytest.fixture
def medicine():
    return shelves.medicine()


def prescriptions(doctor, medicine, count):
    """`count` signed prescriptions of fifteen tablets, each of another patient."""
    made = []
    for number in range(count):
        patient = rooms.patient(clinic=doctor.user.clinic, by=doctor.user, name=f"Patient Number{number}")
        visit = rooms.visit(doctor=doctor, patient=patient)
        made.append(shelves.signed(visit=visit, by=doctor.user, medicine=medicine))
    return made


def hand_over(prescription, by, **more):
    item = prescription.items.get()
    lines = [{"item": item.pk, "quantity": item.quantity - item.dispensed}]
    return operations.dispense(prescription=prescription, by=by, lines=lines, **more)


def books_agree(clinic, medicine):
    """On hand is the sum of the moves, for each batch and for the shelf, and nowhere below zero."""
    sums = dict(StockMove.objects.values_list("batch").annotate(sum=Sum("quantity")))
    on_hand = dict(Batch.objects.values_list("pk", "on_hand"))
    shelf = Stock.objects.get(clinic=clinic, medicine=medicine).on_hand
    return sums == on_hand and shelf == sum(on_hand.values()) and min(on_hand.values()) >= 0


def test_the_last_box_goes_to_one(clinic, doctor, pharmacists, medicine):
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacists[0], quantity=COURSE + 5)
    wanted = prescriptions(doctor, medicine, CROWD)
    outcomes = rush(CROWD, lambda number: hand_over(wanted[number], pharmacists[number % 16]))
    assert tally(outcomes) == {"ok": 1, "out_of_stock": CROWD - 1}
    assert Batch.objects.get().on_hand == 5
    assert books_agree(clinic, medicine)


def test_one_prescription_is_handed_over_once(clinic, doctor, pharmacists, medicine):
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacists[0], quantity=1000)
    [prescription] = prescriptions(doctor, medicine, 1)
    item = prescription.items.get()

    def hand(number):
        lines = [{"item": item.pk, "quantity": COURSE}]
        return operations.dispense(prescription=prescription, by=pharmacists[number % 16], lines=lines)

    assert tally(rush(CROWD, hand)) == {"ok": 1, "already_dispensed": CROWD - 1}
    assert Dispense.objects.count() == 1
    assert Batch.objects.get().on_hand == 1000 - COURSE


def test_the_same_key_hands_over_once_and_answers_everybody(clinic, doctor, pharmacists, medicine):
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacists[0], quantity=1000)
    [prescription] = prescriptions(doctor, medicine, 1)
    item = prescription.items.get()
    lines = [{"item": item.pk, "quantity": COURSE}]
    outcomes = rush(
        CROWD,
        lambda number: operations.dispense(
            prescription=prescription, by=pharmacists[0], lines=lines, idempotency_key="one-key"
        ),
    )
    assert tally(outcomes) == {"ok": CROWD}
    assert len({made.pk for made in outcomes}) == 1
    assert Batch.objects.get().on_hand == 1000 - COURSE


def test_each_takes_the_earliest_batch_that_had_stock_in_its_turn(clinic, doctor, pharmacists, medicine):
    """Dispensing, deliveries and write-offs at once; the moves, replayed in their order, say who took what."""
    for days in (300, 60, 200, 30, 120):
        shelves.batch(clinic=clinic, medicine=medicine, by=pharmacists[0], quantity=100, days=days)
    wanted = prescriptions(doctor, medicine, 30)
    writers_off = list(Batch.objects.order_by("pk"))

    def work(number):
        by = pharmacists[number % 16]
        if number < 30:
            return hand_over(wanted[number], by)
        if number < 40:
            return shelves.batch(clinic=clinic, medicine=medicine, by=by, quantity=10, days=20 + number)
        return operations.write_off(batch=writers_off[number % 5], by=by, quantity=7, reason="Broken")

    outcomes = rush(50, work)
    assert tally(outcomes[:40]) == {"ok": 40}
    assert set(tally(outcomes[40:])) <= {"ok", "quantity"}  # a write-off may find its batch already given out
    assert books_agree(clinic, medicine)
    assert wrong_turns() == []


def wrong_turns():
    """The dispensing moves that left an earlier batch with stock standing."""
    remove_by = dict(Batch.objects.values_list("pk", "remove_by"))
    on_hand = defaultdict(int)
    wrong = []
    moves = list(StockMove.objects.order_by("pk"))
    for position, step in enumerate(moves):
        on_hand[step.batch_id] += step.quantity
        if step.kind != StockMove.Kind.DISPENSE:
            continue
        earlier = [batch for batch, left in on_hand.items() if left > 0 and remove_by[batch] < remove_by[step.batch_id]]
        if earlier:
            wrong.append((position, step.batch_id, earlier))
    return wrong
