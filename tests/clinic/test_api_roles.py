"""What other roles do to an account: a patient's own stays a patient's, a doctor without the role is not booked."""

import pytest

from clinic import staffing
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import Doctor
from tests.api import client_of
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def boss(clinic):
    return people.user(Role.MANAGER, clinic=clinic)


@pytest.fixture
def api(boss):
    return client_of(boss)


@pytest.fixture
def own(clinic):
    return people.user(Role.PATIENT, clinic=clinic)


@pytest.fixture
def omar(clinic):
    return people.doctor(clinic=clinic)


def refusal(answer):
    return answer.status_code, answer.json()["code"], list(answer.json()["fields"])


def roles_of(user):
    return sorted(user.groups.values_list("name", flat=True))


@pytest.mark.parametrize("closed", [False, True])
def test_a_patients_account_does_not_become_a_colleagues(api, own, closed):
    own.is_active = not closed
    own.save(update_fields=["is_active"])
    answer = api.patch(f"{V1}users/{own.pk}/", {"roles": ["reception"]})
    assert (refusal(answer), roles_of(own)) == ((409, "patient_role", ["roles"]), ["patient"])


def test_nor_a_doctors(api, own):
    answer = api.post(f"{V1}doctors/", {"user": own.pk})
    assert (refusal(answer), roles_of(own)) == ((409, "patient_role", ["user"]), ["patient"])
    assert Doctor.objects.count() == 0


def test_its_name_can_be_mended(api, own):
    assert api.patch(f"{V1}users/{own.pk}/", {"name": "Layla"}).json()["name"] == "Layla"


def test_a_doctor_without_the_role_is_neither_listed_nor_booked(api, omar, boss):
    omar.status = Doctor.Status.ONLINE
    omar.save(update_fields=["status"])
    api.patch(f"{V1}users/{omar.user_id}/", {"roles": ["nurse"]})
    omar.refresh_from_db()
    assert (omar.is_active, omar.status) == (False, "offline")
    assert api.get(f"{V1}doctors/").json()["count"] == 0
    assert api.get(f"{V1}doctors/{omar.pk}/slots/").json()["count"] == 0


def test_other_roles_beside_it_leave_a_doctor_bookable(api, omar):
    api.patch(f"{V1}users/{omar.user_id}/", {"roles": ["doctor", "manager"]})
    omar.refresh_from_db()
    assert omar.is_active is True


def test_the_operation_refuses_too(own, boss):
    with pytest.raises(Refused) as refused:
        staffing.update_account(user=own, by=boss, roles=[Role.NURSE])
    assert refused.value.code == "patient_role"
