"""Three hundred of everything, written past the operations, to ask whether a page's queries grow with its rows."""

from datetime import timedelta

import pgtrigger
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from billing.models import Invoice, InvoiceLine
from clinic.models import AuditEvent, Doctor
from patients.models import Allergy, Condition, Patient
from pharmacy.models import Batch, Medicine, Prescription, PrescriptionItem, Stock
from queues.models import Entry, Station, Token
from scheduling.models import Appointment
from visits.models import Diagnosis, Visit, Vitals


def crowd(world, first, last):
    """Rows `first` to `last` of everything: patients, the day's table, lines, bills, history of the sample patient, shelves."""
    numbers = range(first, last)
    by = world.users["reception"]
    clinic, doctor = by.clinic, Doctor.objects.get(user=world.users["doctor"])
    patient = Patient.objects.get(pk=world.samples["patient"]["pk"])
    crowd = _patients(by, numbers)
    with pgtrigger.ignore():  # findings of visits that are long finished
        _history(clinic, doctor, patient, crowd, by, numbers)
    _day(clinic, doctor, crowd, by, numbers)
    _bills(clinic, [patient, *crowd], by)
    _shelves(clinic, numbers)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            user=by, clinic=clinic, action="read", subject_type="patients.patient", subject_id=p.pk, patient_id=p.pk
        )
        for p in crowd
    )


def _patients(by, numbers):
    return Patient.objects.bulk_create(
        Patient(file_number=f"99-{n:04}-0", name=f"Zqxcanary Number{n}", name_folded=f"zqxcanary number{n}", sound_keys=["zkskanar", "nmbr"],
                name_words=["zqxcanary", f"number{n}"], phone=f"05599{n:05}", phone_digits=f"05599{n:05}", created_by=by)
        for n in numbers
    )  # fmt: skip


def _day(clinic, doctor, crowd, by, numbers):
    today, now = clinic.today(), timezone.now()
    station = Station.objects.get(doctor=doctor)
    start = now.astimezone(clinic.zone).replace(hour=12, minute=0, second=0, microsecond=0)
    tokens = Token.objects.bulk_create(
        Token(clinic=clinic, day=today, letter="Z", number=n + 1, patient=p, issued_by=by)
        for n, p in zip(numbers, crowd, strict=True)
    )
    Entry.objects.bulk_create(Entry(clinic=clinic, token=t, station=station, due_at=now) for t in tokens[::2])
    Appointment.objects.bulk_create(
        Appointment(clinic=clinic, doctor=doctor, patient=p, during=DateTimeTZRange(start, start + timedelta(minutes=15)),
                    minutes=15, wall_date=start.date(), wall_time=start.time(), zone=clinic.time_zone, booked_by=by,
                    is_overbooked=True, overbook_reason="crowd", state="arrived" if n % 2 == 0 else "confirmed",
                    token=tokens[n] if n % 2 == 0 else None)
        for n, p in enumerate(crowd)
    )  # fmt: skip


def _bills(clinic, crowd, by):
    made = Invoice.objects.bulk_create(
        Invoice(clinic=clinic, patient=p, day=clinic.today(), currency=clinic.currency, subtotal=10, total=10)
        for p in crowd
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=i, position=1, text="Dressing", unit_price=10, net=10, tax=0, total=10, added_by=by)
        for i in made
    )


def _history(clinic, doctor, patient, crowd, by, numbers):
    now = timezone.now()
    closed = {"state": "completed", "completed_at": now, "completed_by": doctor.user, "opened_by": by}
    visits = Visit.objects.bulk_create(
        Visit(clinic=clinic, patient=p, doctor=doctor, started_at=now, **closed)
        for p in [patient] * min(len(crowd), 50) + crowd
    )
    Vitals.objects.bulk_create(Vitals(clinic=clinic, patient=v.patient, visit=v, pulse=70, by=by) for v in visits)
    Diagnosis.objects.bulk_create(
        Diagnosis(clinic=clinic, patient=v.patient, visit=v, text="Fever", by=by) for v in visits
    )
    signed = Prescription.objects.bulk_create(
        Prescription(
            clinic=clinic, patient=v.patient, visit=v, doctor=doctor, state="signed", signed_at=now, signed_by=by
        )
        for v in visits
    )
    medicine = Medicine.objects.first()
    PrescriptionItem.objects.bulk_create(
        PrescriptionItem(prescription=p, medicine=medicine, dose_amount=1, dose_unit="tablet", frequency="od", duration_days=5,
                         route="oral", quantity=5)
        for p in signed
    )  # fmt: skip
    Allergy.objects.bulk_create(
        Allergy(patient=patient, substance=f"substance {n}", recorded_by=by) for n in numbers[:20]
    )
    Condition.objects.bulk_create(Condition(patient=patient, text=f"problem {n}") for n in numbers[:20])


def _shelves(clinic, numbers):
    soon = clinic.today() + timedelta(days=60)
    made = Medicine.objects.bulk_create(
        Medicine(generic_name=f"paracrowdine {n}", form="tablet", base_unit="tablet", dose_unit="tablet", search_text=f"paracrowdine {n}",
                 reorder_level=5, price=1)
        for n in numbers
    )  # fmt: skip
    Stock.objects.bulk_create(Stock(clinic=clinic, medicine=m, on_hand=4) for m in made)
    Batch.objects.bulk_create(
        Batch(clinic=clinic, medicine=m, number="C1", expires_on=soon, remove_by=soon, on_hand=4) for m in made
    )
