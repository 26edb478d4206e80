"""What a counter does that joins several floors: getting people into a line, and ending a visit with its prescription."""

from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic.access import Role
from clinic.api import Given, Text, Whole, does
from clinic.api.errors import renamed
from clinic.models import Doctor
from patients.models import Patient
from pharmacy import operations as pharmacy
from queues import operations as lines
from queues import queries as line_queries
from queues.api import Lines, QueueEntryShown
from queues.models import Entry, Station
from scheduling import operations as desk
from scheduling.models import Appointment
from visits.api.shapes import VisitShown
from visits.api.visits import VisitRoom

DESK = (Role.RECEPTION, Role.MANAGER)
FEEDERS = (*DESK, Role.NURSE, Role.DOCTOR, Role.PHARMACIST)


class PriorityGiven(Given):
    """Whether somebody goes before others, and why."""

    priority = serializers.ChoiceField(choices=Entry.Category.choices, required=False, default=Entry.Category.NORMAL)
    reason = Text(max_length=200, required=False, default="", allow_blank=True, help_text="Needed for an emergency.")


class ArrivalGiven(PriorityGiven):
    """Which booked patient is here."""

    example = {"appointment": 12}
    appointment = Whole(min_value=1)


class WalkInGiven(PriorityGiven):
    """Who came without a booking, and to whom."""

    example = {"patient": 7, "doctor": 3, "priority": "elderly"}
    patient = Whole(min_value=1)
    doctor = Whole(min_value=1, required=False, help_text="Either a doctor")
    station = Whole(min_value=1, required=False, help_text="or a station.")

    def validate(self, attrs):
        if ("doctor" in attrs) == ("station" in attrs):
            raise ValidationError({"station": [_("Name a doctor or a station, not both.")]})
        return attrs


class CompleteGiven(Given):
    """Why the visit is finished in spite of what is missing."""

    reason = Text(max_length=200, required=False, default="", allow_blank=True)


class Counter(Lines):
    """Getting into a line."""

    name = "queue"

    @does(
        (*DESK, Role.DOCTOR),
        ArrivalGiven,
        QueueEntryShown,
        status=201,
        refuses=["already_checked_in", "not_open", "not_today"],
    )
    def check_in(self, request, given):
        """Check a booked patient in: a number, and a place in the doctor's line by the booked time.

        A doctor checks in for themself.
        """
        booked = Appointment.objects.visible_to(request.user)
        if not request.user.has_role(*DESK):
            booked = booked.filter(doctor__user=request.user)
        appointment = self.one_of(booked, given["appointment"], "appointment")
        with as_given():
            token = desk.check_in(appointment=appointment, by=request.user, **ranked(given))
        return line_queries.live_entry(token)

    @does(FEEDERS, WalkInGiven, QueueEntryShown, status=201, refuses=["already_in_line", "booked_today", "deceased"])
    def walk_in(self, request, given):
        """Put somebody without a booking into a line.

        The desk into any; doctors, nurses and pharmacists into their own.
        """
        patient = self.one_of(Patient.objects.visible_to(request.user), given["patient"], "patient")
        stations = Station.objects.active().fed_by(request.user).select_related("doctor__user__clinic")
        if "doctor" in given:
            doctor = self.doctor(given["doctor"])
        else:
            station = self.one_of(stations, given["station"], "station")
            doctor = station.doctor
        with as_given():
            if doctor is None:
                return lines.walk_in(station=station, patient=patient, by=request.user, **ranked(given))
            clinic = doctor.user.clinic
            token = desk.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=request.user, **ranked(given))
        return line_queries.live_entry(token)

    def doctor(self, pk):
        """A doctor of the clinic; those who are not of the desk may name only themselves."""
        user = self.request.user
        doctors = Doctor.objects.filter(user__clinic=user.clinic_id, user__is_active=True).select_related(
            "user__clinic"
        )
        return self.one_of(doctors if user.has_role(*DESK) else doctors.filter(user=user), pk, "doctor")


class Completing(VisitRoom):
    """The end of a visit."""

    name = "visits"

    @does(
        (Role.DOCTOR,),
        CompleteGiven,
        VisitShown,
        refuses=["incomplete", "did_not_come", "safety_stop", "visit_closed", "not_yours"],
    )
    def complete(self, request, given, pk):
        """Complete and sign one's own visit.

        Signs its draft prescription, charges the consultation, ends the appointment and the place in line, and sends
        the patient to the pharmacy where there is something to fetch. Refuses once while something is missing
        (`incomplete`, said in `alternatives`): repeat with a `reason`.
        """
        return pharmacy.finish(visit=self.found(), by=request.user, reason=given["reason"])


def as_given():
    """Refusals of the operations with the names of the body."""
    return renamed(category="priority", emergency_reason="reason")


def ranked(given):
    """Priority and reason as the operations call them."""
    return {"category": given["priority"], "emergency_reason": given["reason"]}


ROOMS = []
PATHS = [
    path(
        "queue/check-in/", Counter.as_view({"post": "check_in"}, basename="queue", detail=False), name="queue-check-in"
    ),
    path("queue/walk-in/", Counter.as_view({"post": "walk_in"}, basename="queue", detail=False), name="queue-walk-in"),
    path(
        "visits/<int:pk>/complete/",
        Completing.as_view({"post": "complete"}, basename="visits", detail=True),
        name="visits-complete",
    ),
]
