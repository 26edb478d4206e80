"""Two files of one person: joined, read as one, and taken apart exactly."""

import json
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations, queries
from patients.models import Allergy, Condition, LinkCode, Merge, Patient
from queues.models import Entry
from tests.factories import clinic as clinics
from tests.factories import patients
from tests.factories import queues as lines
from tests.refusals import refusal_code as refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def double(house, desk):
    """A second file of Layla, poorer in one field and richer in others."""
    return patients.patient(
        clinic=house, by=desk, name="Leila Hassan", phone="055 777 8888", born_on=None, national_id="1234567890",
        address="Olaya street", email="layla@example.org",
    )  # fmt: skip


def merged(double, layla, desk):
    into = operations.merge_patients(duplicate=double, into=layla, by=desk, reason="same person")
    for patient in (double, layla):
        patient.refresh_from_db()
    return into


def known(patient):
    """Every column of a file but those that count changes."""
    patient.refresh_from_db()
    kept_out = {"version"}
    return {name: value for name, value in model_to_dict(patient).items() if name not in kept_out} | {
        "search": (patient.name_words, patient.phone_grams, patient.search_terms),
        "asked": (patient.no_known_allergies_at, patient.no_known_allergies_by_id),
    }


def test_the_duplicate_leads_to_the_kept_file_and_only_blanks_are_filled(layla, double, desk, published):
    published.clear()
    into = merged(double, layla, desk)
    assert (into.pk, double.merged_into_id) == (layla.pk, layla.pk)
    assert (layla.phone, layla.born_on) == ("050 123 4567", date(1988, 3, 4))
    assert (layla.national_id, layla.address, layla.email) == ("1234567890", "Olaya street", "layla@example.org")
    assert Merge.objects.get().filled == ["email", "national_id", "address"]
    assert (layla.version, double.version) == (2, 2)
    assert published == [
        (desk.clinic_id, "desk"),
        *((desk.clinic_id, f"patient-{pk}") for pk in sorted([layla.pk, double.pk], key=str)),
    ]


def test_both_files_are_audited(layla, double, desk):
    merged(double, layla, desk)
    operations.unmerge_patient(patient=double, by=desk)
    for action in ("merge_patients", "unmerge_patient"):
        files = AuditEvent.objects.filter(action=action).values_list("patient_id", flat=True)
        assert sorted(files) == sorted([layla.pk, double.pk])


def test_taking_apart_is_exact(layla, double, desk, physician):
    operations.assert_no_known_allergies(patient=layla, by=physician)
    operations.record_allergy(patient=double, by=physician, substance="latex")
    before = known(layla), known(double)
    merged(double, layla, desk)
    assert known(layla) != before[0]
    operations.unmerge_patient(patient=double, by=desk)
    assert (known(layla), known(double)) == before


def test_a_value_written_since_stays_when_taken_apart(layla, double, desk):
    merged(double, layla, desk)
    operations.update_patient(patient=layla, by=desk, version=layla.version, address="New street")
    operations.unmerge_patient(patient=double, by=desk)
    layla.refresh_from_db()
    assert (layla.address, layla.email) == ("New street", "")


def test_the_second_click_changes_nothing(layla, double, desk):
    merged(double, layla, desk)
    merged(double, layla, desk)
    assert (Merge.objects.count(), layla.version) == (1, 2)


def test_merge_again_after_taking_apart(layla, double, desk):
    merged(double, layla, desk)
    operations.unmerge_patient(patient=double, by=desk)
    double.refresh_from_db()
    merged(double, layla, desk)
    assert list(Merge.objects.order_by("pk").values_list("undone_by", flat=True)) == [desk.pk, None]


def test_what_cannot_be_merged(layla, double, desk, house):
    third = patients.patient(clinic=house, by=desk, name="Third")
    assert refusal(operations.merge_patients, duplicate=layla, into=layla, by=desk) == "same_file"
    merged(double, layla, desk)
    assert refusal(operations.merge_patients, duplicate=double, into=third, by=desk) == "retired"
    assert refusal(operations.merge_patients, duplicate=third, into=double, by=desk) == "retired"
    assert refusal(operations.merge_patients, duplicate=layla, into=third, by=desk) == "has_merged_files"
    assert refusal(operations.unmerge_patient, patient=layla, by=desk) == "not_merged"


