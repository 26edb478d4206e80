"""What the big clinic has before anybody comes, and what has happened in it since, table by table."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from billing.models import Service
from clinic import operations
from clinic.access import Role
from clinic.models import Clinic, Department
from pharmacy.operations import receive
from queues.operations import ensure_doctor_station
from scheduling.models import Availability
from tests.factories import pharmacy as shelf

DOCTORS = 60
SPECIALTIES = ["Family medicine", "Internal medicine", "Paediatrics", "Cardiology", "Dermatology", "Surgery"]
MEDICINES = [
    "paracetamol",
    "amoxicillin",
    "ibuprofen",
    "cetirizine",
    "omeprazole",
    "metformin",
    "amlodipine",
    "salbutamol",
]
DOCTOR_NAMES = ["Omar Haddad", "Layla Mansour", "Yusuf Karim", "Noor Sayed", "Huda Nasser", "Ali Qasim"]


def make(zone):
    """The clinic with its people, prices, hours, lines and shelves, through the operations."""
    clinic = Clinic.objects.create(
        name="Many Years Clinic", name_other_script="عيادة السنين", country="SA", time_zone=zone, currency="SAR",
        tax_name="VAT", tax_rate=Decimal(15), weekend="",
    )  # fmt: skip
    base = SimpleNamespace(clinic=clinic, doctors=[], stations=[])
    for role in (Role.MANAGER, Role.RECEPTION, Role.NURSE, Role.PHARMACIST):
        setattr(
            base, role.value, operations.add_staff(clinic=clinic, username=role.value, name=role.value, roles={role})
        )
    departments = [Department.objects.create(name=name) for name in SPECIALTIES]
    for number in range(DOCTORS):
        name = f"{DOCTOR_NAMES[number % 6]} {number + 1}"
        user = operations.add_staff(clinic=clinic, username=f"doctor{number + 1}", name=name, roles={Role.DOCTOR})
        specialty = number % len(SPECIALTIES)
        doctor = operations.add_doctor(
            user=user, room=str(number + 1), department=departments[specialty], specialties=SPECIALTIES[specialty],
            licence_number=f"L-{number + 1}",
        )  # fmt: skip
        base.doctors.append(doctor)
        base.stations.append(ensure_doctor_station(doctor=doctor))
        Availability.objects.bulk_create(
            Availability(clinic=clinic, doctor=doctor, weekday=day, start_time="08:00", end_time="16:00")
            for day in range(7)
        )
    Service.objects.create(clinic=clinic, kind="consultation", name="Consultation", price=150)
    base.medicines = [shelf.medicine(generic_name=name, reorder_level=100) for name in MEDICINES]
    base.batches = [
        receive(clinic=clinic, medicine=medicine, by=base.pharmacist, number=f"L{medicine.pk}", quantity=10_000_000,
                expires_on=clinic.today() + timedelta(days=700))
        for medicine in base.medicines
    ]  # fmt: skip
    return base


VISITS = "(SELECT row_number() OVER (ORDER BY id) AS n, * FROM scheduling_appointment WHERE state = 'completed' AND id %% 2 = 0) a"
DISPENSED = "pharmacy_prescription p JOIN pharmacy_dispense g ON g.prescription_id = p.id JOIN pharmacy_prescriptionitem i ON i.prescription_id = p.id"
DIAGNOSES = [("J06.9", "Acute upper respiratory infection"), ("I10", "Hypertension"), ("E11.9", "Type 2 diabetes"),
             ("M54.5", "Low back pain"), ("K29.7", "Gastritis"), ("J45.9", "Asthma")]  # fmt: skip


def listed(values):
    """Texts as an SQL array."""
    return "(ARRAY[" + ", ".join(f"'{value}'" for value in values) + "])"


CODES, TEXTS = listed(code for code, _text in DIAGNOSES), listed(text for _code, text in DIAGNOSES)
SHORT = {"clinic_id": "v.clinic_id", "patient_id": "v.patient_id"}

# (model, {column: SQL}, FROM), in the order in which they refer to each other. `%%` is a single percent sign.
HISTORY = [
    (
        "scheduling.Appointment",
        {
            "id": "g + 1",
            "clinic_id": "%(clinic)s",
            "doctor_id": "(%(doctor_ids)s::bigint[])[1 + g %% %(doctors)s]",
            # Who is booked has one booking ahead; who was there before may have been there often.
            "patient_id": "CASE WHEN slot.day >= %(today)s THEN 1 + (g::bigint * 7919) %% %(n)s"
            " ELSE 1 + floor(power(random(), 3) * %(n)s)::int END",
            "during": "tstzrange(slot.starts AT TIME ZONE %(zone)s, (slot.starts + interval '15 min') AT TIME ZONE %(zone)s)",
            "minutes": "15",
            "wall_date": "slot.day",
            "wall_time": "slot.starts::time",
            "zone": "%(zone)s",
            "state": "slot.state",
            "reason": "'Follow-up'",
            "cancelled_by_id": "CASE WHEN slot.state = 'cancelled' THEN %(reception)s END",
            "cancelled_at": "CASE WHEN slot.state = 'cancelled' THEN slot.starts AT TIME ZONE %(zone)s END",
            "booked_by_id": "%(reception)s",
            "created_at": "(slot.starts - interval '5 days') AT TIME ZONE %(zone)s",
        },
        """generate_series(0, %(appointments)s - 1) g
        CROSS JOIN LATERAL (SELECT %(start)s::date + g / %(doctors)s / %(slots)s AS day,
            time '08:00' + (g / %(doctors)s %% %(slots)s) * interval '15 min' AS at) t
        CROSS JOIN LATERAL (SELECT t.day, t.day + t.at AS starts, CASE
            WHEN t.day >= %(today)s THEN CASE WHEN g %% 10 = 0 THEN 'pending' ELSE 'confirmed' END
            WHEN g %% 100 < 8 THEN 'missed' WHEN g %% 100 < 15 THEN 'cancelled' ELSE 'completed' END AS state) slot""",
    ),
    (
        "billing.Invoice",
        {
            "id": "a.n",
            "clinic_id": "a.clinic_id",
            "patient_id": "a.patient_id",
            "number": "'INV-' || lpad(a.n::text, 8, '0')",
            "state": "CASE WHEN a.n %% 100 = 0 THEN 'pending' WHEN a.n %% 100 = 1 THEN 'partly_paid' ELSE 'paid' END",
            "day": "a.wall_date",
            "currency": "'SAR'",
            "subtotal": "150",
            "tax": "22.5",
            "total": "172.5",
            "paid": "CASE WHEN a.n %% 100 = 0 THEN 0 WHEN a.n %% 100 = 1 THEN 100 ELSE 172.5 END",
            "issued_at": "upper(a.during)",
            "issued_by_id": "%(reception)s",
            "created_at": "upper(a.during)",
        },
        VISITS,
    ),
    (
        "billing.InvoiceLine",
        {
            "id": "v.id",
            "invoice_id": "v.id",
            "position": "1",
            "text": "'Consultation'",
            "unit_price": "150",
            "net": "150",
            "tax": "22.5",
            "tax_rate": "15",
            "total": "172.5",
            "added_by_id": "%(reception)s",
        },
        "billing_invoice v",
    ),
    (
        "billing.Payment",
        {
            "id": "row_number() OVER (ORDER BY v.id)",
            **SHORT,
            "invoice_id": "v.id",
            "receipt_number": "'R-' || lpad(v.id::text, 8, '0')",
            "method": listed(["card", "transfer", "upi"]) + "[1 + v.id %% 3]",
            "amount": "v.paid",
            "day": "v.day",
            "by_id": "%(reception)s",
            "at": "v.issued_at",
        },
        "billing_invoice v WHERE v.paid > 0",
    ),
    (
        "visits.Visit",
        {
            "id": "a.n",
            "clinic_id": "a.clinic_id",
            "patient_id": "a.patient_id",
            "doctor_id": "a.doctor_id",
            "appointment_id": "a.id",
            "invoice_id": "a.n",
            "state": "'completed'",
            "complaint": "'Cough for three days'",
            "plan": "'Rest and fluids'",
            "started_at": "lower(a.during)",
            "opened_by_id": "d.user_id",
            "completed_at": "upper(a.during)",
            "completed_by_id": "d.user_id",
        },
        VISITS + " JOIN clinic_doctor d ON d.id = a.doctor_id",
    ),
    (
        "visits.Diagnosis",
        {
            **SHORT,
            "visit_id": "v.id",
            "code": CODES + "[1 + v.id %% 6]",
            "text": TEXTS + "[1 + v.id %% 6]",
            "is_primary": "true",
            "by_id": "v.completed_by_id",
            "at": "v.started_at",
        },
        "visits_visit v WHERE v.id %% 4 > 0",
    ),
    (
        "visits.Vitals",
        {
            **SHORT,
            "visit_id": "v.id",
            "systolic": "110 + v.id %% 40",
            "diastolic": "70 + v.id %% 20",
            "pulse": "60 + v.id %% 40",
            "temperature": "36.5",
            "weight": "50 + v.id %% 60",
            "taken_at": "v.started_at",
            "by_id": "v.completed_by_id",
        },
        "visits_visit v WHERE v.id %% 2 = 0",
    ),
    (
        "pharmacy.Prescription",
        {
            **SHORT,
            "visit_id": "v.id",
            "doctor_id": "v.doctor_id",
            "state": "CASE WHEN v.id %% 300 = 0 THEN 'signed' ELSE 'dispensed' END",
            "signed_at": "v.completed_at",
            "signed_by_id": "v.completed_by_id",
            "created_at": "v.started_at",
        },
        "visits_visit v WHERE v.id %% 3 = 0 ORDER BY v.id",
    ),
    (
        "pharmacy.PrescriptionItem",
        {
            "prescription_id": "p.id",
            "position": "turn",
            "medicine_id": "(%(medicines)s::bigint[])[1 + (p.id * 2 + turn) %% 8]",
            "dose_amount": "1",
            "dose_unit": "'tablet'",
            "frequency": "'tid'",
            "duration_days": "5",
            "route": "'oral'",
            "quantity": "15",
            "dispensed": "CASE WHEN p.state = 'dispensed' THEN 15 ELSE 0 END",
        },
        "pharmacy_prescription p, generate_series(0, 1) turn",
    ),
    (
        "pharmacy.Dispense",
        {
            **SHORT,
            "prescription_id": "v.id",
            "by_id": "%(pharmacist)s",
            "at": "v.signed_at + interval '10 min'",
        },
        "pharmacy_prescription v WHERE v.state = 'dispensed'",
    ),
    (
        "pharmacy.DispenseLine",
        {
            "dispense_id": "g.id",
            "item_id": "i.id",
            "medicine_id": "i.medicine_id",
            "batch_id": "b.id",
            "quantity": "15",
        },
        DISPENSED + " JOIN pharmacy_batch b ON b.medicine_id = i.medicine_id",
    ),
    (
        "pharmacy.StockMove",
        {
            "clinic_id": "g.clinic_id",
            "medicine_id": "i.medicine_id",
            "batch_id": "b.id",
            "kind": "'dispense'",
            "quantity": "-15",
            "reference": "'dispense:' || g.id",
            "by_id": "g.by_id",
            "at": "g.at",
        },
        DISPENSED + " JOIN pharmacy_batch b ON b.medicine_id = i.medicine_id",
    ),
    (
        "queues.Token",
        {
            "id": "g",
            "clinic_id": "%(clinic)s",
            "day": "%(today)s::date - (g - 1) / 1200",
            "letter": "s.letter",
            "number": "1 + ((g - 1) %% 1200) / 60",
            "patient_id": "1 + g %% %(n)s",
            "place_code": "md5(g::text)",
            "issued_by_id": "%(reception)s",
        },
        "generate_series(1, 36000) g JOIN queues_station s ON s.id = (%(stations)s::bigint[])[1 + (g - 1) %% 60]",
    ),
    (
        "queues.Entry",
        {
            "id": "t.id",
            "clinic_id": "t.clinic_id",
            "token_id": "t.id",
            "station_id": "s.id",
            "state": "CASE WHEN t.day = %(today)s AND t.number > 15 THEN 'waiting' ELSE 'done' END",
            "joined_at": "at.joined",
            "due_at": "at.joined",
            "called_at": "CASE WHEN t.day < %(today)s OR t.number <= 15 THEN at.joined + interval '14 min' END",
            "ended_at": "CASE WHEN t.day < %(today)s OR t.number <= 15 THEN at.joined + interval '30 min' END",
        },
        """queues_token t JOIN queues_station s ON s.letter = t.letter
        CROSS JOIN LATERAL (SELECT (t.day + time '00:05' + t.number * interval '1 min') AT TIME ZONE %(zone)s AS joined) at""",
    ),
    (
        "patients.Condition",
        {
            "patient_id": "p.id",
            "code": CODES + "[1 + p.id / 20 %% 6]",
            "text": TEXTS + "[1 + p.id / 20 %% 6]",
            "search_terms": "array_remove(regexp_split_to_array(lower("
            + TEXTS + "[1 + p.id / 20 %% 6] || ' ' || " + CODES + "[1 + p.id / 20 %% 6]), '\\W+'), '')",
        },
        "patients_patient p WHERE p.id %% 20 = 0",
    ),
    (
        "patients.Allergy",
        {
            "patient_id": "p.id",
            "substance": "'penicillin'",
            "substance_code": "'penicillin'",
            "reaction": "'rash'",
            "recorded_by_id": "%(reception)s",
        },
        "patients_patient p WHERE p.id %% 25 = 0",
    ),
    (
        "clinic.AuditEvent",
        {
            "at": "now() - (%(appointments)s - g) * interval '1 min'",
            "user_id": "%(reception)s",
            "roles": "'reception'",
            "clinic_id": "%(clinic)s",
            "action": listed(["read", "book", "check_in", "take_payment"]) + "[1 + g %% 4]",
            "subject_type": "'patients.patient'",
            "subject_id": "1 + (g::bigint * 31) %% %(n)s",
            "patient_id": "1 + (g::bigint * 31) %% %(n)s",
        },
        "generate_series(1, %(appointments)s) g",
    ),
]  # fmt: skip
AFTER = """
    UPDATE pharmacy_batch b SET on_hand = (SELECT sum(quantity) FROM pharmacy_stockmove m WHERE m.batch_id = b.id);
    UPDATE pharmacy_stock s SET on_hand =
        (SELECT sum(quantity) FROM pharmacy_stockmove m WHERE m.medicine_id = s.medicine_id AND m.clinic_id = s.clinic_id)
"""
