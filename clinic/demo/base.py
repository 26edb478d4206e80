"""What the demo clinic has before anybody comes: rooms, people, prices, hours, medicines on the shelf."""

import zoneinfo
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from billing.models import Service
from clinic import operations
from clinic.access import Role
from clinic.demo import medicines, people
from clinic.models import Clinic, Department
from clinic.text import fold
from patients import operations as patient_operations
from patients.models import Patient
from pharmacy import operations as pharmacy
from pharmacy.models import DoseLine, Ingredient, Medicine
from queues import operations as lines
from scheduling.models import Availability

DAY_FIRST, DAY_LAST = 7.5, 20.0  # hours between which a clinic may be in the middle of its day
SERVICES = [
    ("Dressing", "غيار جروح", "procedure", "60.00"),
    ("Electrocardiogram", "تخطيط القلب", "procedure", "120.00"),
    ("Nebuliser", "جلسة بخار", "procedure", "80.00"),
    ("Blood glucose test", "فحص السكر", "procedure", "25.00"),
    ("Sick note", "إجازة مرضية", "other", "30.00"),
    ("Vaccination", "تطعيم", "procedure", None),
]


def zone_for(moment):
    """The zone of the demo clinic: Riyadh while it is day there, else one in which it is, with the same date."""
    local = moment.astimezone(zoneinfo.ZoneInfo("Asia/Riyadh"))
    hour = local.hour + local.minute / 60
    if hour >= DAY_LAST:
        return "Atlantic/Azores"
    return "Asia/Riyadh" if hour >= DAY_FIRST else "Pacific/Auckland"


def make_clinic(zone):
    """The clinic itself, marked as a demo."""
    return Clinic.objects.create(
        name="Still Water Clinic",
        name_other_script="عيادة المياه الهادئة",
        country="SA",
        time_zone=zone,
        currency="SAR",
        language="en",
        phone="+966 11 555 0100",
        address="12 Palm Street",
        tax_name="VAT",
        tax_rate=Decimal("15"),
        weekend="",
        is_demo=True,
    )


def make_staff(clinic, password):
    """{user name: User} of everybody who works here, with the doctors' rooms, hours, stations and prices."""
    staff = {}
    for username, name, other, role in people.STAFF:
        staff[username] = operations.add_staff(
            clinic=clinic, username=username, name=name, name_other_script=other, roles={Role(role)}, password=password
        )
    manager = staff["manager"]
    departments = {}
    for name, other, room, specialty, username, minutes, price in people.DOCTORS:
        user = operations.add_staff(
            clinic=clinic, username=username, name=name, name_other_script=other, roles={Role.DOCTOR},
            password=password, by=manager,
        )  # fmt: skip
        department = departments.setdefault(specialty, Department.objects.create(name=specialty))
        number = f"SA-{1000 + len(staff)}"
        doctor = operations.add_doctor(
            user=user, by=manager, room=room, department=department, specialties=specialty,
            licence_number=number, appointment_minutes=minutes,
        )  # fmt: skip
        lines.ensure_doctor_station(doctor=doctor, by=manager)
        _prices(clinic, doctor, price)
        _hours(clinic, doctor, minutes)
        staff[username] = user
    lines.ensure_pharmacy_station(clinic=clinic, by=manager)
    return staff


def _prices(clinic, doctor, price):
    Service.objects.create(
        clinic=clinic, kind=Service.Kind.CONSULTATION, doctor=doctor, price=Decimal(price),
        name=f"Consultation, {doctor.name}", name_other_script=f"كشف، {doctor.name_other_script}",
    )  # fmt: skip


def make_price_list(clinic):
    """Other services; one has no price yet, as in every clinic."""
    for name, other, kind, price in SERVICES:
        amount = Decimal(price) if price else None
        Service.objects.create(clinic=clinic, kind=kind, name=name, name_other_script=other, price=amount)


def _hours(clinic, doctor, minutes):
    """Hours around now, every day of the week, so that the demo is open whenever it is looked at."""
    now = clinic.now().replace(minute=0, second=0, microsecond=0)
    first, last = max(now.hour - 5, 0), min(now.hour + 5, 23)
    for weekday in range(7):
        Availability.objects.create(
            clinic=clinic, doctor=doctor, weekday=weekday, slot_minutes=minutes,
            start_time=now.replace(hour=first).time(), end_time=now.replace(hour=last, minute=30 if last == 23 else 0).time(),
        )  # fmt: skip


def make_catalogue():
    """Ingredients and medicines; returns {(generic name, strength): Medicine}."""
    ingredients = {}
    for code, name, other, parent in medicines.INGREDIENTS:
        ingredients[code] = Ingredient.objects.create(
            code=code, name=name, name_other_script=other, parent=ingredients.get(parent)
        )
    return {(row[0], row[3]): _medicine(row, number, ingredients) for number, row in enumerate(medicines.MEDICINES, 1)}


