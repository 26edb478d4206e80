"""A patient's own pages: the own file and nobody else's, by the desk's own rules."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.access import Role
from clinic.models import AuditEvent
from patients import operations as files
from scheduling.models import Appointment
from tests.factories import billing as bills
from tests.factories import clinic as people
from tests.factories import patients, visits
from tests.factories import scheduling as times

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db):
    """A clinic."""
    return people.clinic()


@pytest.fixture
def desk(house):
    """A receptionist."""
    return people.user(Role.RECEPTION, clinic=house)


@pytest.fixture
def doctor(house):
    """A doctor who works around the clock."""
    made = people.doctor(clinic=house, specialties="Cardiology")
    times.hours(doctor=made, clinic=house)
    return made


@pytest.fixture
def layla(house, desk):
    """A patient."""
    return patients.patient(clinic=house, by=desk)


@pytest.fixture
def account(house, layla, desk):
    """Layla's account."""
    user = people.user(Role.PATIENT, clinic=house, name="Layla")
    files.claim_file(code=files.issue_link_code(patient=layla, by=desk), user=user)
    return user


@pytest.fixture
def own(client, account):
    """Layla's browser."""
    client.force_login(account, backend="clinic.backends.StaffBackend")
    return client


def url(name, *args):
    return reverse(f"clinic:{name}", args=args)


def slot_of(page, number=0):
    return page.context["offer"].slots[number]


def test_book_see_move_and_cancel(own, doctor, layla, account, house):
    page = own.get(url("portal_slots", doctor.pk))
    first, second = slot_of(page, 0), slot_of(page, 1)
    answer = own.post(url("portal_slots", doctor.pk), {"starts": first.stamp, "reason": "Cough"})
    made = Appointment.objects.get()
    assert (answer.status_code, answer.url) == (303, url("patient_home"))
    assert (made.patient, made.state, made.source, made.reason) == (layla, "pending", "portal", "Cough")
    assert made.starts_at == first.starts_at
    home = own.get(url("patient_home"))
    assert [row.pk for row in home.context["appointments"]] == [made.pk]
    own.post(url("portal_move", made.pk), {"starts": second.stamp})
    made.refresh_from_db()
    assert made.starts_at == second.starts_at
    own.post(url("portal_cancel", made.pk), {"version": made.version})
    made.refresh_from_db()
    assert (made.state, made.cancelled_by, bool(made.cancel_reason)) == ("cancelled", account, True)
    assert list(own.get(url("patient_home")).context["appointments"]) == []


def test_a_time_taken_meanwhile_is_said_and_others_are_offered(own, doctor, house, desk):
    slot = slot_of(own.get(url("portal_slots", doctor.pk)))
    times.appointment(clinic=house, doctor=doctor, starts_at=slot.starts_at, by=desk)
    answer = own.post(url("portal_slots", doctor.pk), {"starts": slot.stamp})
    assert answer.status_code == 409
    assert answer.context["form"].non_field_errors()
    assert slot.stamp not in [other.stamp for other in answer.context["offer"].slots]
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("starts", ["", "soon", "20200101T000000Z", "99999999T999999Z"])
def test_nonsense_and_the_past_are_refused(starts, own, doctor):
    assert own.post(url("portal_slots", doctor.pk), {"starts": starts}).status_code in (409, 422)
    assert Appointment.objects.count() == 0


def test_the_second_click_books_once(own, doctor):
    slot = slot_of(own.get(url("portal_slots", doctor.pk)))
    for _click in range(2):
        own.post(url("portal_slots", doctor.pk), {"starts": slot.stamp, "idempotency_key": "k1"})
    assert Appointment.objects.count() == 1


def test_anothers_appointment_is_not_there(own, doctor, house, desk):
    other = times.appointment(clinic=house, doctor=doctor, by=desk)
    for name in ("portal_appointment", "portal_move"):
        assert own.get(url(name, other.pk)).status_code == 404
    assert own.post(url("portal_cancel", other.pk), {}).status_code == 404
    assert own.post(url("portal_move", other.pk), {"starts": "x"}).status_code == 404
    other.refresh_from_db()
    assert other.state == "confirmed"


