"""The doors of the consultation: who may, htmx and plain, and how many questions the database is asked."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations as patient_operations
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as desk
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits as make
from tests.visits.steps import HTMX, NOTE, page_of, url
from visits import operations
from visits.models import Addendum, Visit

pytestmark = pytest.mark.django_db


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.MANAGER, Role.DISPLAY, Role.PATIENT])
@pytest.mark.parametrize("name", ["visit", "vitals_live", "call_state", "banner", "note_live", "notes_live", "vitals"])
def test_no_clinical_content_for_others(client, clinic, visit, role, name):
    client.force_login(people.user(role, clinic=clinic))
    assert client.get(url(name, visit.pk)).status_code == 403


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST])
@pytest.mark.parametrize("name", ["save_note", "begin", "not_come", "recall", "add_diagnosis", "addendum", "take_over"])
def test_only_doctors_write(client, clinic, visit, role, name):
    client.force_login(people.user(role, clinic=clinic))
    assert client.post(url(name, visit.pk)).status_code == 403


def test_another_clinics_visit_is_not_found(client, visit):
    stranger = people.doctor(clinic=people.clinic(name="Elsewhere"))
    client.force_login(stranger.user)
    assert client.get(url("visit", visit.pk)).status_code == 404
    assert client.post(url("save_note", visit.pk), {**NOTE, "version": 1}).status_code == 404


def test_strangers_are_sent_to_sign_in(client, visit):
    assert client.get(url("visit", visit.pk)).status_code == 302


# --- home and calling ------------------------------------------------------------------------------------------------


def test_home_shows_who_waits(as_doctor, doctor, patient):
    make.waiting(doctor=doctor, patient=patient)
    response = as_doctor.get(url("consult"))
    assert response.status_code == 200
    assert "AL-HASSAN, Layla" in page_of(response)


def test_home_leads_to_the_visit_of_who_is_in_the_room(as_doctor, visit):
    response = as_doctor.get(url("consult"))
    assert (response.status_code, response.url) == (302, url("visit", visit.pk))


def test_home_without_a_station_says_so(as_doctor):
    assert "no station" in page_of(as_doctor.get(url("consult")))


def test_home_without_a_doctors_entry_says_so(client, clinic):
    client.force_login(people.user(Role.DOCTOR, clinic=clinic))
    response = client.get(url("consult"))
    assert response.status_code == 200
    assert "Settings" in page_of(response)


def test_f9_calls_and_opens_the_record(as_doctor, doctor, patient):
    make.waiting(doctor=doctor, patient=patient)
    response = as_doctor.post(url("call_next"))
    assert (response.status_code, response.url) == (303, url("visit", Visit.objects.get().pk))


def test_f9_by_htmx_redirects(as_doctor, doctor, patient):
    make.waiting(doctor=doctor, patient=patient)
    response = as_doctor.post(url("call_next"), headers=HTMX)
    assert response.headers["HX-Redirect"] == url("visit", Visit.objects.get().pk)


def test_f9_with_nobody_waiting_is_answered_in_words(as_doctor, doctor):
    lines.ensure_doctor_station(doctor=doctor, by=doctor.user)
    response = as_doctor.post(url("call_next"), headers=HTMX)
    assert response.status_code == 409
    assert "Nobody is waiting" in json.loads(response.headers["HX-Trigger"])["toast"]["text"]


def test_f9_opens_whom_the_desk_has_called_for_this_room(as_doctor, doctor, clinic, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    lines.call(entry=entry, by=people.user(Role.RECEPTION, clinic=clinic))
    assert "called-open" in page_of(as_doctor.get(url("consult")))
    as_doctor.post(url("call_next"))
    entry.refresh_from_db()
    assert (Visit.objects.get().token, entry.call_count) == (entry.token, 1)


def test_f9_leaves_who_did_not_come_and_opens_whom_the_desk_has_called(as_doctor, doctor, clinic, patient):
    """Nobody is charged for having been called, whatever reason stands in the form."""
    absent, other = make.called(doctor=doctor, patient=patient), make.waiting(doctor=doctor)
    make.priced(clinic)
    desk = people.user(Role.RECEPTION, clinic=clinic)
    lines.skip(entry=absent.token.entries.get(), by=desk)
    lines.call(entry=other, by=desk)
    answer = as_doctor.post(reverse("pharmacy:finish", args=[absent.pk]), {"reason": "No reply"})
    following = Visit.objects.get(token=other.token)
    absent.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, url("visit", following.pk))
    assert (absent.state, absent.invoice, following.state) == ("cancelled", None, "open")


def test_another_patient_called_meanwhile_stands_beside_the_open_visit(as_doctor, doctor, clinic, patient):
    first = make.called(doctor=doctor, patient=patient)
    other = make.waiting(doctor=doctor)
    desk = people.user(Role.RECEPTION, clinic=clinic)
    assert "called-open" not in page_of(as_doctor.get(url("visit", first.pk)))
    lines.skip(entry=first.token.entries.get(), by=desk)
    lines.call(entry=other, by=desk)
    page = page_of(as_doctor.get(url("queue_live"), {"visit": first.pk}))
    assert "called-open" in page and other.token.label in page


def test_the_called_patient_is_marked_and_can_be_missing(as_doctor, doctor, patient):
    called = make.called(doctor=doctor, patient=patient)
    assert "visit-not-come" in page_of(as_doctor.get(url("visit", called.pk)))
    assert as_doctor.post(url("recall", called.pk), headers=HTMX).status_code == 200
    assert as_doctor.post(url("not_come", called.pk)).url == url("consult")
    assert Visit.objects.get(pk=called.pk).state == Visit.State.CANCELLED


def test_the_record_opens_todays_visit(as_doctor, doctor, patient):
    entry = make.waiting(doctor=doctor, patient=patient)
    assert "history-start" in page_of(as_doctor.get(url("history", patient.pk), headers=HTMX))
    response = as_doctor.post(url("open", patient.pk))
    opened = Visit.objects.get()
    assert (response.url, opened.token_id) == (url("visit", opened.pk), entry.token_id)
    assert "visit-call-in" in page_of(as_doctor.get(url("visit", opened.pk)))
    assert as_doctor.post(url("call_in", opened.pk), headers=HTMX).status_code == 200
    assert Entry.objects.get(pk=entry.pk).state == Entry.State.CALLED


# --- the screen ------------------------------------------------------------------------------------------------------


def test_the_visit_shows_everything_and_its_reading_is_audited(as_doctor, visit, patient):
    operations.record_vitals(visit=visit, by=visit.doctor.user, systolic=168, diastolic=104)
    operations.add_diagnosis(visit=visit, by=visit.doctor.user, text="Essential hypertension", code="I10")
    patient_operations.record_allergy(
        patient=patient, by=visit.doctor.user, substance="penicillin", reaction="anaphylaxis"
    )
    before = AuditEvent.objects.filter(action="read").count()
    text = page_of(as_doctor.get(url("visit", visit.pk)))
    assert AuditEvent.objects.filter(action="read", patient_id=patient.pk).count() == before + 1
    for word in ("penicillin", "anaphylaxis", "168/104", "High", "Essential hypertension", "I10", 'data-key="F9"'):
        assert word in text


def test_other_patients_are_shown_by_number_alone(as_doctor, clinic, doctor, visit):
    other = make.patient(clinic=clinic, name="Yusuf Farah")
    entry = make.waiting(doctor=doctor, patient=other)
    text = page_of(as_doctor.get(url("visit", visit.pk)))
    assert entry.token.label in text
    assert "FARAH" not in text
    assert "FARAH" not in page_of(as_doctor.get(url("queue_live")))


def test_live_fragments_hold_no_fields(as_doctor, doctor, visit):
    names = ["banner", "call_state", "vitals_live", "note_live", "notes_live"]
    texts = [page_of(as_doctor.get(url(name, visit.pk), headers=HTMX)) for name in names]
    texts.append(page_of(as_doctor.get(url("queue_live"), headers=HTMX)))
    texts.append(page_of(as_doctor.get(url("home_live"), headers=HTMX)))
    for text in texts:
        assert "<textarea" not in text and "<select" not in text and 'type="text"' not in text


def test_a_second_doctor_reads_and_may_take_over(client, clinic, visit):
    other = people.doctor(clinic=clinic, name="Noor Aziz")
    client.force_login(other.user)
    text = page_of(client.get(url("visit", visit.pk)))
    assert "note-form" not in text
    assert "Omar Haddad" in text
    assert client.post(url("take_over", visit.pk)).url == url("visit", visit.pk)
    assert "note-form" in page_of(client.get(url("visit", visit.pk)))


def test_words_are_never_markup(as_doctor, visit):
    operations.save_note(
        visit=visit,
        by=visit.doctor.user,
        version=visit.version,
        complaint="<script>alert(1)</script>",
        examination="",
        plan="",
    )
    text = page_of(as_doctor.get(url("visit", visit.pk)))
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def questions(client, address):
    """How many queries a page takes, once the session has noted that a person is there."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_visit_says_what_it_was_booked_for(client, as_doctor, clinic, doctor, patient, nurse):
    times.hours(doctor=doctor, clinic=clinic)
    starts_at = times.next_slot(clinic)
    booked = times.appointment(
        clinic=clinic, doctor=doctor, patient=patient, starts_at=starts_at, reason="Sore <b>throat</b>"
    )
    desk.check_in(appointment=booked, by=doctor.user)
    made = operations.start_visit(patient=patient, doctor=doctor, by=doctor.user, appointment=booked)
    line = 'Booked for: <bdi dir="auto">Sore &lt;b&gt;throat&lt;/b&gt;</bdi>'
    assert (page_of(as_doctor.get(url("visit", made.pk))).count(line), made.complaint) == (1, "")
    client.force_login(nurse)
    assert page_of(client.get(url("visit", made.pk))).count(line) == 1


