"""Two joined files are one person at the desk: what was booked on the one is moved, checked in and counted as of the other."""

import pytest
from django.utils import timezone

from clinic.access import Role
from clinic.errors import Refused
from patients import operations as files
from patients.models import Patient
from scheduling import operations
from scheduling.models import Appointment
from scheduling.operations.own import own_to_come
from tests.api import client_of
from tests.factories import clinic as ground
from tests.factories import patients as people
from tests.factories.scheduling import appointment, morrow, next_slot

State = Appointment.State


def refusal(function, **kwargs):
    with pytest.raises(Refused) as caught:
        function(**kwargs)
    return caught.value


@pytest.fixture
def kept(clinic, desk):
    return people.patient(clinic=clinic, by=desk)


@pytest.fixture
def double(clinic, desk):
    return people.patient(clinic=clinic, by=desk, name="Leila Hassan", phone="050 999 8877")


@pytest.fixture
def join(kept, double, desk):
    """Say that the two files are one person's."""

    def now():
        files.merge_patients(duplicate=double, into=kept, by=desk, reason="twice")
        return Patient.objects.get(pk=kept.pk)

    return now


@pytest.fixture
def book(clinic, doctor, double, desk):
    """A booking on the file that is joined afterwards."""

    def one(**fields):
        return appointment(clinic=clinic, doctor=doctor, patient=double, by=desk, **fields)

    return one


def account_of(patient, clinic, desk):
    user = ground.user(Role.PATIENT, clinic=clinic, name=patient.name)
    files.claim_file(code=files.issue_link_code(patient=patient, by=desk), user=user)
    return user


def test_it_is_moved_and_restored(book, join, clinic, desk, kept, published):
    booked = book()
    join()
    published.clear()
    moved = operations.move(appointment=booked, by=desk, starts_at=morrow(clinic, "11:00"))
    assert moved.starts_at == morrow(clinic, "11:00")
    assert (clinic.pk, f"patient-{kept.pk}") in published
    operations.cancel(appointment=booked, by=desk, reason="mistake")
    assert operations.restore(appointment=booked, by=desk).state == State.CONFIRMED


def test_it_is_checked_in_for_the_file_in_use(book, join, clinic, desk):
    booked = book(starts_at=next_slot(clinic))
    kept = join()
    token = operations.check_in(appointment=booked, by=desk)
    booked.refresh_from_db()
    assert (token.patient, booked.state, booked.token) == (kept, State.ARRIVED, token)


@pytest.mark.parametrize("gone", ["retired", "deceased"])
def test_a_closed_file_and_the_dead_are_not_checked_in(book, clinic, double, desk, gone):
    booked = book(starts_at=next_slot(clinic))
    if gone == "retired":  # no operation closes a file with a booking to come any more; such files may be there
        Patient.objects.filter(pk=double.pk).update(retired_at=timezone.now())
    else:
        files.update_patient(patient=double, by=desk, version=double.version, deceased_on=clinic.today())
    code = {"retired": "file_closed", "deceased": "deceased"}[gone]
    assert refusal(operations.check_in, appointment=booked, by=desk).code == code
    booked.refresh_from_db()
    assert (booked.state, booked.token) == (State.CONFIRMED, None)


def test_the_patient_cancels_it_alone(book, join, clinic, double, desk):
    account = account_of(double, clinic, desk)
    booked = book()
    join()
    assert operations.cancel(appointment=booked, by=account, reason="cannot come").state == State.CANCELLED


def test_each_of_two_accounts_books_for_the_person_and_nobody_else(join, clinic, doctor, kept, double, other, desk):
    accounts = [account_of(file, clinic, desk) for file in (kept, double)]
    join()
    wanted = {"doctor": doctor.pk, "start": morrow(clinic).isoformat()}
    for hour, account in zip(("09:00", "10:00"), accounts, strict=True):
        wanted["start"] = morrow(clinic, hour).isoformat()
        assert client_of(account).post("/api/v1/appointments/", wanted, format="json").status_code == 201
    assert list(Appointment.objects.values_list("patient", flat=True)) == [kept.pk, kept.pk]
    given = {"clinic": clinic, "doctor": doctor, "patient": other, "starts_at": morrow(clinic, "11:00")}
    assert refusal(operations.book, by=accounts[1], **given).code == "not_yours"


def test_the_most_one_may_book_alone_counts_every_file(book, join):
    book()
    assert own_to_come(join()).count() == 1


def test_a_number_put_right_takes_the_booking_on_the_joined_file(book, join, clinic, doctor, other, desk):
    booked = book(starts_at=next_slot(clinic))
    kept = join()
    token = operations.walk_in(clinic=clinic, patient=other, doctor=doctor, by=desk)
    operations.change_patient(token=token, patient=kept, by=desk)
    booked.refresh_from_db()
    assert (booked.state, booked.token) == (State.ARRIVED, token)
