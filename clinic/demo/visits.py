"""One visit of the demo, step by step, through the same operations that the screens call."""

from decimal import Decimal

from billing import operations as billing
from billing.models import Invoice, Payment
from clinic.demo import people
from patients import operations as patient_operations
from patients.queries import allergy_state
from pharmacy import operations as pharmacy
from pharmacy.models import Prescription
from visits import operations as visits

HARMLESS = ("para", "cetirizine", "amlodipine", "metformin", "omeprazole")


def case_for(patient, today, rng):
    """Something a person of this age may come with."""
    age = (today - patient.born_on).days // 365 if patient.born_on else 40
    return rng.choice(people.CASES["child" if age < 12 else "adult"])


def measure(visit, nurse, rng, *, high=False):
    """Vitals that suit the age; `high` gives a raised blood pressure."""
    born = visit.patient.born_on
    years = (visit.clinic.today() - born).days / 365 if born else 40
    values = {"temperature": Decimal(rng.randint(364, 375)) / 10, "spo2": rng.randint(96, 99)}
    if years < 1:
        values |= {"pulse": rng.randint(125, 150), "weight": Decimal("3.4")}
    elif years < 12:
        values |= {"pulse": rng.randint(90, 115), "weight": Decimal(round(9 + 2.4 * years, 1)).quantize(Decimal("0.1"))}
    else:
        values |= {
            "systolic": rng.randint(158, 172) if high else rng.randint(108, 134),
            "diastolic": rng.randint(96, 104) if high else rng.randint(66, 84),
            "pulse": rng.randint(62, 92),
            "weight": Decimal(rng.randint(540, 920)) / 10,
        }
    return visits.record_vitals(visit=visit, by=nurse, confirmed=tuple(values), **values)


def write_note(visit, case, doctor, *, half=False):
    """The doctor's words; `half` leaves the plan and the diagnosis for later."""
    complaint, examination, plan, diagnosis, code, _lines = case
    version = type(visit).objects.get(pk=visit.pk).version
    words = {"complaint": complaint, "examination": "" if half else examination, "plan": "" if half else plan}
    visits.save_note(visit=visit, by=doctor, version=version, **words)
    if not half:
        visits.add_diagnosis(visit=visit, by=doctor, text=diagnosis, code=code)


def prescribe(visit, case, doctor):
    """The case's medicines, but none that the patient is allergic to."""
    if visit.patient.allergies.active().exists():
        lines = [line for line in case[5] if line.startswith(HARMLESS)]
    else:
        lines = case[5]
    for line in lines:
        pharmacy.add_item(visit=visit, by=doctor, line=line)


def finish(visit, doctor, *, ask_allergies):
    """End the visit; the doctor asks for allergies first, or says why not."""
    reason = ""
    if allergy_state(visit.patient)[0] == "not_recorded":
        if ask_allergies:
            patient_operations.assert_no_known_allergies(patient=visit.patient, by=doctor)
        else:
            reason = "The patient could not say"
    return pharmacy.finish(visit=visit, by=doctor, reason=reason)


def dispense(prescription, pharmacist):
    """Hand over everything that was prescribed."""
    items = prescription.items.filter(removed_at=None)
    lines = [{"item": item.pk, "quantity": item.quantity - item.dispensed} for item in items]
    return pharmacy.dispense(prescription=prescription, by=pharmacist, lines=lines)


def open_prescriptions(clinic):
    """Signed prescriptions that nobody has handed over, oldest first."""
    return Prescription.objects.filter(clinic=clinic, state=Prescription.State.SIGNED).order_by("signed_at")


def pay(invoice, cashier, rng):
    """What is due, mostly in cash, with a note that gives change."""
    due = invoice.due
    if rng.random() < 0.6:
        tendered = (due // 50 + 1) * 50
        return billing.take_payment(
            invoice=invoice, by=cashier, amount=due, method=Payment.Method.CASH, tendered=tendered
        )
    return billing.take_payment(
        invoice=invoice, by=cashier, amount=due, method=Payment.Method.CARD, reference=str(rng.randint(100000, 999999))
    )


def leave_unpaid(clinic, patient, cashier):
    """The bill is issued and partly paid; the rest stands open."""
    for invoice in unpaid(clinic, patient):
        invoice = billing.issue(invoice=invoice, by=cashier)
        billing.take_payment(invoice=invoice, by=cashier, amount=Decimal("50"), method=Payment.Method.CASH)


def unpaid(clinic, patient):
    """The patient's bills with something due."""
    bills = Invoice.objects.filter(clinic=clinic, patient=patient, total__gt=0)
    return bills.exclude(state__in=(Invoice.State.PAID, Invoice.State.CANCELLED))
