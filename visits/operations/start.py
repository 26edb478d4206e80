"""Starting a visit by name, by a place in line, or by a booking: the checks that calling somebody in has made already."""

from django.utils.translation import gettext as _

from clinic.errors import Refused
from clinic.operation import operation
from patients.models import Patient
from queues.models import Entry
from scheduling.models import Appointment
from visits.operations.room import open_visit, same_person

HERE = (Appointment.State.ARRIVED, Appointment.State.IN_PROGRESS)


@operation
def start_visit(*, patient, doctor, by, entry=None, appointment=None):
    """The patient's open visit with the doctor, as `open_visit` makes it, for `entry` or `appointment` or neither.

    Refuses a closed file (`file_closed`) or one of somebody who has died (`deceased`), a place in line or a booking
    of somebody else (`other_patient`), one that has ended (`not_waiting`), and a booking with another doctor
    (`other_doctor`) or not checked in yet (`not_checked_in`).
    """
    # Read and not locked: who finishes a visit locks it before the patient, and to wait here would cross that. A visit
    # on a file that is joined to another at this moment is read through the other all the same.
    patient = Patient.objects.get(pk=patient.pk)
    if patient.merged_into_id or patient.retired_at:
        raise Refused(_("This file is closed. Open the file it was joined to."), "file_closed", field="patient")
    if patient.deceased_on:
        raise Refused(_("This patient is recorded as deceased."), "deceased", field="patient")
    token = None
    if entry is not None:
        token = _token_of_entry(patient, entry)
    if appointment is not None:
        appointment = _checked_in(patient, doctor, appointment)
        token = token or appointment.token
    return open_visit(patient=patient, doctor=doctor, by=by, token=token, appointment=appointment)


def _token_of_entry(patient, entry):
    entry = Entry.objects.select_related("token").get(pk=entry.pk)
    if not same_person(entry.token.patient_id, patient.pk):
        raise Refused(_("This place in line is somebody else's."), "other_patient", field="entry")
    if entry.state not in Entry.LIVE:
        raise Refused(_("This patient is not waiting for you."), "not_waiting", field="entry")
    return entry.token


def _checked_in(patient, doctor, appointment):
    appointment = Appointment.objects.select_related("token").get(pk=appointment.pk)
    if not same_person(appointment.patient_id, patient.pk):
        raise Refused(_("This appointment is somebody else's."), "other_patient", field="appointment")
    if appointment.doctor_id != doctor.pk:
        raise Refused(_("This appointment is with another doctor."), "other_doctor", field="doctor")
    if appointment.state not in HERE:
        raise Refused(_("Check the patient in first."), "not_checked_in", field="appointment")
    return appointment