def _medicine(row, number, ingredients):
    generic, other, brand, strength, amount, unit, form, pack, price, codes, doses = row
    route, base_unit, dose_unit, per_unit = medicines.FORMS[form]
    barcode = f"62900000{number:05d}"
    medicine = Medicine.objects.create(
        generic_name=generic, generic_name_other_script=other, brand=brand, strength=strength,
        strength_amount=amount, strength_unit=unit, form=form,
        route="nose" if generic in medicines.NASAL else route,
        base_unit=base_unit, dose_unit=dose_unit, pack_size=pack, doses_per_unit=per_unit,
        is_splittable=form in ("tablet", "capsule", "sachet"), price=Decimal(price), reorder_level=pack * 2,
        is_controlled=generic in medicines.CONTROLLED, barcode=barcode, tall_man=medicines.TALL_MAN.get(generic, ""),
        search_text=fold(f"{generic} {other} {brand} {barcode}")[:400],
    )  # fmt: skip
    medicine.ingredients.set([ingredients[code] for code in codes.split()])
    DoseLine.objects.bulk_create(DoseLine(medicine=medicine, line=line, position=at) for at, line in enumerate(doses))
    return medicine


def fill_shelves(clinic, catalogue, by, clock, rng):
    """Two or three batches of each medicine; one nearly expired, one expired on the shelf, two nearly run out."""
    now, today = clock.moment, clinic.today()
    shelves = list(enumerate(catalogue.values(), 1))
    clock.moment = now - timedelta(days=300)
    for number, medicine in shelves[:6]:
        old = 12 if number == 3 else -10  # days left; the batch past its day still stands on the shelf
        if number in (3, 5):
            _receive(
                clinic, medicine, by, f"B{number:02d}-0", today + timedelta(days=old), medicine.pack_size * 3, number
            )
    clock.moment = now - timedelta(days=20)
    for number, medicine in shelves:
        left = medicines.SCARCE.get(medicine.generic_name)
        if left:
            _receive(clinic, medicine, by, f"B{number:02d}-1", today + timedelta(days=200), left, number)
            continue
        for batch in range(1, rng.randint(2, 3) + 1):
            days = rng.randint(120, 700)
            quantity = medicine.pack_size * rng.randint(8, 20) if medicine.pack_size > 1 else rng.randint(15, 40)
            _receive(clinic, medicine, by, f"B{number:02d}-{batch}", today + timedelta(days=days), quantity, number)
    clock.moment = now


def _receive(clinic, medicine, by, number, expires_on, quantity, shelf):
    pharmacy.receive(
        clinic=clinic, medicine=medicine, by=by, number=number, expires_on=expires_on, quantity=quantity,
        cost=(medicine.price * Decimal("0.6")).quantize(Decimal("0.001")), supplier="Gulf Medical Supply",
        shelf=f"{'ABCDE'[shelf % 5]}{shelf % 9 + 1}",
    )  # fmt: skip


def register_patients(clinic, staff):
    """The demo's patients with their allergies and long-standing problems, in the order of `people.PATIENTS`."""
    names = dict(Ingredient.objects.values_list("code", "name"))
    return [_register(clinic, staff, row, names) for row in people.PATIENTS]


def _register(clinic, staff, row, names):
    name, other, sex, born, phone, allergies, problem = row
    born_on, precision = _born(clinic.today(), born)
    patient = patient_operations.register(
        clinic=clinic, by=staff["reception"], name=name, name_other_script=other, sex=sex, phone=phone,
        born_on=born_on, born_precision=precision, hearing_flag=name == "Khadija Noor",
        mobility_flag=name == "Huda Mahmoud",
    )  # fmt: skip
    nurse = staff["nurse"]
    if allergies == people.NONE:
        patient_operations.assert_no_known_allergies(patient=patient, by=nurse)
    elif allergies:
        code, reaction, severity = allergies.split(":")
        patient_operations.record_allergy(
            patient=patient, by=nurse, substance=names[code], substance_code=code, reaction=reaction, severity=severity
        )
    if problem:
        patient_operations.add_condition(patient=patient, by=staff["doctor"], text=problem)
    return patient


def _born(today, born):
    """(birth date, precision) of an exact date, an age in years, or days ("9d")."""
    if isinstance(born, tuple):
        return date(*born), Patient.Precision.DAY
    if isinstance(born, str):
        return today - timedelta(days=int(born.rstrip("d"))), Patient.Precision.DAY
    return date(today.year - born, 1, 1), Patient.Precision.ESTIMATED


def patient_account(clinic, patient, password):
    """The account of one patient, who sees only their own file."""
    user = operations.add_staff(
        clinic=clinic, username="patient", name=patient.name, name_other_script=patient.name_other_script,
        roles={Role.PATIENT}, password=password,
    )  # fmt: skip
    Patient.objects.filter(pk=patient.pk).update(user=user)
    return user


def moment_now():
    """The real moment, to the minute."""
    return timezone.now().replace(second=0, microsecond=0)
