"""Patients through the JSON door."""

from datetime import date, timedelta

import pytest

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations
from patients.models import Patient
from tests.api import client_of
from tests.factories import clinic as clinics
from tests.factories import patients

pytestmark = pytest.mark.django_db
URL = "/api/v1/patients/"


@pytest.fixture
def api(desk):
    """A program at the desk."""
    return client_of(desk)


@pytest.fixture
def doctor_api(physician):
    """A program of a doctor."""
    return client_of(physician)


@pytest.fixture
def own(layla, desk, house):
    """A program in Layla's own name."""
    account = clinics.user(Role.PATIENT, clinic=house)
    operations.claim_file(code=operations.issue_link_code(patient=layla, by=desk), user=account)
    layla.refresh_from_db()
    return client_of(account)


def of(patient, *path):
    return "/".join([f"{URL}{patient.pk}", *map(str, path)]) + "/"


def found(answer):
    return [row["id"] for row in answer.json()["results"]]


NEW = {"name": "Omar Nasser", "phone": "٠٥٠١١١٢٢٢٢", "sex": "male", "born_on": "1990-01-02"}


def test_create_answers_with_the_contracts_fields(api, desk):
    answer = api.post(URL, NEW)
    body = answer.json()
    made = Patient.objects.get()
    assert answer.status_code == 201
    assert {name: body[name] for name in ("id", "file_number", "name", "sex", "born_on", "phone", "merged_into")} == {
        "id": made.pk, "file_number": "10-0001-7", "name": "Omar Nasser", "sex": "male", "born_on": "1990-01-02",
        "phone": "050 111 2222", "merged_into": None,
    }  # fmt: skip
    assert answer["ETag"] == '"1"'
    assert body["age"] == made.created_at.year - 1990 - (desk.clinic.today() < date(desk.clinic.today().year, 1, 2))
    assert "national_id" in body and "blood_group" not in body and "allergy_state" not in body


def test_an_age_is_an_estimate(api, house):
    body = api.post(URL, {"name": "Omar", "age": 38}).json()
    assert (body["age"], body["born_precision"]) == (38, "estimated")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "", "phone": "0501112222"}, "name"),
        ({"name": "Omar"}, "born_on"),
        ({"name": "Omar", "age": 126}, "age"),
        ({"name": "Omar", "age": 3, "born_on": "2020-01-01"}, "age"),
        ({"name": "Omar", "born_on": "1700-01-01"}, "born_on"),
        ({"name": "Omar", "born_on": "soon"}, "born_on"),
        ({"name": "Omar", "phone": "1", "sex": "f"}, "sex"),
        ({"name": "Omar", "phone": "1", "email": "no"}, "email"),
        ({"name": "Omar", "phone": "1", "file_number": "10-0001-7"}, "file_number"),
        ({"name": "O\x00mar", "phone": "1"}, "name"),
        ({"name": "Omar", "phone": ["1"]}, "phone"),
    ],
)
def test_create_refuses_beside_the_field(given, field, api):
    answer = api.post(URL, given)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]
    assert Patient.objects.count() == 0


