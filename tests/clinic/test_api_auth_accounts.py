"""What people do before they can sign in: open their own account, or recover it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import accounts, jobs, throttle, tokens
from clinic.access import Role
from clinic.models import ApiSignIn, AuditEvent, Clinic, PasswordReset, Throttle, User
from patients import operations as files
from patients.models import Patient
from tests.api import client_of
from tests.factories import patients as make_file
from tests.factories.clinic import PASSWORD, clinic, user

pytestmark = pytest.mark.django_db
NEW = "another-battery-horse"
FILE = {"name": "Huda Saleh", "phone": "0501112233", "born_on": "1990-05-06", "sex": "female"}


@pytest.fixture
def here():
    return clinic()


@pytest.fixture
def api():
    return client_of()


def register(api, **fields):
    return api.post("/api/v1/auth/register", {"username": "huda", "password": PASSWORD, **FILE, **fields})


def told(answer):
    return answer.status_code, answer.json()["code"]


# --- a patient's own account -----------------------------------------------------------------------------------------


def test_a_new_patient_gets_an_account_a_file_and_tokens(api, here):
    answer = register(api, email="huda@example.org")
    huda = User.objects.get(username="huda")
    made = Patient.objects.get(user=huda)
    assert answer.status_code == 201
    assert answer.json()["user"] == {"id": huda.pk, "username": "huda", "name": "Huda Saleh", "roles": ["patient"]}
    assert (made.name, made.sex, made.email, huda.clinic) == ("Huda Saleh", "female", "huda@example.org", here)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    assert api.get("/api/v1/auth/me").json()["patient"] == made.pk


def test_the_e_mail_is_the_user_name_when_there_is_no_other(api, here):
    body = {"password": PASSWORD, "email": "huda@example.org", **FILE}
    assert api.post("/api/v1/auth/register", body).json()["user"]["username"] == "huda@example.org"


def test_the_code_from_the_desk_links_the_file_that_is_there(api, here):
    desk = user(Role.RECEPTION, clinic=here)
    layla = make_file.patient(clinic=here, by=desk)
    code = files.issue_link_code(patient=layla, by=desk)
    answer = api.post("/api/v1/auth/register", {"username": "layla", "password": PASSWORD, "code": code})
    layla.refresh_from_db()
    assert (answer.json()["user"]["id"], answer.json()["user"]["name"]) == (layla.user_id, layla.name)
    assert Patient.objects.count() == 1


def test_a_wrong_code_makes_neither_account_nor_file(api, here):
    answer = register(api, code="AAAAA-AAAAA")
    assert told(answer) == (409, "link_code")
    assert (User.objects.count(), Patient.objects.count()) == (0, 0)


def test_the_clinic_may_switch_it_off(api, here):
    Clinic.objects.update(patients_may_register=False)
    assert told(register(api)) == (403, "registration_closed")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"username": "SARA"}, "username_taken", "username"),
        ({"email": "SARA@example.org"}, "email_taken", "email"),
        ({"username": "sara@example.org", "email": "me@example.org"}, "foreign_address", "username"),
        ({"username": "sara@example.org"}, "foreign_address", "username"),
        ({"password": "short"}, "weak_password", "password"),
        ({"name": " "}, "missing_name", "name"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_field_and_leaves_nothing(api, here, fields, code, field):
    sara = user(Role.RECEPTION, clinic=here, username="sara")
    User.objects.filter(pk=sara.pk).update(email="sara@example.org")
    answer = register(api, **fields)
    assert (answer.json()["code"], list(answer.json()["fields"])) == (code, [field])
    assert (User.objects.count(), Patient.objects.count()) == (1, 0)


@pytest.mark.parametrize("fields", [{"roles": ["manager"]}, {"is_staff": True}, {"clinic": 10**6}])
def test_nobody_gives_themself_more_than_an_account(api, here, fields):
    assert told(register(api, **fields)) == (400, "invalid")


def test_one_name_cannot_be_tried_for_long(api, here):
    codes = [register(api, password="short").status_code for _try in range(11)]
    assert codes == [400] * 10 + [429]


# --- a forgotten password --------------------------------------------------------------------------------------------


@pytest.fixture
def sara(here):
    made = user(Role.RECEPTION, clinic=here, username="sara")
    User.objects.filter(pk=made.pk).update(email="sara@example.org")
    return User.objects.get(pk=made.pk)


def forgot(api, email="sara@example.org"):
    return api.post("/api/v1/auth/forgot-password", {"email": email})


def waiting():
    """The jobs that are to write mails: (their task, their arguments)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs ORDER BY id")
        return cursor.fetchall()


def code_of(reset):
    """The code that the mail brings."""
    mail.outbox.clear()
    accounts.mail_reset(reset.pk)
    return next(line for line in mail.outbox[0].body.splitlines() if len(line) == 43 and " " not in line)


def reset(api, token, password=NEW):
    return api.post("/api/v1/auth/reset-password", {"token": token, "password": password})


@pytest.fixture
def code(api, sara):
    forgot(api)
    return code_of(PasswordReset.objects.get())


def test_answer_and_work_are_the_same_whether_there_is_an_account(api, sara):
    with CaptureStatements() as known:
        first = forgot(api)
    with CaptureStatements() as unknown:
        second = forgot(api, "nobody@example.org")
    assert (first.status_code, first.content) == (second.status_code, second.content) == (202, b'{"accepted":true}')
    assert known.kinds == unknown.kinds
    assert [name for name, _args in waiting()] == ["clinic.jobs.mail_password_reset"] * 2


