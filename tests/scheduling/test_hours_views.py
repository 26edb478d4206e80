"""The panels of hours beside the calendar, and what the desk's search knows of today."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.access import Role
from patients.operations import register
from scheduling import operations
from scheduling.models import Availability, AvailabilityException
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, hours, morrow, next_slot

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def at_desk(client, desk):
    client.force_login(desk)
    return client


@pytest.fixture
def as_manager(client, clinic):
    client.force_login(ground.user(Role.MANAGER, clinic=clinic))
    return client


@pytest.fixture
def idle(clinic):
    return ground.doctor(clinic=clinic, name="Huda Noor")


def block(of, **changes):
    usual = {"doctor": of.pk, "kind": "away", "day": "+1d", "at": "9:00", "until": "12:00", "reason": "Leave"}
    return {**usual, **changes}


def test_block_and_see_who_is_in_the_way(at_desk, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    answer = at_desk.post(reverse("scheduling:block"), block(doctor), **HTMX)
    text, row = answer.content.decode(), AvailabilityException.objects.get()
    assert (row.starts_at, row.ends_at) == (morrow(clinic, "09:00"), morrow(clinic, "12:00"))
    assert f"moving={made.pk}" in text and "1 patient is booked in this time." in text
    assert reverse("scheduling:unblock", args=[row.pk]) in answer["HX-Trigger"]


def test_whole_days_without_times(at_desk, clinic, doctor):
    at_desk.post(reverse("scheduling:block"), block(doctor, at="", until="", until_day="+3d"), **HTMX)
    row = AvailabilityException.objects.get()
    assert (row.starts_at, row.ends_at) == (morrow(clinic, "00:00"), morrow(clinic, "00:00", days=4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": "soon"}, "Write the day like"),
        ({"day": ""}, "required"),
        ({"at": "25:00"}, "Write the time like"),
        ({"until": "08:00"}, "The end lies before the start."),
        ({"reason": ""}, "Say why the doctor is away."),
        ({"kind": "king"}, "valid choice"),
        ({"kind": "extra", "at": ""}, "An added session needs its times."),
        ({"day": "1/1/2020", "until_day": "2/1/2020"}, "Write the day like"),
        ({"doctor": "99999"}, "valid choice"),
        ({"reason": "x" * 201}, "200"),
    ],
)
def test_a_bad_block_is_said_and_writes_nothing(at_desk, doctor, changes, said):
    answer = at_desk.post(reverse("scheduling:block"), block(doctor, **changes), **HTMX)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert AvailabilityException.objects.count() == 0


def test_the_second_click_blocks_once(at_desk, doctor):
    for _click in range(2):
        at_desk.post(reverse("scheduling:block"), block(doctor, idempotency_key="one"), **HTMX)
    assert AvailabilityException.objects.count() == 1


def test_unblock_and_back(at_desk, doctor):
    at_desk.post(reverse("scheduling:block"), block(doctor))
    row = AvailabilityException.objects.get()
    answer = at_desk.post(reverse("scheduling:unblock", args=[row.pk]), **HTMX)
    undo = reverse("scheduling:reblock", args=[row.pk])
    assert (answer.status_code, undo in answer["HX-Trigger"]) == (204, True)
    assert at_desk.post(undo, **HTMX).status_code == 204
    row.refresh_from_db()
    assert row.removed_at is None


def test_a_doctor_blocks_only_the_own_time(client, clinic, doctor, idle, desk):
    span = {"starts_at": morrow(clinic, "09:00"), "ends_at": morrow(clinic, "10:00")}
    row = operations.add_exception(clinic=clinic, doctor=doctor, by=desk, kind="away", reason="Leave", **span)
    client.force_login(idle.user)
    assert client.post(reverse("scheduling:block"), block(doctor), **HTMX).status_code == 422
    assert client.post(reverse("scheduling:unblock", args=[row.pk]), **HTMX).status_code == 404
    assert client.get(reverse("scheduling:blocked", args=[row.pk]), **HTMX).status_code == 404
    assert client.post(reverse("scheduling:block"), block(idle), **HTMX).status_code == 200


def weekly(of, **changes):
    usual = {"doctor": of.pk, "weekdays": ["0", "2"], "start_time": "09:00", "end_time": "13:00", "slot_minutes": "20"}
    return {**usual, **changes}


def test_weekly_hours_and_their_way_back(as_manager, idle):
    answer = as_manager.post(reverse("scheduling:weekly"), weekly(idle, slot_minutes="٢٠"), **HTMX)
    assert list(Availability.objects.values_list("weekday", "slot_minutes")) == [(0, 20), (2, 20)]
    undo = reverse("scheduling:withdraw_hours", args=[Availability.objects.first().pk])
    assert (answer.status_code, undo in answer["HX-Trigger"]) == (200, True)
    assert as_manager.post(undo, **HTMX).status_code == 204
    assert Availability.objects.standing().count() == 0


@pytest.mark.parametrize(
    "changes",
    [{"weekdays": []}, {"weekdays": ["9"]}, {"end_time": "08:00"}, {"slot_minutes": "1"}, {"valid_from": "soon"}],
)
def test_bad_weekly_hours_write_nothing(as_manager, idle, changes):
    answer = as_manager.post(reverse("scheduling:weekly"), weekly(idle, **changes), **HTMX)
    assert (answer.status_code, Availability.objects.count()) == (422, 0)


def test_overlapping_weekly_hours_keep_the_form(as_manager, doctor):
    answer = as_manager.post(reverse("scheduling:weekly"), weekly(doctor), **HTMX)
    assert (answer.status_code, "already has hours on Monday" in answer.content.decode()) == (409, True)


def test_end_hours_says_what_stays_booked_and_can_be_undone(as_manager, clinic, doctor, patient, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk)
    row = Availability.objects.get(doctor=doctor, weekday=made.wall_date.weekday())
    answer = as_manager.post(reverse("scheduling:end_hours", args=[row.pk]), **HTMX)
    undo = reverse("scheduling:restore_hours", args=[row.pk, "open"])
    assert "1 booking stays in them." in answer["HX-Trigger"] and undo in answer["HX-Trigger"]
    assert as_manager.post(undo, **HTMX).status_code == 204
    row.refresh_from_db()
    assert row.valid_until is None


def test_a_broken_way_back_is_not_found(as_manager, doctor):
    row = Availability.objects.first()
    assert as_manager.post(reverse("scheduling:restore_hours", args=[row.pk, "soon"]), **HTMX).status_code == 404


@pytest.mark.parametrize("query", ["doctor=99999", "doctor=x", "day=zzz", "kind=king", "day=1/1/2020"])
def test_a_broken_question_shows_the_usual_panel(as_manager, doctor, query):
    for name in ("block", "weekly", "blocks_live", "hours_live"):
        assert as_manager.get(f"{reverse(f'scheduling:{name}')}?{query}", **HTMX).status_code == 200


def test_a_clinic_without_doctors_says_so(as_manager):
    for name in ("block", "weekly"):
        assert "There is no doctor yet" in as_manager.get(reverse(f"scheduling:{name}")).content.decode()
        assert as_manager.get(reverse("scheduling:blocks_live")).status_code == 200


def test_who_keeps_the_weekly_hours(client, clinic, doctor):
    for role, code in ((Role.RECEPTION, 403), (Role.NURSE, 403), (Role.DOCTOR, 200), (Role.MANAGER, 200)):
        client.force_login(ground.user(role, clinic=clinic))
        assert (role, client.get(reverse("scheduling:weekly")).status_code) == (role, code)


def test_the_list_of_blocks_asks_as_often_for_many(at_desk, clinic, doctor, desk):
    def add(days):
        span = {"starts_at": morrow(clinic, "09:00", days=days), "ends_at": morrow(clinic, "10:00", days=days)}
        operations.add_exception(clinic=clinic, doctor=doctor, by=desk, kind="away", reason="Leave", **span)

    def count():
        with CaptureQueriesContext(connection) as caught:
            assert at_desk.get(reverse("scheduling:block")).status_code == 200
        return len(caught)

    add(1)
    count()
    few = count()
    for days in range(2, 20):
        add(days)
    assert (count(), few <= 15) == (few, True)


def test_the_desk_finds_with_the_time_of_today(at_desk, clinic, doctor, desk):
    names = ("Zebulon Quartz", "Zebulon Marble")
    found = [register(clinic=clinic, by=desk, name=name, phone=f"055111222{n}") for n, name in enumerate(names)]
    made = appointment(clinic=clinic, doctor=doctor, patient=found[0], by=desk, starts_at=next_slot(clinic))
    text = at_desk.get(f"{reverse('scheduling:find')}?q=zebulon", **HTMX).content.decode()
    assert (text.count("found-booked"), f"{made.wall_time:%H:%M}" in text) == (1, True)


def test_the_desks_search_asks_once_more_for_any_number(at_desk, clinic, doctor, desk):
    def count():
        with CaptureQueriesContext(connection) as caught:
            assert at_desk.get(f"{reverse('scheduling:find')}?q=zebulon", **HTMX).status_code == 200
        return len(caught)

    hours(doctor=ground.doctor(clinic=clinic, name="Huda Noor"), clinic=clinic)
    register(clinic=clinic, by=desk, name="Zebulon One", phone="0551112220")
    count()
    few = count()
    for number in range(6):
        person = register(clinic=clinic, by=desk, name=f"Zebulon Number{number}", phone=f"055111223{number}")
        operations.walk_in(clinic=clinic, patient=person, doctor=doctor, by=desk)
    assert count() == few


def test_confirm_from_the_panel(at_desk, clinic, doctor, patient):
    patient.user = ground.user(Role.PATIENT, clinic=clinic)
    patient.save(update_fields=["user"])
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=patient.user)
    assert "appointment-confirm" in at_desk.get(reverse("scheduling:appointment", args=[made.pk])).content.decode()
    assert at_desk.post(reverse("scheduling:confirm", args=[made.pk]), {"version": 1}, **HTMX).status_code == 204
    made.refresh_from_db()
    assert made.state == "confirmed"
