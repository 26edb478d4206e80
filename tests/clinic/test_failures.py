"""What a refusal and a failure look like to whoever asks."""

import json

import pytest
from django.db import IntegrityError, OperationalError
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from clinic import failures
from clinic.errors import Refused
from clinic.middleware import RefusedMiddleware

REFUSED = Refused("Somebody is already called.", "somebody_called")


def request(**headers):
    made = RequestFactory().get("/", headers=headers)
    made.htmx = HtmxDetails(made)
    made.request_id = "abc123"
    return made


class Cause(Exception):
    """The driver's error behind Django's."""

    def __init__(self, constraint):
        self.diag = type("Diag", (), {"constraint_name": constraint})


def collided(constraint):
    error = IntegrityError("duplicate key; DETAIL: Key (patient)=(Layla)")
    error.__cause__ = Cause(constraint)
    return error


def test_htmx_gets_the_sentence_in_the_corner_and_keeps_its_panel():
    answer = failures.refused(request(**{"HX-Request": "true"}), REFUSED)
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert (answer.status_code, answer["HX-Reswap"], toast["text"]) == (409, "none", "Somebody is already called.")


def test_a_program_gets_code_and_message():
    answer = failures.refused(request(Accept="application/json"), REFUSED)
    assert json.loads(answer.content) == {"code": "somebody_called", "detail": "Somebody is already called."}


@pytest.mark.django_db
def test_an_address_that_is_not_there_answers_a_program_in_the_one_shape(client):
    answer = client.get("/api/v1/departments/nothing/")
    assert (answer.status_code, answer.json()) == (404, {"code": "not_found", "detail": "This is not here."})


def test_a_constraint_answers_in_its_own_words_without_the_rows_values():
    answer = failures.collision(request(**{"HX-Request": "true"}), collided("entry_one_called"))
    text = json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert (answer.status_code, text) == (409, "Somebody is already called here.")


def test_a_constraint_without_words_stays_an_error():
    assert failures.collision(request(), collided("entry_called_has_a_time")) is None


@pytest.mark.django_db
def test_a_database_that_is_away_says_that_nothing_was_charged():
    middleware = RefusedMiddleware(lambda request: None)
    answer = middleware.process_exception(request(**{"HX-Request": "true"}), OperationalError("lock timeout"))
    text = json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert (answer.status_code, text) == (503, "Not saved. Nothing was charged. Try again. (Reference abc123)")


def test_anything_else_is_left_to_the_error_page():
    assert RefusedMiddleware(lambda request: None).process_exception(request(), ValueError()) is None
