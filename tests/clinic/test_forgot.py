"""The pages for a forgotten password: one answer for every address, a code that works once, words beside the field."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from clinic import accounts
from clinic.access import Role
from clinic.models import PasswordReset
from tests.factories import clinic as people

pytestmark = pytest.mark.django_db
NEW = "three quiet green words"


@pytest.fixture
def sara():
    made = people.user(Role.RECEPTION, clinic=people.clinic(), username="sara")
    made.email = "sara@clinic.example"
    made.save(update_fields=["email"])
    return made


def ask(client, email):
    return client.post(reverse("clinic:forgot_password"), {"email": email})


def give(client, token, new=NEW, again=None):
    return client.post(reverse("clinic:reset_password"), {"token": token, "new": new, "again": again or new})


@pytest.fixture
def code(client, sara):
    ask(client, sara.email)
    accounts.mail_reset(PasswordReset.objects.get().pk)
    return re.search(r"^\S{40,}$", mail.outbox[-1].body, re.MULTILINE).group()


def test_known_and_unknown_addresses_are_answered_alike(client, sara):
    known, unknown = ask(client, "Sara@clinic.example"), ask(client, "nobody@clinic.example")
    assert [(answer.status_code, answer.url) for answer in (known, unknown)] == [
        (303, reverse("clinic:reset_password"))
    ] * 2
    assert [row.user for row in PasswordReset.objects.order_by("pk")] == [sara, None]


def test_the_code_opens_a_new_password_once(client, sara, code):
    assert give(client, code).url == reverse("clinic:sign_in")
    sara.refresh_from_db()
    assert sara.check_password(NEW)
    assert (give(client, code).status_code, give(client, "x" * 43).status_code) == (422, 422)


@pytest.mark.parametrize(("new", "again", "field"), [("short", None, "new"), (NEW, "three other words", "again")])
def test_a_bad_password_is_said_beside_its_field_and_the_code_stays_good(client, sara, code, new, again, field):
    answer = give(client, code, new, again)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert give(client, code).status_code == 303


@pytest.mark.parametrize("email", ["", "no", "a@b" * 100, "<script>"])
def test_what_is_no_address_asks_nobody(client, email):
    assert (ask(client, email).status_code, PasswordReset.objects.count()) == (422, 0)


def test_asking_again_and_again_has_to_wait(client, sara):
    answers = [ask(client, sara.email) for _time in range(4)]
    assert ([answer.status_code for answer in answers], PasswordReset.objects.count()) == ([303, 303, 303, 429], 3)


@pytest.mark.parametrize(("backend", "shown"), [("console", False), ("smtp", True)])
def test_the_door_offers_it_where_mail_goes_out(client, sara, settings, backend, shown):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    assert ("forgot-link" in client.get(reverse("clinic:sign_in")).content.decode()) is shown
