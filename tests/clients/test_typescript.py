"""A TypeScript client, generated from the schema, goes with a patient from the desk to the paid bill."""

import os
import shutil
import subprocess

import pytest

from tests.clients import node
from tests.stories import stage as scenery

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
GENERATE = ["node_modules/openapi-typescript/bin/cli.js", "--output", "clinic.d.ts", "--default-non-nullable=false"]
COMPILE = ["node_modules/typescript/bin/tsc", "--project", "."]


def run(folder, *command, **env):
    """What node printed; fails with all it said when it ended in any other way than well."""
    done = subprocess.run(
        ["node", *map(str, command)], cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def compiled(schema_file, tmp_path_factory):
    """The folder of the program: its types generated, then checked in strict mode, then compiled."""
    modules = node.modules()
    if modules is None:
        pytest.skip("no node, no npm or no package registry")
    folder = tmp_path_factory.mktemp("typescript")
    for name in ("package.json", "tsconfig.json", "journey.ts"):
        shutil.copy(node.HERE / name, folder)
    (folder / "node_modules").symlink_to(modules)
    run(folder, *GENERATE, schema_file)
    assert run(folder, *COMPILE) == ""
    return folder


def test_the_patients_journey(compiled, server):  # noqa: F811
    scenery.build("en")
    said = run(compiled, "journey.js", CLINIC_URL=server.url, CLINIC_PASSWORD=scenery.PASSWORD)
    assert said.splitlines() == [
        "signed in: reception reception",
        "signed in: doctor1 doctor",
        "signed in: pharmacist pharmacist",
        "registered: Mariam Qasim, 41, again: possible_duplicate",
        "booked: Karim Farah, confirmed, at the asked time: true",
        "called: waiting -> called, the same: true",
        "examined: 38.4 22.4 observation J02.9",
        "prescribed: draft -> signed, 15,21",
        "completed: completed, J02.9",
        "dispensed: 15,21",
        "paid: pending -> paid, due 0.00, receipt application/pdf",
    ]
