"""What is written and measured on the pages of a visit: what is kept, what is refused beside its field."""

from decimal import Decimal

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as desk
from tests.factories import clinic as people
from tests.factories import visits as make
from tests.visits.steps import HTMX, NOTE, page_of, url
from visits import operations
from visits.models import Diagnosis, Visit, Vitals

pytestmark = pytest.mark.django_db


# --- the note --------------------------------------------------------------------------------------------------------


def test_autosave_answers_with_the_new_version(as_doctor, visit):
    response = as_doctor.post(
        url("save_note", visit.pk), {**NOTE, "version": visit.version}, headers={**HTMX, "X-Autosave": "true"}
    )
    assert (response.status_code, response.headers["X-Version"]) == (204, "2")
    assert Visit.objects.get(pk=visit.pk).plan == "Rest"


def test_saving_without_script_comes_back_to_the_visit(as_doctor, visit):
    response = as_doctor.post(url("save_note", visit.pk), {**NOTE, "version": visit.version})
    assert (response.status_code, response.url) == (303, url("visit", visit.pk))


def test_a_conflict_shows_both_texts_and_either_can_win(as_doctor, doctor, visit):
    operations.save_note(visit=visit, by=doctor.user, version=1, complaint="There", examination="", plan="")
    mine = {**NOTE, "complaint": "Here", "version": 1}
    response = as_doctor.post(url("save_note", visit.pk), mine, headers=HTMX)
    assert response.status_code == 409
    assert "There" in page_of(response) and "Here" in page_of(response)
    auto = as_doctor.post(url("save_note", visit.pk), mine, headers={**HTMX, "X-Autosave": "true"})
    assert auto.status_code == 409
    assert "Ctrl+S" in page_of(auto)
    plain = as_doctor.post(url("save_note", visit.pk), mine)
    assert plain.status_code == 409
    assert "There" in page_of(plain) and "Here" in page_of(plain)
    assert as_doctor.post(url("save_note", visit.pk), {**mine, "over": "2"}, headers=HTMX).status_code == 204
    assert Visit.objects.get(pk=visit.pk).complaint == "Here"


@pytest.mark.parametrize("version", ["", "x", "0", "9" * 30])
def test_a_note_without_a_version_is_not_saved(as_doctor, visit, version):
    response = as_doctor.post(url("save_note", visit.pk), {**NOTE, "version": version}, headers=HTMX)
    assert response.status_code in (409, 422)
    assert Visit.objects.get(pk=visit.pk).complaint == ""


def test_a_huge_note_is_not_saved(as_doctor, visit):
    response = as_doctor.post(url("save_note", visit.pk), {**NOTE, "plan": "x" * 9000, "version": 1}, headers=HTMX)
    assert response.status_code == 422


# --- diagnoses -------------------------------------------------------------------------------------------------------


def test_diagnoses_are_found_added_and_removed(as_doctor, visit):
    found = page_of(as_doctor.get(url("find_diagnosis", visit.pk), {"text": "hypertension"}, headers=HTMX))
    assert "hypertension" in found
    added = as_doctor.post(url("add_diagnosis", visit.pk), {"text": "صداع توتري", "code": ""}, headers=HTMX)
    assert "صداع توتري" in page_of(added)
    row = Diagnosis.objects.get()
    assert "صداع توتري" not in page_of(as_doctor.post(url("remove_diagnosis", row.pk), headers=HTMX))


def test_who_reads_arabic_sees_what_a_code_is_called(as_doctor, visit):
    found = url("find_diagnosis", visit.pk)
    english = page_of(as_doctor.get(found, {"text": "htn"}, headers=HTMX))
    type(visit.doctor.user).objects.filter(pk=visit.doctor.user_id).update(language="ar")
    arabic = page_of(as_doctor.get(found, {"text": "ضغط"}, headers=HTMX))
    assert ("ارتفاع ضغط الدم" in arabic, "ارتفاع ضغط الدم" in english) == (True, False)
    added = as_doctor.post(url("add_diagnosis", visit.pk), {"text": "Headache", "code": "R51"}, headers=HTMX)
    assert "Headache" in page_of(added) and "صداع" in page_of(added)


def test_who_reads_arabic_still_sees_what_the_doctor_wrote(as_doctor, doctor, visit):
    make.completed(doctor=doctor, patient=visit.patient, diagnosis="Hypertension, mild", code="I10")
    later = make.visit(doctor=doctor, patient=visit.patient)
    type(doctor.user).objects.filter(pk=doctor.user_id).update(language="ar")
    page = page_of(as_doctor.get(url("visit", later.pk)))
    past = page[page.index('id="visit-past"') :]
    assert ("Hypertension, mild" in past, "ارتفاع ضغط الدم" in past) == (True, True)


