"""Whose number it is once a doctor has seen or written about its holder, called or not."""

import pytest

from clinic.access import Role
from clinic.errors import Refused
from clinic.models import AuditEvent
from queues import operations as lines
from queues.models import Entry
from scheduling import operations as desk
from tests.factories import clinic as people
from tests.factories import visits as make
from visits import operations
from visits.models import Visit

pytestmark = pytest.mark.django_db
State = Entry.State


@pytest.fixture
def clinic():
    return people.clinic()


@pytest.fixture
def doctor(clinic):
    return people.doctor(clinic=clinic)


@pytest.fixture
def sara(clinic):
    return people.user(Role.RECEPTION, clinic=clinic, name="Sara Haddad")


@pytest.fixture
def other(clinic):
    return make.patient(clinic=clinic, name="Basma Two", phone="0503334445")


@pytest.fixture
def waiting(doctor):
    """A patient who waits, uncalled."""
    return make.waiting(doctor=doctor)


def refused(code, function, **arguments):
    with pytest.raises(Refused) as caught:
        function(**arguments)
    assert caught.value.code == code
    return caught.value


def seen(entry, doctor):
    """The open visit of somebody who was not called, with words in it."""
    make.priced(doctor.user.clinic)
    visit = operations.open_visit(patient=entry.token.patient, doctor=doctor, by=doctor.user, token=entry.token)
    return write(visit, doctor)


def write(visit, doctor):
    words = {"complaint": "Cough", "examination": "", "plan": ""}
    return operations.save_note(visit=visit, by=doctor.user, version=visit.version, **words)


def finish(visit, doctor, **kwargs):
    return operations.complete(visit=visit, by=doctor.user, reason="seen", **kwargs)


def test_who_was_not_called_is_done_and_was_never_announced(doctor, waiting):
    finish(seen(waiting, doctor), doctor)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.started_at is not None, waiting.call_count) == (State.DONE, True, 0)
    assert AuditEvent.objects.filter(action="call").count() == 0


def test_who_did_not_come_when_called_but_was_seen_is_done(doctor, waiting):
    visit = write(operations.call_next(doctor=doctor, by=doctor.user), doctor)
    make.priced(visit.clinic)
    lines.undo(entry=visit.token.entries.get(), by=doctor.user)  # the beginning
    lines.skip(entry=visit.token.entries.get(), by=doctor.user)
    finish(visit, doctor)
    assert visit.token.entries.get().state == State.DONE


def test_a_visit_is_finished_while_somebody_else_is_called(doctor, clinic, other):
    called = make.called(doctor=doctor, patient=other)
    entry = make.waiting(doctor=doctor)
    assert finish(seen(entry, doctor), doctor).state == Visit.State.COMPLETED
    assert called.token.entries.get().state == State.CALLED


@pytest.mark.parametrize("sent_on", [False, True])
def test_the_number_of_a_seen_patient_goes_to_nobody_else(doctor, clinic, waiting, other, sara, sent_on):
    pharmacy = lines.ensure_pharmacy_station(clinic=clinic, by=sara)
    finish(seen(waiting, doctor), doctor, send_to=pharmacy if sent_on else None)
    code = "already_seen" if sent_on else "with_staff"
    refused(code, desk.change_patient, token=waiting.token, patient=other, by=sara)
    waiting.token.refresh_from_db()
    assert waiting.token.patient_id != other.pk


@pytest.mark.parametrize("sent_on", [False, True])
def test_the_end_of_a_visit_is_not_undone_in_the_line(doctor, clinic, waiting, sara, sent_on):
    pharmacy = lines.ensure_pharmacy_station(clinic=clinic, by=sara)
    finish(seen(waiting, doctor), doctor, send_to=pharmacy if sent_on else None)
    refused("visit_closed", lines.undo, entry=waiting, by=doctor.user)


def test_the_number_stays_with_whom_the_doctor_has_written_about(doctor, waiting, other, sara):
    visit = write(operations.call_next(doctor=doctor, by=doctor.user), doctor)
    lines.undo(entry=waiting, by=doctor.user)  # in the room by mistake: called again, and not begun
    assert Entry.objects.get(pk=waiting.pk).started_at is None
    refused("already_seen", desk.change_patient, token=visit.token, patient=other, by=sara)


def test_what_a_nurse_measured_does_not_keep_the_number(clinic, doctor, waiting, other, sara):
    nurse = people.user(Role.NURSE, clinic=clinic)
    measured = {"entry": waiting, "patient_id": waiting.token.patient_id, "doctor": doctor, "by": nurse, "pulse": 70}
    operations.measure_waiting(**measured)
    assert desk.change_patient(token=waiting.token, patient=other, by=sara).patient == other


def test_who_has_left_the_line_is_not_measured(clinic, doctor, waiting, sara):
    lines.leave(entry=waiting, by=sara)
    nurse = people.user(Role.NURSE, clinic=clinic)
    measured = {"entry": waiting, "patient_id": waiting.token.patient_id, "doctor": doctor, "by": nurse, "pulse": 70}
    refused("changed_meanwhile", operations.measure_waiting, **measured)
    assert Visit.objects.count() == 0
