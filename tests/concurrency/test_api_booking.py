"""A hundred programs that want one time, through the JSON door."""

import pytest

from scheduling.models import Appointment
from tests.api import client_of
from tests.concurrency.crowd import rush, statuses
from tests.factories import clinic as people
from tests.factories import queues as lines
from tests.factories import scheduling as times

CROWD = 100


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic)
    times.hours(doctor=doctor, clinic=clinic)
    return doctor


def test_one_time_is_booked_once_and_everybody_else_is_offered_others(clinic, crowd, doctor):
    patients = [lines.patient(name=f"Patient {number}") for number in range(CROWD)]
    clients = [client_of(crowd[number % len(crowd)]) for number in range(CROWD)]
    start = times.morrow(clinic).isoformat()

    def book(number):
        body = {"patient": patients[number].pk, "doctor": doctor.pk, "start": start, "minutes": 15}
        return clients[number].post("/api/v1/appointments/", body)

    answers = rush(CROWD, book)
    assert statuses(answers) == {201: 1, 409: CROWD - 1}
    assert Appointment.objects.count() == 1
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(said["code"], len(said["alternatives"])) for said in refused} == {("slot_taken", 3)}


def test_one_request_sent_fifty_times_is_one_booking(clinic, crowd, doctor):
    patient, start = lines.patient(), times.morrow(clinic).isoformat()
    clients = [client_of(crowd[0]) for _ in range(50)]
    body = {"patient": patient.pk, "doctor": doctor.pk, "start": start}

    def book(number):
        return clients[number].post("/api/v1/appointments/", body, headers={"Idempotency-Key": "one"})

    answers = rush(50, book)
    assert statuses(answers) == {201: 50}
    assert (len({answer.json()["id"] for answer in answers}), Appointment.objects.count()) == (1, 1)