def test_own_frequent_diagnoses_come_first(as_doctor, clinic, doctor, visit):
    make.completed(
        doctor=doctor, patient=make.patient(clinic=clinic, name="Other One"), diagnosis="Hypertension, mild", code=""
    )
    text = page_of(as_doctor.get(url("find_diagnosis", visit.pk), {"text": "hyp"}, headers=HTMX))
    assert text.index("Hypertension, mild") < text.index("dx-icd-1")


def test_another_visits_diagnosis_cannot_be_removed(client, visit):
    row = operations.add_diagnosis(visit=visit, by=visit.doctor.user, text="Migraine")
    stranger = people.doctor(clinic=people.clinic(name="Elsewhere"))
    client.force_login(stranger.user)
    assert client.post(url("remove_diagnosis", row.pk)).status_code == 404


# --- vitals ----------------------------------------------------------------------------------------------------------


def test_vitals_take_arabic_digits_and_a_comma(as_doctor, visit):
    response = as_doctor.post(
        url("vitals", visit.pk), {"pressure": "١٦٨/١٠٤", "temperature": "37,1", "confirmed": ""}, headers=HTMX
    )
    assert response.status_code == 200
    row = Vitals.objects.get()
    assert (row.systolic, row.diastolic, row.temperature) == (168, 104, Decimal("37.1"))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"pressure": "high"},
        {"pressure": "120"},
        {"pulse": "4"},
        {"pulse": "fast"},
        {"temperature": "371"},
        {"weight": "9" * 40},
        {"pain": "11"},
    ],
)
def test_bad_vitals_are_refused_beside_their_field(as_doctor, visit, values):
    response = as_doctor.post(url("vitals", visit.pk), values, headers=HTMX)
    assert response.status_code == 422
    assert "vitals-errors" in page_of(response)
    assert Vitals.objects.count() == 0


def test_each_of_several_impossible_values_is_told_beside_its_field(as_doctor, visit):
    response = as_doctor.post(url("vitals", visit.pk), {"pressure": "80/120", "temperature": "99.5"}, headers=HTMX)
    assert sorted(response.context["form"].errors) == ["pressure", "temperature"]


def test_an_improbable_value_is_asked_about_once(as_doctor, visit):
    first = as_doctor.post(url("vitals", visit.pk), {"pulse": "18"}, headers=HTMX)
    assert first.status_code == 422
    assert 'value="pulse=18"' in page_of(first)
    changed = as_doctor.post(url("vitals", visit.pk), {"pulse": "19", "confirmed": "pulse=18"}, headers=HTMX)
    assert changed.status_code == 422
    assert (
        as_doctor.post(url("vitals", visit.pk), {"pulse": "19", "confirmed": "pulse=19"}, headers=HTMX).status_code
        == 200
    )


def test_values_are_corrected(as_doctor, visit):
    wrong = operations.record_vitals(visit=visit, by=visit.doctor.user, pulse=88)
    assert 'value="88"' in page_of(as_doctor.get(url("correct_vitals", wrong.pk), headers=HTMX))
    assert as_doctor.post(url("correct_vitals", wrong.pk), {"pulse": "78"}).url == url("visit", visit.pk)
    assert Vitals.objects.get(corrects=wrong).pulse == 78


def named(page):
    """What the nurse's form says of whom it was shown for."""
    return {"patient": page.context["form"]["patient"].value()}


