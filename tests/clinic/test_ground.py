"""The shared modules everything stands on."""

import zoneinfo

import pytest
from babel.numbers import get_currency_precision, is_currency
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.utils import InternalError, NotSupportedError, ProgrammingError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.utils import translation

from clinic import audit, checks, idempotency, live, operations
from clinic.access import Role, allow, public
from clinic.countries import COUNTRIES, workdays
from clinic.errors import Refused
from clinic.models import AuditEvent, Clinic, Counter, Department, Doctor, IdempotencyKey, User
from clinic.numbers import next_number
from clinic.operation import operation
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db
REFUSALS = (InternalError, NotSupportedError, ProgrammingError, IntegrityError, OperationalError)


@pytest.fixture
def here():
    return people.clinic()


@pytest.fixture
def boss(here):
    return people.user(Role.MANAGER, clinic=here)


# --- the tests' own people -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", [(Role.MANAGER,), (Role.DOCTOR, Role.NURSE), ()], ids=["manager", "two", "none"])
def test_the_people_of_the_tests_are_those_of_the_operation(here, roles):
    made = people.user(*roles, clinic=here, name="Maha", username="a", language="ar", one_time=True)
    fields = {"name": "Maha", "password": people.PASSWORD, "language": "ar", "one_time": True}
    added = operations.add_staff(clinic=here, username="b", roles=roles, **fields)
    own = {"id", "username", "password", "date_joined"}
    rows = [
        {name: value for name, value in User.objects.filter(pk=user.pk).values().get().items() if name not in own}
        for user in (made, added)
    ]
    assert rows[0] == rows[1]
    assert [set(user.groups.values_list("name", flat=True)) for user in (made, added)] == [set(map(str, roles))] * 2
    assert all(User.objects.get(pk=user.pk).check_password(people.PASSWORD) for user in (made, added))


# --- the trail -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_auditevent SET action = 'x'",
        "DELETE FROM clinic_auditevent",
        "TRUNCATE clinic_auditevent CASCADE",
        "INSERT INTO clinic_auditevent (at, action, roles, subject_type, facts, result, request_id) VALUES (now(), '', '', '', '{}', 'ok', '')",
    ],
)
def test_the_trail_is_only_ever_appended_to(here, boss, statement):
    added = operations.add_staff(clinic=here, username="noor", name="Noor", roles=[Role.NURSE], by=boss)
    with pytest.raises(REFUSALS), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.filter(subject_id=added.pk, action="add_staff").count() == 1


def test_an_entry_says_who_in_which_roles_did_what_to_what(boss):
    event = audit.record(boss, "look", boss, reason="asked", amount=1)
    event.refresh_from_db()
    assert (event.user, event.roles, event.clinic, event.subject_type, event.subject_id, event.facts, event.result) == (
        boss,
        "manager",
        boss.clinic,
        "clinic.user",
        boss.pk,
        {"reason": "asked", "amount": 1},
        "ok",
    )


# --- access ----------------------------------------------------------------------------------------------------------


@allow(Role.DOCTOR)
def room(request):
    return HttpResponse("in")


def visit(view, user):
    request = RequestFactory().get("/")
    request.user = user
    return view(request)


def test_the_named_role_gets_in_and_another_does_not(here, boss):
    assert visit(room, people.doctor(clinic=here).user).content == b"in"
    with pytest.raises(PermissionDenied):
        visit(room, boss)


def test_a_disabled_user_holds_no_role(boss):
    User.objects.filter(pk=boss.pk).update(is_active=False)
    assert User.objects.get(pk=boss.pk).roles == frozenset()


def bare(request):
    return HttpResponse()


@public
def silent(request):
    return HttpResponse()


class Urls:
    """A table of contents with an address without a rule, one without a name, and a public one without a reason."""

    urlpatterns = [path("bare/", bare, name="bare"), path("nameless/", room), path("silent/", silent, name="silent")]


def test_addresses_without_rule_name_or_reason_stop_the_start(settings):
    settings.ROOT_URLCONF = Urls
    found = [
        *checks.every_address_has_a_rule(None),
        *checks.every_address_has_a_name(None),
        *checks.public_views_say_why(None),
    ]
    assert [(error.id, error.msg) for error in found] == [
        ("clinic.E001", "bare has no access rule."),
        ("clinic.E002", "nameless/ has no name."),
        ("clinic.E003", "silent is public and does not say why."),
    ]


# --- operations ------------------------------------------------------------------------------------------------------


@operation
def add_department(*, clinic, by, name, then=None):
    """Make a department; a test's own verb."""
    made = Department.objects.create(name=name)
    live.publish(clinic, "desk")
    if then:
        then()
    return made


