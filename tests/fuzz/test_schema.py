"""The API against its own schema: whatever is thrown at it, for each role, it answers as documented and never falls.

FUZZ_EXAMPLES is the number of cases for each endpoint, role and mode; by default one case for each endpoint and mode,
by a role that changes from endpoint to endpoint. FUZZ_SEED is the seed, which is printed.
"""

import json
import os

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure, FailureGroup

from clinic import tokens
from clinic.access import Role
from tests.access.samples import build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "2026"))
ROLES = [str(role) for role in Role if role != Role.DISPLAY]
# A body that fits its schema may still name a patient who is not there, which is a 400 by contract. What is let in
# without a token is the matrix's question (tests/access), which asks it of every endpoint.
LEFT_OUT = {
    "positive_data_acceptance",
    "ignored_auth",
    "max_response_time",
    "use_after_free",
    "ensure_resource_availability",
}


CHOSEN = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LEFT_OUT]


def schema():
    """The schema as a program gets it, tied to the application in this process."""
    made = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
    found = schemathesis.openapi.from_dict(made)
    found.app, found.config.base_url = get_wsgi_application(), "http://testserver"
    return found


SCHEMA = schema()


def known_ids(world):
    """{name of an argument or a field: an id that exists}, so that the cases reach more than the first 404."""
    return {name: next(iter(values.values())) for name, values in world.samples.items() if name}


def led_home(case, ids, paths=True):
    """The case with ids that exist, where it names things by number, in the body alone or in its path too."""
    thing = case.operation.path.strip("/").split("/")[2].rstrip("s")
    for name in case.path_parameters or {}:
        wanted = thing if name == "pk" else name.removesuffix("_pk")
        if paths and wanted in ids:
            case.path_parameters[name] = ids[wanted]
    if isinstance(case.body, dict):
        for name in case.body:
            if name in ids and isinstance(case.body[name], int):
                case.body[name] = ids[name]


def judge(case, token, ids):
    """Send the case and hold the answer against the schema; what it wrote is taken back."""
    if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
        led_home(case, ids)
    with transaction.atomic():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            case.call_and_validate(headers=headers, checks=CHOSEN)
        finally:
            transaction.set_rollback(True)


def tried(operation, mode, token, ids):
    """What is wrong with the endpoint's answers, as one text, "" when nothing is."""

    @hypothesis.seed(SEED)
    @settings(
        max_examples=EXAMPLES or 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        judge(case, token, ids)

    try:
        run()
    except (Failure, FailureGroup) as failure:
        return f"{operation.label} ({mode.value}): {failure}"
    except hypothesis.errors.Unsatisfiable:
        return ""  # nothing wrong can be said to an endpoint that takes nothing
    return ""


@pytest.fixture(autouse=True)
def one_connection():
    """A request's end closes no connection, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One clinic for all cases; what a case writes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = build()
        made.tokens = {"anonymous": None}
        for actor, user in made.users.items():
            user.refresh_from_db(fields=["token_version", "is_active"])
            made.tokens[actor] = tokens.access_token(user)
        yield made
        transaction.set_rollback(True)


def share_of(role):
    """The endpoints that this role tries: all, or in a short run its share of them."""
    roles = ["anonymous", *ROLES]
    every = [result.ok() for result in SCHEMA.get_all_operations()]
    return (
        every if EXAMPLES else [one for number, one in enumerate(every) if roles[(number + SEED) % len(roles)] == role]
    )


@pytest.mark.parametrize("role", ["anonymous", *ROLES])
def test_every_endpoint_answers_as_its_schema_says(world, role):
    print(f"seed {SEED}, {EXAMPLES or 'a share of the'} cases")
    ids, token = known_ids(world), world.tokens[role]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    found = [tried(operation, mode, token, ids) for operation in share_of(role) for mode in modes]
    if any(found):
        pytest.fail("\n\n".join(filter(None, found)), pytrace=False)


@pytest.mark.parametrize("role", ["reception", "doctor", "pharmacist", "manager", "patient"])
def test_what_was_made_can_be_opened_changed_and_ended(world, role):
    """Along the links of the schema: from an answer that made something to everything its id opens."""
    ids, token = known_ids(world), world.tokens[role]

    class Walk(SCHEMA.as_state_machine()):
        """One program that goes on with what it got."""

        def setup(self):
            self.point = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.point)

        def before_call(self, case):
            if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
                led_home(case, ids, paths=False)

        def get_call_kwargs(self, case):
            return {"headers": {"Authorization": f"Bearer {token}"}}

        def validate_response(self, response, case, additional_checks=(), **kwargs):
            case.validate_response(response, checks=CHOSEN)

    how = settings(
        max_examples=EXAMPLES * 5 or 1,
        stateful_step_count=6,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    Walk.run(settings=how)
