"""Every endpoint of the API x every kind of person: the answer is what the tables say, a denied call writes nothing.

The tables stand in tests/access/api_*.py, one for each app: (name, method) -> (roles, sample). A sample is the name
of an object of tests/access/samples.py, or {argument of the address: name}; "" = the address names no object.
"""

import importlib
import json
import pkgutil

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

import tests.access
from clinic import tokens
from clinic.access import Role
from clinic.api import actions
from clinic.checks import own_patterns
from clinic.models import AuditEvent
from tests.access.samples import CANARY, CLINICAL, build
from tests.access.table import ORGANISATION
from tests.database import written

TABLE = {}
for _module in pkgutil.iter_modules(tests.access.__path__):
    if _module.name.startswith("api_"):
        TABLE |= importlib.import_module(f"tests.access.{_module.name}").TABLE

ROLES = [str(role) for role in Role]
MISSING = 10**12
QUIET = ["clinic_auditevent", "axes_accessattempt", "clinic_throttle"]
GUARDED = [key for key, (roles, _sample) in TABLE.items() if roles is not None]
WRITING = [key for key in TABLE if key[1] != "get"]


def endpoints():
    """{(name, method): Rule} of the API as it is."""
    found = {}
    for name, pattern in own_patterns():
        space, _colon, own = name.partition(":")
        rules = getattr(pattern.callback.access, "endpoints", None)
        if space == "api" and rules is not None:
            found |= {(own, method): rule for method, rule in rules.items()}
    return found


ADDRESSES = {name: list(pattern.pattern.converters) for name, pattern in own_patterns()}


def arguments(name):
    """The names of the arguments of an address."""
    return ADDRESSES[f"api:{name}"]


def address(world, key, *, missing=False):
    """The address of an endpoint with its sample object, or with one that is not there."""
    name, sample = key[0], TABLE[key][1]
    wanted = arguments(name)
    named = sample if isinstance(sample, dict) else {wanted[-1]: sample} if wanted else {}
    values = {argument: next(iter(world.samples[thing].values())) for argument, thing in named.items()}
    if missing:
        values[wanted[-1]] = MISSING
    return reverse(f"api:{name}", kwargs=values)


@pytest.fixture(scope="module")
def world(committed):
    """One world for the whole matrix; each call is rolled back."""
    made = build()
    made.tokens = {}
    for actor, user in made.users.items():
        user.refresh_from_db(fields=["token_version", "is_active"])
        made.tokens[actor] = tokens.access_token(user)
    made.program, made.denials = Client(raise_request_exception=False), denied()
    return made


def ask(world, actor, key, body=None, *, missing=False):
    """The answer to one call by `actor`, and how many rows it wrote outside the audit trail."""
    headers = {"Idempotency-Key": "a-key-of-the-matrix"} if key[1] == "post" else {}
    if actor != "anonymous":
        headers["Authorization"] = f"Bearer {world.tokens[actor]}"
    more = {} if key[1] == "get" else {"data": json.dumps(body or {}), "content_type": "application/json"}
    with transaction.atomic():
        before = written(QUIET)
        response = getattr(world.program, key[1])(address(world, key, missing=missing), headers=headers, **more)
        response.written = written(QUIET) - before
        response.denials = denied() - world.denials
        transaction.set_rollback(True)
    return response


def denied():
    return AuditEvent.objects.filter(result="denied").count()


def label(key):
    return f"{key[1].upper()} {key[0]}"


def test_the_tables_name_every_endpoint_and_its_roles():
    declared = {key: rule.roles for key, rule in endpoints().items()}
    assert {key: roles if roles is None else frozenset(roles) for key, (roles, _s) in TABLE.items()} == declared


@pytest.mark.parametrize("key", GUARDED, ids=label)
def test_strangers_are_not_let_in(world, key):
    for actor in ("anonymous", "disabled"):
        answer = ask(world, actor, key)
        assert (actor, answer.status_code, answer.written) == (actor, 401, 0)


