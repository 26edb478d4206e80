"""Idle time and the absolute limit, counted on the server; what a machine asks for moves nothing."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from clinic import sessions
from clinic.access import Role
from clinic.admission import admissions
from clinic.models import AuditEvent
from tests.factories.clinic import clinic, user

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def sara(client):
    made = user(Role.RECEPTION, clinic=clinic(), username="sara")
    client.force_login(made, backend="clinic.backends.StaffBackend")
    return made


def set_clock(client, **values):
    session = client.session
    session.update(values)
    session.save()


def minutes_ago(minutes):
    return time.time() - minutes * 60


def test_nine_idle_minutes_are_nothing(client, sara):
    set_clock(client, seen_at=minutes_ago(9), signed_in_at=minutes_ago(60))
    assert client.get("/no-screen/").status_code == 200


def test_after_ten_idle_minutes_the_screen_is_locked_until_the_password_comes(client, sara):
    set_clock(client, seen_at=minutes_ago(11), signed_in_at=minutes_ago(60))
    assert client.get("/no-screen/")["Location"].startswith("/sign-in/")
    set_clock(client, seen_at=time.time())
    assert client.get("/no-screen/").status_code == 302


def test_after_twelve_hours_the_session_is_gone(client, sara):
    set_clock(client, seen_at=time.time(), signed_in_at=minutes_ago(12 * 60 + 1))
    client.get("/no-screen/")
    assert "_auth_user_id" not in client.session


def test_a_hundred_questions_of_a_machine_do_not_move_the_idle_clock(client, sara):
    seen = minutes_ago(5)
    set_clock(client, seen_at=seen, signed_in_at=seen)
    codes = {client.get(reverse("clinic:live_versions"), {"topics": "desk"}, **HTMX).status_code for _n in range(100)}
    assert (codes, client.session["seen_at"]) == ({200}, seen)


def test_a_machine_gets_401_once_the_screen_is_locked(client, sara):
    set_clock(client, seen_at=minutes_ago(11), signed_in_at=minutes_ago(11))
    assert client.get(reverse("clinic:live_versions"), **HTMX).status_code == 401


def test_a_human_moves_the_clock_at_most_every_fifteen_seconds(client, sara):
    set_clock(client, seen_at=time.time() - 5, signed_in_at=minutes_ago(5))
    before = client.session["seen_at"]
    client.get("/no-screen/")
    assert client.session["seen_at"] == before
    set_clock(client, seen_at=time.time() - 16)
    client.get("/no-screen/")
    assert time.time() - client.session["seen_at"] < 5


def test_a_locked_session_holds_no_socket(client, sara):
    key = client.session.session_key
    assert set(admissions({key})) == {key}
    set_clock(client, locked=True)
    assert admissions({key}) == {}


def test_the_shortest_limit_of_several_roles_counts(settings):
    settings.IDLE_LOCK_MINUTES = {**settings.IDLE_LOCK_MINUTES, "manager": 5, "display": None}
    boss = user(Role.MANAGER, Role.RECEPTION, Role.DISPLAY, clinic=clinic())
    assert sessions.idle_limit(boss) == 300


def test_signed_in_pages_stay_in_no_cache_and_name_htmx_as_a_variant(client, sara):
    answer = client.get("/no-screen/")
    assert (answer["Cache-Control"], "HX-Request" in answer["Vary"]) == ("no-store", True)


def test_a_denial_is_in_the_trail_with_the_request_that_met_it(client, sara):
    answer = client.get(reverse("clinic:day"))
    event = AuditEvent.objects.get(result="denied")
    assert (answer.status_code, event.action, event.user, event.address) == (403, "clinic:day", sara, "127.0.0.1")
    assert event.request_id == answer["X-Request-ID"]


def test_asking_for_an_object_that_is_not_there_is_in_the_trail(client, sara):
    client.get(reverse("queues:entry", kwargs={"pk": 999_999}))
    event = AuditEvent.objects.get(result="denied")
    assert (event.action, event.facts) == ("queues:entry", {"pk": 999_999, "status": 404})


def test_a_disabled_users_session_is_a_strangers(client, sara):
    sara.is_active = False
    sara.save(update_fields=["is_active"])
    assert client.get("/no-screen/").status_code == 302
    assert Session.objects.count() == 1


def test_the_clinics_language_greets_strangers(client):
    clinic(language="ar")
    user(Role.RECEPTION, clinic=clinic(), username="x")
    assert 'lang="ar"' in client.get("/sign-in/").content.decode()
