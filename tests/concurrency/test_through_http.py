"""The same crowds through the front door: a real server, real connections, the forms of the pages."""

from datetime import UTC
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.urls import reverse

from billing.models import Payment
from clinic.access import Role
from pharmacy.models import Batch, Dispense
from queues.models import Token
from scheduling.models import Appointment
from tests.concurrency.crowd import Visitor, rush, statuses
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves
from tests.factories import queues as lines
from tests.factories import scheduling as times
from tests.live_server import server  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture
def visitors(server, crowd):  # noqa: F811
    return [Visitor(server, user) for user in crowd]


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic)
    times.hours(doctor=doctor, clinic=clinic)
    return doctor


def patients(count):
    return [lines.patient(name=f"Patient Number{number}") for number in range(count)]


def key():
    return {"idempotency_key": str(uuid4())}


def test_two_hundred_want_one_slot(clinic, crowd, visitors, doctor):
    wanted = patients(200)
    slot = times.morrow(clinic)
    stamp = f"{slot.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def book(number):
        fields = {"patient": wanted[number].pk, "doctor": doctor.pk, "starts_at": stamp, "minutes": 15, **key()}
        return visitors[number % 16].post(reverse("scheduling:book"), fields)

    answers = rush(200, book, workers=200)
    assert statuses(answers) == {200: 1, 409: 199}
    assert Appointment.objects.count() == 1
    free = ["08:45", "09:15"]
    refused = [answer.text for answer in answers if answer.status_code == 409]
    assert all(any(time in text for time in free) for text in refused)


def test_a_hundred_pay_one_bill(clinic, crowd, visitors):
    [patient] = patients(1)
    bill = bills.invoice(clinic=clinic, patient=patient, by=crowd[0], prices=("100.00",))

    def pay(number):
        fields = {"method": "card", "received": "115.00", "expected_due": "115.00", **key()}
        return visitors[number % 16].post(reverse("billing:pay", args=[bill.pk]), fields)

    answers = rush(100, pay, workers=100)
    assert statuses(answers) == {200: 1, 409: 99}
    assert Payment.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal(115)


def test_one_click_a_hundred_times_is_one_payment(clinic, crowd, visitors):
    [patient] = patients(1)
    bill = bills.invoice(clinic=clinic, patient=patient, by=crowd[0], prices=("100.00",))
    fields = {"method": "cash", "received": "120", "expected_due": "115.00", **key()}
    answers = rush(100, lambda number: visitors[0].post(reverse("billing:pay", args=[bill.pk]), fields), workers=100)
    assert statuses(answers) == {200: 100}
    assert Payment.objects.count() == 1


def test_fifty_reach_for_the_last_box(clinic, crowd, server, doctor):  # noqa: F811
    from tests.concurrency.test_dispensing import COURSE, prescriptions

    medicine = shelves.medicine()
    pharmacists = [people.user(Role.PHARMACIST, clinic=clinic) for _ in range(16)]
    shelves.batch(clinic=clinic, medicine=medicine, by=pharmacists[0], quantity=COURSE + 5)
    wanted = prescriptions(doctor, medicine, 50)
    items = [prescription.items.get().pk for prescription in wanted]
    hands = [Visitor(server, pharmacist) for pharmacist in pharmacists]

    def dispense(number):
        fields = {f"confirm-{items[number]}": "on", f"quantity-{items[number]}": COURSE, **key()}
        return hands[number % 16].post(reverse("pharmacy:dispense", args=[wanted[number].pk]), fields)

    answers = rush(50, dispense, workers=50)
    assert statuses(answers) == {200: 1, 409: 49}
    assert Dispense.objects.count() == 1
    assert Batch.objects.get().on_hand == 5


def test_sixty_walk_in_and_their_numbers_have_no_gap(clinic, crowd, visitors, doctor):
    arriving = patients(60)

    def walk_in(number):
        fields = {"patient": arriving[number].pk, "doctor": doctor.pk, "category": "normal", **key()}
        return visitors[number % 16].post(reverse("scheduling:walk_in"), fields)

    assert statuses(rush(60, walk_in, workers=60)) == {200: 60}
    assert sorted(Token.objects.values_list("number", flat=True)) == list(range(1, 61))
