"""Two files of one person that were joined: every list of the person holds what was written on either."""

import pytest
from django.urls import reverse

from billing import operations as billing
from billing.queries import till
from clinic import audience, tokens
from clinic.access import Role
from clinic.admission import listeners
from clinic.errors import Refused
from clinic.models import ApiSignIn, AuditEvent
from clinic.visit_bills import bill_visit
from patients import operations
from patients.models import EmergencyContact
from scheduling import operations as scheduling
from scheduling import queries as desk_queries
from tests.api import client_of
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients as persons
from tests.factories import scheduling as times
from tests.factories import visits as rooms
from visits import queries as room_queries

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


def test_the_desk_sees_what_is_owed_booked_and_open_on_either_file(joined, clinic, doctor):
    kept, double = joined
    owed = till.due_of([kept.pk, double.pk], clinic)
    assert owed[kept.pk] == owed[double.pk] == till.due_of([kept.pk], clinic)[kept.pk]
    assert till.next_unpaid(kept, clinic).patient_id == double.pk
    assert desk_queries.next_of(kept, clinic).patient_id == double.pk
    assert room_queries.open_visit_of(kept, doctor.user).patient_id == double.pk


def test_the_doctor_sees_the_past_of_either_file(clinic, doctor, desk):
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    rooms.completed(doctor=doctor, patient=double)
    operations.add_condition(patient=kept, by=doctor.user, text="Asthma")
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    double.refresh_from_db()
    assert [visit.patient_id for visit in room_queries.past_visits(kept)] == [double.pk]
    assert [problem.text for problem in room_queries.problems(double)] == ["Asthma"]
    assert [visit.patient_id for visit in room_queries.history(kept, doctor.user)] == [double.pk]


def test_one_person_is_not_booked_twice_at_one_time_under_two_files(joined, clinic, desk):
    kept, _double = joined
    second = people.doctor(clinic=clinic, name="Huda Noor")
    times.hours(doctor=second, clinic=clinic)
    with pytest.raises(Refused) as refused:
        times.appointment(clinic=clinic, doctor=second, patient=kept, by=desk)
    assert refused.value.code == "patient_busy"


def test_a_booking_on_the_joined_file_can_be_checked_in(clinic, doctor, desk):
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=double, by=desk, starts_at=times.next_slot(clinic))
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    assert scheduling.check_in(appointment=booked, by=desk).patient_id in (kept.pk, double.pk)


def test_the_bills_of_a_patient_are_those_of_either_file(joined, desk, client):
    client.force_login(desk)
    pages = [client.get(reverse("billing:of_patient", args=[file.pk])) for file in joined]
    _kept, double = joined
    assert [[bill.patient_id for bill in page.context["bills"]] for page in pages] == [[double.pk], [double.pk]]


def test_a_contact_of_the_joined_file_is_removed_once(clinic, desk):
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    contact = operations.add_contact(patient=double, by=desk, name="Sara", phone="050 111 2233")
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    contact = EmergencyContact.objects.get(pk=contact.pk)
    for _time in range(2):
        assert operations.remove_contact(contact=contact, by=desk) == kept
    rows = AuditEvent.objects.filter(action="remove_contact")
    assert [row.patient_id for row in rows] == [double.pk]


def test_a_bill_that_was_moved_to_the_other_file_is_still_the_bill_of_the_visit(clinic, doctor, desk):
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    rooms.priced(clinic)
    visit = rooms.completed(doctor=doctor, patient=double)
    boss = people.user(Role.MANAGER, clinic=clinic)
    billing.cancel_invoice(invoice=visit.invoice, by=boss, reason="Wrong price")
    later = bill_visit(visit=visit, by=desk)
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    billing.change_patient(invoice=later, patient=kept, by=desk)
    assert bill_visit(visit=visit, by=desk) == later


@pytest.mark.parametrize("own_account", ["kept", "double", "both"])
def test_an_account_hears_of_every_file_of_its_person(clinic, desk, own_account):
    kept = persons.patient(clinic=clinic, by=desk)
    double = persons.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")
    other = persons.patient(clinic=clinic, by=desk, name="Somebody Else", phone="050 999 7766")
    users = [people.user(Role.PATIENT, clinic=clinic, username=name) for name in ("one", "two")]
    for file, user in zip((kept, double), users, strict=True):
        if own_account in ("both", "kept" if file is kept else "double"):
            file.user = user
            file.save(update_fields=["user"])
    operations.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
    signed = [tokens.begin_sign_in(user=user) and user.pk for user in users if hasattr(user, "patient")]
    heard = listeners(list(ApiSignIn.objects.values_list("pk", flat=True)))
    people_of = audience.of("appointment.moved")
    assert {one.user_id for one in heard.values()} == set(signed)
    for one in heard.values():
        told = [one.admits({"patient": file.pk, "doctor": None}, people_of) for file in (kept, double, other)]
        assert told == [True, True, False]
