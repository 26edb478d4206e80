"""Two files of one person that were joined: every list of the person holds what was written on either."""

import pytest
from django.urls import reverse

from clinic.access import Role
from patients import operations
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as persons
from tests.factories import scheduling as times
from tests.factories import visits as rooms

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"
OF_A_PATIENT = ["patients/{}/appointments/", "patients/{}/visits/", "patients/{}/invoices/"]
BY_FILTER = ["appointments/?patient={}", "visits/?patient={}", "invoices/?patient={}"]


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def doctor(clinic):
    made = people.doctor(clinic=clinic)
    times.hours(doctor=made, clinic=clinic)
    return made


@pytest.fixture
def desk(clinic):
    return people.user(Role.RECEPTION, clinic=clinic)


@pytest.fixture
def joined(clinic, doctor, desk):
    """(the file in use, the one joined to it), with an appointment, a visit and a bill on the second."""
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    times.appointment(clinic=clinic, doctor=doctor, patient=double, by=desk)
    bills.invoice(clinic=clinic, patient=double, by=desk)
    visit = rooms.visit(doctor=doctor, patient=double)
    rooms.priced(clinic)
    visit.refresh_from_db()
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    return kept, double


@pytest.mark.parametrize("address", OF_A_PATIENT + BY_FILTER)
def test_both_files_list_the_same(joined, doctor, desk, address):
    program = client_of(doctor.user if "visits" in address else desk)
    counts = [program.get(V1 + address.format(file.pk)).json()["count"] for file in joined]
    assert counts == [1, 1]


def test_the_reports_count_both_files(joined, clinic):
    program = client_of(people.user(Role.MANAGER, clinic=clinic))
    kept, double = joined
    history = [program.get(f"{V1}reports/visit-history/?patient={file.pk}").json()["count"] for file in joined]
    trails = [program.get(f"{V1}reports/audit-log/?patient={file.pk}&action=book").json()["count"] for file in joined]
    assert (history, trails) == ([1, 1], [1, 1])


def test_who_opened_the_record_of_either_file_is_in_the_trail(joined, clinic, client):
    kept, _double = joined
    client.force_login(people.user(Role.MANAGER, clinic=clinic))
    page = client.get(reverse("clinic:audit_list"), {"patient": kept.pk, "action": "book"})
    assert len(page.context["rows"]) == 1