def test_a_doctor_of_another_clinic_is_not_there(own):
    elsewhere = people.doctor(clinic=people.clinic(name="Elsewhere"))
    assert own.get(url("portal_slots", elsewhere.pk)).status_code == 404


@pytest.mark.parametrize(("q", "found"), [("", 1), ("cardio", 1), ("haddad", 1), ("dentist", 0), ("\x00'", 1)])
def test_find_a_doctor_by_name_or_specialty(q, found, own, doctor):
    assert len(own.get(url("portal_book"), {"q": q}).context["rows"]) == found


def test_a_day_without_hours_offers_nothing(own, house):
    idle = people.doctor(clinic=house)
    page = own.get(url("portal_slots", idle.pk), {"day": "nonsense"})
    assert (page.status_code, page.context["offer"].slots) == (200, [])
    far = (house.today() + timedelta(days=5000)).isoformat()
    assert own.get(url("portal_slots", idle.pk), {"day": far}).status_code == 200


def test_visits_and_medicines_of_the_own_file_only(own, doctor, layla, house, desk):
    visits.completed(doctor=doctor, patient=layla, diagnosis="Tension headache")
    other = patients.patient(clinic=house, by=desk, name="Somebody Else", phone="0559998888")
    visits.completed(doctor=doctor, patient=other, diagnosis="Gout")
    page = own.get(url("portal_visits")).content.decode()
    assert "Tension headache" in page and "Gout" not in page
    assert own.get(url("portal_prescriptions")).status_code == 200
    read = AuditEvent.objects.filter(action="read", patient_id=layla.pk).values_list("facts__part", flat=True)
    assert sorted(read) == ["prescriptions", "visits"]


def test_bills_of_the_own_file_only(own, layla, house, desk):
    from billing.operations import issue

    mine = issue(invoice=bills.invoice(clinic=house, patient=layla, by=desk), by=desk)
    other = patients.patient(clinic=house, by=desk, name="Somebody Else", phone="0559998888")
    theirs = issue(invoice=bills.invoice(clinic=house, patient=other, by=desk), by=desk)
    page = own.get(url("portal_bills")).content.decode()
    assert mine.number in page and theirs.number not in page
    assert own.get(url("patient_home")).context["due"] == mine.due


def test_who_opened_my_record(own, layla, desk, client, account):
    client.force_login(desk, backend="clinic.backends.StaffBackend")
    client.get(reverse("patients:record", args=[layla.pk]))
    client.force_login(account, backend="clinic.backends.StaffBackend")
    shown = client.get(url("portal_access")).context["shown"]
    assert (shown[0][0].user, str(shown[0][1])) == (desk, "Opened a record")
    assert account not in [event.user for event, _word, _roles in shown]


def test_the_place_in_line_stands_on_the_first_page(own, doctor, layla, desk):
    entry = visits.waiting(doctor=doctor, patient=layla, by=desk)
    page = own.get(url("patient_home")).content.decode()
    assert reverse("queues:my_place", args=[entry.token.place_code]) in page


def test_an_account_without_a_file_asks_for_the_code(client, house, layla, desk):
    user = people.user(Role.PATIENT, clinic=house)
    client.force_login(user, backend="clinic.backends.StaffBackend")
    assert 'id="link-form"' in client.get(url("patient_home")).content.decode()
    assert client.post(url("portal_link"), {"code": "WRONG-CODES"}).status_code == 409
    assert client.post(url("portal_link"), {}).status_code == 422
    code = files.issue_link_code(patient=layla, by=desk)
    answer = client.post(url("portal_link"), {"code": code.lower()})
    layla.refresh_from_db()
    assert (answer.status_code, layla.user) == (303, user)
    for name in ("portal_book", "portal_prescriptions", "portal_visits", "portal_bills", "portal_access"):
        assert client.get(url(name)).status_code == 200


def test_guessing_codes_is_slowed_down(client, house):
    client.force_login(people.user(Role.PATIENT, clinic=house), backend="clinic.backends.StaffBackend")
    codes = [client.post(url("portal_link"), {"code": "WRONG-CODES"}).status_code for _try in range(12)]
    assert codes == [409] * 10 + [429] * 2


def test_staff_have_no_portal(client, desk):
    client.force_login(desk, backend="clinic.backends.StaffBackend")
    assert client.get(url("portal_book")).status_code == 403
