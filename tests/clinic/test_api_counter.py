"""The counter through the JSON door: checked in, walked in, a visit completed with its prescription."""

import pytest

from clinic.access import Role
from patients import operations as patient_operations
from pharmacy.models import Prescription
from queues.models import Entry, Station, Token
from queues.operations import ensure_doctor_station, ensure_pharmacy_station
from scheduling.models import Appointment
from tests.api import client_of
from tests.factories import clinic as people
from tests.factories import pharmacy as shelf
from tests.factories import queues as lines
from tests.factories import scheduling as times
from tests.factories import visits as make
from visits import operations as visits
from visits.models import Visit

pytestmark = pytest.mark.django_db
QUEUE = "/api/v1/queue/"


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic)
    times.hours(doctor=doctor, clinic=clinic)
    ensure_doctor_station(doctor=doctor, by=doctor.user)
    return doctor


@pytest.fixture
def desk(clinic):
    return client_of(people.user(Role.RECEPTION, clinic=clinic))


@pytest.fixture
def patient(clinic):
    return make.patient(clinic=clinic)


def said(answer):
    return answer.status_code, answer.json()["code"]


def booked_now(doctor, patient):
    clinic = doctor.user.clinic
    return times.appointment(clinic=clinic, doctor=doctor, patient=patient, starts_at=times.next_slot(clinic))


# --- into a line -----------------------------------------------------------------------------------------------------


def test_check_in_gives_a_place_in_the_line(desk, doctor, patient):
    booked = booked_now(doctor, patient)
    answer = desk.post(f"{QUEUE}check-in/", {"appointment": booked.pk, "priority": "elderly"})
    shown = answer.json()
    assert (answer.status_code, shown["patient"], shown["doctor"]) == (201, patient.pk, doctor.pk)
    assert (shown["status"], shown["priority"], shown["position"]) == ("waiting", "elderly", 1)
    booked.refresh_from_db()
    assert booked.state == Appointment.State.ARRIVED
    assert said(desk.post(f"{QUEUE}check-in/", {"appointment": booked.pk})) == (409, "already_checked_in")


def test_check_in_by_a_doctor_is_for_their_own(clinic, doctor, patient):
    booked = booked_now(doctor, patient)
    other = client_of(people.doctor(clinic=clinic, name="Noor Said").user)
    assert other.post(f"{QUEUE}check-in/", {"appointment": booked.pk}).status_code == 400
    assert client_of(doctor.user).post(f"{QUEUE}check-in/", {"appointment": booked.pk}).status_code == 201
    nurse = client_of(people.user(Role.NURSE, clinic=clinic))
    assert nurse.post(f"{QUEUE}check-in/", {"appointment": booked.pk}).status_code == 403


def test_check_in_refuses_another_day(desk, doctor, patient, clinic):
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=patient)
    assert said(desk.post(f"{QUEUE}check-in/", {"appointment": booked.pk})) == (409, "not_today")
    assert Token.objects.count() == 0


def test_walk_in_to_a_doctor(desk, doctor, patient):
    answer = desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, "doctor": doctor.pk})
    assert (answer.status_code, answer.json()["doctor"], answer.json()["position"]) == (201, doctor.pk, 1)
    again = desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, "doctor": doctor.pk})
    assert said(again) == (409, "already_in_line")


def test_walk_in_to_a_station_without_a_doctor(desk, clinic, patient):
    cashier = lines.station(clinic=clinic, kind=Station.Kind.CASHIER, letter="K")
    answer = desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, "station": cashier.pk})
    assert (answer.status_code, answer.json()["token"], answer.json()["station"]) == (201, "K-001", cashier.pk)
    assert said(desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, "station": cashier.pk})) == (
        409,
        "already_in_line",
    )


def test_walk_in_by_a_doctors_station_knows_the_bookings(desk, doctor, patient):
    booked_now(doctor, patient)
    station = doctor.stations.get()
    assert said(desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, "station": station.pk})) == (409, "booked_today")