def test_tomorrow_is_refused(api, house):
    tomorrow = house.today() + timedelta(days=1)
    answer = api.post(URL, {"name": "Omar", "born_on": tomorrow.isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (400, "in_the_future")


def test_a_likely_duplicate_is_named_and_can_be_confirmed(api, layla):
    given = {"name": "Leila Al Hassan", "born_on": "1988-03-04"}
    answer = api.post(URL, given)
    assert (answer.status_code, answer.json()["code"]) == (409, "possible_duplicate")
    assert answer.json()["alternatives"] == [
        {"id": layla.pk, "file_number": layla.file_number, "name": layla.name, "born_on": "1988-03-04", "phone": layla.phone}
    ]  # fmt: skip
    assert api.post(URL, {**given, "confirm_new": True}).status_code == 201


@pytest.mark.parametrize(
    ("given", "likely"),
    [
        ({"name": "Layla al-Hassan", "phone": "0559999999"}, True),  # the same name, nothing against it
        ({"name": "Layla al-Hassan", "born_on": "1960-01-01"}, False),  # the same name, another age
        ({"name": "Layla al-Hassan", "born_on": "1989-03-04"}, True),
        ({"name": "Leila", "phone": "0501234567"}, True),  # the same phone and a name alike
        ({"name": "Omar Nasser", "phone": "0501234567"}, False),  # a family's phone
        ({"name": "Lulu Hossein", "phone": "0559999999"}, False),
    ],
)
def test_what_is_likely(given, likely, api, layla):
    assert api.post(URL, given).status_code == (409 if likely else 201)


def test_the_same_key_makes_one_patient(api):
    first = api.post(URL, NEW, headers={"Idempotency-Key": "k1"})
    second = api.post(URL, NEW, headers={"Idempotency-Key": "k1"})
    assert (first.json()["id"], second.status_code) == (second.json()["id"], 201)
    assert api.post(URL, {**NEW, "name": "Other"}, headers={"Idempotency-Key": "k1"}).status_code == 422
    assert Patient.objects.count() == 1


def test_change_with_the_version_that_was_read(api, layla):
    etag = api.get(of(layla))["ETag"]
    answer = api.patch(of(layla), {"address": "Olaya"}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["address"], answer["ETag"]) == (200, "Olaya", '"2"')
    late = api.patch(of(layla), {"address": "Other", "version": 1})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert list(api.patch(of(layla), {"address": "x"}).json()["fields"]) == ["version"]


def test_a_birth_date_can_be_taken_away_and_estimated(api, layla):
    assert api.patch(of(layla), {"born_on": None, "version": 1}).json()["age"] is None
    assert api.patch(of(layla), {"age": 5, "version": 2}).json()["born_precision"] == "estimated"


def test_delete_retires(api, layla):
    answer = api.delete(of(layla))
    assert answer.status_code == 200 and answer.json()["retired_at"]
    assert AuditEvent.objects.get(action="retire_patient").facts["reason"] == "Closed by another program"


def test_retire_takes_the_reason(api, layla):
    assert list(api.post(of(layla, "retire"), {}).json()["fields"]) == ["reason"]
    answer = api.post(of(layla, "retire"), {"reason": "opened twice"})
    assert answer.status_code == 200 and answer.json()["retired_at"]
    assert AuditEvent.objects.get(action="retire_patient").facts["reason"] == "opened twice"
    assert found(api.get(URL)) == []
    assert api.patch(of(layla), {"address": "x", "version": 2}).json()["code"] == "retired"


@pytest.fixture
def crowd(house, desk, layla):
    """Three files beside Layla's."""
    return [
        patients.patient(clinic=house, by=desk, name="Omar Nasser", phone="0551112222", sex="male"),
        patients.patient(clinic=house, by=desk, name="محمد الأحمد", phone="0553334444", email="Mo@Example.org"),
        patients.patient(clinic=house, by=desk, name="Zain Nasser", phone="0555556666", national_id="7788990011"),
    ]


@pytest.mark.parametrize(
    ("q", "place"),
    [
        ("leila hasan", None),
        ("ليلى", None),
        ("Mohammed", 1),
        ("mo@ex", 1),
        ("7788990011", 2),
        ("5556666", 2),
        ("nobody of this name", "nobody"),
    ],
)
def test_search(q, place, api, layla, crowd):
    wanted = [] if place == "nobody" else [(layla if place is None else crowd[place]).pk]
    assert found(api.get(URL, {"q": q})) == wanted


def test_search_by_file_number_and_id(api, crowd):
    assert found(api.get(URL, {"q": crowd[0].file_number})) == [crowd[0].pk]
    assert found(api.get(URL, {"q": str(crowd[0].pk)}))[:1] == [crowd[0].pk]


def test_a_problem_is_found_by_those_who_treat_only(api, doctor_api, layla, crowd, physician):
    condition = operations.add_condition(patient=layla, by=physician, text="Diabetes mellitus", code="E11.9")
    for q in ("diabetes", "mellit", "E11.9", "e11"):
        assert found(doctor_api.get(URL, {"q": q})) == [layla.pk]
        assert found(api.get(URL, {"q": q})) == []
    operations.resolve_condition(condition=condition, by=physician)
    assert found(doctor_api.get(URL, {"q": "diabetes"})) == []


@pytest.mark.parametrize("query", [{}, {"sex": "female"}, {"ordering": "name"}])
def test_a_problem_on_a_merged_file_finds_the_file_in_use(query, doctor_api, layla, crowd, physician, desk):
    operations.add_condition(patient=crowd[0], by=physician, text="Hypertension")
    operations.merge_patients(duplicate=crowd[0], into=layla, by=desk)
    answer = doctor_api.get(URL, {"q": "hypertension", **query})
    assert (answer.status_code, found(answer)) == (200, [layla.pk])


def test_the_list_tells_an_allergy_of_any_file_of_the_person(doctor_api, layla, crowd, physician, desk):
    operations.record_allergy(patient=crowd[0], by=physician, substance="Penicillin", severity="severe")
    operations.merge_patients(duplicate=crowd[0], into=layla, by=desk)
    ended = operations.record_allergy(patient=crowd[1], by=physician, substance="Latex", severity="mild")
    operations.end_allergy(allergy=ended, by=physician)
    told = {row["id"]: row["allergy_state"] for row in doctor_api.get(URL).json()["results"]}
    assert told == {layla.pk: "known", crowd[1].pk: "not_recorded", crowd[2].pk: "not_recorded"}
    assert doctor_api.get(of(crowd[0])).json()["allergy_state"] == "known"


def test_a_page_takes_the_same_questions_however_many_it_shows(doctor_api, layla, crowd, django_assert_num_queries):
    for limit in (1, 4):
        with django_assert_num_queries(4):  # who asks, how many, the rows, their allergies
            assert len(doctor_api.get(URL, {"limit": limit}).json()["results"]) == limit


def test_the_number_of_finds_is_the_same_on_each_page(api, desk, house):
    for number in range(7):
        patients.patient(clinic=house, by=desk, name=f"Nasser {number}")
    patients.patient(clinic=house, by=desk, name="Nasserine")
    pages = [api.get(URL, {"q": "nasser", "limit": 3, "offset": offset}).json() for offset in (0, 3, 6)]
    assert [page["count"] for page in pages] == [8, 8, 8]
    assert len({row["id"] for page in pages for row in page["results"]}) == 8


def test_filters_order_and_pages(api, layla, crowd):
    everybody = [patient.pk for patient in reversed([layla, *crowd])]
    assert found(api.get(URL)) == everybody
    first = api.get(URL, {"limit": 3}).json()
    assert (first["count"], len(first["results"])) == (4, 3)
    assert found(api.get(first["next"])) == everybody[3:]
    assert found(api.get(URL, {"sex": "male"})) == [crowd[0].pk]
    assert found(api.get(URL, {"q": "nasser", "ordering": "-name"})) == [crowd[2].pk, crowd[0].pk]
    assert api.get(URL, {"q": "nasser", "limit": 1}).json()["count"] == 2
    assert api.get(URL, {"colour": "red"}).status_code == 400
    assert api.get(URL, {"ordering": "phone"}).status_code == 400


@pytest.mark.parametrize("q", ["'", "\\", "&|!:*", "%", "\u202e", "9" * 200, "a" * 200, "@", "-1", "0x1", "() & ''"])
def test_any_question_is_answered(q, api, doctor_api, layla):
    assert api.get(URL, {"q": q}).status_code == 200
    assert doctor_api.get(URL, {"q": q}).status_code == 200


def test_the_list_takes_the_same_queries_for_one_and_many(
    doctor_api, layla, house, desk, django_assert_max_num_queries
):
    for number in range(12):
        patients.patient(clinic=house, by=desk, name=f"Nasser {number}")
    for query in ({}, {"q": "nasser"}):
        with django_assert_max_num_queries(10):
            assert doctor_api.get(URL, query).status_code == 200


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.RECEPTION, {"national_id"}),
        (Role.MANAGER, {"national_id"}),
        (Role.DOCTOR, {"national_id", "blood_group", "allergy_state"}),
        (Role.NURSE, {"national_id", "blood_group", "allergy_state"}),
        (Role.PHARMACIST, {"blood_group", "allergy_state"}),
    ],
)
def test_who_reads_what(role, sees, layla, house):
    body = client_of(clinics.user(role, clinic=house)).get(of(layla)).json()
    assert {"national_id", "blood_group", "allergy_state"} & set(body) == sees