@pytest.mark.parametrize("key", GUARDED, ids=label)
def test_other_roles_are_refused_and_nothing_changes(world, key):
    for actor in [role for role in ROLES if role not in TABLE[key][0]] + ["no_role"]:
        answer = ask(world, actor, key)
        assert (actor, answer.status_code, answer.written, answer.denials) == (actor, 403, 0, 1)
        assert answer.json()["code"] == "not_allowed"
        assert CANARY.encode() not in answer.content


@pytest.mark.parametrize("key", GUARDED, ids=label)
def test_the_named_roles_get_an_answer(world, key):
    for actor in [role for role in ROLES if role in TABLE[key][0]]:
        answer = ask(world, actor, key)
        allowed = {200, 201, 204, 400, 409, 412, 422}
        if actor in ("patient", "doctor") or key[1] != "get":
            allowed |= {404}  # theirs alone, or named in the body
        if key[1] == "get" and actor not in ("patient", "doctor"):
            allowed = {200, 400, 409}
        assert (actor, answer.status_code, answer.status_code in allowed) == (actor, answer.status_code, True)


def foreign_keys():
    for key, (roles, sample) in TABLE.items():
        things = sample.values() if isinstance(sample, dict) else [sample]
        if roles is not None and not set(things) <= ORGANISATION:
            yield key


@pytest.mark.parametrize("key", list(foreign_keys()), ids=label)
def test_another_clinics_object_is_not_there(world, key):
    answer = ask(world, "foreign", key)
    assert (answer.status_code, answer.written, CANARY.encode() in answer.content) == (404, 0, False)


@pytest.mark.parametrize("key", [key for key in GUARDED if TABLE[key][1]], ids=label)
def test_what_is_missing_is_answered_like_what_is_not_yours(world, key):
    actor = next(role for role in ROLES if role in TABLE[key][0])
    answer = ask(world, actor, key, missing=True)
    assert (answer.status_code in (400, 404), answer.written) == (True, 0)


@pytest.mark.parametrize(
    "key", [key for key in GUARDED if TABLE[key][1] and "patient" in (TABLE[key][0] or ())], ids=label
)
def test_a_patient_does_not_see_another_patients_object(world, key):
    """The account `patient` belongs to nobody of the samples."""
    answer = ask(world, "patient", key)
    if answer.status_code == 200:
        assert CANARY.encode() not in answer.content and CLINICAL not in answer.content.decode().lower()
    assert answer.written == 0


def every_field():
    """A body with the name of every field of every model, as somebody would who tries his luck."""
    models = [model for app in ("clinic", "patients", "queues", "billing", "scheduling", "visits", "pharmacy")
              for model in apps.get_app_config(app).get_models()]  # fmt: skip
    return {field.name: 1 for model in models for field in model._meta.concrete_fields}


@pytest.mark.parametrize("key", [key for key in WRITING if TABLE[key][0]], ids=label)
def test_undeclared_fields_change_nothing(world, key):
    actor = next(role for role in ROLES if role in TABLE[key][0])
    answer = ask(world, actor, key, every_field())
    assert (answer.status_code in (400, 404), answer.written) == (True, 0)
    if answer.status_code == 400:
        assert answer.json()["fields"]


POSTS = [key for key in GUARDED if key[1] == "post"]


@pytest.mark.parametrize("key", POSTS, ids=label)
def test_a_repetition_tells_that_what_was_made_is_gone(world, key, monkeypatch):
    """As if the first request with the key had made something that the caller does not see any more."""
    monkeypatch.setattr(actions, "taken", lambda *_args: {})
    monkeypatch.setattr(actions, "once", lambda **_args: MISSING)
    actor = next(role for role in ROLES if role in TABLE[key][0])
    answer = ask(world, actor, key)
    if answer.status_code == 409:
        assert answer.json()["code"] in ("gone", "told_once")
    else:
        assert (answer.status_code in (200, 204, 400, 404), answer.written) == (True, 0)


@pytest.mark.django_db
def test_names_outside_the_tables_are_not_there():
    answer = Client().get("/api/v1/nothing/")
    assert answer.status_code == 404
