"""Appointments through the JSON door: fields, who may what, refusals with alternatives, versions, keys."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic import live
from clinic.access import Role
from clinic.models import AuditEvent
from scheduling import operations
from scheduling.models import Appointment
from tests.api import client_of
from tests.factories import clinic as ground
from tests.factories import queues as line_factories
from tests.factories.scheduling import appointment, hours, morrow, next_slot

URL = "/api/v1/appointments/"
State = Appointment.State


@pytest.fixture
def api(desk):
    return client_of(desk)


@pytest.fixture
def account(clinic, patient):
    """The patient's own account."""
    user = ground.user(Role.PATIENT, clinic=clinic, name=patient.name)
    patient.user = user
    patient.save(update_fields=["user"])
    return user


@pytest.fixture
def own(account):
    return client_of(account)


@pytest.fixture
def booked(clinic, doctor, patient, desk):
    return appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)


def body(clinic, doctor, patient, text="09:00", **more):
    return {"patient": patient.pk, "doctor": doctor.pk, "start": morrow(clinic, text).isoformat(), **more}


def at(row, step=""):
    return f"{URL}{row.pk}/{step}"


def test_book_answers_with_the_contracts_fields(api, clinic, doctor, patient):
    answer = api.post(URL, body(clinic, doctor, patient, minutes=30, reason="cough", notes="first visit"))
    made = Appointment.objects.get()
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    shown = answer.json()
    assert {name: shown[name] for name in ("id", "patient", "doctor", "start", "end", "minutes", "status")} == {
        "id": made.pk,
        "patient": patient.pk,
        "doctor": doctor.pk,
        "start": morrow(clinic, "09:00").isoformat(),
        "end": morrow(clinic, "09:30").isoformat(),
        "minutes": 30,
        "status": "confirmed",
    }
    assert (shown["reason"], shown["notes"], shown["source"], shown["queue_entry"]) == (
        "cough",
        "first visit",
        "api",
        None,
    )


def test_a_booking_without_minutes_lasts_as_long_as_the_slot(api, clinic, doctor, patient):
    assert api.post(URL, body(clinic, doctor, patient)).json()["minutes"] == 15


def test_a_taken_time_offers_the_three_nearest(api, clinic, doctor, other, booked):
    answer = api.post(URL, body(clinic, doctor, other))
    said = answer.json()
    assert (answer.status_code, said["code"], list(said["fields"])) == (409, "slot_taken", ["start"])
    assert said["alternatives"] == [
        {"start": morrow(clinic, a).isoformat(), "end": morrow(clinic, b).isoformat()}
        for a, b in (("08:30", "08:45"), ("08:45", "09:00"), ("09:15", "09:30"))
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": None},
        {"patient": 99999999},
        {"patient": 2**70},
        {"patient": "x"},
        {"doctor": 99999999},
        {"start": "tomorrow"},
        {"start": ""},
        {"minutes": 4},
        {"minutes": 181},
        {"reason": "x" * 201},
        {"notes": "x" * 501},
        {"reason": {"a": 1}},
        {"state": "completed"},
        {"booked_by": 1},
        {"clinic": 1},
    ],
)
def test_a_bad_booking_is_a_400_and_writes_nothing(api, clinic, doctor, patient, changes):
    answer = api.post(URL, body(clinic, doctor, patient) | changes)
    assert (answer.status_code, Appointment.objects.count()) == (400, 0)
    assert list(answer.json()["fields"]) == list(changes)


def test_seconds_are_refused(api, clinic, doctor, patient):
    start = (morrow(clinic) + timedelta(seconds=30)).isoformat()
    answer = api.post(URL, body(clinic, doctor, patient) | {"start": start})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_start")


def test_the_same_key_books_once(api, clinic, doctor, patient):
    answers = [
        api.post(URL, body(clinic, doctor, patient), headers={"Idempotency-Key": "one"}).json()["id"] for _ in range(2)
    ]
    assert (len(set(answers)), Appointment.objects.count()) == (1, 1)


def test_another_clinics_doctor_is_a_400_beside_the_field(api, clinic, patient):
    abroad = ground.doctor(clinic=ground.clinic(name="Elsewhere"))
    answer = api.post(URL, body(clinic, abroad, patient))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["doctor"])


def test_list_filters(api, clinic, doctor, patient, other, desk, booked):
    late = appointment(clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, days=3))
    operations.cancel(appointment=late, by=desk, reason="asked to")

    def ids(**query):
        return [row["id"] for row in api.get(URL, query).json()["results"]]

    day = booked.wall_date.isoformat()
    assert ids() == [booked.pk, late.pk]
    assert ids(ordering="-start") == [late.pk, booked.pk]
    assert ids(status="cancelled") == ids(patient=other.pk) == ids(date_from=late.wall_date.isoformat()) == [late.pk]
    assert ids(date_to=day) == ids(date_from=day, date_to=day) == ids(status="confirmed") == [booked.pk]
    assert ids(doctor=doctor.pk + 1000) == []


