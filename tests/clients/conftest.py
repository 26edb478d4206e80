"""The schema as a program gets it, written once for the generators of clients."""

import json

import pytest

from clinic.api.pages import document
from tests.live_server import server  # noqa: F401


@pytest.fixture(scope="session")
def schema_file(tmp_path_factory):
    """The path of the OpenAPI document as JSON."""
    path = tmp_path_factory.mktemp("schema") / "clinic.json"
    path.write_text(json.dumps(document(), default=str, ensure_ascii=False), encoding="utf-8")
    return path
