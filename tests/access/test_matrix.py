"""Every address x every kind of person x GET and POST: the answer is what the table says, and a denied call changes nothing."""

import pytest
from django.db import connection, transaction
from django.urls import reverse

from clinic.access import Role
from clinic.checks import own_patterns
from tests.access.samples import CANARY, CLINICAL, build
from tests.access.table import ORGANISATION, PUBLIC, TABLE
from tests.database import written

ROLES = [str(role) for role in Role]
STRANGERS = ["anonymous", "disabled"]
METHODS = ["get", "post"]
# A denial writes one audit row; the session's clock may move.
QUIET = ["clinic_auditevent", "django_session"]
# Addresses which name their object in the form, and find none in an empty one.
NAMED_IN_THE_FORM = {
    "scheduling:walk_in",
    "scheduling:book",
    "scheduling:context",
    "scheduling:change_patient",
    "queues:transfer",
}
# The words that the doctor has used before, no patient's among them by name.
NOBODYS_RECORD = {"visits:find_diagnosis"}


@pytest.fixture(scope="module")
def world(committed):
    """One world for the whole matrix; each call is rolled back."""
    made = build()
    made.denials, made.reads = left()
    return made


def ask(world, actor, name, method):
    """The answer to one call, how many rows it wrote outside the audit trail and the session, and what it left there."""
    address = reverse(name, kwargs=world.samples[TABLE[name][1]])
    client = world.client(actor)
    with transaction.atomic():
        before = written(QUIET)
        response = getattr(client, method)(address)
        response.written = written(QUIET) - before
        denials, reads = left()
        transaction.set_rollback(True)
    response.denials, response.reads = denials - world.denials, reads - world.reads
    return response


def left():
    """(denials, entries that name a patient) in the audit trail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FILTER (WHERE result = 'denied'), count(patient_id) FROM clinic_auditevent")
        return cursor.fetchone()


def to_sign_in(response):
    return response.status_code in (302, 303) and response["Location"].startswith(reverse("clinic:sign_in"))


@pytest.mark.django_db  # one at least, or no database is made for this file alone
def test_the_table_names_every_address_and_no_other():
    # Those of the API stand in tables of their own, see test_api_matrix.py.
    pages = [name for name, pattern in own_patterns() if not hasattr(pattern.callback.access, "endpoints")]
    assert sorted(pages) == sorted(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_the_decorator_says_what_the_table_says(name):
    rule = dict(own_patterns())[name].callback.access
    assert rule.roles == TABLE[name][0]


@pytest.mark.parametrize("name", [name for name, (roles, _sample) in TABLE.items() if roles is not PUBLIC])
def test_strangers_are_sent_to_the_door(world, name):
    for actor in STRANGERS:
        answers = [ask(world, actor, name, method) for method in METHODS]
        assert [(actor, a.status_code, to_sign_in(a) or a.status_code == 405, a.written) for a in answers] == [
            (actor, a.status_code, True, 0) for a in answers
        ]
        assert any(to_sign_in(answer) for answer in answers)


@pytest.mark.parametrize("name", [name for name, (roles, _sample) in TABLE.items() if roles is not PUBLIC])
def test_other_roles_are_refused_and_nothing_changes(world, name):
    for actor in [role for role in ROLES if role not in TABLE[name][0]] + ["no_role"]:
        answers = [ask(world, actor, name, method) for method in METHODS]
        codes = [answer.status_code for answer in answers]
        assert (actor, codes, set(codes) <= {403, 405}, 403 in codes) == (actor, codes, True, True)
        assert [(actor, a.written) for a in answers] == [(actor, 0) for a in answers]
        assert [a.denials for a in answers] == [int(code == 403) for code in codes]
        assert not any(CANARY.encode() in answer.content for answer in answers)


@pytest.mark.parametrize("name", [name for name, (roles, _sample) in TABLE.items() if roles is not PUBLIC])
def test_the_named_roles_get_in(world, name):
    missing = {404} if name not in NAMED_IN_THE_FORM else set()
    for actor in [role for role in ROLES if role in TABLE[name][0]]:
        answers = [ask(world, actor, name, method) for method in METHODS]
        codes = [answer.status_code for answer in answers]
        assert (actor, codes, bool(set(codes) & ({401, 403} | missing)), max(codes) >= 500) == (
            actor,
            codes,
            False,
            False,
        )
        assert not any(to_sign_in(answer) for answer in answers) or name in ("clinic:sign_out", "clinic:lock")
        assert set(codes) != {405}


@pytest.mark.parametrize("name", [name for name, (_roles, sample) in TABLE.items() if sample not in ORGANISATION])
def test_another_clinics_object_is_not_there(world, name):
    answers = [ask(world, "foreign", name, method) for method in METHODS]
    codes = [answer.status_code for answer in answers]
    assert (codes, set(codes) <= {404, 405}, 404 in codes) == (codes, True, True)
    assert [answer.written for answer in answers] == [0, 0]
    assert not any(CANARY.encode() in answer.content for answer in answers)
    assert [answer.denials for answer in answers] == [int(code == 404) for code in codes]


@pytest.mark.parametrize("name", [name for name, (roles, _sample) in TABLE.items() if roles is PUBLIC])
def test_public_addresses_open_without_signing_in_and_name_nobody(world, name):
    answers = [ask(world, "anonymous", name, method) for method in METHODS]
    assert not {401, 403} & {answer.status_code for answer in answers}
    assert not any(CANARY.encode() in answer.content for answer in answers)


@pytest.mark.parametrize("name", [name for name in TABLE if not name.startswith(("api:", "api_"))])
def test_nothing_is_done_without_the_pages_own_token(world, name):
    """Every address refuses a POST from a foreign page, which cannot know the token."""
    actor = next((role for role in ROLES if role in (TABLE[name][0] or ())), "reception")
    world.browser.handler.enforce_csrf_checks = True
    try:
        answer = ask(world, actor, name, "post")
    finally:
        world.browser.handler.enforce_csrf_checks = False
    assert (answer.status_code, answer.written) == (403, 0)


def shows_clinical(response):
    return CLINICAL in response.content.decode(errors="replace").lower()


@pytest.mark.parametrize("role", ["reception", "display", "patient", "manager"])
def test_whoever_does_not_treat_sees_no_clinical_word(world, role):
    open_to = [name for name, (roles, _sample) in TABLE.items() if roles is PUBLIC or role in roles]
    assert [name for name in open_to if shows_clinical(ask(world, role, name, "get"))] == []


@pytest.mark.parametrize("role", ["doctor", "nurse", "pharmacist"])
def test_every_page_with_a_clinical_word_leaves_a_trace(world, role):
    """What a machine renews in an open page was noted when the page was opened."""
    rules = {name: pattern.callback.access for name, pattern in own_patterns()}
    opened = [name for name, rule in rules.items() if rule.roles and role in rule.roles and not rule.passive]
    answers = {name: ask(world, role, name, "get") for name in opened}
    shown = [name for name, answer in answers.items() if shows_clinical(answer)]
    assert shown
    assert [name for name in shown if not answers[name].reads and name not in NOBODYS_RECORD] == []


def test_settings_are_for_managers_only(world):
    address = reverse("admin:index")
    codes = {}
    for actor in ["anonymous", *ROLES]:
        with transaction.atomic():
            codes[actor] = world.client(actor).get(address, follow=True).status_code
            transaction.set_rollback(True)
    assert codes == {"anonymous": 200, **dict.fromkeys(ROLES, 403), "manager": 200}
