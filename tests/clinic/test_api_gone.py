"""A request that comes again with its key after what it made was taken away: it is told so, and writes nothing."""

import pytest

from clinic.access import Role
from tests.api import client_of
from tests.database import written
from tests.factories import clinic as people
from tests.factories import queues as lines
from tests.pharmacy.conftest import furnish

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"
KEY = {"headers": {"Idempotency-Key": "the-same-key"}}
QUIET = ["clinic_auditevent"]


@pytest.fixture
def house():
    return furnish()


def told_again(client, path, body, take_away):
    """(status and code, rows written) of the repetition of a POST, after `take_away` of the id that the first made."""
    first = client.post(f"{V1}{path}", body, **KEY)
    assert first.status_code in (200, 201)
    gone = take_away(first.json()["id"])
    assert gone.status_code in (200, 204)
    before = written(QUIET)
    again = client.post(f"{V1}{path}", body, **KEY)
    return (again.status_code, again.json()["code"]), written(QUIET) - before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("visits/{visit}/diagnoses/", {"text": "Fever"}),
        ("patients/{patient}/contacts/", {"name": "Huda", "phone": "0501112233"}),
    ],
)
def test_a_row_that_was_deleted(house, path, body):
    client = client_of(house.by)
    path = path.format(visit=house.visit.pk, patient=house.patient.pk)
    assert told_again(client, path, body, lambda pk: client.delete(f"{V1}{path}{pk}/")) == ((409, "gone"), 0)


def test_a_line_of_a_prescription_that_was_taken_off(house):
    client = client_of(house.by)
    body = {"visit": house.visit.pk, "items": [{"line": "amox 500 1-1-1 5d"}]}
    path = f"prescriptions/{client.post(f'{V1}prescriptions/', body).json()['id']}/items/"
    line = {"line": "para 500 1-1-1 5d"}
    assert told_again(client, path, line, lambda pk: client.delete(f"{V1}{path}{pk}/")) == ((409, "gone"), 0)


def test_a_place_in_another_line_that_was_taken_back():
    clinic = people.clinic()
    nurse = people.user(Role.NURSE, clinic=clinic)
    first, second = lines.station(clinic=clinic), lines.station(clinic=clinic, letter="B")
    client, entry = client_of(nurse), lines.entry(station=first, by=nurse)
    client.post(f"{V1}queue/next/", {"station": first.pk})
    path = f"queue/entries/{entry.pk}/transfer/"
    undone = told_again(
        client, path, {"station": second.pk}, lambda _pk: client.post(f"{V1}queue/entries/{entry.pk}/undo/")
    )
    assert undone == ((409, "gone"), 0)
