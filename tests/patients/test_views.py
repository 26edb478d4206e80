"""The door to who: roles, fragments and pages, bad input."""

import json

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations
from patients.models import Allergy, Patient
from tests.factories import clinic as clinics
from tests.factories import patients

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at(client):
    """A client signed in as a user."""

    def sign_in(user):
        client.force_login(user, backend="clinic.backends.StaffBackend")
        return client

    return sign_in


def url(name, *args):
    return reverse(f"patients:{name}", args=args)


@pytest.mark.parametrize(
    ("name", "pk", "allowed"),
    [
        ("list", False, {"manager", "doctor", "nurse", "pharmacist", "reception"}),
        ("find", False, {"manager", "doctor", "nurse", "pharmacist", "reception"}),
        ("register", False, {"manager", "doctor", "nurse", "reception"}),
        ("record", True, {"manager", "doctor", "nurse", "pharmacist", "reception"}),
        ("edit", True, {"manager", "doctor", "nurse", "reception"}),
        ("allergies", True, {"doctor", "nurse", "pharmacist"}),
        ("summary", True, {"doctor", "nurse", "pharmacist"}),
    ],
)
def test_who_may_open(name, pk, allowed, at, house, layla):
    address = url(name, layla.pk) if pk else url(name)
    admitted = {role.value for role in Role if at(clinics.user(role, clinic=house)).get(address).status_code == 200}
    assert admitted == allowed


def test_strangers_are_sent_to_the_sign_in_page(client, layla):
    for address in (url("list"), url("record", layla.pk), url("register")):
        assert client.get(address).status_code == 302
        assert client.get(address, headers=HTMX).status_code == 401


def test_a_fragment_for_htmx_and_a_page_for_a_browser(at, desk):
    assert b"<!doctype html>" in at(desk).get(url("register")).content
    assert b"<html" not in at(desk).get(url("register"), headers=HTMX).content


def test_patient_pages_are_never_stored(at, desk, layla):
    assert at(desk).get(url("record", layla.pk))["Cache-Control"] == "no-store"


def test_register_in_the_desk_answers_with_the_card(at, desk):
    answer = at(desk).post(
        url("register"), {"name": "Omar Nasser", "phone": "0501234567", "then": "check_in"}, headers=HTMX
    )
    patient = Patient.objects.get()
    triggers = json.loads(answer["HX-Trigger"])
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == "#patient-card"
    assert triggers["patient-selected"] == {"id": patient.pk, "then": "check_in"}
    assert f'id="card-{patient.pk}"' in answer.content.decode()


def test_register_without_script_answers_303(at, desk):
    answer = at(desk).post(url("register"), {"name": "Omar Nasser", "birth": "٣٨ سنة"})
    patient = Patient.objects.get()
    assert (answer.status_code, answer.url) == (303, url("record", patient.pk))
    assert patient.born_precision == "estimated"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "Omar"}, "birth"),
        ({"name": "Omar", "birth": "soon"}, "birth"),
        ({"name": "Omar", "birth": "1/1/2990"}, "birth"),
        ({"name": "x" * 201, "phone": "1"}, "name"),
        ({"name": "Omar", "phone": "1" * 33}, "phone"),
        ({"name": "Omar", "phone": "12ab"}, "phone"),
        ({"name": "Omar", "phone": "1", "second_phone": "12ab"}, "second_phone"),
        ({"name": "Omar", "phone": "1", "contact_name": "Huda", "contact_phone": "12ab"}, "contact_phone"),
        ({"name": "Omar", "phone": "1", "sex": "hacker"}, "sex"),
        ({"name": "Omar", "phone": "1", "email": "no"}, "email"),
        ({"name": "Omar\x00", "phone": "1"}, "name"),
        ({"name": "Omar", "phone": "1", "contact_name": "Huda"}, "contact_phone"),
    ],
)
def test_register_refuses_beside_the_field_and_keeps_what_was_typed(typed, field, at, desk):
    answer = at(desk).post(url("register"), typed, headers=HTMX)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Patient.objects.count() == 0
    if typed.get("phone") == "1":
        assert 'value="1"' in answer.content.decode()


