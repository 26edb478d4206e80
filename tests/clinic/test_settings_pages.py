"""The settings: managers only, catalogues editable, documents to read only, every change in the trail."""

import pytest
from django.contrib import admin
from django.urls import reverse

from clinic.access import Role
from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from clinic.models import AuditEvent, Department, Doctor, User
from tests.factories import clinic as people
from tests.factories import patients as files

pytestmark = pytest.mark.django_db
# What a manager may edit here; everything else in the settings is a document or a ledger.
CATALOGUES = {
    "clinic.User",
    "clinic.Doctor",
    "clinic.Clinic",
    "clinic.Department",
    "queues.Station",
    "scheduling.Availability",
    "scheduling.AvailabilityException",
    "billing.Service",
    "pharmacy.Medicine",
    "pharmacy.Ingredient",
    "pharmacy.Interaction",
}


@pytest.fixture
def boss(client):
    made = people.user(Role.MANAGER, clinic=people.clinic(), name="Maha Saleh")
    client.force_login(made, backend="clinic.backends.StaffBackend")
    return made


def registered():
    return {
        model._meta.label: model_admin
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label != "procrastinate"
    }


def test_what_is_not_a_catalogue_is_read_only():
    editable = {label for label, made in registered().items() if not isinstance(made, ReadOnlyAdmin)}
    assert editable <= CATALOGUES


def test_every_page_stands_on_the_houses_base():
    assert sorted(label for label, made in registered().items() if not isinstance(made, HouseAdmin)) == []


def test_every_list_and_every_new_form_opens_in_both_languages(client, boss):
    for language in ("en", "ar"):
        User.objects.filter(pk=boss.pk).update(language=language)
        for label, made in registered().items():
            name = label.lower().replace(".", "_")
            assert (label, client.get(reverse(f"admin:{name}_changelist")).status_code) == (label, 200)
            if label in CATALOGUES - {"clinic.Clinic"} and not isinstance(made, ReadOnlyAdmin):
                assert (label, client.get(reverse(f"admin:{name}_add")).status_code) == (label, 200)


def test_a_stranger_is_sent_to_our_own_door(client):
    people.user(Role.MANAGER, clinic=people.clinic())
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/?next=%2Fadmin%2F"


def test_a_new_account_gets_its_roles_and_must_choose_an_own_password(client, boss):
    words = "four green little boats"
    form = {
        "name": "Noor Ali",
        "username": "noor",
        "password1": words,
        "password2": words,
        "roles": ["nurse", "reception"],
    }
    client.post(reverse("admin:clinic_user_add"), form)
    noor = User.objects.get(username="noor")
    assert (noor.roles, noor.clinic, noor.must_change_password, noor.is_staff) == (
        {Role.NURSE, Role.RECEPTION},
        boss.clinic,
        True,
        False,
    )


def test_roles_are_changed_by_the_operation_and_noted(client, boss):
    noor = people.user(Role.NURSE, clinic=boss.clinic, username="noor")
    form = {"name": "Noor", "username": "noor", "roles": ["manager"], "is_active": "on"}
    client.post(reverse("admin:clinic_user_change", args=[noor.pk]), form)
    noor = User.objects.get(pk=noor.pk)
    assert (noor.roles, noor.is_staff) == ({Role.MANAGER}, True)
    assert AuditEvent.objects.filter(action="set_roles", user=boss, subject_id=noor.pk).count() == 1


def test_a_manager_cannot_lock_himself_out(client, boss):
    form = {"name": "Maha", "username": boss.username, "roles": ["nurse"], "is_active": "on"}
    answer = client.post(reverse("admin:clinic_user_change", args=[boss.pk]), form)
    assert (answer.status_code, User.objects.get(pk=boss.pk).roles) == (200, {Role.MANAGER})


def test_a_password_set_for_somebody_else_must_be_replaced(client, boss):
    noor = people.user(Role.NURSE, clinic=boss.clinic)
    words = "four green little boats"
    client.post(reverse("admin:auth_user_password_change", args=[noor.pk]), {"password1": words, "password2": words})
    noor = User.objects.get(pk=noor.pk)
    assert (noor.check_password(words), noor.must_change_password) == (True, True)


def test_a_new_doctor_gets_the_doctors_role(client, boss):
    noor = people.user(Role.NURSE, clinic=boss.clinic)
    form = {"user": noor.pk, "appointment_minutes": 15, "is_active": "on"}
    client.post(reverse("admin:clinic_doctor_add"), form)
    assert Doctor.objects.get().user.roles == {Role.NURSE, Role.DOCTOR}


def test_changes_are_in_the_trail_by_field_name_only(client, boss):
    department = Department.objects.create(name="Eye")
    client.post(reverse("admin:clinic_department_change", args=[department.pk]), {"name": "Eyes", "is_active": "on"})
    event = AuditEvent.objects.get(action="admin_change")
    assert (event.user, event.subject_id, event.facts) == (boss, department.pk, {"fields": ["Name"]})


def test_another_clinics_people_are_not_here(client, boss):
    other = people.user(Role.NURSE, clinic=people.clinic(name="Elsewhere"), name="Zed Elsewhere")
    assert b"Zed Elsewhere" not in client.get(reverse("admin:clinic_user_changelist")).content
    assert client.get(reverse("admin:clinic_user_change", args=[other.pk])).status_code == 302


def test_nothing_can_be_deleted(client, boss):
    department = Department.objects.create(name="Eye")
    client.post(reverse("admin:clinic_department_delete", args=[department.pk]), {"post": "yes"})
    assert Department.objects.filter(pk=department.pk).exists()


def test_opening_a_patients_document_is_reading_the_record(client, boss):
    noor = files.patient(clinic=boss.clinic, by=boss)
    client.get(reverse("admin:patients_patient_change", args=[noor.pk]))
    assert AuditEvent.objects.filter(action="read", user=boss, patient_id=noor.pk).count() == 1
