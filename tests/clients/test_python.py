"""A Python client, generated from the schema, goes with a patient from the desk to the paid bill."""

import importlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stories import stage as scenery

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CONFIG = Path(__file__).parent / "python_client.yaml"
PACKAGE = "generated_clinic_client"


@pytest.fixture(scope="module")
def generated(schema_file, tmp_path_factory):
    """The generated package; the generator has nothing to complain of."""
    folder = tmp_path_factory.mktemp("python")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    places = ["--path", schema_file, "--config", CONFIG, "--output-path", folder / PACKAGE]
    done = subprocess.run([*command, *places], capture_output=True, text=True)
    assert (done.returncode, "arning" in done.stdout + done.stderr) == (0, False), done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))


class Desk:
    """One signed-in person: `call` asks an endpoint of the generated client and looks at the type of its answer."""

    def __init__(self, package, url, username):
        self.package, self.models = package, importlib.import_module(f"{PACKAGE}.models")
        options = {"base_url": url, "raise_on_unexpected_status": True, "httpx_args": {"trust_env": False}}
        self.client = package.Client(**options)
        body = self.models.LoginRequest(username=username, password=scenery.PASSWORD, grant_type="password")
        tokens = self.call("auth", "auth_login", self.models.Tokens, body=body)
        assert (tokens.user.username, tokens.token_type) == (username, "bearer")
        self.close()
        self.client = package.AuthenticatedClient(token=tokens.access_token, **options)

    def close(self):
        self.client.get_httpx_client().close()

    def call(self, room, operation, gives, *path, **values):
        """The answer of an operation, which must be a `gives`."""
        endpoint = importlib.import_module(f"{PACKAGE}.api.{room}.{operation}")
        found = endpoint.sync(*path, client=self.client, **values)
        assert isinstance(found, gives), found
        return found


@pytest.fixture
def people(generated, server):  # noqa: F811
    """The stage, and clients signed in for three of those who work there."""
    stage = scenery.build("en")
    found = [Desk(generated, server.url, name) for name in ("reception", "doctor1", "pharmacist")]
    yield stage, *found
    for desk in found:
        desk.close()


def test_the_patients_journey(people):
    stage, desk, doctor, pharmacist = people
    patient = _registers(desk)
    appointment = _books(desk, patient, stage)
    entry = _arrives(desk, doctor, appointment)
    visit = _is_examined(doctor, entry)
    prescription = _is_prescribed(doctor, visit, stage)
    _gets_medicine(pharmacist, prescription)
    _pays(desk, patient)


def _registers(desk):
    body = desk.models.PatientRequest(name="Mariam Qasim", sex="female", age=41, phone="0501234567")
    made = desk.call("patients", "patients_create", desk.models.Patient, body=body)
    assert (made.name, made.sex, made.age, made.born_precision) == ("Mariam Qasim", "female", 41, "estimated")
    assert isinstance(made.created_at, datetime)
    refused = desk.call("patients", "patients_create", desk.models.Problem, body=body)
    assert (refused.code, refused.alternatives[0]["id"]) == ("possible_duplicate", made.id)
    return made


def _books(desk, patient, stage):
    models = desk.models
    doctors = desk.call("doctors", "doctors_list", models.DoctorPage, q="Karim")
    assert [doctor.name for doctor in doctors.results] == ["Karim Farah"]
    doctor = doctors.results[0].id
    slots = desk.call("doctors", "doctor_slots_list", models.SlotPage, doctor, days=2).results
    assert slots[0].end - slots[0].start == timedelta(minutes=slots[0].minutes)
    body = models.BookRequest(patient=patient.id, doctor=doctor, start=slots[0].start)
    booked = desk.call("appointments", "appointments_create", models.Appointment, body=body, idempotency_key="one")
    assert (booked.status, booked.start, booked.queue_entry) == ("confirmed", slots[0].start, None)
    again = desk.call("appointments", "appointments_create", models.Appointment, body=body, idempotency_key="one")
    assert again.id == booked.id
    return booked