def test_a_name_with_tags_is_shown_as_text(at, desk):
    at(desk).post(url("register"), {"name": "<script>alert(1)</script>", "phone": "0501234567"})
    page = at(desk).get(url("record", Patient.objects.get().pk)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&LT;SCRIPT&GT;" in page.upper()


def test_duplicates_come_by_post_with_the_date_read_back(at, desk, layla):
    answer = at(desk).post(url("duplicates"), {"name": "Leila Hasan", "birth": "4/3/88"}, headers=HTMX)
    text = answer.content.decode()
    assert "04-Mar-1988" in text and "(38y)" in text
    assert f'id="duplicate-{layla.pk}"' in text
    assert at(desk).get(url("duplicates")).status_code == 405


@pytest.mark.parametrize("typed", [{}, {"name": "x" * 5000}, {"name": "\x00"}, {"birth": "٣/٣/٣"}])
def test_duplicates_bear_any_input(typed, at, desk):
    assert at(desk).post(url("duplicates"), typed, headers=HTMX).status_code == 200


def test_find_answers_rows_that_open_the_card(at, desk, layla):
    text = at(desk).get(url("find"), {"q": "leila"}, headers=HTMX).content.decode()
    assert f'hx-get="{url("card", layla.pk)}?from=find"' in text
    assert "4567" in text and "050 123 4567" not in text


def test_card_says_who_is_selected_and_is_audited(at, desk, layla):
    answer = at(desk).get(url("card", layla.pk), headers=HTMX)
    assert json.loads(answer["HX-Trigger"])["patient-selected"] == {"id": layla.pk}
    event = AuditEvent.objects.filter(action="read").get()
    assert (event.user, event.patient_id, event.facts) == (desk, layla.pk, {"part": "card"})


def test_reception_never_sees_clinical_content(at, desk, layla, physician):
    operations.record_allergy(patient=layla, by=physician, substance="penicillin")
    operations.add_condition(patient=layla, by=physician, text="Asthma")
    for address in (url("record", layla.pk), url("card", layla.pk), url("edit", layla.pk)):
        text = at(desk).get(address, headers=HTMX).content.decode()
        assert "penicillin" not in text and "Asthma" not in text and "llerg" not in text


def test_edit_shows_both_versions_when_somebody_was_faster(at, desk, layla):
    operations.update_patient(patient=layla, by=desk, version=1, address="Their street")
    typed = {"name": layla.name, "phone": layla.phone, "address": "My street", "version": 1, "sex": "female"}
    answer = at(desk).post(url("edit", layla.pk), {**typed, "birth": "04 Mar 1988"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Their street" in text and "My street" in text and 'name="version" value="2"' in text


def test_edit_saves_and_leaves_the_birth_date_alone(at, desk, house):
    patient = patients.patient(
        clinic=house, by=desk, born_on=house.today().replace(year=1980, day=1), born_precision="estimated"
    )
    before = patient.born_on
    page = at(desk).get(url("edit", patient.pk))
    values = {k: v for k, v in page.context["form"].initial.items() if v not in ("", False)}
    answer = at(desk).post(url("edit", patient.pk), {**values, "address": "Olaya"})
    patient.refresh_from_db()
    assert (answer.status_code, patient.address, patient.born_on) == (303, "Olaya", before)


def test_an_allergy_that_was_added_renews_the_banner_and_closes_the_panel(at, physician, layla):
    typed = {"substance": "penicillin", "kind": "allergy", "severity": "severe", "reaction": ""}
    answer = at(physician).post(url("add_allergy", layla.pk), typed, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="banner-allergies" hx-swap-oob="true"' in text
    assert '<span class="agent">penicillin</span>' in text and " · <b>Severe</b>" in text
    assert (answer["HX-Retarget"], "allergy-form" in text) == ("#side-panel", False)
    assert list(Allergy.objects.values_list("substance", flat=True)) == ["penicillin"]


@pytest.mark.parametrize(
    "typed",
    [{}, {"substance": ""}, {"substance": "x" * 121}, {"substance": "a", "kind": "joke"}, {"substance": "\x00"}],
)
def test_a_bad_allergy_is_refused(typed, at, physician, layla):
    assert at(physician).post(url("add_allergy", layla.pk), typed, headers=HTMX).status_code == 422
    assert Allergy.objects.count() == 0


def test_reception_cannot_record_allergies(at, desk, layla):
    typed = {"substance": "penicillin", "kind": "allergy", "severity": "severe"}
    assert at(desk).post(url("add_allergy", layla.pk), typed).status_code == 403
    assert at(desk).post(url("no_known_allergies", layla.pk)).status_code == 403


def test_no_known_allergies_without_script(at, physician, layla):
    answer = at(physician).post(url("no_known_allergies", layla.pk))
    layla.refresh_from_db()
    assert (answer.status_code, layla.no_known_allergies_by) == (303, physician)


def test_a_problem_is_added_and_resolved(at, physician, layla):
    at(physician).post(url("add_condition", layla.pk), {"text": "Asthma", "code": "J45"}, headers=HTMX)
    condition = layla.conditions.get()
    at(physician).post(url("resolve_condition", condition.pk), headers=HTMX)
    condition.refresh_from_db()
    assert (condition.code, condition.state) == ("J45", "resolved")


def test_a_file_that_is_not_there_is_404(at, desk, physician):
    assert at(desk).get(url("record", 999_999)).status_code == 404
    assert at(physician).post(url("end_allergy", 999_999)).status_code == 404


def test_the_list_takes_the_same_queries_for_one_and_many(at, house, desk, django_assert_num_queries):
    patients.patient(clinic=house, by=desk)
    browser = at(desk)
    browser.get(url("list"))
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as made:
            browser.get(url("list"))
        return len(made)

    one = count()
    for number in range(10):
        patients.patient(clinic=house, by=desk, name=f"Patient {number}")
    assert count() == one


def test_arabic_pages_have_no_english_labels(at, desk, layla):
    desk.language = "ar"
    desk.save(update_fields=["language"])
    text = at(desk).get(url("register"), headers=HTMX).content.decode()
    assert "تاريخ الميلاد أو العمر" in text
    assert "Birth date" not in text