class CaptureStatements:
    """The statements of a block without their values."""

    def __enter__(self):
        self.capture = CaptureQueriesContext(connection)
        self.capture.__enter__()
        return self

    def __exit__(self, *error):
        self.capture.__exit__(*error)
        self.kinds = [" ".join(query["sql"].split()[:2]) for query in self.capture.captured_queries]
        self.kinds = [kind for kind in self.kinds if "SAVEPOINT" not in kind]


def test_neither_address_nor_code_stands_in_the_job(api, sara):
    forgot(api)
    [(_name, args)] = waiting()
    assert "sara" not in str(args)


def test_the_mail_brings_a_code_and_only_its_hash_is_kept(api, sara, code):
    assert mail.outbox[0].to == ["sara@example.org"]
    assert PasswordReset.objects.get().token_hash == tokens.hashed(code)


def test_the_mail_speaks_the_language_of_its_reader(api, sara):
    User.objects.filter(pk=sara.pk).update(language="ar")
    forgot(api)
    accounts.mail_reset(PasswordReset.objects.get().pk)
    assert "مرحباً" in mail.outbox[0].body


def test_nobody_unknown_gets_a_mail(api, sara):
    forgot(api, "nobody@example.org")
    assert accounts.mail_reset(PasswordReset.objects.get().pk) is False
    assert mail.outbox == []


def test_the_code_gives_a_new_password_and_ends_every_sign_in(api, sara, code):
    pair = tokens.begin_sign_in(user=sara)
    page = Client()
    page.force_login(sara, backend="clinic.backends.StaffBackend")
    assert reset(api, code).status_code == 204
    assert User.objects.get(pk=sara.pk).check_password(NEW)
    assert tokens.renew(refresh_token=pair.refresh_token) is None
    assert page.get("/preferences/").status_code == 302
    assert AuditEvent.objects.filter(action="reset_password", user=sara).count() == 1


def test_the_code_works_once_and_ends_the_other_codes(api, sara, code):
    forgot(api)
    other = code_of(PasswordReset.objects.order_by("pk").last())
    assert reset(api, code).status_code == 204
    assert [told(reset(api, used, "yet-another-password")) for used in (code, other)] == [(400, "reset_code")] * 2
    assert User.objects.get(pk=sara.pk).check_password(NEW)


def test_a_code_ends_after_half_an_hour(api, sara, code):
    assert abs(PasswordReset.objects.get().expires_at - timezone.now() - timedelta(minutes=30)) < timedelta(minutes=1)
    PasswordReset.objects.update(expires_at=timezone.now())
    assert told(reset(api, code)) == (400, "reset_code")


def test_a_weak_password_leaves_the_code_good(api, sara, code):
    assert told(reset(api, code, "short")) == (400, "weak_password")
    assert reset(api, code).status_code == 204


def test_a_closed_account_gets_no_new_password(api, sara, code):
    User.objects.filter(pk=sara.pk).update(is_active=False)
    assert told(reset(api, code)) == (400, "reset_code")


def test_a_reset_lifts_the_wait_after_wrong_passwords(api, sara, code):
    for _try in range(5):
        api.post("/api/v1/auth/login", {"username": "sara", "password": "wrong"})
    reset(api, code)
    assert api.post("/api/v1/auth/login", {"username": "sara", "password": NEW}).status_code == 200


def test_one_address_is_written_to_seldom(api, sara):
    answers = [forgot(api, email).status_code for email in ["sara@example.org", "SARA@example.org"] * 2]
    assert answers == [202, 202, 202, 429]
    assert forgot(api, "else@example.org").status_code == 202
    assert PasswordReset.objects.filter(user=sara).count() == 3


def test_the_database_refuses_a_code_of_nobody(api, here):
    with pytest.raises(IntegrityError, match="password_reset_of_somebody"), transaction.atomic():
        PasswordReset.objects.create(token_hash="x", expires_at=timezone.now())


# --- counting --------------------------------------------------------------------------------------------------------


def test_the_wait_shortens_and_ends_with_the_window(db, monkeypatch):
    monkeypatch.setitem(throttle.LIMITS, "test", (2, 60))
    waits = [throttle.wait("test", "a") for _try in range(3)]
    assert (waits[:2], 55 < waits[2] <= 60) == ([0, 0], True)
    Throttle.objects.update(since=timezone.now() - timedelta(seconds=61))
    assert throttle.wait("test", "a") == 0


def test_values_and_scopes_are_counted_apart_and_kept_as_hashes(db, monkeypatch):
    for scope in ("one", "two"):
        monkeypatch.setitem(throttle.LIMITS, scope, (1, 60))
    assert [throttle.wait("one", "10.0.0.1"), throttle.wait("two", "10.0.0.1"), throttle.wait("one", "10.0.0.2")] == [
        0
    ] * 3
    assert set(Throttle.objects.values_list("key", flat=True)).isdisjoint({"10.0.0.1", "10.0.0.2"})


@pytest.mark.django_db(transaction=True)  # a job gives its connection back
def test_what_has_ended_is_forgotten_after_a_day(sara):
    tokens.begin_sign_in(user=sara)
    PasswordReset.objects.create(expires_at=timezone.now())
    throttle.wait("my_place.address", "10.0.0.1")
    long_ago = timezone.now() - timedelta(days=2)
    ApiSignIn.objects.update(created_at=long_ago - timedelta(days=1), expires_at=long_ago)
    PasswordReset.objects.update(expires_at=long_ago)
    Throttle.objects.update(since=long_ago)
    assert jobs.purge_credentials(timestamp=0) == 4
    assert [model.objects.count() for model in (ApiSignIn, PasswordReset, Throttle)] == [0, 0, 0]
