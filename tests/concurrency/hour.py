"""The clinic of a busy hour: everything its people may do, each step with a target chosen at random."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from django.db.models import F

from billing import operations as bills
from billing.models import CashSession, Invoice, InvoiceLine
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import Doctor
from clinic.operations import set_presence
from patients import operations as files
from patients.models import Patient
from pharmacy import operations as pharmacy
from pharmacy.models import Batch, Dispense, Prescription
from queues import operations as lines
from queues.models import Entry, Station
from scheduling import operations as desk
from scheduling.models import Appointment, AvailabilityException
from tests.factories import clinic as people
from tests.factories import pharmacy as shelves
from tests.factories import scheduling as times
from tests.factories import visits as rooms
from visits import operations as visits
from visits.models import Visit


class Hour:
    """The clinic of the hour, and what each pair of hands may do in it; every step picks its target at random."""

    def __init__(self, clinic, crowd):
        self.clinic, self.crowd = clinic, crowd
        self.doctors = [people.doctor(clinic=clinic, name=f"Doctor {number}", room=str(number)) for number in range(3)]
        for doctor in self.doctors:
            times.hours(doctor=doctor, clinic=clinic)
        self.pharmacist = people.user(Role.PHARMACIST, clinic=clinic)
        self.nurse = people.user(Role.NURSE, clinic=clinic)
        self.medicine = shelves.medicine()
        for days in (60, 90):
            shelves.batch(clinic=clinic, medicine=self.medicine, by=self.pharmacist, quantity=300, days=days)
        rooms.priced(clinic)
        self.patients = [rooms.patient(clinic=clinic, by=crowd[0], name=f"Patient Number{n}") for n in range(15)]
        self.manager = people.user(Role.MANAGER, clinic=clinic)

    def hands(self, dice, steps):
        """One person's hour: so many steps, each of a kind chosen at random."""
        for _ in range(steps):
            with suppress(Refused):
                getattr(self, dice.choice(KINDS))(dice)

    def any(self, dice, rows):
        """One of the rows, at random."""
        found = list(rows.order_by("pk"))
        if not found:
            raise Refused("nothing to do", "nothing")
        return dice.choice(found)

    def by(self, dice):
        """Somebody at the desk."""
        return dice.choice(self.crowd)

    def open_visit(self, dice):
        """An open visit, with its doctor's user."""
        return self.any(dice, Visit.objects.filter(state=Visit.State.OPEN).select_related("doctor__user", "clinic"))

    # --- the desk ---

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

    def confirm(self, dice):
        desk.confirm(appointment=self.any(dice, Appointment.objects), by=self.by(dice))

    def miss(self, dice):
        desk.miss(appointment=self.any(dice, Appointment.objects), by=self.by(dice))

    def block(self, dice):
        start = times.next_slot(self.clinic) + timedelta(minutes=15 * dice.randrange(8))
        desk.add_exception(clinic=self.clinic, doctor=dice.choice(self.doctors), by=self.manager, kind="away",
                           starts_at=start, ends_at=start + timedelta(minutes=15), reason="meeting")  # fmt: skip

    def unblock(self, dice):
        desk.remove_exception(exception=self.any(dice, AvailabilityException.objects.standing()), by=self.manager)

    # --- the files ---

    def rename(self, dice):
        patient = self.any(dice, Patient.objects)
        files.update_patient(
            patient=patient, by=self.by(dice), version=patient.version, phone=f"05{dice.randrange(10**8):08}"
        )

    def merge(self, dice):
        duplicate, into = dice.sample(self.patients, 2)
        files.merge_patients(duplicate=duplicate, into=into, by=self.manager, reason="same person")

    def unmerge(self, dice):
        files.unmerge_patient(patient=self.any(dice, Patient.objects.exclude(merged_into=None)), by=self.manager)

    def allergy(self, dice):
        files.record_allergy(patient=dice.choice(self.patients), by=dice.choice(self.doctors).user,
                             substance=dice.choice(["penicillin", "aspirin"]))  # fmt: skip

    # --- the lines ---

    def skip(self, dice):
        lines.skip(entry=self.any(dice, Entry.objects.live()), by=self.by(dice), places=dice.randrange(3))

    def recall(self, dice):
        lines.recall(entry=self.any(dice, Entry.objects.live()), by=self.by(dice))

    def call(self, dice):
        lines.call(entry=self.any(dice, Entry.objects.live()), by=self.by(dice), reason="in a hurry")

    def send_on(self, dice):
        lines.transfer(entry=self.any(dice, Entry.objects.live()), station=self.any(dice, Station.objects),
                       by=self.by(dice))  # fmt: skip

    def undo(self, dice):
        lines.undo(entry=self.any(dice, Entry.objects), by=self.by(dice))

    def prefer(self, dice):
        lines.set_category(entry=self.any(dice, Entry.objects.live()), by=self.by(dice), category="elderly")

    # --- the room ---

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

    def start(self, dice):
        doctor = dice.choice(self.doctors)
        visits.start_visit(patient=dice.choice(self.patients), doctor=doctor, by=doctor.user)

    def take_over(self, dice):
        doctor = dice.choice(self.doctors)
        visits.take_over(visit=self.open_visit(dice), doctor=doctor, by=doctor.user)

    def call_in(self, dice):
        visit = self.open_visit(dice)
        visits.call_in(visit=visit, by=visit.doctor.user)

    def write(self, dice):
        visit = self.open_visit(dice)
        words = {"complaint": f"Cough {dice.random()}", "examination": "", "plan": ""}
        visits.save_note(visit=visit, by=visit.doctor.user, version=visit.version, **words)

    def measure(self, dice):
        visits.record_vitals(visit=self.open_visit(dice), by=self.nurse, pulse=70)

    def measure_waiting(self, dice):
        entry = self.any(dice, Entry.objects.live().select_related("token__patient", "station__doctor__user"))
        whose = {"patient_id": entry.token.patient_id, "doctor": entry.station.doctor}
        visits.measure_waiting(entry=entry, by=self.nurse, pulse=70, **whose)

    # --- the pharmacy ---

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

    def withdraw(self, dice):
        signed = self.any(
            dice, Prescription.objects.filter(state=Prescription.State.SIGNED).select_related("doctor__user")
        )
        pharmacy.cancel_prescription(prescription=signed, by=signed.doctor.user, reason="other medicine")

    def give_back(self, dice):
        given = self.any(dice, Dispense.objects)
        back = [{"line": line.pk, "quantity": 1} for line in given.lines.all()]
        pharmacy.return_dispensed(dispense=given, by=self.pharmacist, lines=back, reason="too many",
                                  restock=dice.random() < 0.5)  # fmt: skip

    def write_off(self, dice):
        pharmacy.write_off(batch=self.any(dice, Batch.objects), by=self.pharmacist, quantity=1, reason="broken")

    def count(self, dice):
        batch = self.any(dice, Batch.objects)
        counts = [{"batch": batch.pk, "counted": batch.on_hand + dice.randrange(3), "expected": batch.on_hand}]
        pharmacy.count_stock(
            medicine=self.medicine, clinic=self.clinic, by=self.pharmacist, counts=counts, reason="count"
        )

    # --- the till ---

    def pay(self, dice):
        bill = self.any(dice, Invoice.objects.filter(total__gt=F("paid")))
        bills.take_payment(invoice=bill, by=self.by(dice), amount=min(bill.due, Decimal(50)), method="cash")

    def charge(self, dice):
        bill = self.any(dice, Invoice.objects.filter(state=Invoice.State.DRAFT))
        bills.add_line(invoice=bill, by=self.by(dice), text="Dressing", quantity=1, unit_price=Decimal(10))

    def uncharge(self, dice):
        bills.remove_line(line=self.any(dice, InvoiceLine.objects), by=self.by(dice))

    def issue(self, dice):
        bills.issue(invoice=self.any(dice, Invoice.objects), by=self.by(dice))

    def credit(self, dice):
        line = self.any(dice, InvoiceLine.objects.select_related("invoice"))
        bills.credit(invoice=line.invoice, by=self.manager, lines=[{"line": line, "quantity": 1}], reason="by mistake")

    def refund(self, dice):
        bill = self.any(dice, Invoice.objects)
        bills.refund(invoice=bill, by=self.manager, amount=Decimal(5), method="cash", reason="credited")

    def close_drawer(self, dice):
        drawer = self.any(dice, CashSession.objects.filter(closed_at=None).select_related("cashier"))
        bills.close_session(session=drawer, by=drawer.cashier, counted=Decimal(100), reason="counted twice")

    # --- and besides ---

    def away(self, dice):
        doctor = dice.choice(self.doctors)
        set_presence(doctor=doctor, status=dice.choice(Doctor.Status.values), by=doctor.user)

    def leave(self, dice):
        lines.leave(entry=self.any(dice, Entry.objects.live()), by=self.by(dice))

    def receive(self, dice):
        shelves.batch(clinic=self.clinic, medicine=self.medicine, by=self.pharmacist, quantity=20, days=45)


KINDS = [name for name in vars(Hour) if name not in ("hands", "any", "by", "open_visit") and not name.startswith("_")]
