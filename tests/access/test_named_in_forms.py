"""What a form names besides the address: another clinic's or another record's object does nothing."""

import pytest
from django.urls import reverse

from clinic.access import Role
from queues.models import Entry, Station, Token
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import pharmacy as shelf
from tests.factories import queues as lines
from tests.factories import scheduling as times
from tests.factories import visits as rooms

pytestmark = pytest.mark.django_db
STAMP = "%Y%m%dT%H%M%SZ"


@pytest.fixture
def here():
    return people.clinic()


@pytest.fixture
def abroad():
    """A doctor of another clinic, with hours and a station."""
    doctor = people.doctor(clinic=people.clinic(name="Elsewhere"))
    times.hours(doctor=doctor, clinic=doctor.user.clinic)
    lines.doctor_station(doctor=doctor)
    return doctor


@pytest.fixture
def sara(here, client):
    made = people.user(Role.RECEPTION, Role.MANAGER, clinic=here)
    client.force_login(made)
    return made


def post(client, name, data, **kwargs):
    return client.post(reverse(name, kwargs=kwargs), data).status_code


def test_nobody_is_sent_to_another_clinics_station(client, here, abroad, sara):
    doctor = people.doctor(clinic=here)
    entry = rooms.waiting(doctor=doctor, by=sara)
    station = Station.objects.get(doctor=abroad)
    assert post(client, "queues:transfer", {"station": station.pk}, pk=entry.pk) == 404
    assert Entry.objects.filter(station=station).count() == 0


def test_nobody_is_booked_with_another_clinics_doctor(client, here, abroad, sara):
    patient = files.patient(clinic=here, by=sara)
    at = times.morrow(here).strftime(STAMP)
    code = post(client, "scheduling:book", {"patient": patient.pk, "doctor": abroad.pk, "starts_at": at, "minutes": 15})
    assert (code, Appointment.objects.count()) == (422, 0)


def test_no_booking_moves_to_another_clinics_doctor(client, here, abroad, sara):
    doctor = people.doctor(clinic=here)
    times.hours(doctor=doctor, clinic=here)
    appointment = times.appointment(clinic=here, doctor=doctor, by=sara)
    kwargs = {"pk": appointment.pk, "stamp": times.morrow(here, "10:00").strftime(STAMP), "doctor_pk": abroad.pk}
    assert post(client, "scheduling:move_to", {}, **kwargs) == 404
    appointment.refresh_from_db()
    assert appointment.doctor == doctor


def test_nobody_walks_in_to_another_clinics_doctor(client, here, abroad, sara):
    patient = files.patient(clinic=here, by=sara)
    assert post(client, "scheduling:walk_in", {"patient": patient.pk, "doctor": abroad.pk, "category": "normal"}) == 422
    assert Token.objects.count() == 0


def test_another_clinics_batch_is_not_given(client, here, abroad):
    doctor = people.doctor(clinic=here)
    pharmacist = people.user(Role.PHARMACIST, clinic=here)
    medicine = shelf.medicine()
    own = shelf.batch(clinic=here, medicine=medicine, by=pharmacist)
    foreign = shelf.batch(clinic=abroad.user.clinic, medicine=medicine, by=abroad.user)
    prescription = shelf.signed(visit=rooms.visit(doctor=doctor), by=doctor.user, medicine=medicine)
    item = prescription.items.get()
    client.force_login(pharmacist)
    data = {
        f"confirm-{item.pk}": "on",
        f"quantity-{item.pk}": 1,
        f"batch-{item.pk}": foreign.pk,
        f"reason-{item.pk}": "x",
    }
    assert post(client, "pharmacy:dispense", data, pk=prescription.pk) == 422
    own.refresh_from_db()
    foreign.refresh_from_db()
    assert (own.on_hand, foreign.on_hand) == (100, 100)


def test_lines_of_another_patients_prescription_are_not_repeated(client, here):
    doctor = people.doctor(clinic=here)
    medicine = shelf.medicine()
    other = files.patient(clinic=here, by=doctor.user, name="Noor Ali", phone="0551112223")
    theirs = shelf.signed(visit=rooms.visit(doctor=doctor, patient=other), by=doctor.user, medicine=medicine)
    visit = rooms.visit(doctor=doctor)
    client.force_login(doctor.user)
    post(client, "pharmacy:repeat_last", {"items": [theirs.items.get().pk]}, pk=visit.pk)
    assert visit.prescriptions.filter(items__isnull=False).count() == 0
