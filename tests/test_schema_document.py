"""The schema as a document: nothing is missing, nothing collides, and its examples are true."""

import json
from collections import Counter

import pytest
from django.utils import translation
from drf_spectacular import drainage
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from clinic.api import Given
from clinic.api.pages import document

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture(scope="module")
def made():
    """(the document, what its generator complained of), asked for by somebody who reads Arabic."""
    drainage.reset_generator_stats()
    document.cache_clear()
    with translation.override("ar"):
        found = json.loads(json.dumps(document(), default=str))
    stats = drainage.GENERATOR_STATS
    return found, [*stats._warn_cache, *stats._error_cache]


@pytest.fixture(scope="module")
def schema(made):
    return made[0]


def operations(schema):
    """(where, operation) of all of them."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method} {path}", operation


def test_the_generator_has_nothing_to_complain_of(made):
    assert made[1] == []


def test_it_is_openapi_3_1(schema):
    assert schema["openapi"] == "3.1.0"
    thin = json.loads(json.dumps(schema))
    for _where, operation in operations(thin):  # their problems are all one shape, judged below
        operation["responses"] = {code: told for code, told in operation["responses"].items() if int(code) < 400}
    validate_schema(thin)


def test_it_is_english_whoever_asks_first(schema):
    words = json.dumps(schema["components"]["schemas"]["Appointment"]["properties"]["status"], ensure_ascii=False)
    assert "`confirmed` - Booked" in words


def test_every_operation_has_a_summary_of_one_sentence(schema):
    found = {where: operation.get("summary", "") for where, operation in operations(schema)}
    assert [where for where, said in found.items() if not said.strip() or "\n" in said or len(said) > 110] == []


def test_operation_ids_are_unique_names(schema):
    names = Counter(operation["operationId"] for _where, operation in operations(schema))
    assert [name for name, times in names.items() if times > 1 or not name.isidentifier() or name.endswith("_")] == []


def test_every_operation_stands_with_one_resource(schema):
    assert [where for where, operation in operations(schema) if len(operation["tags"]) != 1] == []


def test_every_answer_is_described(schema):
    missing = []
    for where, operation in operations(schema):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            right = content == PROBLEM if int(status) >= 400 else bool(content) != (status == "204")
            if not right or not answer["description"]:
                missing.append(f"{where} {status}")
    assert missing == []


def test_every_body_and_every_field_has_a_type(schema):
    typed = {"type", "$ref", "oneOf", "anyOf", "allOf", "enum"}
    untyped = [
        f"{name}.{field}"
        for name, shape in schema["components"]["schemas"].items()
        for field, described in shape["properties"].items()
        if not typed & described.keys()
    ]
    assert untyped == []


def test_components_have_the_names_of_things(schema):
    endings = ("Shown", "Given", "Serializer", "GivenRequest", "ShownRequest")
    names = schema["components"]["schemas"]
    assert [name for name in names if name.endswith(endings) or name.startswith("Patched")] == []


def test_fields_that_only_some_may_read_are_not_promised(schema):
    patient = schema["components"]["schemas"]["Patient"]
    assert {"national_id", "allergy_state"} & set(patient["required"]) == set()
    assert {"id", "name", "merged_into"} <= set(patient["required"])


def test_measurements_are_numbers_and_money_is_text(schema):
    shapes = schema["components"]["schemas"]
    assert shapes["Vitals"]["properties"]["temperature"]["type"] == ["number", "null"]
    assert shapes["Invoice"]["properties"]["total"]["type"] == "string"


def test_examples_fit_their_schemas(schema):
    wrong, seen = [], 0
    for where, operation in operations(schema):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for medium in body.get("content", {}).values():
                shape = {**medium["schema"], "components": schema["components"]}
                judge = Draft202012Validator(shape, format_checker=FormatChecker())
                for example in medium.get("examples", {}).values():
                    seen += 1
                    wrong += [f"{where}: {error.message}" for error in judge.iter_errors(example["value"])]
    assert (wrong, seen > 20) == ([], True)


def bodies(shape=Given):
    """Every class of bodies."""
    for found in shape.__subclasses__():
        yield found
        yield from bodies(found)


@pytest.mark.django_db
def test_example_bodies_are_taken(schema):
    with_example = [shape for shape in set(bodies()) if vars(shape).get("example")]
    judged = {shape.__name__: shape(data=shape.example) for shape in with_example}
    assert {name: body.errors for name, body in judged.items() if not body.is_valid()} == {}
    assert len(judged) > 10


def test_what_is_changed_names_the_version_that_was_read(schema):
    bodies = {}
    for where, operation in operations(schema):
        if where.startswith("patch "):
            wanted = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
            bodies[where] = "version" in schema["components"]["schemas"][wanted]["properties"]
    assert {where for where, named in bodies.items() if not named} == set()


def test_what_is_open_says_so_and_what_a_dead_token_gets(schema):
    doors = {where: operation for where, operation in operations(schema) if where.endswith("/doctors/")}
    listed, made = doors["get /api/v1/doctors/"], doors["post /api/v1/doctors/"]
    assert (listed["security"], {"401", "403"} <= set(listed["responses"])) == ([{}, {"signIn": []}], True)
    assert made["security"] == [{"signIn": []}]
    assert "security" not in schema["paths"]["/api/v1/auth/login"]["post"]


def test_reports_are_files_too(schema):
    kinds = set(schema["paths"]["/api/v1/reports/audit-log/"]["get"]["responses"]["200"]["content"])
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert kinds == {"application/json", "text/csv", xlsx}


def test_headers_that_a_program_goes_by_are_named(schema):
    one = schema["paths"]["/api/v1/appointments/{id}/"]
    assert "ETag" in one["get"]["responses"]["200"]["headers"]
    assert "Retry-After" in one["get"]["responses"]["429"]["headers"]
    sent = {name: [p["name"] for p in one[name]["parameters"] if p["in"] == "header"] for name in ("patch", "delete")}
    assert sent == {"patch": ["If-Match"], "delete": ["If-Match"]}


def test_a_key_is_offered_only_where_it_is_heard(schema):
    heard, offered = set(), set()
    for where, operation in operations(schema):
        headers = {found["name"] for found in operation.get("parameters", ()) if found["in"] == "header"}
        offered |= {where} if "Idempotency-Key" in headers else set()
        heard |= {where} if where.startswith("post ") and operation.get("security") else set()
    assert offered == heard
