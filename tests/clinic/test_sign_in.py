"""The door: in, out, locked, back."""

import json
import re

import pytest
from django.urls import reverse

from clinic import sessions
from clinic.access import Role
from clinic.models import AuditEvent, Doctor, User
from tests.factories.clinic import PASSWORD, clinic, doctor, user

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def here():
    return clinic()


def give(client, username, password=PASSWORD, **extra):
    return client.post(reverse("clinic:sign_in"), {"username": username, "password": password, **extra})


def without_tokens(answer):
    """A page without what differs from request to request."""
    return re.sub(r'(value|nonce|X-CSRFToken)("?: ?|=)"[\w+/=-]{20,}"', "", answer.content.decode())


@pytest.mark.parametrize(
    ("role", "screen"),
    [
        (Role.RECEPTION, "scheduling:desk"),
        (Role.NURSE, "queues:lines"),
        (Role.PHARMACIST, "pharmacy:worklist"),
        (Role.MANAGER, "clinic:day"),
        (Role.DISPLAY, "queues:board"),
        (Role.PATIENT, "clinic:patient_home"),
    ],
)
def test_each_role_begins_on_its_own_screen(client, here, role, screen):
    user(role, clinic=here, username="sara")
    give(client, "sara")
    assert client.get(reverse("clinic:home"))["Location"] == reverse(screen)


def test_a_doctor_begins_in_the_consulting_room_and_is_online(client, here):
    made = doctor(clinic=here)
    give(client, made.user.username)
    assert client.get("/")["Location"] == reverse("visits:consult")
    assert Doctor.objects.get(pk=made.pk).status == Doctor.Status.ONLINE


