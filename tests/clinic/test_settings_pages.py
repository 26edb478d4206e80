"""The settings: managers only, catalogues editable, documents to read only, every change in the trail."""

import pytest
from django.contrib import admin
from django.urls import reverse

from clinic import operations
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
    assert (answer.status_code, User.objects.get(pk=boss.pk).roles) == (409, {Role.MANAGER})
    assert answer.context["adminform"].form.errors == {
        "__all__": ["You cannot take the manager's role or the account from yourself."]
    }


def test_a_refused_change_keeps_what_was_typed_and_saves_nothing(client, boss):
    form = {"name": "Changed", "username": boss.username, "roles": ["manager"]}
    answer = client.post(reverse("admin:clinic_user_change", args=[boss.pk]), form)
    boss.refresh_from_db()
    assert (answer.status_code, boss.name, boss.is_active) == (409, "Maha Saleh", True)
    assert 'value="Changed"' in answer.content.decode()


def test_closing_the_account_of_a_doctor_sends_them_offline(client, boss, published):
    doctor = people.doctor(clinic=boss.clinic)
    operations.set_presence(doctor=doctor, status=Doctor.Status.ONLINE, by=doctor.user)
    published.clear()
    form = {"name": doctor.user.name, "username": doctor.user.username, "roles": ["doctor"]}
    client.post(reverse("admin:clinic_user_change", args=[doctor.user.pk]), form)
    doctor.refresh_from_db()
    assert (doctor.user.is_active, doctor.status) == (False, Doctor.Status.OFFLINE)
    assert AuditEvent.objects.filter(action="disable_user", user=boss, subject_id=doctor.user.pk).count() == 1
    assert (boss.clinic_id, "desk") in published
    client.post(reverse("admin:clinic_user_change", args=[doctor.user.pk]), {**form, "is_active": "on"})
    doctor.user.refresh_from_db()
    assert (doctor.user.is_active, doctor.user.roles) == (True, {Role.DOCTOR})


def test_a_user_name_is_changed_and_stays_one_persons(client, boss):
    noor = people.user(Role.NURSE, clinic=boss.clinic, username="noor")
    form = {"name": "Noor Ali", "roles": ["nurse"], "is_active": "on", "language": noor.language}
    address = reverse("admin:clinic_user_change", args=[noor.pk])
    client.post(address, {**form, "username": "noor.ali"})
    noor.refresh_from_db()
    assert (noor.username, noor.name) == ("noor.ali", "Noor Ali")
    assert AuditEvent.objects.get(action="update_account").facts == {"fields": ["name", "username"]}
    assert client.post(address, {**form, "username": boss.username.upper()}).status_code in (200, 409)
    noor.refresh_from_db()
    assert noor.username == "noor.ali"


def test_the_roles_of_a_colleague_are_offered_and_no_patients(client, boss):
    form = client.get(reverse("admin:clinic_user_add")).context["adminform"].form
    assert [value for value, _label in form.fields["roles"].choices] == [r.value for r in Role if r != Role.PATIENT]


def test_an_account_that_is_saved_as_it_was_leaves_no_trace(client, boss):
    noor = people.user(Role.NURSE, clinic=boss.clinic, username="noor", name="Noor Ali")
    before = AuditEvent.objects.count()
    form = {"name": "Noor Ali", "username": "noor", "roles": ["nurse"], "is_active": "on", "language": noor.language}
    assert client.post(reverse("admin:clinic_user_change", args=[noor.pk]), form).status_code == 302
    assert AuditEvent.objects.count() == before


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


def test_a_doctor_is_changed_by_the_operation(client, boss, published):
    doctor = people.doctor(clinic=boss.clinic)
    operations.set_presence(doctor=doctor, status=Doctor.Status.ONLINE, by=doctor.user)
    form = {"specialties": "Eyes, Eyes , Ears", "licence_number": "", "room": "7", "appointment_minutes": 20}
    assert client.post(reverse("admin:clinic_doctor_change", args=[doctor.pk]), form).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.specialties, doctor.room, doctor.is_active, doctor.status) == ("Eyes, Ears", "7", False, "offline")
    event = AuditEvent.objects.get(action="update_doctor")
    assert event.facts == {"fields": ["appointment_minutes", "is_active", "room", "specialties"]}


def test_a_licence_number_is_one_doctors(client, boss):
    people.doctor(clinic=boss.clinic, licence_number="L-1")
    noor = people.user(Role.NURSE, clinic=boss.clinic)
    form = {"user": noor.pk, "appointment_minutes": 15, "is_active": "on", "licence_number": "L-1"}
    answer = client.post(reverse("admin:clinic_doctor_add"), form)
    assert answer.status_code in (200, 409)
    assert (Doctor.objects.count(), User.objects.get(pk=noor.pk).roles) == (1, {Role.NURSE})


def test_departments_are_opened_renamed_and_closed_by_their_operations(client, boss):
    client.post(reverse("admin:clinic_department_add"), {"name": " Eye  clinic ", "name_other_script": "العيون"})
    department = Department.objects.get()
    assert (department.name, department.is_active) == ("Eye clinic", True)
    address = reverse("admin:clinic_department_change", args=[department.pk])
    client.post(address, {"name": "Eyes", "name_other_script": "العيون"})
    department.refresh_from_db()
    assert (department.name, department.is_active) == ("Eyes", False)
    assert AuditEvent.objects.get(action="update_department").facts == {"fields": ["is_active", "name"]}


def test_a_second_department_of_a_name_is_refused_beside_it(client, boss):
    Department.objects.create(name="Eye")
    answer = client.post(reverse("admin:clinic_department_add"), {"name": "eye"})
    assert (answer.status_code, Department.objects.count()) == (409, 1)
    errors = answer.context["adminform"].form.errors
    assert errors == {"name": ["There is already a department of this name."]}


def test_another_clinics_people_are_not_here(client, boss):
    other = people.user(Role.NURSE, clinic=people.clinic(name="Elsewhere"), name="Zed Elsewhere")
    assert b"Zed Elsewhere" not in client.get(reverse("admin:clinic_user_changelist")).content
    assert client.get(reverse("admin:clinic_user_change", args=[other.pk])).status_code == 302


def test_a_rule_of_the_clinic_is_in_the_trail_by_field_name_only(client, boss):
    address = reverse("admin:clinic_clinic_change", args=[boss.clinic_id])
    form = client.get(address).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value is not None and value is not False}
    assert client.post(address, {**values, "grace_minutes": 12}).status_code == 302
    event = AuditEvent.objects.get(action="admin_change")
    assert (event.user, event.subject_id, event.facts["fields"]) == (
        boss,
        boss.clinic_id,
        ["Grace for late arrival, minutes"],
    )


def test_nothing_can_be_deleted(client, boss):
    department = Department.objects.create(name="Eye")
    client.post(reverse("admin:clinic_department_delete", args=[department.pk]), {"post": "yes"})
    assert Department.objects.filter(pk=department.pk).exists()


def test_opening_a_patients_document_is_reading_the_record(client, boss):
    noor = files.patient(clinic=boss.clinic, by=boss)
    client.get(reverse("admin:patients_patient_change", args=[noor.pk]))
    assert AuditEvent.objects.filter(action="read", user=boss, patient_id=noor.pk).count() == 1
