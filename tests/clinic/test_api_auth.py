"""Signing in from a program: tokens, their family, and their end."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from clinic import operations, tokens
from clinic.access import Role
from clinic.models import ApiSignIn, AuditEvent, Doctor, RefreshToken, User
from tests.api import client_of
from tests.factories.clinic import PASSWORD, clinic, doctor, user

pytestmark = pytest.mark.django_db
LOGIN, REFRESH, ME = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/me"
NEW = "another-battery-horse"


@pytest.fixture
def here():
    return clinic()


@pytest.fixture
def sara(here):
    made = user(Role.RECEPTION, clinic=here, username="sara")
    User.objects.filter(pk=made.pk).update(email="sara@example.org")
    return made


@pytest.fixture
def api():
    return client_of()


def give(api, name="sara", password=PASSWORD, **more):
    return api.post(LOGIN, {"username": name, "password": password, **more})


def bearer(token):
    client = APIClient()
    client.default_format = "json"
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def told(answer):
    return answer.status_code, answer.json()["code"]


# --- in --------------------------------------------------------------------------------------------------------------


def test_a_password_gives_a_pair_of_tokens_and_who_it_is(api, sara):
    answer = give(api).json()
    assert answer["user"] == {"id": sara.pk, "username": "sara", "name": "Sara Haddad", "roles": ["reception"]}
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 600)
    assert bearer(answer["access_token"]).get(ME).json()["id"] == sara.pk


def test_the_form_of_the_password_flow_is_understood(api, sara):
    form = {"grant_type": "password", "username": "sara", "password": PASSWORD, "scope": "", "client_id": ""}
    answer = api.post(LOGIN, urlencode(form), content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, sara.pk)


@pytest.mark.parametrize("name", ["SARA", "sara@example.org", "Sara@Example.ORG"])
def test_the_name_in_any_case_and_the_e_mail_are_user_names(api, sara, name):
    assert give(api, name).json()["user"]["id"] == sara.pk


def test_answers_with_tokens_are_kept_in_no_cache(api, sara):
    assert give(api)["Cache-Control"] == "no-store"


def test_wrong_name_wrong_password_and_closed_account_are_told_alike(api, here, sara):
    closed = user(Role.NURSE, clinic=here, username="closed")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    answers = [give(api, "sara", "wrong"), give(api, "nobody", "wrong"), give(api, "closed")]
    assert [told(answer) for answer in answers] == [(401, "invalid_grant")] * 3
    assert len({answer.content for answer in answers}) == 1


def test_a_wrong_name_leaves_as_many_rows_as_a_wrong_password(api, sara):
    give(api, "sara", "wrong")
    give(api, "nobody", "wrong")
    denied = AuditEvent.objects.filter(action="sign_in", result="denied")
    assert list(denied.order_by("pk").values_list("subject_id", flat=True)) == [sara.pk, None]


def test_five_wrong_passwords_wait_for_one_account_whatever_it_is_called(api, sara, here):
    user(Role.NURSE, clinic=here, username="nadia")
    names = ["sara", "SARA", "sara@example.org", "sara", "sara"]
    codes = [give(api, name, "wrong").status_code for name in names]
    locked = give(api)
    assert codes == [401, 401, 401, 401, 429]
    assert (*told(locked), int(locked["Retry-After"]) > 60) == (429, "slow_down", True)
    assert give(api, "nadia").status_code == 200  # the same address


def test_the_right_password_forgets_wrong_ones(api, sara):
    for _round in range(2):
        assert [give(api, password="wrong").status_code for _try in range(4)] == [401] * 4
        assert give(api).status_code == 200


def test_a_password_from_another_hand_is_replaced_first(api, sara):
    operations.choose_password(user=sara, password=NEW, by=user(Role.MANAGER, clinic=sara.clinic))
    assert told(give(api, password=NEW)) == (403, "change_password_first")


def test_unknown_fields_are_refused(api, sara):
    assert told(give(api, remember="yes")) == (400, "invalid")


def test_a_dead_access_token_does_not_keep_anybody_from_signing_in(api, sara):
    api.credentials(HTTP_AUTHORIZATION="Bearer dead")
    assert give(api).status_code == 200


def test_a_doctor_who_signs_in_is_online_and_the_trail_says_who(api, here):
    made = doctor(clinic=here)
    give(api, made.user.username)
    assert Doctor.objects.get(pk=made.pk).status == Doctor.Status.ONLINE
    assert AuditEvent.objects.get(action="sign_in").user == made.user


def test_a_password_replaced_while_it_was_checked_opens_nothing(sara):
    read_before = User.objects.get(pk=sara.pk)
    operations.choose_password(user=sara, password=NEW, by=sara)
    with pytest.raises(tokens.Dead):
        tokens.begin_sign_in(user=read_before)


# --- who -------------------------------------------------------------------------------------------------------------


def test_me_names_the_clinic_the_language_and_the_doctor(here):
    made = doctor(clinic=here)
    answer = client_of(made.user).get(ME).json()
    wanted = {"clinic": here.pk, "language": "en", "doctor": made.pk, "patient": None, "roles": ["doctor"]}
    assert {name: answer[name] for name in wanted} == wanted


def test_who_is_asking_costs_one_query(sara, django_assert_num_queries):
    token = tokens.begin_sign_in(user=User.objects.get(pk=sara.pk)).access_token
    with django_assert_num_queries(1):
        found, _claims = tokens.user_of(token)
        assert (found.clinic.pk, found.roles) == (sara.clinic_id, {Role.RECEPTION})


# --- the family of refresh tokens ------------------------------------------------------------------------------------


@pytest.fixture
def pair(api, sara):
    return give(api).json()


def renew(api, token):
    return api.post(REFRESH, {"refresh_token": token})


def test_a_refresh_token_gives_the_next_pair(api, pair):
    following = renew(api, pair["refresh_token"]).json()
    assert following["refresh_token"] != pair["refresh_token"]
    assert bearer(following["access_token"]).get(ME).status_code == 200
    assert bearer(pair["access_token"]).get(ME).status_code == 401
    assert renew(api, following["refresh_token"]).status_code == 200


def test_a_second_use_ends_the_whole_family(api, pair):
    following = renew(api, pair["refresh_token"]).json()
    assert told(renew(api, pair["refresh_token"])) == (401, "invalid_grant")
    assert told(renew(api, following["refresh_token"])) == (401, "invalid_grant")
    assert bearer(following["access_token"]).get(ME).status_code == 401
    assert ApiSignIn.objects.get().end == ApiSignIn.End.REUSED
    assert AuditEvent.objects.filter(action="renew_tokens", result="denied").count() == 1


def test_another_sign_in_of_the_same_account_lives_on(api, sara, pair):
    other = give(api).json()
    renew(api, pair["refresh_token"])
    assert bearer(other["access_token"]).get(ME).status_code == 200
    renew(api, pair["refresh_token"])
    assert renew(api, other["refresh_token"]).status_code == 200


def test_other_text_renews_nothing(api):
    assert [renew(api, token).status_code for token in ("", "x", "nothing-like-it")] == [400, 401, 401]


@pytest.mark.parametrize("address", [LOGIN, REFRESH])
def test_half_a_character_is_an_error_of_the_caller(api, address):
    body = r'{"username": "\ud800", "password": "\ud800"}' if address == LOGIN else r'{"refresh_token": "\ud800"}'
    assert api.post(address, body, content_type="application/json").status_code in (400, 401)


def test_an_old_family_is_dead(api, pair):
    past = timezone.now() - timedelta(seconds=1)
    ApiSignIn.objects.update(created_at=past - timedelta(days=1), expires_at=past)
    assert renew(api, pair["refresh_token"]).status_code == 401
    assert bearer(pair["access_token"]).get(ME).status_code == 401


def test_staff_sign_in_for_a_day_and_patients_for_two_weeks(here, sara):
    guest = user(Role.PATIENT, clinic=here)
    for who, lasts in ((sara, timedelta(hours=12)), (guest, timedelta(days=14))):
        tokens.begin_sign_in(user=User.objects.get(pk=who.pk))
        made = ApiSignIn.objects.get(user=who)
        assert abs(made.expires_at - made.created_at - lasts) < timedelta(seconds=5)


def test_only_hashes_are_kept(pair):
    kept = RefreshToken.objects.get()
    assert kept.token_hash == tokens.hashed(pair["refresh_token"]) != pair["refresh_token"]


def disable(sara, manager):
    operations.disable_user(user=sara, by=manager)


def disable_and_enable(sara, manager):
    operations.disable_user(user=sara, by=manager)
    operations.enable_user(user=sara, by=manager)


def disable_past_the_operations(sara, manager):
    User.objects.filter(pk=sara.pk).update(is_active=False)
    User.objects.filter(pk=sara.pk).update(is_active=True)


def choose_password(sara, manager):
    operations.choose_password(user=sara, password=NEW, by=sara)


def password_past_the_operations(sara, manager):
    User.objects.filter(pk=sara.pk).update(password="md5$x$y")


def require_own_password(sara, manager):
    operations.require_own_password(user=sara, by=manager)


def change_roles(sara, manager):
    operations.set_roles(user=sara, roles=[Role.NURSE], by=manager)


ENDS = [
    disable,
    disable_and_enable,
    disable_past_the_operations,
    choose_password,
    password_past_the_operations,
    require_own_password,
    change_roles,
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_a_changed_account_has_no_living_tokens(api, sara, pair, end):
    end(sara, user(Role.MANAGER, clinic=sara.clinic))
    assert bearer(pair["access_token"]).get(ME).status_code == 401
    assert told(renew(api, pair["refresh_token"])) == (401, "invalid_grant")


# --- out -------------------------------------------------------------------------------------------------------------


def test_signing_out_ends_this_sign_in_and_no_other(api, sara, pair):
    other = give(api).json()
    assert bearer(pair["access_token"]).post("/api/v1/auth/logout").status_code == 204
    assert bearer(pair["access_token"]).get(ME).status_code == 401
    assert renew(api, pair["refresh_token"]).status_code == 401
    assert bearer(other["access_token"]).get(ME).status_code == 200


def test_signing_out_with_the_token_of_another_sign_in_ends_both(api, sara, pair):
    other = give(api).json()
    bearer(pair["access_token"]).post("/api/v1/auth/logout", {"refresh_token": other["refresh_token"]})
    assert renew(api, other["refresh_token"]).status_code == 401


def test_nobody_signs_out_somebody_else(api, here, pair):
    user(Role.NURSE, clinic=here, username="nadia")
    theirs = give(api, "nadia").json()
    bearer(pair["access_token"]).post("/api/v1/auth/logout", {"refresh_token": theirs["refresh_token"]})
    assert renew(api, theirs["refresh_token"]).status_code == 200


def test_signing_out_with_a_key_answers_once(pair):
    client = bearer(pair["access_token"])
    answer = client.post("/api/v1/auth/logout", headers={"Idempotency-Key": "out-1"})
    assert answer.status_code == 204


# --- the own password ------------------------------------------------------------------------------------------------


def change(token, old=PASSWORD, new=NEW, **headers):
    return bearer(token).post(
        "/api/v1/auth/change-password", {"old_password": old, "new_password": new}, headers=headers
    )


def test_a_new_password_gives_a_new_sign_in_and_ends_the_others(api, sara, pair):
    answer = change(pair["access_token"])
    assert bearer(answer.json()["access_token"]).get(ME).status_code == 200
    assert bearer(pair["access_token"]).get(ME).status_code == 401
    assert [give(api).status_code, give(api, password=NEW).status_code] == [401, 200]


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("wrong", NEW, "wrong_password", "old_password"),
        (PASSWORD, PASSWORD, "same_password", "new_password"),
        (PASSWORD, "short", "weak_password", "new_password"),
    ],
)
def test_a_new_password_is_refused_beside_its_field(sara, pair, old, new, code, field):
    answer = change(pair["access_token"], old, new)
    assert (*told(answer), list(answer.json()["fields"])) == (400, code, [field])


def test_the_old_password_cannot_be_guessed_for_long(pair):
    codes = [change(pair["access_token"], f"wrong {number}").status_code for number in range(11)]
    assert codes == [400] * 10 + [429]


def test_the_answer_to_a_key_is_told_once(pair):
    done = change(pair["access_token"], **{"Idempotency-Key": "new-1"}).json()
    again = change(done["access_token"], **{"Idempotency-Key": "new-1"})
    assert told(again) == (409, "told_once")


# --- tickets ---------------------------------------------------------------------------------------------------------


def test_a_ticket_is_taken_once(pair):
    answer = bearer(pair["access_token"]).post("/api/v1/auth/socket-ticket")
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 30)
    taken = [tokens.take_ticket(answer.json()["ticket"]) for _time in range(2)]
    assert taken == [ApiSignIn.objects.get().pk, None]


def test_an_old_ticket_is_no_ticket(pair, monkeypatch):
    monkeypatch.setattr(tokens, "TICKET_LIVES", timedelta(0))
    ticket = bearer(pair["access_token"]).post("/api/v1/auth/socket-ticket").json()["ticket"]
    assert tokens.take_ticket(ticket) is None


# --- what the database holds -----------------------------------------------------------------------------------------


def test_the_database_refuses_a_second_unused_refresh_token_of_a_family(pair):
    with pytest.raises(IntegrityError, match="refresh_token_one_unused"), transaction.atomic():
        RefreshToken.objects.create(sign_in=ApiSignIn.objects.get(), token_hash="x")


def test_the_database_refuses_an_end_without_a_reason(pair):
    with pytest.raises(IntegrityError, match="api_sign_in_end_has_a_reason"), transaction.atomic():
        ApiSignIn.objects.update(ended_at=timezone.now())


def test_the_database_refuses_one_e_mail_for_two_accounts(here, sara):
    other = user(Role.NURSE, clinic=here)
    with pytest.raises(IntegrityError, match="user_email_any_case"), transaction.atomic():
        User.objects.filter(pk=other.pk).update(email="SARA@example.org")