def test_the_user_name_is_understood_in_any_case(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    assert give(client, "SARA").status_code == 303


def test_a_wrong_name_and_a_wrong_password_look_the_same(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    wrong_password = give(client, "sara", "not the password")
    wrong_name = give(client, "nobody", "not the password")
    assert [wrong_password.status_code, wrong_name.status_code] == [422, 422]
    assert without_tokens(wrong_password).replace("sara", "nobody") == without_tokens(wrong_name)


def test_a_wrong_password_of_a_known_account_is_in_the_trail(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara", "not the password")
    event = AuditEvent.objects.get(action="sign_in")
    assert (event.result, event.subject_id, event.user) == ("denied", sara.pk, None)


def test_five_wrong_passwords_lock_the_account_and_say_when_to_come_back(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    codes = [give(client, "sara", "not the password").status_code for _try in range(5)]
    locked = give(client, "sara")
    assert (codes[-1], locked.status_code) == (429, 429)
    assert b"Try again at" in locked.content


def test_a_disabled_account_does_not_get_in(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    User.objects.filter(pk=sara.pk).update(is_active=False)
    assert give(client, "sara").status_code == 422


def test_the_way_back_stays_on_this_site(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    assert give(client, "sara", next="https://elsewhere.example/")["Location"] == reverse("clinic:home")


def test_signing_in_gives_a_new_session_key(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    client.get(reverse("clinic:sign_in"))
    client.session["x"] = 1
    before = client.session.session_key
    give(client, "sara")
    assert client.session.session_key != before


def test_under_the_dialog_the_answer_names_who_came_in_and_a_new_token(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    answer = client.post(reverse("clinic:sign_in"), {"username": "sara", "password": PASSWORD}, **HTMX)
    detail = json.loads(answer["HX-Trigger"])["signed-in"]
    assert (answer.status_code, detail["user"], bool(detail["token"])) == (204, sara.pk, True)


def test_signing_out_ends_the_session_on_the_server(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    cookie = client.cookies["sessionid"].value
    answer = client.post(reverse("clinic:sign_out"))
    client.cookies["sessionid"] = cookie
    assert answer["Clear-Site-Data"] == '"cache"'
    assert client.get(reverse("clinic:no_screen")).status_code == 302


def test_a_doctor_who_signs_out_is_offline(client, here):
    made = doctor(clinic=here)
    give(client, made.user.username)
    client.post(reverse("clinic:sign_out"))
    assert Doctor.objects.get(pk=made.pk).status == Doctor.Status.OFFLINE


def test_a_locked_screen_asks_its_user_for_the_password_and_goes_back(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    client.post(reverse("clinic:lock"), {"next": "/no-screen/"})
    assert client.get("/no-screen/")["Location"] == "/sign-in/?next=%2Fno-screen%2F"
    page = client.get("/sign-in/?next=/no-screen/").content.decode()
    assert 'type="hidden" name="username" value="sara"' in page
    assert give(client, "sara", next="/no-screen/")["Location"] == "/no-screen/"
    assert client.get("/no-screen/").status_code == 200


def test_somebody_else_may_take_over_a_locked_screen_with_a_new_session(client, here):
    user(Role.RECEPTION, clinic=here, username="sara")
    noor = user(Role.RECEPTION, clinic=here, username="noor")
    give(client, "sara")
    client.post(reverse("clinic:lock"))
    give(client, "noor")
    assert client.session["_auth_user_id"] == str(noor.pk)


def test_the_language_is_kept_for_the_user_and_on_the_machine(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    answer = client.post(reverse("clinic:set_language"), {"language": "ar", "next": "/no-screen/"})
    sara.refresh_from_db()
    assert (answer["Location"], sara.language, client.cookies["django_language"].value) == ("/no-screen/", "ar", "ar")
    assert 'dir="rtl"' in client.get("/no-screen/").content.decode()


def test_the_colours_are_the_users_own(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    client.post(reverse("clinic:set_theme"), {"theme": "dark"})
    sara.refresh_from_db()
    assert sara.theme == "dark"


def test_a_one_time_password_is_replaced_before_anything_else(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara", one_time=True)
    give(client, "sara")
    assert client.get("/no-screen/")["Location"] == reverse("clinic:change_password")
    new = "four green little boats"
    answer = client.post(reverse("clinic:change_password"), {"old": PASSWORD, "new": new, "again": new})
    sara.refresh_from_db()
    assert (answer.status_code, sara.must_change_password, sara.check_password(new)) == (303, False, True)
    assert client.get("/no-screen/").status_code == 200


@pytest.mark.parametrize("new", ["short", "Sara.Haddad.1", PASSWORD])
def test_a_weak_or_the_old_password_is_not_taken(client, here, new):
    user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    answer = client.post(reverse("clinic:change_password"), {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422


def test_a_display_stays_signed_in(client, here):
    user(Role.DISPLAY, clinic=here, username="board")
    give(client, "board")
    assert client.session.get_expiry_age() > 300 * 24 * 3600
    long_ago = {**client.session, sessions.SEEN: 0, sessions.STARTED: 0}
    assert sessions.standing(long_ago, User.objects.get(username="board")) == sessions.OPEN


def test_everybody_keeps_own_preferences(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    give(client, "sara")
    answer = client.post(reverse("clinic:preferences"), {"language": "ar", "theme": "dark"})
    sara.refresh_from_db()
    assert (answer.status_code, sara.language, sara.theme, sara.letter_keys) == (303, "ar", "dark", False)
    assert 'data-letter-keys="no"' in client.get(reverse("clinic:preferences")).content.decode()


def test_a_manager_lifts_the_waiting_time(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    for _try in range(6):
        give(client, "sara", "not the password")
    boss = user(Role.MANAGER, clinic=here, username="boss")
    client.force_login(boss)
    action = {"action": "let_try_again", "_selected_action": [sara.pk]}
    client.post(reverse("admin:clinic_user_changelist"), action)
    client.logout()
    assert give(client, "sara").status_code == 303


def test_the_language_chosen_at_the_door_is_the_users_inside(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara", language="en")
    client.post(reverse("clinic:set_language"), {"language": "ar", "next": "/sign-in/"})
    give(client, "sara")
    sara.refresh_from_db()
    assert (sara.language, "language_chosen" in client.session) == ("ar", False)


def test_who_chose_nothing_at_the_door_keeps_their_language(client, here):
    sara = user(Role.RECEPTION, clinic=here, username="sara", language="ar")
    client.cookies["django_language"] = "en"
    give(client, "sara")
    sara.refresh_from_db()
    assert sara.language == "ar"
