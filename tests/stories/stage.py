"""The clinic in which the stories play: three doctors, a price list, a shelf, and people who work there."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from billing import operations as bills_of
from billing.models import Invoice
from clinic.access import Role
from clinic.demo.base import zone_for
from patients import operations as patients
from pharmacy import operations as pharmacy
from pharmacy.models import DoseLine
from queues.operations import ensure_doctor_station, ensure_pharmacy_station
from queues.queries import live_entry
from scheduling import operations as desk
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import pharmacy as shelf
from tests.factories import scheduling as times
from visits import operations as rooms

PASSWORD = people.PASSWORD


@dataclass
class Stage:
    """Who works here (by role), who comes, and what stands on the shelf."""

    clinic: object
    language: str
    staff: dict = field(default_factory=dict)
    doctors: list = field(default_factory=list)
    patients: dict = field(default_factory=dict)
    medicines: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)
    entry: object = None
    visit: object = None
    done: object = None
    prescription: object = None
    dispense: object = None
    payment: object = None


ROLES = {
    "manager": ((Role.MANAGER,), "Huda Mansour", "هدى منصور"),
    "reception": ((Role.RECEPTION,), "Sara Haddad", "سارة حداد"),
    "till": ((Role.RECEPTION,), "Rima Khoury", "ريما خوري"),
    "nurse": ((Role.NURSE,), "Mona Saleh", "منى صالح"),
    "pharmacist": ((Role.PHARMACIST,), "Omar Nasser", "عمر ناصر"),
    "display": ((Role.DISPLAY,), "Waiting room", "غرفة الانتظار"),
}
DOCTORS = [("Karim Farah", "كريم فرح", "3"), ("Noor Aziz", "نور عزيز", "4")]


def build(language="en"):
    """The stage, for people who read `language`. It is the middle of the day there, whatever the hour is here."""
    clinic = people.clinic(time_zone=zone_for(timezone.now()), language=language)
    stage = Stage(clinic, language)
    for username, (roles, name, other) in ROLES.items():
        stage.staff[username] = people.user(
            *roles, clinic=clinic, username=username, name=name, name_other_script=other, language=language
        )
    for number, (name, other, room) in enumerate(DOCTORS, start=1):
        doctor = people.doctor(clinic=clinic, name=name, room=room)
        doctor.user.username, doctor.user.name_other_script = f"doctor{number}", other
        doctor.user.language = language
        doctor.user.save(update_fields=["username", "name_other_script", "language"])
        ensure_doctor_station(doctor=doctor, by=doctor.user)
        times.hours(doctor=doctor, clinic=clinic)
        stage.doctors.append(doctor)
        stage.staff[doctor.user.username] = doctor.user
    ensure_pharmacy_station(clinic=clinic, by=stage.staff["manager"])
    bills.service(clinic=clinic, price="100.00", name_other_script="كشف")
    _fill_shelf(stage)
    return stage


def _fill_shelf(stage):
    penicillins = shelf.ingredient("penicillins")
    penicillins.name, penicillins.name_other_script = "penicillin", "بنسلين"
    penicillins.save(update_fields=["name", "name_other_script"])
    amoxicillin = shelf.ingredient("amoxicillin", parent=penicillins)
    made = {
        "amoxicillin": shelf.medicine(generic_name="amoxicillin", ingredients=[amoxicillin]),
        "paracetamol": shelf.medicine(generic_name="paracetamol", brand="Panadol"),
    }
    DoseLine.objects.create(medicine=made["paracetamol"], line="1-1-1 5d")
    for medicine in made.values():
        shelf.batch(clinic=stage.clinic, medicine=medicine, by=stage.staff["pharmacist"], quantity=Decimal(100))
    stage.medicines = made


def register(stage, name, other="", **fields):
    """A patient who is on file already."""
    found = files.patient(
        clinic=stage.clinic, by=stage.staff["reception"], name=name, name_other_script=other, **fields
    )
    stage.patients[name] = found
    return found


def book(stage, patient, *, doctor=0, slots=0):
    """An appointment of today, `slots` quarters of an hour after the next one."""
    starts_at = times.next_slot(stage.clinic) + timedelta(minutes=15 * slots)
    return times.appointment(
        clinic=stage.clinic,
        doctor=stage.doctors[doctor],
        patient=patient,
        by=stage.staff["reception"],
        starts_at=starts_at,
    )


def wait_for(stage, patient, *, doctor=0):
    """Somebody without a booking who waits for a doctor."""
    return desk.walk_in(clinic=stage.clinic, patient=patient, doctor=stage.doctors[doctor], by=stage.staff["reception"])


def fill_day(stage):
    """The middle of the day: booked, waiting, called, in the room, seen, at the pharmacy, unpaid and paid."""
    doctor = stage.doctors[0]
    layla = register(stage, "Layla al-Hassan", "ليلى الحسن", phone="0501112233")
    amal = register(stage, "Amal Nasr", "أمل نصر", phone="0507778899")
    yusuf = register(stage, "Yusuf Darwish", "يوسف درويش", phone="0502223344")
    badr = register(stage, "Badr Salem", "بدر سالم", phone="0503334455")
    hala = register(stage, "Hala Karam", "هالة كرم", phone="0509990011")
    book(stage, yusuf)
    stage.done, stage.dispense = _seen(stage, hala, dispensed=True)
    stage.payment = pay(stage, hala)
    seen, _none = _seen(stage, badr, dispensed=False)
    stage.prescription = seen.prescriptions.get()
    patients.record_allergy(
        patient=layla, by=doctor.user, substance="penicillin", substance_code="penicillins", severity="severe"
    )
    stage.tokens = {"Layla al-Hassan": wait_for(stage, layla)}
    stage.visit = rooms.begin(visit=rooms.call_next(doctor=doctor, by=doctor.user), by=doctor.user)
    measured = {"systolic": 168, "diastolic": 104, "pulse": 88}
    rooms.record_vitals(visit=stage.visit, by=doctor.user, confirmed=tuple(measured), **measured)
    rooms.add_diagnosis(visit=stage.visit, by=doctor.user, text="Essential hypertension", code="I10")
    stage.entry = live_entry(wait_for(stage, amal))


def _seen(stage, patient, *, dispensed):
    doctor = stage.doctors[0]
    wait_for(stage, patient)
    visit = rooms.begin(visit=rooms.call_next(doctor=doctor, by=doctor.user), by=doctor.user)
    rooms.add_diagnosis(visit=visit, by=doctor.user, text="Headache", code="R51")
    patients.assert_no_known_allergies(patient=patient, by=doctor.user)
    pharmacy.add_item(visit=visit, by=doctor.user, line="para 500 1-1-1 5d")
    pharmacy.finish(visit=visit, by=doctor.user)
    if not dispensed:
        return visit, None
    signed = visit.prescriptions.get()
    lines = [{"item": item.pk, "quantity": item.quantity} for item in signed.items.all()]
    return visit, pharmacy.dispense(prescription=signed, by=stage.staff["pharmacist"], lines=lines)


def bill_of(patient):
    """The newest bill of a patient."""
    return Invoice.objects.filter(patient=patient).latest("pk")


def pay(stage, patient, part=None):
    """The patient pays what is due, or a part of it."""
    bill = bill_of(patient)
    return bills_of.take_payment(
        invoice=bill, by=stage.staff["reception"], amount=Decimal(part or bill.due), method="card"
    )