@pytest.mark.parametrize("query", [{"status": "lost"}, {"date_from": "soon"}, {"nobody": 1}, {"limit": 101}])
def test_an_unknown_filter_is_a_400(api, query):
    assert api.get(URL, query).status_code == 400


def test_the_list_asks_as_often_for_many_rows(api, clinic, doctor, desk, booked):
    def count():
        with CaptureQueriesContext(connection) as caught:
            assert api.get(URL, {"limit": 100}).status_code == 200
        return len(caught)

    few = count()
    for number in range(30):
        start = morrow(clinic, "10:00") + timedelta(minutes=15 * number)
        appointment(clinic=clinic, doctor=doctor, by=desk, starts_at=start)
    assert count() == few


def test_patch_moves_and_keeps_the_identity(api, clinic, booked):
    answer = api.patch(at(booked), {"start": morrow(clinic, "11:00").isoformat(), "reason": "earache"})
    booked.refresh_from_db()
    assert (answer.status_code, booked.starts_at, booked.reason) == (200, morrow(clinic, "11:00"), "earache")
    assert (answer.json()["id"], answer.json()["version"]) == (booked.pk, 3)


def test_a_patch_that_fails_half_way_changes_nothing(api, clinic, doctor, other, desk, booked):
    appointment(clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, "11:00"))
    answer = api.patch(at(booked), {"start": morrow(clinic, "11:00").isoformat(), "reason": "earache"})
    booked.refresh_from_db()
    assert (answer.status_code, booked.reason, booked.version) == (409, "", 1)


@pytest.mark.parametrize("header", [True, False])
def test_somebody_was_faster_is_412(api, clinic, desk, booked, header):
    operations.move(appointment=booked, by=desk, starts_at=morrow(clinic, "10:00"))
    sent = {"notes": "late"} if header else {"notes": "late", "version": 1}
    answer = api.patch(at(booked), sent, headers={"If-Match": '"1"'} if header else {})
    booked.refresh_from_db()
    assert (answer.status_code, answer.json()["code"], booked.notes) == (412, "changed_meanwhile", "")


def test_check_in_answers_with_the_stay(api, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))
    answer = api.post(at(made, "check-in/"), {})
    made.refresh_from_db()
    assert (answer.status_code, answer.json()["status"]) == (200, "arrived")
    assert answer.json()["queue_entry"] == made.token.entries.get().pk
    again = api.post(at(made, "check-in/"), {})
    assert (again.status_code, again.json()["code"]) == (409, "already_checked_in")


def test_an_emergency_without_its_reason_is_said_beside_reason(api, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=next_slot(clinic))
    answer = api.post(at(made, "check-in/"), {"priority": "emergency"})
    assert (answer.status_code >= 400, list(answer.json()["fields"])) == (True, ["reason"])


def test_cancel_needs_a_reason(api, booked):
    assert api.post(at(booked, "cancel/"), {}).json()["code"] == "reason_required"
    answer = api.post(at(booked, "cancel/"), {"reason": "asked to"})
    assert (answer.status_code, answer.json()["status"], answer.json()["cancel_reason"]) == (
        200,
        "cancelled",
        "asked to",
    )


def test_delete_cancels_and_erases_nothing(api, booked):
    answer = api.delete(at(booked))
    booked.refresh_from_db()
    assert (answer.status_code, booked.state, bool(booked.cancel_reason)) == (200, State.CANCELLED, True)
    assert api.delete(at(booked)).json()["code"] == "not_open"


def test_miss_before_the_time_is_refused(api, booked):
    answer = api.post(at(booked, "miss/"), {})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_early")


def test_complete_what_has_begun_and_nothing_else(api, clinic, doctor, patient, desk, booked):
    assert api.post(at(booked, "complete/"), {}).json()["code"] == "not_open"
    here = appointment(
        clinic=clinic, doctor=doctor, by=desk, starts_at=next_slot(clinic), patient=line_factories.patient()
    )
    operations.check_in(appointment=here, by=desk)
    assert api.post(at(here, "complete/"), {}).json()["status"] == "completed"


def test_confirm_what_a_patient_asked_for(api, own, clinic, doctor):
    made = own.post(URL, {"doctor": doctor.pk, "start": morrow(clinic).isoformat()}).json()
    assert (made["status"], made["source"]) == ("pending", "portal")
    answer = api.post(f"{URL}{made['id']}/confirm/", {})
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (200, "confirmed", 2)
    assert api.post(f"{URL}{made['id']}/confirm/", {}).json()["version"] == 2


def test_a_doctor_sees_and_books_only_the_own_diary(clinic, doctor, patient, booked):
    second = ground.doctor(clinic=clinic, name="Huda Noor")
    hours(doctor=second, clinic=clinic)
    client = client_of(second.user)
    assert client.get(URL).json()["count"] == 0
    assert client.get(at(booked)).status_code == 404
    assert client.post(at(booked, "cancel/"), {"reason": "x"}).status_code == 404
    assert client.post(URL, body(clinic, doctor, patient, "10:00")).status_code == 400
    assert client.post(URL, body(clinic, second, patient, "10:00")).status_code == 201