def test_a_reading_is_audited(doctor_api, layla, physician):
    doctor_api.get(of(layla))
    event = AuditEvent.objects.get(action="read")
    assert (event.user, event.patient_id, event.facts) == (physician, layla.pk, {"part": "details"})


def test_allergies(doctor_api, layla):
    assert doctor_api.get(of(layla)).json()["allergy_state"] == "not_recorded"
    assert doctor_api.post(of(layla, "no-known-allergies")).json()["allergy_state"] == "none"
    made = doctor_api.post(of(layla, "allergies"), {"substance": "Penicillin", "severity": "severe"})
    assert (made.status_code, made.json()["substance"], made.json()["is_active"]) == (201, "penicillin", True)
    again = doctor_api.post(of(layla, "allergies"), {"substance": "penicillin"})
    assert (again.status_code, again.json()["code"]) == (409, "already_recorded")
    assert doctor_api.post(of(layla, "no-known-allergies")).json()["code"] == "has_allergies"
    assert doctor_api.get(of(layla)).json()["allergy_state"] == "known"
    assert doctor_api.get(URL).json()["results"][0]["allergy_state"] == "known"
    ended = doctor_api.post(of(layla, "allergies", made.json()["id"], "end"))
    assert (ended.status_code, ended.json()["is_active"]) == (200, False)
    assert found(doctor_api.get(of(layla, "allergies"))) == [made.json()["id"]]


def test_an_allergy_of_another_patient_is_not_there(doctor_api, layla, crowd, physician):
    allergy = operations.record_allergy(patient=crowd[0], by=physician, substance="latex")
    assert doctor_api.post(of(layla, "allergies", allergy.pk, "end")).status_code == 404


