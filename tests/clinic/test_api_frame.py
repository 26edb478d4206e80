"""What the frame of the JSON door sees to for every endpoint, before and after an operation."""

from decimal import Decimal

import pytest
from rest_framework.exceptions import ValidationError

from clinic.access import Role
from clinic.api import Amount, Num, Whole
from clinic.api.shapes import fresh
from clinic.models import Department
from tests.api import client_of
from tests.factories import clinic as people
from tests.factories import patients as files

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def boss(clinic):
    return client_of(people.user(Role.MANAGER, clinic=clinic))


@pytest.fixture
def desk(clinic):
    return client_of(people.user(Role.RECEPTION, clinic=clinic))


@pytest.fixture
def stranger():
    return client_of()


def raw(client, method, path, text):
    """A body as the wire carries it."""
    return client.generic(method, f"{V1}{path}", text, content_type="application/json")


# --- text that is none -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ['{"sex": "\\ud800"}', '{"\\ud800": 1}', '{"name": ["\\udc00"]}'])
def test_half_a_character_is_no_text(desk, body):
    answer = raw(desk, "POST", "patients/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("path", ["auth/login", "auth/register", "auth/refresh"])
def test_nor_is_it_from_a_stranger(stranger, path):
    assert raw(stranger, "POST", path, '{"grant_type": "\\udc00", "sex": "\\udc00"}').status_code == 400


def test_a_character_outside_the_first_plane_is_text(boss):
    answer = raw(boss, "POST", "departments/", '{"name": "Heart \\ud83e\\udec0"}')
    assert (answer.status_code, Department.objects.get().name) == (201, "Heart \U0001fac0")


# --- methods and bodies ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["departments/", "patients/", "auth/login", "queue/next/", "reports/stats/"])
def test_options_is_a_method_that_is_not_there(boss, path):
    answer = boss.options(f"{V1}{path}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_body_without_its_length_is_refused_and_not_read_as_empty(boss):
    row = Department.objects.create(name="Heart")
    answer = boss.patch(f"{V1}departments/{row.pk}/", headers={"Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


# --- days ------------------------------------------------------------------------------------------------------------

DAYS = ["9999-12-31", "0001-01-01"]
REPORTS = ["visit-history/?date_from=", "visit-history/?date_to=", "stock-movements/?date_to=", "audit-log/?date_to=",
           "audit-log/?date=", "daily-summary/?date="]  # fmt: skip


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("path", REPORTS)
def test_reports_know_no_day_outside_the_calendar(boss, path, day):
    answer = boss.get(f"{V1}reports/{path}{day}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [path.partition("?")[2][:-1]])


@pytest.mark.parametrize("day", [*DAYS, "9999-12-20&days=31", "0001-01-01T00:00:00%2B14:00", "2201-01-01"])
def test_free_times_know_no_day_outside_the_calendar(clinic, boss, day):
    doctor = people.doctor(clinic=clinic)
    answer = boss.get(f"{V1}doctors/{doctor.pk}/slots/?from={day}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["from"])


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+00:00", "9999-12-31T10:00:00+00:00", "1899-06-01T10:00:00"])
def test_nothing_is_booked_outside_the_calendar(clinic, desk, start):
    body = {"patient": 1, "doctor": people.doctor(clinic=clinic).pk, "start": start, "overbook_reason": "asked"}
    answer = desk.post(f"{V1}appointments/", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["start"])


@pytest.mark.parametrize("day", ["1900-01-01", "2200-12-31"])
def test_the_calendars_own_ends_are_days(boss, day):
    assert boss.get(f"{V1}reports/visit-history/?date_from={day}&date_to={day}").status_code == 200


# --- figures ---------------------------------------------------------------------------------------------------------

NO_FIGURES = ["1_0", "1e1", "1E1", "+5", "0x1", "NaN", "Infinity", "1,5", "", " ", True]


@pytest.mark.parametrize("value", NO_FIGURES)
@pytest.mark.parametrize("field", [Amount(), Num(), Whole()], ids=["amount", "num", "whole"])
def test_what_is_no_figure_is_refused(field, value):
    with pytest.raises(ValidationError):
        fresh(field).run_validation(value)


@pytest.mark.parametrize(
    ("value", "meant"), [("١٠٫٥", "10.5"), ("10.50", "10.50"), ("-3", "-3"), (7, "7"), (" 4 ", "4")]
)
@pytest.mark.parametrize("field", [Amount(), Num()], ids=["amount", "num"])
def test_figures_of_both_scripts_are_read(field, value, meant):
    assert fresh(field).run_validation(value) == Decimal(meant)


@pytest.mark.parametrize(("value", "meant"), [("١٠", 10), ("-3", -3), (7, 7), (7.0, 7), ("7.0", 7), (" 4 ", 4)])
def test_whole_figures_of_both_scripts_are_read(value, meant):
    assert fresh(Whole()).run_validation(value) == meant


@pytest.mark.parametrize(
    "path",
    ["patients/?limit=1_0", "appointments/?doctor=1_0", "doctors/1_0/", "users/?offset=1e1", "batches/?medicine=1_0"],
)
def test_no_address_holds_such_a_figure(boss, path):
    assert boss.get(f"{V1}{path}").status_code in (400, 404)


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["doctors/", "queue/my-place/x/", "departments/"])
def test_a_dead_token_is_told_where_nobody_needs_one(path):
    people.clinic(public_doctors=True)
    dead = client_of()
    answer = dead.get(f"{V1}{path}", headers={"Authorization": "Bearer dead"})
    assert (answer.status_code, answer.json()["code"], answer["WWW-Authenticate"]) == (401, "not_signed_in", "Bearer")


def test_a_dead_token_is_told_in_the_language_asked_for():
    people.clinic(language="ar")
    answer = client_of().get(f"{V1}doctors/", headers={"Authorization": "Bearer dead"})
    assert (answer["Content-Language"], answer.json()["detail"]) == ("ar", "سجّل الدخول أولاً.")


# --- the schema's addresses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/api/", V1])
@pytest.mark.parametrize(("query", "kind"), [("", "yaml"), ("?format=json", "json")])
def test_the_schema_is_yaml_or_json(stranger, place, query, kind):
    answer = stranger.get(f"{place}schema/{query}")
    assert (answer.status_code, "json" in answer["Content-Type"]) == (200, kind == "json")
    assert answer["Content-Disposition"] == f'inline; filename="clinic.{kind}"'
    assert answer.content.lstrip().startswith(b"{") is (kind == "json")


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_its_readers_stand_where_one_looks_first(stranger, name):
    answer = stranger.get(f"/api/{name}/")
    assert (answer.status_code, "/api/v1/schema/" in answer.content.decode() or name == "docs") == (200, True)


# --- text that cannot be seen, and what is asked of lists ------------------------------------------------------------


@pytest.mark.parametrize("name", ["\u202e", "\u200f \u200b", "\u2028", " "])
def test_a_name_in_which_there_is_nothing_to_see_is_none(boss, name):
    answer = boss.post(f"{V1}departments/", {"name": name})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["name"])


def test_marks_within_a_name_are_its_writers(boss):
    name = "\u200fقلب\u200f Heart"
    assert boss.post(f"{V1}departments/", {"name": name}).json()["name"] == name


def test_a_phone_of_a_mark_is_none(clinic, desk):
    patient = files.patient(clinic=clinic, by=people.user(Role.RECEPTION, clinic=clinic))
    answer = desk.post(f"{V1}patients/{patient.pk}/contacts/", {"name": "Huda", "phone": "\u200f"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["phone"])


@pytest.mark.parametrize("path", ["doctors/", "users/", "departments/", "services/", "patients/", "invoices/"])
def test_an_empty_search_is_none(boss, path):
    assert boss.get(f"{V1}{path}?q=").status_code == 200


def test_a_language_that_is_empty_is_the_clinics(clinic, boss):
    nurse = people.user(Role.NURSE, clinic=clinic, language="ar")
    assert boss.patch(f"{V1}users/{nurse.pk}/", {"language": ""}).json()["language"] == ""