def test_another_clinics_appointment_is_not_there(booked):
    client = client_of(ground.user(Role.RECEPTION, Role.MANAGER, clinic=ground.clinic(name="Elsewhere")))
    assert (client.get(at(booked)).status_code, client.delete(at(booked)).status_code) == (404, 404)


@pytest.mark.parametrize("role", [Role.NURSE, Role.PHARMACIST, Role.DISPLAY])
def test_other_roles_are_refused(clinic, booked, role):
    assert client_of(ground.user(role, clinic=clinic)).get(at(booked)).status_code == 403


def test_nobody_without_a_token(booked):
    assert client_of().get(URL).status_code == 401


def test_a_patient_sees_own_rows_only_and_no_notes(own, clinic, doctor, other, desk, booked):
    theirs = appointment(clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, "10:00"))
    assert [row["id"] for row in own.get(URL).json()["results"]] == [booked.pk]
    assert "notes" not in own.get(at(booked)).json()
    assert (own.get(at(theirs)).status_code, own.delete(at(theirs)).status_code) == (404, 404)
    assert own.post(at(booked, "check-in/"), {}).status_code == 403


def test_a_patients_appointments_of_every_clinic(own, patient, booked):
    elsewhere = ground.clinic(name="Elsewhere")
    far = ground.doctor(clinic=elsewhere)
    hours(doctor=far, clinic=elsewhere)
    made = appointment(clinic=elsewhere, doctor=far, patient=patient, starts_at=morrow(elsewhere, "12:00"))
    assert [row["id"] for row in own.get(f"/api/v1/patients/{patient.pk}/appointments/").json()["results"]] == [
        booked.pk,
        made.pk,
    ]


def test_a_patient_books_nobody_else(own, clinic, doctor, other):
    answer = own.post(URL, body(clinic, doctor, other))
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["patient"])


def test_a_patient_moves_and_cancels_the_own_one(own, clinic, booked):
    moved = own.patch(at(booked), {"start": morrow(clinic, "11:00").isoformat()})
    assert (moved.status_code, moved.json()["status"]) == (200, "pending")
    assert own.post(at(booked, "cancel/"), {}).json()["status"] == "cancelled"


def test_a_patients_list_by_staff_leaves_a_trace(api, desk, patient, booked):
    assert api.get(f"/api/v1/patients/{patient.pk}/appointments/").json()["count"] == 1
    assert AuditEvent.objects.filter(action="read", user=desk, patient_id=patient.pk).count() == 1


def test_a_strangers_list_is_not_there(own, other):
    assert own.get(f"/api/v1/patients/{other.pk}/appointments/").status_code == 404


def test_events_name_the_appointment_and_nobody(monkeypatch, clinic, doctor, patient, desk, booked):
    told = []
    monkeypatch.setattr(live, "event", lambda clinic, kind, **facts: told.append((kind, facts)))
    operations.move(appointment=booked, by=desk, starts_at=morrow(clinic, "11:00"))
    operations.cancel(appointment=booked, by=desk, reason="asked to")
    facts = {
        "patient_id": patient.pk,
        "doctor_id": doctor.pk,
        "appointment": booked.pk,
        "at": morrow(clinic, "11:00").isoformat(),
    }
    assert told == [("appointment.moved", facts), ("appointment.cancelled", facts)]


# --- what was read ---------------------------------------------------------------------------------------------------

TAGS = [('"9"', 412), ('"9", "8"', 412), ('"1"', 200), ('W/"1"', 200), ("*", 200), ('"9", "1"', 200)]


@pytest.mark.parametrize(("tag", "status"), TAGS)
def test_a_patch_looks_at_what_was_read(api, booked, tag, status):
    assert api.patch(at(booked), {"reason": "Cough"}, headers={"If-Match": tag}).status_code == status


@pytest.mark.parametrize(("tag", "status"), TAGS)
@pytest.mark.parametrize("step", ["", "cancel/"])
def test_so_does_calling_off(api, booked, tag, status, step):
    call = api.post if step else api.delete
    answer = call(at(booked, step), {"reason": "R"} if step else None, headers={"If-Match": tag})
    booked.refresh_from_db()
    assert (answer.status_code, booked.state == State.CANCELLED) == (status, status == 200)


def test_who_called_off_without_a_word_is_told_apart(api, own, booked):
    own.delete(at(booked))
    booked.refresh_from_db()
    assert booked.cancel_reason == "Cancelled by the patient"


def test_a_program_of_the_desk_is_one(api, booked):
    api.delete(at(booked))
    booked.refresh_from_db()
    assert booked.cancel_reason == "Cancelled by another program"