def test_what_an_operation_refuses_has_not_happened(here, boss, published):
    def refuse():
        raise Refused("no", "no")

    with pytest.raises(Refused):
        add_department(clinic=here, by=boss, name="Eye", then=refuse)
    assert (Department.objects.count(), published) == (0, [])


def test_an_operation_inside_another_publishes_once_at_the_end(here, boss, published):
    add_department(clinic=here, by=boss, name="Eye", then=lambda: add_department(clinic=here, by=boss, name="Ear"))
    assert published == [(here.pk, "desk")]


def test_publishing_outside_an_operation_is_refused(here):
    with pytest.raises(RuntimeError):
        live.publish(here, "desk")


# --- the second click ------------------------------------------------------------------------------------------------


def claim(boss, **body):
    return idempotency.claim(by=boss, key="k1", operation="pay", body=body)


def test_a_key_is_claimed_once_and_then_answers_with_what_was_made(here, boss):
    assert claim(boss, amount=5) is None
    idempotency.settle(by=boss, key="k1", made=here)
    assert claim(boss, amount=5) == here.pk


def test_a_key_with_another_body_is_refused(here, boss):
    claim(boss, amount=5)
    with pytest.raises(Refused) as refused:
        claim(boss, amount=6)
    assert (refused.value.code, refused.value.status) == ("key_reused", 422)


def test_a_key_belongs_to_its_user(here, boss):
    claim(boss, amount=5)
    assert claim(people.user(Role.MANAGER, clinic=here), amount=6) is None


def test_no_key_is_no_claim(boss):
    assert idempotency.claim(by=boss, key="", operation="pay", body={}) is None
    assert IdempotencyKey.objects.count() == 0


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gap_when_one_is_given_back(here):
    assert next_number(here, "x") == 1
    with pytest.raises(ValueError), transaction.atomic():
        next_number(here, "x")
        raise ValueError
    assert next_number(here, "x") == 2


def test_each_clinic_and_each_series_counts_for_itself(here):
    other = people.clinic(name="Elsewhere")
    assert [next_number(here, "x"), next_number(other, "x"), next_number(here, "y"), next_number(None, "x")] == [1] * 4
    assert [next_number(None, "x"), Counter.objects.count()] == [2, 4]


# --- people ----------------------------------------------------------------------------------------------------------


def test_an_account_without_a_password_cannot_sign_in(here):
    assert operations.add_staff(clinic=here, username="x", name="X", roles=[]).has_usable_password() is False


def test_a_user_name_is_taken_in_any_case(here):
    people.user(clinic=here, username="sara")
    with pytest.raises(IntegrityError), transaction.atomic():
        people.user(clinic=here, username="SARA")


def test_changing_roles_ends_the_tokens_and_is_noted(here, boss):
    sara = people.user(Role.RECEPTION, clinic=here)
    before = User.objects.get(pk=sara.pk).token_version
    changed = operations.set_roles(user=sara, roles=[Role.NURSE], by=boss)
    assert (changed.roles, changed.token_version) == ({Role.NURSE}, before + 1)
    assert AuditEvent.objects.filter(action="set_roles", user=boss, subject_id=sara.pk).count() == 1


def test_presence_is_told_once(here, published):
    omar = people.doctor(clinic=here)
    published.clear()
    operations.set_presence(doctor=omar, status=Doctor.Status.ONLINE, by=omar.user)
    operations.set_presence(doctor=omar, status=Doctor.Status.ONLINE, by=omar.user)
    assert published == [(here.pk, "desk"), (here.pk, f"doctor-{omar.pk}")]


def test_a_preference_that_is_none_is_refused(boss):
    with pytest.raises(TypeError):
        operations.set_preferences(user=boss, by=boss, is_superuser=True)


# --- countries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
def test_a_preset_makes_a_valid_clinic(country):
    fields = ("currency", "time_zone", "language", "tax_name", "tax_rate", "weekend")
    made = Clinic(name="x", country=country.code, **{name: getattr(country, name) for name in fields})
    made.full_clean()
    assert is_currency(country.currency)
    assert country.time_zone in zoneinfo.available_timezones()
    assert 5 <= len(workdays(country.weekend)) <= 6


def test_the_dinar_has_three_places_and_the_riyal_two():
    assert [get_currency_precision(code) for code in ("KWD", "SAR", "JPY")] == [3, 2, 0]


def test_days_off_are_read_from_the_clinics_text():
    assert (workdays("4,5"), workdays(""), workdays("6")) == ([0, 1, 2, 3, 6], list(range(7)), list(range(6)))


@pytest.mark.parametrize(("written", "read"), [("VAT", "ضريبة القيمة المضافة"), ("Levy", "Levy"), ("", "")])
def test_the_tax_of_a_preset_is_said_in_the_readers_language(written, read):
    with translation.override("ar"):
        assert str(Clinic(tax_name=written).tax_word) == read
