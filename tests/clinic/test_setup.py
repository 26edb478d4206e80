"""The first run."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Service
from clinic import setup
from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent, Clinic, Doctor, SetupCode, User
from clinic.setup import NewDoctor
from queues.models import Station
from scheduling.models import Availability
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db
ADDRESS = "/setup/"


def answers(code, **changes):
    return {
        "code": code,
        "name": "Al Noor Clinic",
        "name_other_script": "عيادة النور",
        "country": "KW",
        "language": "ar",
        "your_name": "Maha Saleh",
        "username": "maha",
        "password": "three blue camels",
        "again": "three blue camels",
        "all_roles": "on",
        "doctors": "Omar Haddad / عمر حداد, 3\nليلى الحسن",
        "price": "١٢٫٥",
        **changes,
    }


def test_the_code_has_120_bits_and_only_its_hash_is_kept():
    code = setup.issue_code()
    row = SetupCode.objects.get()
    assert (len(code.replace("-", "")), len(set(setup.ALPHABET)), code in row.code_hash) == (24, 32, False)


def test_no_code_once_somebody_has_an_account():
    people.user(Role.MANAGER, clinic=people.clinic())
    with pytest.raises(Refused) as refused:
        setup.issue_code()
    assert refused.value.code == "already_set_up"


def test_four_answers_open_a_clinic_that_can_book_and_bill(client):
    page = client.post(ADDRESS, answers(setup.issue_code()))
    made = Clinic.objects.get()
    assert page.status_code == 200
    assert (made.currency, made.time_zone, made.language, made.tax_rate) == ("KWD", "Asia/Kuwait", "ar", 0)
    assert [str(d) for d in Doctor.objects.order_by("pk")] == ["Omar Haddad", "ليلى الحسن"]
    assert sorted(Station.objects.values_list("kind", "letter")) == [
        ("doctor", "A"),
        ("doctor", "B"),
        ("pharmacy", "P"),
    ]
    assert Availability.objects.count() == 10
    assert Service.objects.get().price == Decimal("12.5")
    assert client.get("/")["Location"] == reverse("scheduling:desk")


def test_the_doctors_passwords_are_shown_once_and_must_be_replaced(client):
    page = client.post(ADDRESS, answers(setup.issue_code())).content.decode()
    omar = User.objects.get(username="omar.haddad")
    password = page.split("omar.haddad")[1].split('class="code">')[1].split("<")[0]
    assert (omar.check_password(password), omar.must_change_password, omar.roles) == (True, True, {Role.DOCTOR})
    assert client.get(ADDRESS).status_code == 404


def test_the_manager_alone_may_do_everything_but_see_patients(client):
    client.post(ADDRESS, answers(setup.issue_code()))
    maha = User.objects.get(username="maha")
    assert maha.roles == {Role.MANAGER, Role.NURSE, Role.PHARMACIST, Role.RECEPTION}
    assert AuditEvent.objects.filter(action="open_clinic", user=maha).count() == 1


def test_a_doctor_who_works_alone_needs_no_other(client):
    client.post(ADDRESS, answers(setup.issue_code(), doctors="", also_doctor="on"))
    assert Doctor.objects.get().user.username == "maha"
    assert client.get("/")["Location"] == reverse("visits:consult")


@pytest.mark.parametrize("spoil", ["wrong", "old", "used"])
def test_a_wrong_old_or_used_code_opens_nothing(client, spoil):
    code = setup.issue_code()
    if spoil == "wrong":
        code = "AAAA" + code[4:]
    if spoil == "old":
        SetupCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    if spoil == "used":
        SetupCode.objects.update(used_at=timezone.now())
    assert client.post(ADDRESS, answers(code)).status_code == 422
    assert (Clinic.objects.count(), User.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short", "again": "short"},
        {"again": "three blue camel"},
        {"doctors": ""},
        {"time_zone": "Mars/Olympus"},
        {"tax_rate": "101"},
        {"currency": "dinar"},
    ],
)
def test_what_does_not_make_sense_is_asked_again(client, change):
    assert client.post(ADDRESS, answers(setup.issue_code(), **change)).status_code == 422
    assert User.objects.count() == 0


def test_before_the_first_account_every_way_leads_to_set_up(client):
    assert client.get("/")["Location"] == ADDRESS
    assert client.get("/sign-in/")["Location"] == ADDRESS


@pytest.mark.parametrize(
    ("text", "doctors"),
    [
        ("Omar", [NewDoctor("Omar", "", "")]),
        ("Omar / عمر, 3", [NewDoctor("Omar", "عمر", "3")]),
        ("عمر، 3\n\n  \nLayla,", [NewDoctor("عمر", "", "3"), NewDoctor("Layla", "", "")]),
        (", 3", []),
    ],
)
def test_lines_of_doctors(text, doctors):
    assert setup.parse_doctors(text) == doctors


def test_user_names_come_from_the_latin_name_and_are_not_taken_twice():
    people.user(Role.DOCTOR, clinic=people.clinic(), username="omar.haddad")
    assert setup.free_username("عمر", "Omar Haddad") == "omar.haddad2"
    assert setup.free_username("عمر") == "doctor"
