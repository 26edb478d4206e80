"""Visits: found, started, written."""

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from clinic import audit
from clinic.access import CLINICAL, Role
from clinic.api import Room, does, reads
from clinic.models import Doctor
from patients.models import Patient
from queues.models import Entry
from scheduling.models import Appointment
from visits import operations, queries, trail
from visits.api.shapes import VisitDraftGiven, VisitGiven, VisitsAsked, VisitShown
from visits.models import Visit

NURSING = (Role.DOCTOR, Role.NURSE)
READERS = (*NURSING, Role.PATIENT)
EVERY_READER = (*CLINICAL, Role.PATIENT)


class VisitRoom(Room):
    """What the rooms of whole visits share."""

    def visible(self):
        return queries.whole(Visit.objects.visible_to(self.request.user))


class Visits(VisitRoom):
    """Visits of the clinic; a patient's own completed ones. Every reading is audited."""

    name = "visits"

    def shown(self, gives, thing, *, many=False):
        """A page of visits is a reading of their patients' records."""
        if many:
            thing = list(thing)
            trail.note_reading(self.request, thing)
        return super().shown(gives, thing, many=many)

    @reads(READERS, VisitShown, asks=VisitsAsked, many=True)
    def list(self, request, asked):
        """List visits, the newest first."""
        return chosen(self.visible(), asked, request)

    @reads(READERS, VisitShown)
    def retrieve(self, request, asked, pk):
        """One visit."""
        return self.opened()

    @does(NURSING, VisitGiven, VisitShown, status=201, refuses=["not_waiting", "not_checked_in", "other_patient"])
    def create(self, request, given):
        """Start a visit, or go on with the patient's open one.

        For a place in line, for an appointment that is checked in, or for somebody who stands in no line.
        """
        entries = Entry.objects.visible_to(request.user).select_related("token__patient", "station__clinic")
        entries = entries.select_related("station__doctor__user__clinic")
        entry = self.one_of(entries, given["entry"], "entry") if "entry" in given else None
        booked = Appointment.objects.visible_to(request.user).select_related("patient", "doctor__user__clinic")
        appointment = self.one_of(booked, given["appointment"], "appointment") if "appointment" in given else None
        patient, doctor = self.patient(given, entry, appointment), self.doctor(given, entry, appointment)
        return operations.start_visit(
            patient=patient, doctor=doctor, by=request.user, entry=entry, appointment=appointment
        )

    def patient(self, given, entry, appointment):
        """The patient named, or whose place or booking it is."""
        if "patient" in given:
            return self.one_of(Patient.objects.visible_to(self.request.user), given["patient"], "patient")
        patient = entry.token.patient if entry else appointment.patient if appointment else None
        if patient is None:
            raise ValidationError({"patient": [_("Say whose visit this is.")]})
        return patient

    def doctor(self, given, entry, appointment):
        """The doctor named, or of the booking or the line, else the caller."""
        doctors = Doctor.objects.filter(user__clinic=self.request.user.clinic_id, user__is_active=True)
        if "doctor" in given:
            return self.one_of(doctors.select_related("user__clinic"), given["doctor"], "doctor")
        doctor = appointment.doctor if appointment else queries.doctor_of_entry(entry) if entry else None
        doctor = doctor or queries.doctor_of(self.request.user)
        if doctor is None:
            raise ValidationError({"doctor": [_("Say whom the patient sees.")]})
        return doctor

    @does((Role.DOCTOR,), VisitDraftGiven, VisitShown, changes=True, refuses=["visit_closed", "not_yours"])
    def partial_update(self, request, given, pk):
        """Save the note of one's own open visit as a draft.

        With a version (or If-Match) nothing is written when the note was saved since: 412.
        """
        visit = self.found()
        words = {name: given.get(name, getattr(visit, name)) for name in ("complaint", "examination", "plan")}
        version = given.get("version", visit.version)
        return operations.save_note(visit=visit, by=request.user, version=version, **words)


class PatientVisits(VisitRoom):
    """The visits of one patient. Every reading is audited."""

    name = "patients-visits"

    @reads(EVERY_READER, VisitShown, asks=VisitsAsked, many=True)
    def list(self, request, asked, patient_pk):
        """List a patient's visits, the newest first."""
        patient = self.found(Patient.objects.visible_to(request.user), pk=patient_pk)
        audit.read(request, patient, patient_id=patient.pk, part="visits")
        return chosen(self.visible().filter(patient__in=Patient.objects.family_ids(patient.pk)), asked, request)


def chosen(visits, asked, request):
    """`visits` cut to what the query asks for."""
    if "patient" in asked:
        visits = visits.filter(patient__in=Patient.objects.family_ids(asked["patient"]))
    for name, field in (("doctor", "doctor"), ("status", "state")):
        if name in asked:
            visits = visits.filter(**{field: asked[name]})
    first, last = asked.get("date_from"), asked.get("date_to")
    if "date" in asked:
        first = last = asked["date"]
    if first:
        visits = visits.filter(started_at__gte=begin_of(first, request))
    if last:
        visits = visits.filter(started_at__lt=begin_of(last + timedelta(days=1), request))
    return visits


def begin_of(day, request):
    """When a day begins on the clock the request runs on."""
    from django.utils import timezone

    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
