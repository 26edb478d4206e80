"""Accounts, departments and doctors through the JSON door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import operations, staffing
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent, Department, Doctor, User
from tests.api import client_of
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import scheduling as times

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
STRONG = "three blue camels"


@pytest.fixture
def here():
    return people.clinic()


@pytest.fixture
def boss(here):
    return people.user(Role.MANAGER, clinic=here, name="Maha Saleh", username="maha")


@pytest.fixture
def sara(here):
    return people.user(Role.RECEPTION, clinic=here, username="sara")


@pytest.fixture
def omar(here):
    return people.doctor(clinic=here, specialties="Cardiology, Internal medicine", licence_number="L-1", phone="055")


@pytest.fixture
def api(boss):
    return client_of(boss)


def new_user(**changes):
    return {"username": "noor", "name": "Noor Ali", "roles": ["nurse"], **changes}


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def refusal(response):
    return response.status_code, response.json()["code"]


# --- accounts --------------------------------------------------------------------------------------------------------


def test_a_manager_makes_an_account_that_must_choose_an_own_password(api, here):
    answer = api.post(f"{V1}/users/", new_user(password=STRONG, email="noor@clinic.example", language="ar"))
    made = User.objects.get(username="noor")
    assert answer.status_code == 201
    assert answer.json() == {
        "id": made.pk,
        "username": "noor",
        "name": "Noor Ali",
        "name_other_script": "",
        "email": "noor@clinic.example",
        "language": "ar",
        "roles": ["nurse"],
        "is_active": True,
        "must_change_password": True,
        "last_login": None,
        "created_at": answer.json()["created_at"],
        "doctor": None,
        "version": answer.json()["version"],
    }
    assert (made.clinic, made.check_password(STRONG)) == (here, True)


def test_an_account_without_a_password_cannot_sign_in(api):
    api.post(f"{V1}/users/", new_user())
    assert User.objects.get(username="noor").has_usable_password() is False


def test_a_doctors_account_comes_with_the_doctor(api):
    department = Department.objects.create(name="Heart")
    details = {"department": department.pk, "specialties": ["Cardiology"], "licence_number": "L-9", "room": "4"}
    answer = api.post(f"{V1}/users/", new_user(roles=["doctor"], doctor=details))
    doctor = Doctor.objects.get(user__username="noor")
    assert answer.json()["doctor"] == doctor.pk
    assert (doctor.department, doctor.specialties, doctor.licence_number, doctor.room) == (
        department,
        "Cardiology",
        "L-9",
        "4",
    )


def test_nothing_is_made_when_the_licence_is_taken(api, omar):
    answer = api.post(f"{V1}/users/", new_user(roles=["doctor"], doctor={"licence_number": "L-1"}))
    assert refusal(answer) == (409, "licence_taken")
    assert User.objects.filter(username="noor").count() == 0


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"username": "MAHA"}, 409, "username_taken"),
        ({"email": "Maha@clinic.example"}, 409, "email_taken"),
        ({"password": "short"}, 400, "weak_password"),
        ({"roles": ["patient"]}, 400, "patient_role"),
        ({"doctor": {"room": "3"}}, 400, "doctor_role"),
        ({"roles": []}, 400, "invalid"),
        ({"roles": ["emperor"]}, 400, "invalid"),
        ({"username": "no spaces"}, 400, "invalid"),
        ({"is_superuser": True}, 400, "invalid"),
        ({"is_active": False}, 400, "invalid"),
    ],
)
def test_a_bad_account_is_refused_and_not_made(api, boss, changes, status, code):
    User.objects.filter(pk=boss.pk).update(email="maha@clinic.example")
    assert refusal(api.post(f"{V1}/users/", new_user(**changes))) == (status, code)
    assert User.objects.count() == 1


def test_the_same_key_makes_one_account(api):
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    first, second = (api.post(f"{V1}/users/", new_user(), **key) for _time in range(2))
    assert (first.json(), first.status_code, second.status_code) == (second.json(), 201, 201)
    assert User.objects.filter(username="noor").count() == 1


def test_accounts_are_found_by_part_of_a_name_role_and_state(api, boss, sara, omar):
    operations.disable_user(user=sara, by=boss)
    User.objects.filter(pk=omar.user_id).update(name_other_script="عمر حداد")

    def found(query):
        return [row["username"] for row in api.get(f"{V1}/users/?{query}").json()["results"]]

    assert found("q=عمر") == [omar.user.username]
    assert found("role=reception") == ["sara"]
    assert found("active=true&ordering=username") == sorted([omar.user.username, "maha"])
    assert found("active=false") == ["sara"]


def test_another_clinics_accounts_are_not_there(api, boss):
    foreign = people.user(Role.NURSE, clinic=people.clinic(name="Elsewhere"))
    assert [row["id"] for row in api.get(f"{V1}/users/").json()["results"]] == [boss.pk]
    for method in ("get", "patch", "delete"):
        assert getattr(api, method)(f"{V1}/users/{foreign.pk}/").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role != Role.MANAGER])
def test_only_managers_read_accounts(here, role):
    assert refusal(client_of(people.user(role, clinic=here)).get(f"{V1}/users/")) == (403, "not_allowed")


def test_changing_roles_ends_the_tokens_given_before(api, sara):
    theirs = client_of(sara)
    answer = api.patch(f"{V1}/users/{sara.pk}/", {"roles": ["nurse", "pharmacist"], "name": "Sara Two"})
    assert (answer.json()["roles"], answer.json()["name"]) == (["nurse", "pharmacist"], "Sara Two")
    assert theirs.get(f"{V1}/departments/").status_code == 401
    assert actions()[-2:] == ["update_account", "set_roles"]


def test_the_same_values_again_change_nothing(api, sara):
    before = len(actions())
    api.patch(f"{V1}/users/{sara.pk}/", {"roles": ["reception"], "name": sara.name, "is_active": True})
    sara.refresh_from_db()
    assert (len(actions()), sara.token_version) == (before, 1)


def test_an_account_is_closed_not_erased_and_opened_again(api, sara):
    theirs = client_of(sara)
    assert api.delete(f"{V1}/users/{sara.pk}/").json()["is_active"] is False
    assert theirs.get(f"{V1}/departments/").status_code == 401
    assert api.delete(f"{V1}/users/{sara.pk}/").json()["roles"] == ["reception"]
    assert api.patch(f"{V1}/users/{sara.pk}/", {"is_active": True}).json()["is_active"] is True


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": ["reception"]}])
def test_a_manager_does_not_remove_themself(api, boss, change):
    people.user(Role.MANAGER, clinic=boss.clinic)
    assert refusal(api.patch(f"{V1}/users/{boss.pk}/", change)) == (409, "own_account")
    assert refusal(api.delete(f"{V1}/users/{boss.pk}/")) == (409, "own_account")
    assert User.objects.get(pk=boss.pk).has_role(Role.MANAGER) is True


def test_the_last_manager_stays(boss, sara):
    with pytest.raises(Refused) as refused:
        operations.set_roles(user=boss, roles={Role.RECEPTION}, by=sara)
    assert refused.value.code == "last_manager"
    with pytest.raises(Refused) as refused:
        operations.disable_user(user=boss, by=sara)
    assert refused.value.code == "last_manager"


def test_a_taken_user_name_is_refused_by_the_database(boss):
    """Past the check of the operation, as the second of two at once."""
    with pytest.raises(Refused) as refused, pytest.MonkeyPatch.context() as patch:
        patch.setattr(User.objects, "filter", lambda **_fields: User.objects.none())
        staffing.hire(clinic=boss.clinic, by=boss, username="Maha", name="X", roles=["nurse"])
    assert refused.value.code == "username_taken"


# --- departments -----------------------------------------------------------------------------------------------------


def test_a_department_is_added_changed_and_closed(api):
    made = api.post(f"{V1}/departments/", {"name": " Heart  and lungs ", "name_other_script": "القلب"}).json()
    assert (made["name"], made["is_active"]) == ("Heart and lungs", True)
    address = f"{V1}/departments/{made['id']}/"
    assert api.patch(address, {"name": "Heart"}).json()["name"] == "Heart"
    assert api.delete(address).json()["is_active"] is False
    assert Department.objects.count() == 1
    assert actions()[-3:] == ["add_department", "update_department", "update_department"]


def test_two_open_departments_never_have_one_name(api):
    api.post(f"{V1}/departments/", {"name": "Heart"})
    assert refusal(api.post(f"{V1}/departments/", {"name": "HEART"})) == (409, "department_exists")
    other = api.post(f"{V1}/departments/", {"name": "Skin"}).json()["id"]
    assert refusal(api.patch(f"{V1}/departments/{other}/", {"name": "heart"})) == (409, "department_exists")


def test_departments_are_found_by_name_and_state(api):
    Department.objects.create(name="Heart", name_other_script="القلب")
    Department.objects.create(name="Skin", is_active=False)

    def found(query):
        return [row["name"] for row in api.get(f"{V1}/departments/?{query}").json()["results"]]

    assert (found("q=قلب"), found("active=false"), found("")) == (["Heart"], ["Skin"], ["Heart", "Skin"])


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.RECEPTION, Role.PATIENT])
def test_everybody_reads_departments_and_managers_write_them(here, role):
    department = Department.objects.create(name="Heart")
    api = client_of(people.user(role, clinic=here))
    assert api.get(f"{V1}/departments/{department.pk}/").json()["name"] == "Heart"
    assert api.post(f"{V1}/departments/", {"name": "Skin"}).status_code == 403
    assert api.patch(f"{V1}/departments/{department.pk}/", {"name": "Skin"}).status_code == 403
    assert api.delete(f"{V1}/departments/{department.pk}/").status_code == 403


# --- doctors ---------------------------------------------------------------------------------------------------------


def test_a_doctor_has_the_fields_of_the_contract(api, omar):
    shown = api.get(f"{V1}/doctors/{omar.pk}/").json()
    assert shown == {
        "id": omar.pk,
        "user": omar.user_id,
        "name": "Omar Haddad",
        "name_other_script": "",
        "department": None,
        "specialties": ["Cardiology", "Internal medicine"],
        "licence_number": "L-1",
        "phone": "055",
        "email": "",
        "room": "1",
        "appointment_minutes": 15,
        "status": "offline",
        "status_since": shown["status_since"],
        "is_active": True,
        "version": 1,
    }


def test_doctors_are_found_by_name_in_either_script_department_specialty_licence_and_status(api, here, omar):
    User.objects.filter(pk=omar.user_id).update(name_other_script="عمر حدّاد")
    heart = Department.objects.create(name="Heart")
    muna = people.doctor(clinic=here, name="منى صالح", specialties="Skin", department=heart, status="online")

    def found(**query):
        return [row["id"] for row in api.get(f"{V1}/doctors/", query).json()["results"]]

    assert found(q="hadad") == found(q="عمر") == found(q="Oma Had") == [omar.pk]
    assert found(q="Mona") == found(department=heart.pk) == found(specialty="skin") == found(status="online")
    assert found(status="online") == [muna.pk]
    assert (found(licence="L-1"), found(q="nobody"), found(specialty="Card")) == ([omar.pk], [], [])
    assert found(ordering="-id") == [muna.pk, omar.pk]


def test_specialties_are_counted_over_active_doctors(api, here, omar):
    people.doctor(clinic=here, specialties="Cardiology،Skin")
    people.doctor(clinic=here, specialties="Bones", is_active=False)
    assert api.get(f"{V1}/doctors/specialties/").json()["results"] == [
        {"name": "Cardiology", "doctors": 2},
        {"name": "Internal medicine", "doctors": 1},
        {"name": "Skin", "doctors": 1},
    ]


def test_a_patient_sees_active_doctors_without_phone_and_email(here, omar):
    gone = people.doctor(clinic=here, is_active=False)
    api = client_of(people.user(Role.PATIENT, clinic=here))
    rows = api.get(f"{V1}/doctors/").json()["results"]
    assert [row["id"] for row in rows] == [omar.pk]
    assert {"phone", "email"} & set(rows[0]) == set()
    assert api.get(f"{V1}/doctors/{gone.pk}/").status_code == 404


def test_strangers_see_doctors_only_where_the_clinic_wants_it(here, omar):
    api = client_of()
    assert [refusal(api.get(f"{V1}/doctors/{part}")) for part in ("", f"{omar.pk}/")] == [(401, "not_signed_in")] * 2
    here.public_doctors = True
    here.save(update_fields=["public_doctors"])
    elsewhere = people.doctor(clinic=people.clinic(name="Elsewhere"))
    expected = {
        "id": omar.pk,
        "name": "Omar Haddad",
        "name_other_script": "",
        "department": None,
        "specialties": ["Cardiology", "Internal medicine"],
    }
    assert api.get(f"{V1}/doctors/").json()["results"] == [expected]
    assert api.get(f"{V1}/doctors/{omar.pk}/").json() == expected
    assert api.get(f"{V1}/doctors/{elsewhere.pk}/").status_code == 404
    for query in ("licence=nothing", "status=online"):
        answer = api.get(f"{V1}/doctors/?{query}")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.partition("=")[0]])
    assert api.get(f"{V1}/doctors/{omar.pk}/status/").status_code == 401


def test_strangers_see_free_times_and_specialties_only_where_the_clinic_wants_it(here, omar):
    api, paths = client_of(), (f"doctors/{omar.pk}/slots/", "doctors/specialties/")
    times.hours(doctor=omar, clinic=here)
    assert [refusal(api.get(f"{V1}/{path}")) for path in paths] == [(401, "not_signed_in")] * 2
    here.public_doctors = True
    here.save(update_fields=["public_doctors"])
    elsewhere = people.doctor(clinic=people.clinic(name="Elsewhere"), specialties="Skin")
    slots, specialties = (api.get(f"{V1}/{path}").json() for path in paths)
    assert (slots["count"] > 0, set(slots["results"][0])) == (True, {"start", "end", "minutes"})
    assert [row["name"] for row in specialties["results"]] == ["Cardiology", "Internal medicine"]
    assert api.get(f"{V1}/doctors/{elsewhere.pk}/slots/").status_code == 404
    assert api.get(f"{V1}/doctors/{omar.pk}/availability/").status_code == 401


def test_an_account_of_no_role_sees_no_doctors(here, omar):
    assert client_of(people.user(clinic=here)).get(f"{V1}/doctors/").status_code == 403


def test_another_clinics_doctors_are_not_there(api, omar):
    foreign = people.doctor(clinic=people.clinic(name="Elsewhere"))
    assert [row["id"] for row in api.get(f"{V1}/doctors/").json()["results"]] == [omar.pk]
    assert api.get(f"{V1}/doctors/{foreign.pk}/").status_code == 404


def test_an_account_becomes_a_doctor_once(api, sara):
    body = {"user": sara.pk, "specialties": ["Skin", " Skin"], "licence_number": "L-7"}
    made = api.post(f"{V1}/doctors/", body)
    assert (made.status_code, made.json()["specialties"]) == (201, ["Skin"])
    assert User.objects.get(pk=sara.pk).roles == {Role.RECEPTION, Role.DOCTOR}
    assert refusal(api.post(f"{V1}/doctors/", body)) == (409, "already_a_doctor")
    assert actions()[-1] == "add_doctor"


def test_a_doctor_of_an_unknown_account_or_department_is_a_400(api, sara):
    foreign = people.user(Role.NURSE, clinic=people.clinic(name="Elsewhere"))
    assert list(api.post(f"{V1}/doctors/", {"user": foreign.pk}).json()["fields"]) == ["user"]
    closed = Department.objects.create(name="Skin", is_active=False)
    answer = api.post(f"{V1}/doctors/", {"user": sara.pk, "department": closed.pk})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["department"])


def test_a_doctor_is_changed_and_taken_out_of_the_book(api, omar):
    operations.set_presence(doctor=omar, status="online", by=omar.user)
    changed = api.patch(f"{V1}/doctors/{omar.pk}/", {"specialties": ["Skin"], "licence_number": "", "room": "7"}).json()
    assert (changed["specialties"], changed["licence_number"], changed["room"]) == (["Skin"], None, "7")
    gone = api.delete(f"{V1}/doctors/{omar.pk}/").json()
    assert (gone["is_active"], gone["status"]) == (False, "offline")
    assert api.get(f"{V1}/doctors/").json()["count"] == 0
    assert api.get(f"{V1}/doctors/?active=false").json()["count"] == 1
    assert actions()[-3:] == ["update_doctor", "update_doctor", "set_presence"]


def test_a_licence_number_belongs_to_one_doctor(api, here, omar):
    other = people.doctor(clinic=here)
    assert refusal(api.patch(f"{V1}/doctors/{other.pk}/", {"licence_number": "L-1"})) == (409, "licence_taken")


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.RECEPTION, Role.PATIENT])
def test_only_managers_keep_doctors(here, omar, role):
    api = client_of(people.user(role, clinic=here))
    assert api.post(f"{V1}/doctors/", {"user": 1}).status_code == 403
    assert api.patch(f"{V1}/doctors/{omar.pk}/", {"room": "7"}).status_code == 403
    assert api.delete(f"{V1}/doctors/{omar.pk}/").status_code == 403


def test_doctors_speak_for_themselves_only(here, omar, published):
    other = people.doctor(clinic=here)
    api, address = client_of(omar.user), f"{V1}/doctors/{omar.pk}/status/"
    shown = api.post(address, {"status": "busy"}).json()
    assert (shown["doctor"], shown["status"], api.get(address).json()) == (omar.pk, "busy", shown)
    assert (here.pk, f"doctor-{omar.pk}") in published
    assert api.post(f"{V1}/doctors/{other.pk}/status/", {"status": "busy"}).status_code == 404
    assert api.post(address, {"status": "asleep"}).status_code == 400


def test_the_manager_does_not_speak_for_a_doctor(api, omar):
    assert api.post(f"{V1}/doctors/{omar.pk}/status/", {"status": "busy"}).status_code == 403


@pytest.mark.parametrize("resource", ["users", "doctors", "departments", "doctors/specialties"])
def test_a_list_asks_as_often_with_many_rows_as_with_one(api, here, resource):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert api.get(f"{V1}/{resource}/?limit=100").status_code == 200
        return len(captured)

    people.doctor(clinic=here)
    Department.objects.create(name="One")
    asked()
    few = asked()
    for number in range(10):
        people.doctor(clinic=here)
        Department.objects.create(name=f"Department {number}")
    assert (asked(), few <= 7) == (few, True)


def test_reading_doctors_names_no_patient(api, here, sara):
    """Accounts of patients are accounts too; their medical file is not among the fields."""
    files.patient(clinic=here, by=sara)
    people.user(Role.PATIENT, clinic=here)
    row = api.get(f"{V1}/users/?role=patient").json()["results"][0]
    assert "patient" not in row