def test_the_database_refuses_a_chain(layla, double, desk, house):
    third = patients.patient(clinic=house, by=desk, name="Third")
    merged(double, layla, desk)
    for file, into in ((third, double), (layla, third)):
        with pytest.raises(IntegrityError, match="never onwards"), transaction.atomic():
            Patient.objects.filter(pk=file.pk).update(merged_into=into)
    with pytest.raises(IntegrityError, match="merge_once_for_a_duplicate"), transaction.atomic():
        Merge.objects.create(kept=third, duplicate=double, by=desk)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_merge")


def test_allergies_and_problems_of_both_files_are_one_list(layla, double, desk, physician):
    on_double = operations.record_allergy(patient=double, by=physician, substance="penicillin", severity="severe")
    operations.record_allergy(patient=layla, by=physician, substance="latex", severity="mild")
    problem = operations.add_condition(patient=double, by=physician, text="Asthma")
    merged(double, layla, desk)
    for file in (layla, double):
        state, found = queries.allergy_state(file)
        assert (state, [allergy.substance for allergy in found]) == ("known", ["penicillin", "latex"])
    code = refusal(operations.record_allergy, patient=layla, by=physician, substance="Penicillin")
    assert code == "already_recorded"
    assert refusal(operations.assert_no_known_allergies, patient=layla, by=physician) == "has_allergies"
    assert operations.add_condition(patient=layla, by=physician, text="asthma").pk == problem.pk
    on_double.refresh_from_db()
    operations.end_allergy(allergy=on_double, by=physician)
    operations.resolve_condition(condition=Condition.objects.get(pk=problem.pk), by=physician)
    assert [a.substance for a in Allergy.objects.of(double).active()] == ["latex"]
    assert Condition.objects.get(pk=problem.pk).state == "resolved"


def test_asked_on_one_file_is_asked_on_both(layla, double, desk, physician):
    operations.assert_no_known_allergies(patient=double, by=physician)
    double.refresh_from_db()
    merged(double, layla, desk)
    assert queries.allergy_state(layla) == ("none", [])
    operations.unmerge_patient(patient=double, by=desk)
    layla.refresh_from_db()
    assert queries.allergy_state(layla) == ("not_recorded", [])


def test_the_family_is_the_same_from_each_file(layla, double, desk, house):
    third = patients.patient(clinic=house, by=desk, name="Third")
    merged(double, layla, desk)
    merged(third, layla, desk)
    every = {layla.pk, double.pk, third.pk}
    for file in (layla, double, third):
        assert set(Patient.objects.family(file).values_list("pk", flat=True)) == every


def test_the_files_of_a_person_are_looked_up_once_for_any_number_of_rows(layla, desk, house):
    """Without statistics PostgreSQL may ask a question inside another anew for each row, and within it again."""
    station = lines.station(clinic=house)
    for _number in range(30):
        lines.entry(station=station, by=desk, patient=lines.patient())
    asked = Entry.objects.filter(token__patient__any_of=Patient.objects.family_of(layla.pk))
    plan = json.loads(asked.explain(format="json", analyze=True))[0]["Plan"]
    looked = [part["Actual Loops"] for part in parts_of(plan) if part.get("Relation Name") == "patients_patient"]
    assert looked == [1, 1]


def parts_of(plan):
    """A plan and all plans within it."""
    return [plan, *(part for inner in plan.get("Plans", []) for part in parts_of(inner))]


def test_an_account_sees_every_file_of_its_person_and_no_other(layla, double, desk, house):
    patients.patient(clinic=house, by=desk, name="Somebody Else")
    account = clinics.user(Role.PATIENT, clinic=house)
    operations.claim_file(code=operations.issue_link_code(patient=double, by=desk), user=account)
    seen = Patient.objects.visible_to(account).values_list("pk", flat=True)
    assert set(seen.all()) == {double.pk}
    double.refresh_from_db()
    merged(double, layla, desk)
    assert set(seen.all()) == {double.pk, layla.pk}
    assert (layla.user, double.user) == (account, None)  # books for the file in use
    operations.unmerge_patient(patient=double, by=desk)
    assert set(seen.all()) == {double.pk}
    assert set(Patient.objects.visible_to(clinics.user(Role.PATIENT, clinic=house))) == set()