def test_a_visit_that_was_not_booked_says_nothing_of_it(as_doctor, visit):
    assert "Booked for" not in page_of(as_doctor.get(url("visit", visit.pk)))


def test_the_visit_asks_the_same_questions_however_much_there_is(as_doctor, clinic, doctor, visit):
    def more(number):
        make.completed(doctor=doctor, patient=make.patient(clinic=clinic, name=f"Other {number}"))
        make.waiting(doctor=doctor, patient=make.patient(clinic=clinic, name=f"Waiting {number}"))
        make.visit(doctor=doctor, patient=make.patient(clinic=clinic, name=f"Open {number}"))
        operations.record_vitals(visit=visit, by=doctor.user, pulse=80 + number)
        operations.add_diagnosis(visit=visit, by=doctor.user, text=f"Finding {number}")
        patient_operations.add_condition(patient=visit.patient, by=doctor.user, text=f"Problem {number}")

    more(1)
    with_one = questions(as_doctor, url("visit", visit.pk))
    for number in range(2, 6):
        more(number)
    assert questions(as_doctor, url("visit", visit.pk)) == with_one
    assert with_one <= 15


def test_home_asks_the_same_questions_however_many_wait(as_doctor, clinic, doctor):
    def more(number):
        make.waiting(doctor=doctor, patient=make.patient(clinic=clinic, name=f"Waiting {number}"))
        make.visit(doctor=doctor, patient=make.patient(clinic=clinic, name=f"Open {number}"))

    more(1)
    with_one = questions(as_doctor, url("consult"))
    for number in range(2, 6):
        more(number)
    assert questions(as_doctor, url("consult")) == with_one
    assert with_one <= 15


