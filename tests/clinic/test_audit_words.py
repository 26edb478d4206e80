"""Whatever the code writes into the trail, a manager reads in words."""

import ast
from pathlib import Path
from zoneinfo import ZoneInfo

from clinic.audit_words import ACTIONS, PARTS, fact_words

HOUSE = Path(__file__).resolve().parents[2]
APPS = ("clinic", "patients", "queues", "billing", "scheduling", "visits", "pharmacy")


def calls():
    """Every call in the code of the house, as (name of what is called, the call)."""
    for app in APPS:
        for path in (HOUSE / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield getattr(node.func, "attr", getattr(node.func, "id", "")), node


def constants(nodes):
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_action_that_is_recorded_has_words():
    written = constants(call.args[1] for name, call in calls() if name in ("record", "write") and len(call.args) > 1)
    assert {"check_in", "serve"} <= written  # found in both ways of writing
    assert written - set(ACTIONS) == set()


def test_every_part_of_a_record_has_words():
    parts = constants(word.value for _name, call in calls() for word in call.keywords if word.arg == "part")
    assert parts == set(PARTS)


def test_a_token_is_called_as_everybody_calls_it_and_no_priority_is_not_said():
    facts = {"token": "2026-11-22-D-009", "category": "normal"}
    pregnant = {"token": "D-009", "category": "pregnant"}
    said = [[str(value) for _name, value in fact_words(found, zone=ZoneInfo("UTC"))] for found in (facts, pregnant)]
    assert said == [["D-009"], ["D-009", "Pregnant"]]
