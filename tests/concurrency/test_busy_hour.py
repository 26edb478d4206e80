"""Everybody works at once on the same few doctors and patients: refusals, yes; deadlocks and broken books, never."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from billing import operations as bills
from billing.models import Invoice, Payment
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import Doctor
from clinic.operations import set_presence
from pharmacy import operations as pharmacy
from pharmacy.models import Batch, Prescription, StockMove
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as desk
from scheduling.models import Appointment
from tests.concurrency.crowd import faults, rush, tally
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves
from tests.factories import scheduling as times
from tests.factories import visits as rooms
from visits import operations as visits
from visits.models import Visit

HANDS = 16
STEPS = 40


class Hour:
    """The clinic of the hour, and what each pair of hands may do in it; every step picks its target at random."""

    def __init__(self, clinic, crowd):
        self.clinic, self.crowd = clinic, crowd
        self.doctors = [people.doctor(clinic=clinic, name=f"Doctor {number}", room=str(number)) for number in range(3)]
        for doctor in self.doctors:
            times.hours(doctor=doctor, clinic=clinic)
        self.pharmacist = people.user(Role.PHARMACIST, clinic=clinic)
        self.medicine = shelves.medicine()
        for days in (60, 90):
            shelves.batch(clinic=clinic, medicine=self.medicine, by=self.pharmacist, quantity=300, days=days)
        rooms.priced(clinic)
        self.patients = [rooms.patient(clinic=clinic, by=crowd[0], name=f"Patient Number{n}") for n in range(15)]
        self.steps = [
            self.book, self.move, self.check_in, self.walk_in, self.call_next, self.begin, self.write_and_finish,
            self.prescribe, self.finish, self.dispense, self.pay, self.away, self.leave, self.receive, self.change_patient, self.cancel, self.restore, self.undo_check_in,
            self.not_come,
        ]  # fmt: skip

    def hands(self, dice):
        """One person's hour."""
        for _ in range(STEPS):
            with suppress(Refused):
                dice.choice(self.steps)(dice)

    def any(self, dice, rows):
        found = list(rows.order_by("pk"))
        if not found:
            raise Refused("nothing to do", "nothing")
        return dice.choice(found)

    def by(self, dice):
        return dice.choice(self.crowd)

    def book(self, dice):
        start = times.next_slot(self.clinic) + timedelta(minutes=15 * dice.randrange(4))
        desk.book(clinic=self.clinic, patient=dice.choice(self.patients), doctor=dice.choice(self.doctors),
                  starts_at=start, by=self.by(dice))  # fmt: skip

    def move(self, dice):
        start = times.next_slot(self.clinic) + timedelta(minutes=15 * dice.randrange(8))
        desk.move(appointment=self.any(dice, Appointment.objects), doctor=dice.choice(self.doctors), starts_at=start,
                  by=self.by(dice))  # fmt: skip

    def check_in(self, dice):
        desk.check_in(appointment=self.any(dice, Appointment.objects), by=self.by(dice))

    def change_patient(self, dice):
        entry = self.any(dice, Entry.objects.live().select_related("token"))
        desk.change_patient(token=entry.token, patient=dice.choice(self.patients), by=self.by(dice))

    def cancel(self, dice):
        desk.cancel(appointment=self.any(dice, Appointment.objects), by=self.by(dice), reason="ill")

    def restore(self, dice):
        desk.restore(appointment=self.any(dice, Appointment.objects), by=self.by(dice))

    def undo_check_in(self, dice):
        desk.undo_check_in(appointment=self.any(dice, Appointment.objects), by=self.by(dice))

    def not_come(self, dice):
        visit = self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user"))
        visits.not_come(visit=visit, by=visit.doctor.user)

    def walk_in(self, dice):
        desk.walk_in(clinic=self.clinic, patient=dice.choice(self.patients), doctor=dice.choice(self.doctors),
                     by=self.by(dice))  # fmt: skip

    def call_next(self, dice):
        doctor = dice.choice(self.doctors)
        visits.call_next(doctor=doctor, by=doctor.user)

    def begin(self, dice):
        visit = self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user"))
        visits.begin(visit=visit, by=visit.doctor.user)

    def write_and_finish(self, dice):
        visit = self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user"))
        visits.add_diagnosis(visit=visit, by=visit.doctor.user, text="Cough")
        visits.complete(visit=visit, by=visit.doctor.user, reason="no allergies asked")

    def prescribe(self, dice):
        visit = self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user"))
        shelves.signed(visit=visit, by=visit.doctor.user, medicine=self.medicine)

    def finish(self, dice):
        visit = self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user", "clinic"))
        pharmacy.finish(visit=visit, by=visit.doctor.user, reason="busy")

    def dispense(self, dice):
        prescription = self.any(dice, Prescription.objects.filter(state=Prescription.State.SIGNED))
        lines_ = [{"item": item.pk, "quantity": item.quantity} for item in prescription.items.filter(removed_at=None)]
        pharmacy.dispense(prescription=prescription, by=self.pharmacist, lines=lines_)

    def pay(self, dice):
        bill = self.any(dice, Invoice.objects.filter(total__gt=F("paid")))
        bills.take_payment(invoice=bill, by=self.by(dice), amount=min(bill.due, Decimal(50)), method="cash")

    def away(self, dice):
        doctor = dice.choice(self.doctors)
        set_presence(doctor=doctor, status=dice.choice(Doctor.Status.values), by=doctor.user)

    def leave(self, dice):
        lines.leave(entry=self.any(dice, Entry.objects.live()), by=self.by(dice))

    def receive(self, dice):
        shelves.batch(clinic=self.clinic, medicine=self.medicine, by=self.pharmacist, quantity=20, days=45)


@pytest.fixture
def hour(clinic, crowd):
    return Hour(clinic, crowd)


@pytest.mark.slow
def test_a_busy_hour(hour, dice):
    seeds = [type(dice)(dice.random()) for _ in range(HANDS)]
    outcomes = rush(HANDS, lambda number: hour.hands(seeds[number]))
    assert tally(outcomes) == {"ok": HANDS}, faults(outcomes)
    for bill in Invoice.objects.all():
        received = Payment.objects.filter(invoice=bill).aggregate(sum=Sum("amount"))["sum"] or 0
        assert received == bill.paid <= bill.total
    sums = dict(StockMove.objects.values_list("batch").annotate(sum=Sum("quantity")))
    assert sums == dict(Batch.objects.values_list("pk", "on_hand"))
    assert Visit.objects.filter(state=Visit.State.OPEN).count() == (
        Visit.objects.filter(state=Visit.State.OPEN).values("patient").distinct().count()
    )
