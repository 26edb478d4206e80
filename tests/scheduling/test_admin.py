"""The manager's hours: several weekdays in one step, absences, appointments to read only."""

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from scheduling.models import Appointment, Availability, AvailabilityException
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment


@pytest.fixture
def manager(client, clinic):
    user = ground.user(Role.MANAGER, clinic=clinic)
    client.force_login(user)
    return client


def test_hours_for_several_weekdays_in_one_step(manager, clinic):
    doctor = ground.doctor(clinic=clinic)
    values = {
        "doctor": doctor.pk,
        "weekdays": ["0", "2"],
        "start_time": "09:00",
        "end_time": "13:00",
        "slot_minutes": "20",
    }
    answer = manager.post(reverse("admin:scheduling_availability_add"), values)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert list(Availability.objects.filter(doctor=doctor).values_list("weekday", "clinic")) == [
        (0, clinic.pk),
        (2, clinic.pk),
    ]


@pytest.mark.parametrize(
    "changes", [{"weekdays": []}, {"end_time": "08:00"}, {"slot_minutes": "1"}, {"weekdays": ["9"]}]
)
def test_bad_hours_are_refused(manager, clinic, changes):
    doctor = ground.doctor(clinic=clinic)
    values = {"doctor": doctor.pk, "weekdays": ["0"], "start_time": "09:00", "end_time": "13:00", "slot_minutes": "20"}
    answer = manager.post(reverse("admin:scheduling_availability_add"), {**values, **changes})
    assert (answer.status_code, Availability.objects.count()) == (200, 0)


def test_hours_can_be_changed_and_taken_away(manager, doctor):
    row = Availability.objects.first()
    assert manager.get(reverse("admin:scheduling_availability_change", args=[row.pk])).status_code == 200
    assert (
        manager.post(reverse("admin:scheduling_availability_delete", args=[row.pk]), {"post": "yes"}).status_code == 302
    )
    assert AuditEvent.objects.filter(action="admin_delete", subject_id=row.pk).count() == 1


def test_an_absence_needs_a_reason(manager, doctor):
    values = {
        "doctor": doctor.pk,
        "kind": "away",
        "starts_at_0": "2026-12-01",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-12-02",
        "ends_at_1": "09:00",
        "reason": "",
    }
    assert manager.post(reverse("admin:scheduling_availabilityexception_add"), values).status_code == 200
    assert (
        manager.post(reverse("admin:scheduling_availabilityexception_add"), {**values, "reason": "leave"}).status_code
        == 302
    )
    assert AvailabilityException.objects.get().clinic == doctor.user.clinic


def test_appointments_are_read_only(manager, clinic, doctor, patient):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient)
    page = reverse("admin:scheduling_appointment_change", args=[made.pk])
    assert manager.get(page).status_code == 200
    assert manager.post(page, {"state": "cancelled"}).status_code == 403
    assert manager.get(reverse("admin:scheduling_appointment_add")).status_code == 403
    assert Appointment.objects.get().state == "confirmed"