def test_a_nurse_measures_who_waits(client, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    page = client.get(url("nurse_vitals", entry.pk))
    assert page.status_code == 200
    assert Visit.objects.count() == 0
    assert client.post(url("nurse_vitals", entry.pk), {**named(page), "pressure": "120/80"}).url == reverse(
        "queues:lines"
    )
    assert (Visit.objects.get().token_id, Vitals.objects.get().systolic) == (entry.token_id, 120)
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.WAITING


def test_vitals_are_not_saved_for_another_patient_than_the_form_named(client, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    shown = client.get(url("nurse_vitals", entry.pk))
    assert f'name="patient" value="{patient.pk}"' in page_of(shown)
    desk_hand, other = people.user(Role.RECEPTION, clinic=clinic), make.patient(clinic=clinic, name="Basma Two")
    desk.change_patient(token=entry.token, patient=other, by=desk_hand)
    assert client.post(url("nurse_vitals", entry.pk), {**named(shown), "pulse": "72"}, headers=HTMX).status_code == 409
    assert (Vitals.objects.count(), Visit.objects.count()) == (0, 0)
    again = client.get(url("nurse_vitals", entry.pk))
    assert client.post(url("nurse_vitals", entry.pk), {**named(again), "pulse": "72"}).status_code == 303
    assert Vitals.objects.get().patient == other


def test_vitals_without_a_named_patient_are_not_saved(client, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    assert client.post(url("nurse_vitals", entry.pk), {"pulse": "72"}, headers=HTMX).status_code == 409


def test_v_stands_on_the_nurses_rows_of_the_line(client, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    assert url("nurse_vitals", entry.pk) in page_of(client.get(reverse("queues:lines")))
    client.force_login(people.user(Role.RECEPTION, clinic=clinic))
    assert url("nurse_vitals", entry.pk) not in page_of(client.get(reverse("queues:lines")))


def test_a_number_without_a_patient_cannot_be_measured(client, clinic, doctor):
    station = lines.ensure_doctor_station(doctor=doctor, by=doctor.user)
    token = lines.issue_token(clinic=clinic, letter=station.letter, by=doctor.user)
    entry = lines.join(token=token, station=station, by=doctor.user)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    assert "Ask the desk" in page_of(client.get(url("nurse_vitals", entry.pk)))
    assert client.post(url("nurse_vitals", entry.pk), {"pulse": "80"}, headers=HTMX).status_code == 409


def test_a_refused_measurement_opens_no_visit(client, clinic, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    assert client.post(url("nurse_vitals", entry.pk), {"patient": patient.pk, "pulse": "5"}).status_code == 422
    assert Visit.objects.count() == 0


# --- dated notes, and the visit on paper -----------------------------------------------------------------------------


def test_notes_stand_on_every_page_of_the_visit(as_doctor, client, clinic, doctor, visit):
    operations.add_note(visit=visit, by=doctor.user, category="symptom", text="Vomited twice")
    wrong = operations.add_note(visit=visit, by=doctor.user, category="plan", text="Bed rest")
    operations.add_note(visit=visit, by=doctor.user, category="plan", text="Walking", corrects=wrong)
    addresses = [url("visit", visit.pk), url("note_live", visit.pk), url("print_visit", visit.pk)]
    for page in [page_of(as_doctor.get(address)) for address in addresses]:
        assert "Vomited twice" in page and "Walking" in page and "Bed rest" not in page
    operations.add_diagnosis(visit=visit, by=doctor.user, text="Gastritis")
    make.priced(clinic)
    operations.complete(visit=visit, by=doctor.user, reason="seen")
    assert "Vomited twice" in page_of(as_doctor.get(url("visit", visit.pk)))


def test_without_a_prescription_the_visit_itself_is_printed(as_doctor, doctor, patient):
    done = make.completed(doctor=doctor, patient=patient)
    operations.add_addendum(visit=done, by=doctor.user, text="Came back well")
    answer = as_doctor.get(url("print_visit", done.pk))
    page = page_of(answer)
    assert answer.status_code == 200
    assert all(words in page for words in ("Headache", "Essential hypertension", "Walk every day.", "Came back well"))
    assert AuditEvent.objects.filter(action="print", patient_id=patient.pk).count() == 1


def test_the_visit_is_printed_beside_its_prescription_when_asked(as_doctor, doctor, visit):
    from tests.factories import pharmacy as shelf

    shelf.signed(visit=visit, by=doctor.user, medicine=shelf.medicine())
    assert as_doctor.get(url("print_visit", visit.pk)).status_code == 302
    assert as_doctor.get(url("print_visit", visit.pk), {"what": "visit"}).status_code == 200


@pytest.fixture
def as_nurse(client, clinic):
    client.force_login(people.user(Role.NURSE, clinic=clinic))
    return client


def test_a_nurse_adds_a_note_of_a_kind(as_nurse, visit):
    assert 'id="note-add-form"' in page_of(as_nurse.get(url("visit", visit.pk)))
    answer = as_nurse.post(url("add_note", visit.pk), {"category": "observation", "text": "Pale"}, headers=HTMX)
    assert [(note.category, note.text) for note in visit.notes.all()] == [("observation", "Pale")]
    assert 'id="visit-notes" class="addenda" hx-swap-oob="true"' in page_of(answer)


@pytest.mark.parametrize("typed", [{"category": "joke", "text": "Pale"}, {"category": "plan", "text": "  "}, {}])
def test_a_note_of_no_kind_or_without_words_is_refused_and_kept(as_nurse, visit, typed):
    answer = as_nurse.post(url("add_note", visit.pk), typed, headers=HTMX)
    assert (answer.status_code, visit.notes.count()) == (422, 0)
    assert typed.get("text", "").strip() in page_of(answer)


def test_another_doctor_is_offered_no_note_and_refused_one(client, clinic, visit):
    client.force_login(people.doctor(clinic=clinic, name="Noor Aziz").user)
    assert 'id="note-add-form"' not in page_of(client.get(url("visit", visit.pk)))
    answer = client.post(url("add_note", visit.pk), {"category": "plan", "text": "Rest"}, headers=HTMX)
    assert (answer.status_code, visit.notes.count()) == (409, 0)