def test_conditions(doctor_api, layla):
    made = doctor_api.post(of(layla, "conditions"), {"text": "Asthma", "code": "J45"})
    assert (made.status_code, made.json()["state"]) == (201, "active")
    over = doctor_api.post(of(layla, "conditions", made.json()["id"], "resolve"))
    assert (over.json()["state"], over.json()["resolved_at"] is None) == ("resolved", False)
    assert found(doctor_api.get(of(layla, "conditions"))) == [made.json()["id"]]


def test_contacts(api, layla):
    made = api.post(of(layla, "contacts"), {"name": "Huda", "phone": "0507654321", "relation": "mother"})
    assert (made.status_code, made.json()["phone"]) == (201, "050 765 4321")
    assert found(api.get(of(layla, "contacts"))) == [made.json()["id"]]
    assert api.delete(of(layla, "contacts", made.json()["id"])).status_code == 204
    assert found(api.get(of(layla, "contacts"))) == []
    assert AuditEvent.objects.filter(action="remove_contact", patient_id=layla.pk).count() == 1


def test_merge_and_unmerge(api, doctor_api, layla, crowd, physician):
    double = crowd[2]
    allergy = operations.record_allergy(patient=double, by=physician, substance="latex")
    answer = api.post(of(double, "merge"), {"into": layla.pk, "reason": "twice"})
    assert (answer.status_code, answer.json()["id"]) == (200, layla.pk)
    assert api.get(of(double)).json()["merged_into"] == layla.pk
    assert double.pk not in found(api.get(URL))
    for file in (layla, double):
        assert found(doctor_api.get(of(file, "allergies"))) == [allergy.pk]
        assert doctor_api.get(of(file)).json()["allergy_state"] == "known"
    answer = api.post(of(double, "unmerge"))
    assert (answer.status_code, answer.json()["id"], answer.json()["merged_into"]) == (200, double.pk, None)
    assert api.post(of(double, "unmerge")).json()["code"] == "not_merged"
    assert api.post(of(layla, "merge"), {"duplicate": double.pk}).json()["id"] == layla.pk


@pytest.mark.parametrize("given", [{}, {"into": 1, "duplicate": 2}, {"into": 10**9}, {"into": "x"}])
def test_merge_needs_one_other_file(given, api, layla):
    answer = api.post(of(layla, "merge"), given)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["into"])


# --- a patient's own account -----------------------------------------------------------------------------------------


def test_a_patient_sees_the_own_file_and_no_other(own, layla, crowd):
    assert found(own.get(URL)) == [layla.pk]
    assert found(own.get(URL, {"q": "nasser"})) == []
    assert own.get(of(layla)).json()["name"] == layla.name
    for path in ((), ("allergies",), ("conditions",), ("contacts",), ("access-log",)):
        assert own.get(of(crowd[0], *path)).status_code == 404


def test_a_patient_changes_how_to_be_reached_and_no_more(own, layla):
    version = own.get(of(layla)).json()["version"]
    changed = own.patch(of(layla), {"phone": "0559998888", "version": version})
    assert (changed.status_code, changed.json()["phone"]) == (200, "055 999 8888")
    refused = own.patch(of(layla), {"name": "Somebody Else", "version": version + 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "ask_the_desk")


def test_a_patient_reads_the_own_allergies_and_writes_none(own, layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="latex")
    assert own.get(of(layla, "allergies")).json()["results"][0]["substance"] == "latex"
    assert own.post(of(layla, "allergies"), {"substance": "dust"}).status_code == 403


def test_who_opened_my_record(own, doctor_api, layla, physician):
    doctor_api.get(of(layla))
    row = own.get(of(layla, "access-log")).json()["results"]
    read = next(event for event in row if event["action"] == "read")
    assert (read["name"], read["roles"], read["part"]) == (physician.name, ["doctor"], "details")
    assert {event["action"] for event in row} >= {"register", "issue_link_code", "claim_file", "read"}
    assert doctor_api.get(of(layla, "access-log")).status_code == 403


def test_created_is_the_oldest_first_and_without_an_order_the_newest(api, layla, desk, house):
    second = patients.patient(clinic=house, by=desk, name="Omar Nasser", phone="0501112222", born_on=None)
    both = [layla.pk, second.pk]
    assert (found(api.get(f"{URL}?ordering=created")), found(api.get(URL))) == (both, both[::-1])
    assert found(api.get(f"{URL}?ordering=-created")) == both[::-1]


def test_a_file_does_not_lose_all_by_which_it_is_told_apart(api, layla):
    answer = api.patch(of(layla), {"phone": "", "born_on": None, "version": layla.version})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["born_on"])
    assert api.patch(of(layla), {"phone": "", "version": layla.version}).json()["phone"] == ""
