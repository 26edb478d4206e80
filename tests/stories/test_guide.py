"""The integrator's guide is true: its commands run, from top to bottom, in one shell against a running server."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from clinic.access import Role
from clinic.models import AuditEvent
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import scheduling as times

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"
MISSING = [name for name in ("bash", "curl", "jq") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


def midday_zone():
    """A zone in which it is about noon, so that the day has free times to check in for."""
    hours = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-hours:+d}"  # POSIX: the sign is the other way round


@pytest.mark.slow
def test_every_command_of_the_guide_runs(house, tmp_path):
    clinic = people.clinic(time_zone=midday_zone())
    reception = people.user(Role.RECEPTION, clinic=clinic, username="reception")
    omar = people.doctor(clinic=clinic, name="Omar Haddad", specialties="Family medicine")
    times.hours(doctor=omar, clinic=clinic)
    said = shell(house.url, tmp_path)
    assert said.returncode == 0, said.stdout[-1500:] + said.stderr[-1500:]
    lines = said.stdout.splitlines()
    assert Appointment.objects.get().state == "arrived"
    for expected in (
        '{"code":"possible_duplicate","found":1}',
        "412",
        "%PDF-",
        '"type": "appointment.created"',
        '"type": "appointment.moved"',
        '"type": "invoice.paid"',
        "404",
        "401",
        "403",
    ):
        assert expected in lines, said.stdout
    paid = [line for line in lines if '"status":"paid"' in line]
    assert (len(paid), len(set(paid))) == (2, 1)
    assert AuditEvent.objects.filter(action="take_payment", user=reception).count() == 1


def test_the_addresses_that_the_guide_names_are_there(house):
    people.clinic()
    named = set(re.findall(r"`\$BASE(/[a-z/0-9]+)`", GUIDE.read_text(encoding="utf-8")))
    assert named == {"/api/docs/", "/api/redoc/", "/api/schema/"}
    for address in named:
        with urlopen(house.url + address) as answer:
            assert answer.status == 200


def shell(base, folder):
    """The guide's ```sh blocks as one script; stops at the first command that fails."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    script = folder / "guide.sh"
    script.write_text("set -euo pipefail\n" + "\n".join(blocks))
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "BASE": base,
        "NAME": "reception",
        "PASSWORD": people.PASSWORD,
    }
    return subprocess.run(
        ["bash", str(script)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
