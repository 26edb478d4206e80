"""Visits for tests."""

from clinic.access import Role
from queues import queries as line_queries
from scheduling import operations as desk
from tests.factories import billing
from tests.factories import clinic as ground
from tests.factories import patients as people
from visits import operations


def patient(*, clinic, by=None, **fields):
    """A registered patient of the clinic."""
    return people.patient(clinic=clinic, by=by or ground.user(Role.RECEPTION, clinic=clinic), **fields)


def waiting(*, doctor, patient=None, by=None, **fields):
    """A walk-in who waits for the doctor; returns the place in line."""
    clinic = doctor.user.clinic
    by = by or ground.user(Role.RECEPTION, clinic=clinic)
    patient = patient or people.patient(clinic=clinic, by=by)
    token = desk.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=by, **fields)
    return line_queries.live_entry(token)


def called(*, doctor, patient=None):
    """The open visit of somebody the doctor has just called."""
    waiting(doctor=doctor, patient=patient)
    return operations.call_next(doctor=doctor, by=doctor.user)


def visit(*, doctor, patient=None):
    """An open visit of a patient who stands in no line."""
    patient = patient or globals()["patient"](clinic=doctor.user.clinic)
    return operations.open_visit(patient=patient, doctor=doctor, by=doctor.user)


def priced(clinic):
    """Let the clinic charge a consultation, unless it does."""
    from billing.models import Service

    return Service.objects.filter(clinic=clinic, kind="consultation").first() or billing.service(clinic=clinic)


def completed(*, doctor, patient=None, diagnosis="Essential hypertension", code="I10", plan="Walk every day."):
    """A finished visit with a diagnosis and a plan."""
    made = visit(doctor=doctor, patient=patient)
    priced(made.clinic)
    operations.save_note(
        visit=made, by=doctor.user, version=made.version, complaint="Headache", examination="", plan=plan
    )
    operations.add_diagnosis(visit=made, by=doctor.user, text=diagnosis, code=code)
    return operations.complete(visit=made, by=doctor.user, reason="history")


def begun(*, doctor, patient=None):
    """The open visit of somebody who is in the room."""
    made = called(doctor=doctor, patient=patient)
    return operations.begin(visit=made, by=doctor.user)
