"""The manager's hours: several weekdays in one step, absences, appointments to read only."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from scheduling.models import Appointment, Availability, AvailabilityException
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, away, morrow


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


def test_hours_are_read_and_taken_away_as_in_the_calendar(manager, doctor, published):
    row = Availability.objects.first()
    page = reverse("admin:scheduling_availability_change", args=[row.pk])
    assert manager.get(page).status_code == 200
    assert manager.post(page, {"start_time": "08:00"}).status_code == 403
    published.clear()
    away = reverse("admin:scheduling_availability_delete", args=[row.pk])
    assert manager.post(away, {"post": "yes"}).status_code == 302
    row.refresh_from_db()
    assert row.valid_until == row.clinic.today() - timedelta(days=1)
    assert AuditEvent.objects.filter(action="remove_hours", subject_id=row.pk).count() == 1
    assert (row.clinic_id, f"doctor-{doctor.pk}") in published
    assert manager.post(away, {"post": "yes"}).status_code == 409


def test_an_absence_needs_a_reason_and_is_told(manager, clinic, doctor, published):
    tomorrow = clinic.today() + timedelta(days=1)
    values = {
        "doctor": doctor.pk,
        "kind": "away",
        "starts_at_0": f"{tomorrow}",
        "starts_at_1": "09:00",
        "ends_at_0": f"{tomorrow + timedelta(days=1)}",
        "ends_at_1": "09:00",
        "reason": "",
    }
    page = reverse("admin:scheduling_availabilityexception_add")
    assert manager.post(page, values).status_code == 200
    assert manager.post(page, {**values, "reason": "leave"}).status_code == 302
    made = AvailabilityException.objects.get()
    assert (made.clinic, AuditEvent.objects.get(action="add_exception").subject_id) == (clinic, made.pk)
    assert (clinic.pk, f"calendar-{tomorrow}") in published


@pytest.mark.parametrize("how", ["delete", "list"])
def test_an_absence_is_taken_away_without_a_trace_being_lost(manager, clinic, doctor, published, how):
    made = away(doctor=doctor, clinic=clinic, starts_at=morrow(clinic, "09:00"), ends_at=morrow(clinic, "12:00"))
    published.clear()
    if how == "delete":
        page, values = reverse("admin:scheduling_availabilityexception_delete", args=[made.pk]), {"post": "yes"}
    else:
        page = reverse("admin:scheduling_availabilityexception_changelist")
        values = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
    assert manager.post(page, values).status_code == 302
    made.refresh_from_db()
    assert made.removed_by.has_role(Role.MANAGER)
    assert AuditEvent.objects.get(action="remove_exception").subject_id == made.pk
    assert (clinic.pk, f"doctor-{doctor.pk}") in published


def test_appointments_are_read_only(manager, clinic, doctor, patient):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient)
    page = reverse("admin:scheduling_appointment_change", args=[made.pk])
    assert manager.get(page).status_code == 200
    assert manager.post(page, {"state": "cancelled"}).status_code == 403
    assert manager.get(reverse("admin:scheduling_appointment_add")).status_code == 403
    assert Appointment.objects.get().state == "confirmed"
