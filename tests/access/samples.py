"""One small clinic in the middle of its day: an object for every address, and a person for every role."""

from dataclasses import dataclass, field
from datetime import UTC
from http.cookies import SimpleCookie

from django.test import Client

from billing.operations import close_session, take_payment
from clinic import operations as ground
from clinic.access import STAFF, Role
from clinic.models import Department
from patients import operations as patients
from pharmacy import operations as pharmacy
from queues.operations import ensure_pharmacy_station
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import pharmacy as shelf
from tests.factories import scheduling as times
from tests.factories import visits as rooms
from visits import operations as visits

CANARY = "Zqxcanary Foreignname"
CLINICAL = "zqxclinical"  # in every clinical text of the sample patients
BACKEND = "clinic.backends.StaffBackend"


@dataclass
class World:
    """Arguments of addresses by the name of their sample, and session cookies by the name of their actor."""

    samples: dict = field(default_factory=dict)
    cookies: dict = field(default_factory=dict)
    users: dict = field(default_factory=dict)

    browser: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def client(self, actor):
        """The one test client (a new one would load all middleware again), in the actor's session."""
        self.browser.cookies = SimpleCookie(self.cookies.get(actor, {}))
        return self.browser


def build():
    """The world; everybody is of one clinic except the actor `foreign`, who holds all staff roles in another."""
    world = World()
    clinic = people.clinic()
    doctor = people.doctor(clinic=clinic)
    _people(world, clinic, doctor)
    _objects(world, clinic, doctor)
    for name, user in world.users.items():
        client = Client()
        client.force_login(user, backend=BACKEND)
        world.cookies[name] = {key: morsel.value for key, morsel in client.cookies.items()}
    disabled = world.users["disabled"]
    disabled.is_active = False
    disabled.save(update_fields=["is_active"])
    return world


def _people(world, clinic, doctor):
    roles = (Role.MANAGER, Role.NURSE, Role.PHARMACIST, Role.RECEPTION, Role.DISPLAY, Role.PATIENT)
    world.users = {str(role): people.user(role, clinic=clinic) for role in roles}
    world.users["doctor"] = doctor.user
    world.users["no_role"] = people.user(clinic=clinic)
    world.users["disabled"] = people.user(*STAFF, clinic=clinic)
    elsewhere = people.clinic(name="Elsewhere", name_other_script="")
    world.users["foreign"] = people.user(*STAFF, clinic=elsewhere)
    ground.add_doctor(user=world.users["foreign"], room="9")


def _objects(world, clinic, doctor):
    reception, by = world.users["reception"], doctor.user
    hours = times.hours(doctor=doctor, clinic=clinic)
    away = {"starts_at": times.morrow(clinic, days=60), "ends_at": times.morrow(clinic, days=61)}
    service = bills.service(clinic=clinic)
    ensure_pharmacy_station(clinic=clinic, by=by)
    patient = files.patient(clinic=clinic, by=reception, name=CANARY)
    other = files.patient(clinic=clinic, by=reception, name=f"{CANARY} Two", phone="0507654321")
    third = files.patient(clinic=clinic, by=reception, name=f"{CANARY} Three", phone="0507654322")
    entry = rooms.waiting(doctor=doctor, patient=patient, by=reception)
    appointment = times.appointment(clinic=clinic, doctor=doctor, patient=patient, by=reception)
    visit = rooms.visit(doctor=doctor, patient=other)
    finished = rooms.visit(doctor=doctor, patient=third)
    invoice = bills.invoice(clinic=clinic, patient=patient, by=reception)
    paid = bills.invoice(clinic=clinic, patient=other, by=reception)
    first = take_payment(invoice=paid, by=reception, amount=1, method="card")
    close_session(session=first.session, by=reception, counted=0)
    payment = take_payment(invoice=paid, by=reception, amount=paid.total - 1, method="card")
    found = {
        "patient": patient,
        "allergy": patients.record_allergy(patient=patient, by=by, substance=f"{CLINICAL} resin"),
        "contact": patients.add_contact(patient=patient, by=reception, name=CANARY, phone="0509998888"),
        "condition": patients.add_condition(patient=patient, by=by, text=f"{CLINICAL} asthma"),
        "station": entry.station,
        "entry": entry,
        "token": entry.token,
        "appointment": appointment,
        "doctor": doctor,
        "user": world.users["nurse"],
        "department": Department.objects.create(name="Heart"),
        "hours": hours[0],
        "exception": times.away(doctor=doctor, clinic=clinic, **away),
        "visit": visit,
        "diagnosis": visits.add_diagnosis(visit=visit, by=by, text=f"{CLINICAL} asthma"),
        "vitals": visits.record_vitals(visit=visit, by=by, pulse=72),
        "invoice": invoice,
        "line": invoice.lines.first(),
        "payment": payment,
        "issued_invoice": paid,
        "session": payment.session,
        "closed_session": first.session,
        "service": service,
    }
    _own(world, clinic, doctor, found)
    saved = {"complaint": CLINICAL, "examination": CLINICAL, "plan": CLINICAL}
    visit.refresh_from_db()
    visits.save_note(visit=visit, by=by, version=visit.version, **saved)
    found.update(_medicines(world, clinic, visit, finished, by))
    world.samples = {name: {"pk": thing.pk} for name, thing in found.items()}
    world.samples["pair"] = {"pk": patient.pk, "other_pk": other.pk}
    world.samples["place"] = {"code": entry.token.place_code}
    stamp = times.morrow(clinic, "11:00").astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    world.samples["move"] = {"pk": appointment.pk, "stamp": stamp, "doctor_pk": doctor.pk}
    world.samples["hours_until"] = {"pk": hours[0].pk, "until": "open"}
    world.samples[""] = {}


def _own(world, clinic, doctor, found):
    """A file of the actor `patient`: nobody else's, and none of the other samples."""
    reception = world.users["reception"]
    own = files.patient(clinic=clinic, by=reception, name="Own File", phone="0507654329", born_on=None)
    code = patients.issue_link_code(patient=own, by=reception)
    patients.claim_file(code=code, user=world.users["patient"])
    booked = times.appointment(
        clinic=clinic, doctor=doctor, patient=own, by=reception, starts_at=times.morrow(clinic, "15:00")
    )
    found.update({"own_appointment": booked, "own_doctor": doctor})


def _medicines(world, clinic, visit, finished, by):
    pharmacist = world.users["pharmacist"]
    medicine = shelf.medicine()
    batch = shelf.batch(clinic=clinic, medicine=medicine, by=pharmacist)
    given = shelf.signed(visit=finished, by=by, medicine=medicine)
    lines_given = [{"item": item.pk, "quantity": 1, "reason": "part"} for item in given.items.all()]
    dispense = pharmacy.dispense(prescription=given, by=pharmacist, lines=lines_given)
    signed = shelf.signed(visit=visit, by=by, medicine=medicine)
    item = pharmacy.add_item(
        visit=visit,
        by=by,
        medicine=shelf.medicine(generic_name="cetirizine"),
        dose_amount=1,
        frequency="od",
        duration_days=5,
    )
    return {"prescription": signed, "signed_item": signed.items.first(), "item": item, "dispense": dispense,
            "draft": item.prescription, "medicine": medicine, "batch": batch}  # fmt: skip
