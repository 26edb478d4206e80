"""A file is not closed while something of its person is still open, whichever floor keeps it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent
from patients import operations
from patients.models import Patient
from queues.models import Entry, Token
from scheduling import operations as scheduling
from scheduling.models import Appointment
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as persons
from tests.factories import scheduling as times
from tests.factories import visits as rooms

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def doctor(clinic):
    made = people.doctor(clinic=clinic)
    times.hours(doctor=made, clinic=clinic)
    return made


@pytest.fixture
def desk(clinic):
    return people.user(Role.RECEPTION, clinic=clinic)


@pytest.fixture
def layla(clinic, desk):
    return persons.patient(clinic=clinic, by=desk)


def said(patient, by):
    """The words of the refusal; nothing has happened then."""
    with pytest.raises(Refused) as refused:
        operations.retire_patient(patient=patient, by=by, reason="Opened by mistake")
    assert (refused.value.code, Patient.objects.get(pk=patient.pk).retired_at) == ("unsettled", None)
    assert AuditEvent.objects.filter(action="retire_patient").count() == 0
    return str(refused.value.message)


def test_an_appointment_to_come(clinic, doctor, desk, layla):
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=layla, by=desk)
    assert said(layla, desk) == "This file is still needed. An appointment is to come."
    scheduling.cancel(appointment=booked, by=desk, reason="Patient asked")
    assert operations.retire_patient(patient=layla, by=desk, reason="Opened by mistake").retired_at


def test_an_appointment_that_is_over_keeps_no_file_open(clinic, doctor, desk, layla):
    start = times.morrow(clinic, "09:00", days=-3)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=layla, by=desk)
    Appointment.objects.filter(pk=booked.pk).update(during=(start, start + timedelta(minutes=15)))
    assert operations.retire_patient(patient=layla, by=desk, reason="Opened by mistake").retired_at


def test_a_place_in_line(doctor, desk, layla):
    rooms.waiting(doctor=doctor, patient=layla)
    assert said(layla, desk) == "This file is still needed. The patient stands in line."


def test_a_place_that_an_earlier_day_left_open_keeps_no_file_open(clinic, doctor, desk, layla):
    stay = rooms.waiting(doctor=doctor, patient=layla)
    Token.objects.filter(pk=stay.token_id).update(day=clinic.today() - timedelta(days=2))
    Entry.objects.filter(pk=stay.pk).update(joined_at=timezone.now() - timedelta(days=2))
    assert operations.retire_patient(patient=layla, by=desk, reason="Opened by mistake").retired_at


def test_an_open_visit_and_a_bill_that_is_not_paid(clinic, doctor, desk, layla):
    rooms.visit(doctor=doctor, patient=layla)
    bills.invoice(clinic=clinic, patient=layla, by=desk)
    told = client_of(desk).post(f"/api/v1/patients/{layla.pk}/retire/", {"reason": "Opened by mistake"})
    assert (told.status_code, told.json()["code"]) == (409, "unsettled")
    words = told.json()["detail"]
    assert ("A visit is open." in words, "A bill is not paid." in words) == (True, True)


def test_an_empty_bill_keeps_no_file_open(clinic, desk, layla):
    bills.invoice(clinic=clinic, patient=layla, by=desk, prices=[])
    assert operations.retire_patient(patient=layla, by=desk, reason="Opened by mistake").retired_at
