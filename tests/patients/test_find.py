"""How a patient is found."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import operations, queries
from tests.factories import patients

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(house, desk):
    """A small, mixed clinic: {key: patient}."""

    def make(**fields):
        return patients.patient(clinic=house, by=desk, **fields)

    return {
        "layla": make(name_other_script="ليلى الحسن", national_id="1029384756"),
        "mohamed": make(name="Mohamed Ahmed Ali", phone="055 999 1234", born_on=date(1979, 12, 1)),
        "muhammad": make(name="محمد عبد الرحمن القحطاني", phone="", born_on=date(2001, 5, 6)),
        "yusuf": make(name="Youssef Farah", phone="+20 100 123 4567", born_on=None),
        "hassan": make(name="Hassan Saleh", phone="0531112222", born_on=date(1960, 1, 1)),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("layla", ["layla"]),
        ("LAY", ["layla"]),
        ("Leila", ["layla"]),
        ("ليلى", ["layla"]),
        ("ليلي", ["layla"]),
        ("hassan layla", ["layla"]),
        ("al-hassan", ["hassan", "layla"]),
        ("muhamad", ["mohamed", "muhammad"]),
        ("محمد", ["mohamed", "muhammad"]),
        ("محمد علي", ["mohamed"]),
        ("ali mohammed", ["mohamed"]),
        ("abdulrahman", ["muhammad"]),
        ("عبدالرحمن", ["muhammad"]),
        ("rahman", ["muhammad"]),
        ("qahtani", ["muhammad"]),
        ("يوسف", ["yusuf"]),
        ("yusuf f", ["yusuf"]),
        ("4567", ["layla", "yusuf"]),
        ("٤٥٦٧", ["layla", "yusuf"]),
        ("050 123", ["layla"]),
        ("+966 55 999 1234", ["mohamed"]),
        ("00966559991234", ["mohamed"]),
        ("1029384756", ["layla"]),
        ("4/3/88", ["layla"]),
        ("04 Mar 1988", ["layla"]),
        ("٤/٣/١٩٨٨", ["layla"]),
        ("layla 1988", ["layla"]),
        ("layla 1989", []),
        ("zzz", []),
        ("", []),
        ("   ", []),
        ("5", []),
        ("'; DROP TABLE patients --", []),
        ("\\' & | ! :*", []),
        ("<script>", []),
        ("%", []),
        ("x" * 500, []),
    ],
)
def test_find(text, expected, people, desk):
    found = {row.pk for row in queries.find(text, user=desk)}
    assert found == {people[key].pk for key in expected}


def test_find_by_file_number(people, desk):
    number = people["yusuf"].file_number
    for typed in (number, number.replace("-", "")):
        assert queries.find(typed, user=desk)[0].pk == people["yusuf"].pk


def test_an_exact_name_stands_before_one_that_begins_so_and_one_that_sounds_so(house, desk):
    sounding = patients.patient(clinic=house, by=desk, name="Hussan Aziz")
    begun = patients.patient(clinic=house, by=desk, name="Hassana Aziz")
    exact = patients.patient(clinic=house, by=desk, name="Hassan Aziz")
    assert [row.pk for row in queries.find("hassan", user=desk)] == [exact.pk, begun.pk, sounding.pk]


def test_find_never_shows_merged_files(people, desk):
    layla = people["layla"]
    layla.merged_into = people["yusuf"]
    layla.save(update_fields=["merged_into"])
    assert queries.find("layla", user=desk) == []


def test_find_marks_look_alike_names(house, desk):
    patients.patient(clinic=house, by=desk, name="Layla Hassan")
    patients.patient(clinic=house, by=desk, name="Leila al-Hasan")
    patients.patient(clinic=house, by=desk, name="Layla Omar")
    marks = {row.name: row.alike for row in queries.find("layla", user=desk)}
    assert marks == {"Layla Hassan": True, "Leila al-Hasan": True, "Layla Omar": False}


def test_find_keeps_its_number_of_queries(house, desk):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            queries.find("noor", user=desk)
        return len(queries_made)

    desk.roles, desk.clinic  # noqa: B018 - kept with the user from here on
    patients.patient(clinic=house, by=desk, name="Noor Aziz")
    one = count()
    for _ in range(5):
        patients.patient(clinic=house, by=desk, name="Noor Aziz")
    assert (one, count()) == (3, 3)


def test_a_patient_finds_only_themself(people, house, desk):
    from clinic.access import Role
    from tests.factories import clinic as clinics

    own = clinics.user(Role.PATIENT, clinic=house)
    people["layla"].user = own
    people["layla"].save(update_fields=["user"])
    assert [row.pk for row in queries.find("a", user=own)] == []
    assert [row.pk for row in queries.find("hassan", user=own)] == [people["layla"].pk]


def names(rows):
    return [row.name for row in rows]


def test_candidates_by_sound(people):
    assert names(queries.candidates("Leila Hasan")) == ["Layla al-Hassan"]
    assert names(queries.candidates("ليلى حسن")) == ["Layla al-Hassan"]
    assert names(queries.candidates("Leila")) == []


def test_candidates_by_phone_and_birth(people):
    assert names(queries.candidates("Layla", None, "0501234567", country="SA")) == ["Layla al-Hassan"]
    assert names(queries.candidates("Layla", date(1988, 3, 4))) == ["Layla al-Hassan"]
    assert names(queries.candidates("Omar", None, "0501234567", country="SA")) == []
    assert names(queries.candidates("Omar", date(1988, 3, 4))) == []


def test_candidates_leave_out_the_one_being_edited(people):
    assert queries.candidates("Leila Hasan", besides=people["layla"].pk) == []


def test_same_names(people):
    twin = operations.register(
        clinic=people["layla"].created_by.clinic, by=people["layla"].created_by, name="Leila Hassan"
    )
    everybody = [*people.values(), twin]
    assert queries.same_names(everybody) == {people["layla"].pk, twin.pk}
    assert queries.similar_count(twin) == 1
