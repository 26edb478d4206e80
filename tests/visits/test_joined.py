"""A visit belongs to the person, whichever of their joined files it or the number stands on; and to every booking of the day."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing import operations as bills
from clinic.access import Role
from clinic.models import AuditEvent
from clinic.visit_bills import bill_visit
from patients import operations as files
from patients.models import Patient
from queues.models import Entry
from scheduling import operations as desk
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits as make
from visits import operations
from visits.models import Visit
from visits.operations.room import entry_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic():
    made = people.clinic()
    make.priced(made)
    return made


@pytest.fixture
def doctor(clinic):
    made = people.doctor(clinic=clinic)
    times.hours(doctor=made, clinic=clinic)
    return made


@pytest.fixture
def sara(clinic):
    return people.user(Role.RECEPTION, clinic=clinic, name="Sara Haddad")


@pytest.fixture
def kept(clinic, sara):
    return make.patient(clinic=clinic, by=sara)


@pytest.fixture
def double(clinic, sara):
    return make.patient(clinic=clinic, by=sara, name="Leila Hassan", phone="050 999 8877")


@pytest.fixture
def join(kept, double, sara):
    """Say that the two files are one person's."""

    def now():
        files.merge_patients(duplicate=double, into=kept, by=sara, reason="twice")
        return Patient.objects.get(pk=kept.pk)

    return now


def write(visit, doctor):
    words = {"complaint": "Cough", "examination": "", "plan": ""}
    return operations.save_note(visit=visit, by=doctor.user, version=visit.version, **words)


def test_an_open_visit_on_the_joined_file_goes_on(doctor, double, join):
    visit = write(make.visit(doctor=doctor, patient=double), doctor)
    assert operations.open_visit(patient=join(), doctor=doctor, by=doctor.user) == visit


def test_a_new_visit_stands_on_the_file_in_use(doctor, double, join, sara):
    make.waiting(doctor=doctor, patient=double, by=sara)
    kept = join()
    visit = operations.call_next(doctor=doctor, by=doctor.user)
    assert visit.patient == kept
    operations.begin(visit=visit, by=doctor.user)
    assert entry_of(visit).state == Entry.State.WITH_STAFF


def test_files_joined_while_the_patient_is_called_do_not_part_visit_and_number(doctor, double, join, sara):
    visit = make.called(doctor=doctor, patient=double)
    kept = join()
    desk.change_patient(token=visit.token, patient=kept, by=sara)
    visit = Visit.objects.get(pk=visit.pk)
    assert entry_of(visit).state == Entry.State.CALLED
    assert operations.call_next(doctor=doctor, by=doctor.user) == visit
    operations.begin(visit=visit, by=doctor.user)
    assert entry_of(visit).state == Entry.State.WITH_STAFF


def test_a_visit_closed_by_absence_is_opened_again_for_the_joined_file(doctor, double, join):
    visit = make.called(doctor=doctor, patient=double)
    operations.not_come(visit=visit, by=doctor.user)
    entry = visit.token.entries.get()
    again = operations.start_visit(patient=join(), doctor=doctor, by=doctor.user, entry=entry)
    assert (again.pk, again.state) == (visit.pk, Visit.State.OPEN)


def test_a_booking_on_the_joined_file_ends_with_the_visit(clinic, doctor, double, join, sara):
    at = times.next_slot(clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=double, by=sara, starts_at=at)
    join()
    desk.check_in(appointment=booked, by=sara)
    visit = operations.begin(visit=operations.call_next(doctor=doctor, by=doctor.user), by=doctor.user)
    operations.complete(visit=visit, by=doctor.user, reason="seen")
    booked.refresh_from_db()
    assert (booked.state, booked.token) == (Appointment.State.COMPLETED, visit.token)


def test_a_booking_on_the_joined_file_is_started_by_name(clinic, doctor, double, join, sara):
    at = times.next_slot(clinic)
    booked = times.appointment(clinic=clinic, doctor=doctor, patient=double, by=sara, starts_at=at)
    kept = join()
    desk.check_in(appointment=booked, by=sara)
    booked.refresh_from_db()
    visit = operations.start_visit(patient=kept, doctor=doctor, by=doctor.user, appointment=booked)
    assert (visit.patient, visit.token) == (kept, booked.token)


def test_the_bill_of_a_visit_is_found_on_the_joined_file(doctor, double, join, sara):
    visit = make.completed(doctor=doctor, patient=double)
    manager = people.user(Role.MANAGER, clinic=visit.clinic)
    bills.cancel_invoice(invoice=visit.invoice, by=manager, reason="wrong price")
    made = bill_visit(visit=visit, by=sara)
    join()
    assert bill_visit(visit=visit, by=sara).pk == made.pk


@pytest.mark.parametrize("gone", ["retired", "deceased"])
def test_no_visit_is_opened_from_the_record_of_a_closed_file(client, clinic, doctor, kept, sara, gone):
    if gone == "retired":
        files.retire_patient(patient=kept, by=sara, reason="by mistake")
    else:
        files.update_patient(patient=kept, by=sara, version=kept.version, deceased_on=clinic.today())
    client.force_login(doctor.user)
    assert client.post(reverse("visits:open", args=[kept.pk]), headers={"HX-Request": "true"}).status_code == 409
    assert Visit.objects.count() == 0


# --- what an earlier day left open -----------------------------------------------------------------------------------


def test_the_booking_of_today_ends_with_a_visit_left_open_yesterday(clinic, doctor, kept, sara):
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=True):
        at = times.next_slot(clinic)
        before = times.appointment(clinic=clinic, doctor=doctor, patient=kept, by=sara, starts_at=at)
        desk.check_in(appointment=before, by=sara)
        old = write(operations.call_next(doctor=doctor, by=doctor.user), doctor)
    at = times.next_slot(clinic)
    today = times.appointment(clinic=clinic, doctor=doctor, patient=kept, by=sara, starts_at=at)
    desk.check_in(appointment=today, by=sara)
    visit = operations.begin(visit=operations.call_next(doctor=doctor, by=doctor.user), by=doctor.user)
    today.refresh_from_db()
    assert (visit, today.state) == (old, Appointment.State.IN_PROGRESS)
    operations.complete(visit=visit, by=doctor.user, reason="seen")
    states = [Appointment.objects.get(pk=booked.pk).state for booked in (before, today)]
    assert states == [Appointment.State.COMPLETED, Appointment.State.COMPLETED]


def test_a_blank_visit_of_yesterday_is_closed_with_a_word_in_the_trail(clinic, doctor, kept, published):
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=True):
        old = make.visit(doctor=doctor, patient=kept)
    published.clear()
    operations.open_visit(patient=kept, doctor=doctor, by=doctor.user)
    kept_row = AuditEvent.objects.get(subject_type="visits.visit", subject_id=old.pk, action="not_come")
    assert (kept_row.user, kept_row.facts) == (doctor.user, {"closed": True})
    assert (clinic.pk, f"visit-{old.pk}") in published
