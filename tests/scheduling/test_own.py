"""What a patient may do alone: book, move and cancel for themself, in the future, among the times offered, a few."""

from datetime import timedelta

import pytest

from clinic.access import Role
from patients.operations import merge_patients
from scheduling import operations
from scheduling.models import Appointment
from tests.factories import clinic as ground
from tests.factories.scheduling import appointment, morrow
from tests.refusals import refusal


@pytest.fixture
def account(clinic, patient):
    patient.user = ground.user(Role.PATIENT, clinic=clinic, name=patient.name)
    patient.save(update_fields=["user"])
    return patient.user


@pytest.fixture
def book(clinic, doctor, patient, account):
    def one(text="09:00", **changes):
        usual = {"patient": patient, "doctor": doctor, "by": account, "starts_at": morrow(clinic, text)}
        return operations.book(clinic=clinic, **{**usual, **changes})

    return one


def test_an_own_booking_is_asked_for_and_holds_the_time(book, clinic, doctor, other, desk):
    made = book(source="desk")
    assert (made.state, made.source) == ("pending", "portal")
    said = refusal(
        operations.book, clinic=clinic, doctor=doctor, patient=other, by=desk, starts_at=morrow(clinic, "09:00")
    )
    assert said.code == "slot_taken"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"overbook_reason": "please"}, "not_allowed"),
        ({"notes": "hello"}, "not_allowed"),
        ({"text": "09:05"}, "not_offered"),
        ({"minutes": 120}, "not_offered"),
    ],
)
def test_what_only_the_clinic_may(book, changes, code):
    assert (refusal(book, **changes).code, Appointment.objects.count()) == (code, 0)


def test_what_was_booked_on_a_file_merged_into_mine_is_mine(clinic, doctor, patient, other, desk, account):
    booked = appointment(clinic=clinic, doctor=doctor, patient=other, by=desk)
    merge_patients(duplicate=other, into=patient, by=desk)
    assert list(Appointment.objects.visible_to(account)) == [booked]


def test_nobody_else_is_booked(book, other):
    assert refusal(book, patient=other).code == "not_yours"


def test_the_running_slot_is_over_for_a_patient(book, clinic):
    now = clinic.now()
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    said = refusal(book, starts_at=start)
    assert (said.code, len(said.alternatives)) == ("not_offered", 3)


def test_a_few_and_no_more(book, clinic):
    for number in range(operations.MOST_OWN):
        book(starts_at=morrow(clinic) + timedelta(minutes=15 * number))
    assert refusal(book, text="15:00").code == "too_many"


def test_a_moved_one_is_confirmed_again(book, clinic, account, desk):
    made = operations.confirm(appointment=book(), by=desk)
    moved = operations.move(appointment=made, by=account, starts_at=morrow(clinic, "11:00"))
    assert (moved.state, moved.starts_at) == ("pending", morrow(clinic, "11:00"))
    assert (
        refusal(operations.move, appointment=moved, by=account, starts_at=morrow(clinic, "11:05")).code == "not_offered"
    )


def test_what_has_begun_is_not_cancelled_alone(clinic, doctor, patient, account, desk):
    now = clinic.now()
    start = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    made = appointment(clinic=clinic, doctor=doctor, patient=patient, by=desk, starts_at=start)
    assert refusal(operations.cancel, appointment=made, by=account, reason="ill").code == "too_late"


def test_another_patients_booking_is_not_touched(clinic, doctor, other, account, desk):
    made = appointment(clinic=clinic, doctor=doctor, patient=other, by=desk)
    for act, more in ((operations.cancel, {"reason": "x"}), (operations.move, {"starts_at": morrow(clinic, "11:00")})):
        assert refusal(act, appointment=made, by=account, **more).code == "not_yours"


def test_a_patient_confirms_nothing(book, account):
    assert refusal(operations.confirm, appointment=book(), by=account).code == "not_yours"


def test_confirmed_once_and_not_when_cancelled(book, desk):
    made = operations.confirm(appointment=book(), by=desk)
    assert operations.confirm(appointment=made, by=desk).version == made.version == 2
    operations.cancel(appointment=made, by=desk, reason="ill")
    assert refusal(operations.confirm, appointment=made, by=desk).code == "not_open"