def test_a_live_code_of_the_duplicate_ends(layla, double, desk, house):
    code = operations.issue_link_code(patient=double, by=desk)
    merged(double, layla, desk)
    account = clinics.user(Role.PATIENT, clinic=house)
    assert refusal(operations.claim_file, code=code, user=account) == "link_code"
    assert LinkCode.objects.filter(ended_at=None).count() == 0


def test_the_old_file_number_finds_the_file_in_use(layla, double, desk):
    merged(double, layla, desk)
    assert [row.pk for row in queries.find(double.file_number, user=desk)] == [layla.pk]


def test_retire_closes_a_file_with_a_reason(layla, desk, double):
    assert refusal(operations.retire_patient, patient=layla, by=desk, reason=" ") == "missing_reason"
    operations.retire_patient(patient=layla, by=desk, reason="opened by mistake")
    assert queries.find(layla.file_number, user=desk) == []
    assert refusal(operations.retire_patient, patient=layla, by=desk, reason="again") == "retired"
    assert refusal(operations.merge_patients, duplicate=double, into=layla, by=desk) == "retired"


def test_retire_is_refused_for_a_file_others_lead_to_or_somebody_signs_in_to(layla, double, desk, house):
    account = clinics.user(Role.PATIENT, clinic=house)
    operations.claim_file(code=operations.issue_link_code(patient=layla, by=desk), user=account)
    assert refusal(operations.retire_patient, patient=layla, by=desk, reason="x") == "has_account"
    third = patients.patient(clinic=house, by=desk, name="Third")
    merged(third, double, desk)
    assert refusal(operations.retire_patient, patient=double, by=desk, reason="x") == "has_merged_files"


# --- on the record ---------------------------------------------------------------------------------------------------


@pytest.fixture
def at_desk(client, desk):
    """A browser at the desk."""
    client.force_login(desk, backend="clinic.backends.StaffBackend")
    return client


def url(name, *args):
    return reverse(f"patients:{name}", args=args)


def test_a_merged_file_leads_to_the_one_in_use(at_desk, layla, double, desk):
    merged(double, layla, desk)
    answer = at_desk.get(url("record", double.pk))
    assert (answer.status_code, answer.url) == (303, url("record", layla.pk))
    page = at_desk.get(url("record", layla.pk)).content.decode()
    assert double.file_number in page and f'action="{url("unmerge", double.pk)}"' in page
    assert at_desk.get(url("edit", double.pk)).url == url("record", layla.pk)


def test_find_look_at_both_and_join(at_desk, layla, double):
    found = at_desk.get(url("same_as", layla.pk), {"q": "hassan"}).content.decode()
    assert f'href="{url("compare", layla.pk, double.pk)}"' in found
    assert url("compare", layla.pk, layla.pk) not in found
    page = at_desk.get(url("compare", layla.pk, double.pk))
    assert page.status_code == 200 and b"055 777 8888" in page.content and b"050 123 4567" in page.content
    answer = at_desk.post(url("compare", layla.pk, double.pk), {"keep": layla.pk, "reason": "twice"})
    assert (answer.status_code, answer.url) == (303, url("record", layla.pk))
    double.refresh_from_db()
    assert double.merged_into_id == layla.pk


def test_the_other_file_may_be_the_one_that_is_kept(at_desk, layla, double):
    answer = at_desk.post(url("compare", layla.pk, double.pk), {"keep": double.pk})
    layla.refresh_from_db()
    assert (answer.url, layla.merged_into_id) == (url("record", double.pk), double.pk)


def test_nothing_is_joined_without_a_choice(at_desk, layla, double):
    answer = at_desk.post(url("compare", layla.pk, double.pk), {})
    assert answer.status_code == 422
    assert Merge.objects.count() == 0


def test_taken_apart_on_the_record(at_desk, layla, double, desk):
    merged(double, layla, desk)
    answer = at_desk.post(url("unmerge", double.pk))
    assert (answer.status_code, answer.url) == (303, url("record", layla.pk))
    double.refresh_from_db()
    assert double.merged_into_id is None


def test_who_may_join_files(client, layla, double, house):
    for role in Role:
        client.force_login(clinics.user(role, clinic=house), backend="clinic.backends.StaffBackend")
        wanted = 200 if role in (Role.MANAGER, Role.RECEPTION) else 403
        assert client.get(url("same_as", layla.pk)).status_code == wanted
        assert client.get(url("compare", layla.pk, double.pk)).status_code == wanted
