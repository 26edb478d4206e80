"""Visits through the JSON door: shapes, who may, refusals, the trail of reading, a fixed number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.access import Role
from clinic.models import AuditEvent
from patients.operations import merge_patients
from scheduling import operations as desk
from tests.api import client_of
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits as make
from visits import operations
from visits.models import Diagnosis, Visit, Vitals

pytestmark = pytest.mark.django_db
VISITS = "/api/v1/visits/"
FIELDS = {
    "id", "patient", "doctor", "appointment", "token", "status", "complaint", "examination", "plan", "diagnoses",
    "vitals", "started_at", "completed_at", "version",
}  # fmt: skip


@pytest.fixture
def visit(doctor, patient):
    return make.visit(doctor=doctor, patient=patient)


@pytest.fixture
def api(doctor):
    return client_of(doctor.user)


@pytest.fixture
def nurse_api(clinic):
    return client_of(people.user(Role.NURSE, clinic=clinic))


def at(visit, tail=""):
    return f"{VISITS}{visit.pk}/{tail}"


def reads():
    return list(AuditEvent.objects.filter(action="read").order_by("pk").values_list("patient_id", flat=True))


def said(answer):
    return answer.status_code, answer.json()["code"]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_visit_in_full(api, doctor, visit, patient):
    operations.record_vitals(visit=visit, by=doctor.user, systolic=150, diastolic=95, weight=80, height=160)
    operations.add_diagnosis(visit=visit, by=doctor.user, text="Essential hypertension", code="I10")
    answer = api.get(at(visit))
    shown = answer.json()
    assert set(shown) == FIELDS
    assert (shown["patient"], shown["doctor"], shown["status"]) == (patient.pk, doctor.pk, "open")
    [found] = shown["diagnoses"]
    assert (found["code"], found["text"], found["primary"]) == ("I10", "Essential hypertension", True)
    [measured] = shown["vitals"]
    assert (measured["systolic"], measured["weight"], measured["bmi"]) == (150, 80, 31.3)
    assert measured["flags"] == {"systolic": "high", "diastolic": "high", "bmi": "high"}
    assert answer["ETag"] == f'"{shown["version"]}"'
    assert reads() == [patient.pk]


def test_the_list_is_filtered_and_newest_first(api, clinic, doctor, patient):
    old, new = make.completed(doctor=doctor, patient=patient), make.visit(doctor=doctor)
    assert [row["id"] for row in api.get(VISITS).json()["results"]] == [new.pk, old.pk]
    today, month = clinic.today().isoformat(), "2020-01-01"
    for query, expected in [
        (f"patient={patient.pk}", [old.pk]),
        ("status=open", [new.pk]),
        (f"date={today}", [new.pk, old.pk]),
        (f"date={month}", []),
        (f"date_from={today}&doctor={doctor.pk}", [new.pk, old.pk]),
        (f"date_to={month}", []),
        ("ordering=started_at", [old.pk, new.pk]),
    ]:
        assert [row["id"] for row in api.get(f"{VISITS}?{query}").json()["results"]] == expected, query
    assert api.get(f"{VISITS}?state=open").status_code == 400


def test_a_list_is_a_reading_of_each_patient_on_the_page(api, doctor, patient):
    make.completed(doctor=doctor, patient=patient)
    make.completed(doctor=doctor, patient=patient)
    other = make.visit(doctor=doctor).patient_id
    api.get(VISITS)
    assert sorted(reads()) == sorted([patient.pk, other])


def test_lists_ask_as_much_for_eleven_as_for_one(api, doctor, patient):
    def questions(path):
        with CaptureQueriesContext(connection) as asked:
            assert api.get(path).status_code == 200
        return len(asked)

    paths = [VISITS, f"/api/v1/patients/{patient.pk}/visits/"]
    make.completed(doctor=doctor, patient=patient)
    with_one = [questions(path) for path in paths]
    for _number in range(5):
        make.completed(doctor=doctor, patient=patient)
        make.completed(doctor=doctor)
    assert [questions(path) for path in paths] == with_one


def test_a_patients_visits(api, doctor, patient, visit):
    make.visit(doctor=doctor)
    shown = api.get(f"/api/v1/patients/{patient.pk}/visits/").json()
    assert [row["id"] for row in shown["results"]] == [visit.pk]
    assert reads() == [patient.pk]
    assert api.get("/api/v1/patients/999999/visits/").status_code == 404


def test_a_patient_reads_own_completed_visits_without_what_is_the_staffs(clinic, doctor):
    account = people.user(Role.PATIENT, clinic=clinic)
    patient = make.patient(clinic=clinic)
    patient.user = account
    patient.save(update_fields=["user"])
    mine, other = make.completed(doctor=doctor, patient=patient), make.completed(doctor=doctor)
    still_open = make.visit(doctor=doctor, patient=patient)
    me = client_of(account)
    assert [row["id"] for row in me.get(VISITS).json()["results"]] == [mine.pk]
    shown = me.get(at(mine)).json()
    assert set(shown) == FIELDS - {"version"}
    assert "by" not in shown["diagnoses"][0]
    assert [me.get(at(each)).status_code for each in (other, still_open)] == [404, 404]
    assert me.get(f"/api/v1/patients/{patient.pk}/visits/").json()["count"] == 1
    assert me.get(f"/api/v1/patients/{other.patient_id}/visits/").status_code == 404
    assert [me.get(at(mine, part)).status_code for part in ("vitals/", "diagnoses/", "addenda/", "notes/")] == [
        200,
        200,
        200,
        403,
    ]
    assert me.post(at(mine, "addenda/"), {"text": "x"}).status_code == 403


def test_a_visit_on_a_file_merged_into_mine_is_mine(clinic, doctor):
    account = people.user(Role.PATIENT, clinic=clinic)
    patient, done = make.patient(clinic=clinic), make.completed(doctor=doctor)
    patient.user = account
    patient.save(update_fields=["user"])
    desk = people.user(Role.RECEPTION, clinic=clinic)
    merge_patients(duplicate=done.patient, into=patient, by=desk)
    assert [row["id"] for row in client_of(account).get(VISITS).json()["results"]] == [done.pk]


def test_another_clinics_visits_are_not_there(visit):
    elsewhere = people.clinic(name="Elsewhere")
    foreign = client_of(people.doctor(clinic=elsewhere).user)
    assert foreign.get(VISITS).json()["count"] == 0
    paths = ["", "notes/", "vitals/", "diagnoses/", "addenda/"]
    assert [foreign.get(at(visit, path)).status_code for path in paths] == [404] * 5
    assert foreign.post(at(visit, "vitals/"), {"pulse": 70}).status_code == 404
    assert foreign.patch(at(visit), {"plan": "x"}).status_code == 404


def test_reception_and_pharmacist_read_no_visits(clinic, visit):
    for role in (Role.RECEPTION, Role.PHARMACIST, Role.MANAGER):
        assert client_of(people.user(role, clinic=clinic)).get(at(visit)).status_code == 403


# --- starting and writing --------------------------------------------------------------------------------------------


def test_start_by_patient_and_doctor(api, doctor, patient):
    answer = api.post(VISITS, {"patient": patient.pk, "doctor": doctor.pk})
    assert (answer.status_code, answer.json()["status"], answer.json()["patient"]) == (201, "open", patient.pk)
    assert api.post(VISITS, {"patient": patient.pk}).json()["id"] == answer.json()["id"]


def test_start_by_a_place_in_line_alone(nurse_api, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    shown = nurse_api.post(VISITS, {"entry": entry.pk}).json()
    assert (shown["patient"], shown["doctor"], shown["token"]) == (patient.pk, doctor.pk, entry.token.label)


def test_start_by_appointment(api, clinic, doctor, patient):
    times.hours(doctor=doctor, clinic=clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=patient, starts_at=times.next_slot(clinic))
    assert said(api.post(VISITS, {"appointment": booked.pk})) == (409, "not_checked_in")
    desk.check_in(appointment=booked, by=doctor.user)
    shown = api.post(VISITS, {"appointment": booked.pk}).json()
    assert (shown["appointment"], shown["patient"]) == (booked.pk, patient.pk)


def test_start_refuses(api, nurse_api, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor)
    assert said(api.post(VISITS, {"patient": patient.pk, "entry": entry.pk})) == (409, "other_patient")
    nobody = api.post(VISITS, {})
    assert (nobody.status_code, list(nobody.json()["fields"])) == (400, ["patient"])
    without = nurse_api.post(VISITS, {"patient": patient.pk})
    assert (without.status_code, list(without.json()["fields"])) == (400, ["doctor"])
    assert api.post(VISITS, {"patient": 10**9, "doctor": doctor.pk}).status_code == 400
    assert api.post(VISITS, {"patient": patient.pk, "secret": 1}).status_code == 400
    assert client_of(people.user(Role.RECEPTION, clinic=clinic)).post(VISITS, {}).status_code == 403
    assert Visit.objects.count() == 0


def test_the_draft_is_saved_in_parts_and_412_when_somebody_was_faster(api, visit):
    first = api.patch(at(visit), {"complaint": "Headache\n"})
    assert (first.status_code, first.json()["complaint"]) == (200, "Headache\n")
    etag = first["ETag"]
    assert api.patch(at(visit), {"plan": "Rest"}, headers={"If-Match": etag}).status_code == 200
    late = api.patch(at(visit), {"plan": "Run"}, headers={"If-Match": etag})
    assert (said(late), late.json()["code"]) == ((412, "changed"), "changed")
    assert api.patch(at(visit), {"plan": "Run", "version": 1}).status_code == 412
    visit.refresh_from_db()
    assert (visit.complaint, visit.plan) == ("Headache\n", "Rest")


def test_the_draft_is_its_doctors(clinic, doctor, visit, nurse_api, patient):
    other = client_of(people.doctor(clinic=clinic, name="Noor Said").user)
    assert said(other.patch(at(visit), {"plan": "Rest"})) == (409, "not_yours")
    assert nurse_api.patch(at(visit), {"plan": "Rest"}).status_code == 403
    done = make.completed(doctor=doctor, patient=make.patient(clinic=clinic))
    assert said(client_of(doctor.user).patch(at(done), {"plan": "x"})) == (409, "visit_closed")
    assert client_of(doctor.user).patch(at(visit), {"plan": "x" * 8001}).status_code == 400


# --- notes -----------------------------------------------------------------------------------------------------------


def test_notes_are_added_corrected_and_listed(api, nurse_api, visit, patient):
    first = nurse_api.post(at(visit, "notes/"), {"category": "observation", "text": "Pale"})
    assert (first.status_code, first.json()["category"], first.json()["text"]) == (201, "observation", "Pale")
    wrong = api.post(at(visit, "notes/"), {"category": "plan", "text": "Bed rest"}).json()["id"]
    right = api.post(at(visit, "notes/"), {"category": "plan", "text": "Walking", "corrects": wrong}).json()
    listed = api.get(at(visit, "notes/")).json()["results"]
    assert [note["id"] for note in listed] == [first.json()["id"], right["id"]]
    assert reads() == [patient.pk]
    again = api.post(at(visit, "notes/"), {"category": "plan", "text": "Running", "corrects": wrong})
    assert said(again) == (409, "already_corrected")


def test_notes_refuse(api, visit, doctor):
    assert api.post(at(visit, "notes/"), {"category": "gossip", "text": "x"}).status_code == 400
    assert api.post(at(visit, "notes/"), {"category": "plan", "text": " "}).status_code == 400
    assert api.post(at(visit, "notes/"), {"category": "plan", "text": "x", "corrects": 10**9}).status_code == 400
    done = make.completed(doctor=doctor)
    assert said(api.post(at(done, "notes/"), {"category": "plan", "text": "x"})) == (409, "visit_closed")


# --- vitals ----------------------------------------------------------------------------------------------------------


def test_vitals_are_recorded_with_units_and_flags(nurse_api, visit):
    given = {
        "systolic": 118,
        "diastolic": 76,
        "temperature": 39.4,
        "spo2": 90,
        "weight": "70.5",
        "height": 175,
        "pain": 3,
    }
    answer = nurse_api.post(at(visit, "vitals/"), given)
    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["temperature"], shown["weight"], shown["bmi"], shown["pulse"]) == (39.4, 70.5, 23, None)
    assert shown["flags"] == {"temperature": "very_high", "spo2": "very_low"}


def test_improbable_values_are_asked_about_once(api, visit):
    asked = api.post(at(visit, "vitals/"), {"pulse": 230, "weight": 250})
    assert said(asked) == (400, "improbable")
    assert asked.json()["alternatives"] == [{"field": "pulse"}, {"field": "weight"}]
    assert list(asked.json()["fields"]) == ["pulse"]
    partly = api.post(at(visit, "vitals/"), {"pulse": 230, "weight": 250, "confirmed": ["pulse"]})
    assert partly.json()["alternatives"] == [{"field": "weight"}]
    confirmed = api.post(at(visit, "vitals/"), {"pulse": 230, "weight": 250, "confirmed": ["pulse", "weight"]})
    assert (confirmed.status_code, Vitals.objects.count()) == (201, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"pulse": 5}, (400, "impossible")),
        ({"systolic": 120}, (400, "impossible")),
        ({"systolic": 80, "diastolic": 120}, (400, "impossible")),
        ({"pain": 11}, (400, "impossible")),
        ({}, (400, "empty")),
        ({"pulse": -1}, (400, "invalid")),
        ({"pulse": "fast"}, (400, "invalid")),
        ({"temperature": 36.66}, (400, "invalid")),
        ({"shoe": 43}, (400, "invalid")),
        ({"pulse": 70, "confirmed": ["shoe"]}, (400, "invalid")),
    ],
)
def test_bad_measurements_are_refused(api, visit, given, expected):
    assert said(api.post(at(visit, "vitals/"), given)) == expected
    assert Vitals.objects.count() == 0


def test_a_correction_keeps_the_old_values(api, visit):
    wrong = api.post(at(visit, "vitals/"), {"pulse": 170}).json()["id"]
    right = api.post(at(visit, f"vitals/{wrong}/correct/"), {"pulse": 71})
    assert (right.status_code, right.json()["corrects"], right.json()["pulse"]) == (201, wrong, 71)
    assert [row["pulse"] for row in api.get(at(visit, "vitals/")).json()["results"]] == [71]
    both = api.get(at(visit, "vitals/?with_corrected=true")).json()["results"]
    assert {row["id"]: row["corrected_by"] for row in both} == {wrong: right.json()["id"], right.json()["id"]: None}
    assert said(api.post(at(visit, f"vitals/{wrong}/correct/"), {"pulse": 72})) == (409, "already_corrected")
    assert api.post(at(visit, f"vitals/{10**9}/correct/"), {"pulse": 72}).status_code == 404


# --- diagnoses and addenda -------------------------------------------------------------------------------------------


def test_diagnoses_are_added_ordered_and_taken_off(api, visit):
    first = api.post(at(visit, "diagnoses/"), {"code": "I10"}).json()
    assert (first["primary"], first["text"].split()[0]) == (True, "Essential")
    second = api.post(at(visit, "diagnoses/"), {"text": "Migraine", "certainty": "provisional"}).json()
    assert (second["primary"], second["certainty"]) == (False, "provisional")
    assert api.post(at(visit, f"diagnoses/{second['id']}/primary/")).json()["primary"] is True
    assert [row["id"] for row in api.get(at(visit, "diagnoses/")).json()["results"]] == [second["id"], first["id"]]
    assert api.delete(at(visit, f"diagnoses/{second['id']}/")).status_code == 204
    assert [row["id"] for row in api.get(at(visit, "diagnoses/")).json()["results"]] == [first["id"]]
    assert Diagnosis.objects.count() == 2
    assert api.delete(at(visit, f"diagnoses/{second['id']}/")).status_code == 404


def test_diagnoses_are_the_doctors(nurse_api, api, visit):
    assert nurse_api.post(at(visit, "diagnoses/"), {"text": "Migraine"}).status_code == 403
    assert said(api.post(at(visit, "diagnoses/"), {"text": ""})) == (400, "empty")
    assert said(api.post(at(visit, "diagnoses/"), {"text": "Migraine", "certainty": "sure"})) == (400, "invalid")


def test_addenda_come_after_completion(api, doctor, visit, patient):
    assert said(api.post(at(visit, "addenda/"), {"text": "More"})) == (409, "visit_open")
    done = make.completed(doctor=doctor)
    added = api.post(at(done, "addenda/"), {"text": "Came back well"})
    assert (added.status_code, added.json()["text"], added.json()["by"]) == (201, "Came back well", doctor.user_id)
    assert [row["text"] for row in api.get(at(done, "addenda/")).json()["results"]] == ["Came back well"]
    assert api.get(at(done)).json()["status"] == "completed"