def test_an_emergency_needs_its_reason(desk, doctor, patient):
    given = {"patient": patient.pk, "doctor": doctor.pk, "priority": "emergency"}
    assert said(desk.post(f"{QUEUE}walk-in/", given)) == (400, "reason_needed")
    assert Token.objects.count() == 0
    assert desk.post(f"{QUEUE}walk-in/", {**given, "reason": "chest pain"}).json()["priority"] == "emergency"


def test_walk_in_asks_for_a_doctor_or_a_station(desk, doctor, patient):
    station = doctor.stations.get()
    for given in ({}, {"doctor": doctor.pk, "station": station.pk}):
        answer = desk.post(f"{QUEUE}walk-in/", {"patient": patient.pk, **given})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["station"])


def test_who_calls_feeds_only_their_own_line(clinic, doctor, patient):
    nurses = lines.station(clinic=clinic, letter="N")
    pharmacy = ensure_pharmacy_station(clinic=clinic, by=doctor.user)
    nurse, pharmacist = (client_of(people.user(role, clinic=clinic)) for role in (Role.NURSE, Role.PHARMACIST))

    def try_in(who, **where):
        return who.post(f"{QUEUE}walk-in/", {"patient": patient.pk, **where}).status_code

    assert (try_in(nurse, doctor=doctor.pk), try_in(nurse, station=pharmacy.pk)) == (400, 400)
    assert try_in(nurse, station=nurses.pk) == 201
    assert (try_in(pharmacist, station=nurses.pk), try_in(pharmacist, station=pharmacy.pk)) == (400, 201)
    other = people.doctor(clinic=clinic, name="Noor Said")
    assert (try_in(client_of(other.user), doctor=doctor.pk), try_in(client_of(doctor.user), doctor=doctor.pk)) == (
        400,
        201,
    )


def test_one_key_gives_one_number(desk, doctor, patient):
    given = {"patient": patient.pk, "doctor": doctor.pk}
    answers = [desk.post(f"{QUEUE}walk-in/", given, headers={"Idempotency-Key": "k1"}) for _number in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    reused = desk.post(f"{QUEUE}walk-in/", {**given, "priority": "infant"}, headers={"Idempotency-Key": "k1"})
    assert said(reused) == (422, "key_reused")


# --- a visit's end ---------------------------------------------------------------------------------------------------


def complete(who, visit, **given):
    return who.post(f"/api/v1/visits/{visit.pk}/complete/", given)


def test_complete_signs_the_prescription_charges_and_sends_on(clinic, doctor, patient):
    visit = make.begun(doctor=doctor, patient=patient)
    make.priced(clinic)
    patient_operations.assert_no_known_allergies(patient=patient, by=doctor.user)
    visits.add_diagnosis(visit=visit, by=doctor.user, text="Migraine")
    from pharmacy.operations import add_item

    medicine = shelf.medicine()
    add_item(visit=visit, by=doctor.user, medicine=medicine, dose_amount=1, frequency="tid", duration_days=5)
    answer = complete(client_of(doctor.user), visit)
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert answer.json()["completed_at"] is not None
    assert Prescription.objects.get(visit=visit).state == "signed"
    visit.refresh_from_db()
    assert visit.invoice_id is not None
    assert Entry.objects.live().get(token=visit.token_id).station.kind == Station.Kind.PHARMACY
    assert said(complete(client_of(doctor.user), visit)) == (409, "visit_closed")


def test_complete_says_what_is_missing_and_takes_a_reason(clinic, doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    make.priced(clinic)
    refused = complete(client_of(doctor.user), visit)
    assert said(refused) == (409, "incomplete")
    assert len(refused.json()["alternatives"]) == 2
    assert complete(client_of(doctor.user), visit, reason="called away").status_code == 200
    assert Visit.objects.get(pk=visit.pk).finish_reason == "called away"


def test_complete_is_its_doctors(clinic, doctor, patient):
    visit = make.visit(doctor=doctor, patient=patient)
    other = client_of(people.doctor(clinic=clinic, name="Noor Said").user)
    assert said(complete(other, visit, reason="x")) == (409, "not_yours")
    assert complete(client_of(people.user(Role.NURSE, clinic=clinic)), visit).status_code == 403
    foreign = client_of(people.doctor(clinic=people.clinic(name="Elsewhere")).user)
    assert complete(foreign, visit).status_code == 404
