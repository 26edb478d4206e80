"""Two managers at one account, doctor or department: the slower one is told, and nothing of the faster one is lost."""

import pytest

from clinic import operations
from clinic.access import Role
from clinic.models import Department
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


@pytest.fixture(params=["users", "doctors", "departments"])
def kept(request, clinic):
    """(address, one change, another) of something that managers keep."""
    doctor = people.doctor(clinic=clinic)
    found = {
        "users": (people.user(Role.NURSE, clinic=clinic).pk, {"name": "Noor"}, {"roles": ["pharmacist"]}),
        "doctors": (doctor.pk, {"room": "8"}, {"is_active": False}),
        "departments": (Department.objects.create(name="Heart").pk, {"name": "Eyes"}, {"is_active": False}),
    }
    pk, first, second = found[request.param]
    return f"{V1}{request.param}/{pk}/", first, second


@pytest.mark.parametrize("way", ["If-Match", "version"])
def test_the_slower_one_is_told(api, kept, way):
    address, first, second = kept
    read = api.get(address)
    assert read["ETag"] == f'"{read.json()["version"]}"'
    assert api.patch(address, second, headers={"If-Match": read["ETag"]}).status_code == 200
    if way == "If-Match":
        late = api.patch(address, first, headers={"If-Match": read["ETag"]})
    else:
        late = api.patch(address, {**first, "version": read.json()["version"]})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    now = api.get(address)
    name = next(iter(first))
    assert (now.json()[name], now["ETag"] == read["ETag"]) == (read.json()[name], False)


def test_without_a_version_it_is_written(api, kept):
    address, first, _second = kept
    before = api.get(address).json()["version"]
    assert api.patch(address, first).json()["version"] == before + 1


def test_the_same_again_leaves_the_version(api, kept):
    address, first, _second = kept
    once, again = (api.patch(address, first).json()["version"] for _time in range(2))
    assert once == again


def test_a_closed_account_is_another_version(api, boss, clinic):
    nurse = people.user(Role.NURSE, clinic=clinic)
    read = api.get(f"{V1}users/{nurse.pk}/")
    operations.disable_user(user=nurse, by=boss)
    assert api.patch(f"{V1}users/{nurse.pk}/", {"name": "X"}, headers={"If-Match": read["ETag"]}).status_code == 412


def test_a_doctors_status_is_no_other_version(api, clinic):
    doctor = people.doctor(clinic=clinic)
    read = api.get(f"{V1}doctors/{doctor.pk}/")
    operations.set_presence(doctor=doctor, status="busy", by=doctor.user)
    assert api.patch(f"{V1}doctors/{doctor.pk}/", {"room": "8"}, headers={"If-Match": read["ETag"]}).status_code == 200