def _arrives(desk, doctor, appointment):
    models = desk.models
    body = models.ArrivalRequest(appointment=appointment.id)
    entry = desk.call("queue", "queue_check_in", models.QueueEntry, body=body)
    assert (entry.status, entry.position, entry.patient) == ("waiting", 1, appointment.patient)
    called = doctor.call("queue", "queue_next", models.QueueEntry, body=models.CallNextRequest())
    assert (called.id, called.status, called.position) == (entry.id, "called", None)
    assert called.called_at <= datetime.now(UTC)
    return called


def _is_examined(doctor, entry):
    models = doctor.models
    body = models.VisitRequest(patient=entry.patient, entry=entry.id)
    visit = doctor.call("visits", "visits_create", models.Visit, body=body)
    body = models.VitalsRequest(systolic=128, diastolic=84, temperature=38.4, weight=71, height=178)
    measured = doctor.call("visits", "visits_vitals_create", models.Vitals, visit.id, body=body)
    assert (measured.bmi, measured.temperature, measured.pain) == (22.4, 38.4, None)
    body = models.NoteRequest(category="observation", text="Red throat")
    note = doctor.call("visits", "visits_notes_create", models.Note, visit.id, body=body)
    assert (note.category, note.corrects) == ("observation", None)
    body = models.DiagnosisRequest(text="Acute pharyngitis", code="J02.9")
    diagnosis = doctor.call("visits", "visits_diagnoses_create", models.Diagnosis, visit.id, body=body)
    assert (diagnosis.code, diagnosis.primary) == ("J02.9", True)
    return doctor.call("visits", "visits_retrieve", models.Visit, visit.id)


def _is_prescribed(doctor, visit, stage):
    models = doctor.models
    paracetamol = stage.medicines["paracetamol"].pk
    typed = models.PrescriptionItemRequest(line="amox 500 1-1-1 7d")
    chosen = models.PrescriptionItemRequest(medicine=paracetamol, dose=1, frequency="1-1-1", duration_days=5)
    body = models.PrescriptionRequest(visit=visit.id, items=[chosen, typed])
    made = doctor.call("prescriptions", "prescriptions_create", models.PrescriptionDetail, body=body)
    assert [(item.dose, item.quantity) for item in made.items] == [(1.0, 15), (1.0, 21)]
    signed = doctor.call("prescriptions", "prescriptions_sign", models.PrescriptionDetail, made.id)
    assert (signed.status, signed.version > made.version) == ("signed", True)
    body = models.CompleteRequest(reason="Seen and advised")
    done = doctor.call("visits", "visits_complete", models.Visit, visit.id, body=body)
    assert (done.status, [found.code for found in done.diagnoses]) == ("completed", ["J02.9"])
    return signed


def _gets_medicine(pharmacist, prescription):
    models = pharmacist.models
    lines = [models.DispenseLineRequest(item=item.id, quantity=item.quantity) for item in prescription.items]
    body = models.DispensingRequest(prescription=prescription.id, lines=lines)
    given = pharmacist.call("dispensings", "dispensings_create", models.Dispensing, body=body, idempotency_key="given")
    assert [[batch.quantity for batch in line.batches] for line in given.lines] == [[15], [21]]
    found = pharmacist.call("prescriptions", "prescriptions_retrieve", models.PrescriptionDetail, prescription.id)
    assert found.status == "dispensed"


def _pays(desk, patient):
    models = desk.models
    bill = desk.call("invoices", "invoices_list", models.InvoicePage, patient=patient.id).results[0]
    assert (bill.mode, bill.status, bill.paid) == ("auto", "draft", "0.00")
    bill = desk.call("invoices", "invoices_issue", models.Invoice, bill.id)
    assert (bill.status, bill.due, bill.currency) == ("pending", bill.total, "SAR")
    body = models.PayRequest(amount=bill.due, method="cash", tendered=bill.due)
    paid = desk.call("invoices", "invoices_pay", models.Payment, bill.id, body=body, idempotency_key="paid")
    assert (paid.invoice, paid.amount, paid.status, paid.due) == (bill.id, bill.total, "paid", "0.00")
    receipt = desk.call("invoices", "invoices_receipt", desk.package.types.File, bill.id)
    assert receipt.payload.read(4) == b"%PDF"
    body = models.PayRequest(amount="1.00", method="card")
    refused = desk.call("invoices", "invoices_pay", models.Problem, bill.id, body=body, idempotency_key="more")
    assert refused.code