# --- finished --------------------------------------------------------------------------------------------------------


def test_finish_says_what_is_missing_and_passes_with_a_reason(as_doctor, visit):
    make.priced(visit.clinic)
    first = as_doctor.post(reverse("pharmacy:finish", args=[visit.pk]), headers=HTMX)
    assert first.status_code == 409
    assert "finish-reason" in page_of(first)
    second = as_doctor.post(reverse("pharmacy:finish", args=[visit.pk]), {"reason": "Left early"}, headers=HTMX)
    assert second.headers["HX-Redirect"] == url("consult")
    assert Visit.objects.get(pk=visit.pk).finish_reason == "Left early"


def test_finish_without_script_shows_the_same_words(as_doctor, visit):
    response = as_doctor.post(reverse("pharmacy:finish", args=[visit.pk]))
    assert response.status_code == 409
    assert "finish-reason" in page_of(response)


def test_finish_calls_the_next(as_doctor, clinic, doctor, visit):
    make.priced(clinic)
    make.waiting(doctor=doctor, patient=make.patient(clinic=clinic, name="Yusuf Farah"))
    response = as_doctor.post(reverse("pharmacy:finish", args=[visit.pk]), {"reason": "Left early"})
    assert response.url == url("visit", Visit.objects.latest("pk").pk)


def test_a_finished_visit_is_read_only_with_addenda(as_doctor, doctor, patient):
    done = make.completed(doctor=doctor, patient=patient)
    text = page_of(as_doctor.get(url("visit", done.pk)))
    assert "note-form" not in text and "visit-finish" not in text
    assert as_doctor.post(url("addendum", done.pk), {"text": ""}, headers=HTMX).status_code == 422
    assert "Result normal" in page_of(as_doctor.post(url("addendum", done.pk), {"text": "Result normal"}, headers=HTMX))
    assert Addendum.objects.get().by_id == doctor.user_id


def test_an_addendum_to_an_open_visit_is_refused(as_doctor, visit):
    assert as_doctor.post(url("addendum", visit.pk), {"text": "Later"}, headers=HTMX).status_code == 409


def test_autosave_on_a_finished_visit_says_so(as_doctor, doctor, patient):
    done = make.completed(doctor=doctor, patient=patient)
    response = as_doctor.post(url("save_note", done.pk), {**NOTE, "version": 9}, headers={**HTMX, "X-Autosave": "true"})
    assert response.status_code == 409
    assert "addendum" in page_of(response).lower()


def test_history_asks_the_same_questions_however_long(as_doctor, doctor, patient):
    make.completed(doctor=doctor, patient=patient)
    with_one = questions(as_doctor, url("history", patient.pk))
    for _number in range(4):
        make.completed(doctor=doctor, patient=patient)
    assert questions(as_doctor, url("history", patient.pk)) == with_one
    assert page_of(as_doctor.get(url("history", patient.pk))).count("history-open-") == 5


def test_the_manager_sees_no_words_of_a_visit_in_the_admin(client, clinic, doctor, patient):
    done = make.completed(doctor=doctor, patient=patient)
    client.force_login(people.user(Role.MANAGER, clinic=clinic))
    text = page_of(client.get(reverse("admin:visits_visit_change", args=[done.pk])))
    assert "Walk every day" not in text and "Headache" not in text
