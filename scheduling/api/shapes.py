"""What goes into this floor's rooms and what comes out, in the contract's names."""

from datetime import datetime, time
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clinic.access import STAFF
from clinic.api import Day, Given, Listing, Moment, Shown, Text, Whole
from queues.models import Entry
from scheduling import slots
from scheduling.models import Appointment, Availability, AvailabilityException

WEEKDAY = "0 = Monday"
START = ("wall_date", "during")  # the day first, so that an index gives some days' appointments in their order
Id = partial(Whole, min_value=1, max_value=2**63 - 1)


class DayOrMoment(Moment):
    """A date, which means its first moment on the clinic's clock, or a moment."""

    def to_internal_value(self, value):
        if isinstance(value, str) and len(value) == len("2026-11-20"):
            return slots.midnight(Day().run_validation(value), timezone.get_current_timezone())
        return super().to_internal_value(value)


class Clock(serializers.TimeField):
    """A time of the day on the clinic's clock, in whole minutes; "24:00" is the midnight that ends it."""

    def __init__(self, **kwargs):
        super().__init__(format="%H:%M", input_formats=["%H:%M", "%H:%M:%S"], **kwargs)

    def to_internal_value(self, value):
        if value in ("24:00", "24:00:00"):
            return slots.LAST_MINUTE
        found = super().to_internal_value(value)
        return time(found.hour, found.minute) if isinstance(found, (time, datetime)) else found


class AppointmentShown(Shown):
    """An appointment."""

    example = {
        "id": 12,
        "patient": 7,
        "doctor": 3,
        "start": "2026-11-23T09:20:00+03:00",
        "end": "2026-11-23T09:40:00+03:00",
        "minutes": 20,
        "status": "confirmed",
        "reason": "Cough",
        "notes": "",
        "source": "api",
        "overbook_reason": "",
        "cancel_reason": "",
        "created_at": "2026-11-20T14:05:31+03:00",
        "queue_entry": None,
        "version": 1,
    }
    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    doctor = serializers.IntegerField(source="doctor_id")
    start = Moment(source="starts_at")
    end = Moment(source="ends_at")
    minutes = serializers.IntegerField()
    status = serializers.ChoiceField(source="state", choices=Appointment.State.choices)
    reason = serializers.CharField()
    notes = serializers.CharField(help_text="The clinic's own notes; patients do not get them.")
    source = serializers.ChoiceField(choices=Appointment.Source.choices)
    overbook_reason = serializers.CharField(help_text="Why it was booked in spite of the hours or of another one.")
    cancel_reason = serializers.CharField()
    created_at = Moment()
    queue_entry = serializers.IntegerField(
        source="entry_id", allow_null=True, help_text="The latest stay in a line, once the patient is checked in."
    )
    version = serializers.IntegerField()
    roles_of = {"notes": STAFF, "overbook_reason": STAFF}


class BookGiven(Given):
    """A booking."""

    example = {"patient": 7, "doctor": 3, "start": "2026-11-23T09:20:00+03:00", "reason": "Cough"}
    patient = Id(required=False, help_text="A patient's own account may leave it out.")
    doctor = Id()
    start = Moment()
    minutes = Whole(min_value=5, max_value=180, required=False, help_text="Without it: as long as the doctor's slots.")
    reason = Text(max_length=200, required=False, allow_blank=True)
    notes = Text(max_length=500, required=False, allow_blank=True)
    overbook_reason = Text(
        max_length=200, required=False, allow_blank=True, help_text="Books in spite of the hours or of another one."
    )


class AppointmentChange(Given):
    """What is to change: the time and the doctor, the words."""

    start = Moment(required=False)
    doctor = Id(required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)
    notes = Text(max_length=500, required=False, allow_blank=True)
    overbook_reason = Text(max_length=200, required=False, allow_blank=True)
    version = Whole(min_value=1, required=False)


class AppointmentStepGiven(Given):
    """The next step, seen at `version`."""

    version = Whole(min_value=1, required=False)


class AppointmentCheckInGiven(AppointmentStepGiven):
    """How urgent it is."""

    priority = serializers.ChoiceField(choices=Entry.Category.choices, required=False)
    reason = Text(max_length=200, required=False, allow_blank=True, help_text="Of an emergency.")


class AppointmentCancelGiven(AppointmentStepGiven):
    """Why it is called off; a patient need not say."""

    reason = Text(max_length=200, required=False, allow_blank=True)


class AppointmentsAsked(Listing):
    """Which appointments; the days are those of the clinic's clock, both included."""

    doctor = Id(required=False)
    patient = Id(required=False)
    status = serializers.ChoiceField(choices=Appointment.State.choices, required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)
    orders = {"start": START, "created_at": ("created_at",), "id": ("pk",)}


class PatientAppointmentsAsked(Listing):
    """Which of them."""

    status = serializers.ChoiceField(choices=Appointment.State.choices, required=False)
    orders = {"start": START, "id": ("pk",)}


class BookedShown(Shown):
    """A booking that a change of the hours leaves where it is."""

    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    start = Moment(source="starts_at")
    end = Moment(source="ends_at")
    status = serializers.ChoiceField(source="state", choices=Appointment.State.choices)


class HoursShown(Shown):
    """Weekly hours, or one session."""

    id = serializers.IntegerField()
    weekday = serializers.IntegerField(help_text=WEEKDAY)
    date = serializers.DateField(allow_null=True, help_text="The day of a single session, else null.")
    start_time = Clock()
    end_time = Clock()
    slot_minutes = serializers.IntegerField()
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)


class HoursMadeShown(HoursShown):
    """The first row that a step made, and all of them."""

    made = HoursShown(many=True)


class HoursEndedShown(HoursShown):
    """Hours that have ended."""

    booked = BookedShown(
        many=True, help_text="Appointments to come in these hours: they stay until somebody moves them."
    )


class HoursGiven(Given):
    """Weekly hours on one `weekday` or on several `weekdays`, or one session on `date`."""

    example = {"weekdays": [0, 1, 2, 3], "start_time": "09:00", "end_time": "13:00", "slot_minutes": 20}
    weekday = serializers.ChoiceField(choices=Availability.WEEKDAYS, required=False, help_text=WEEKDAY)
    weekdays = serializers.ListField(
        child=Whole(min_value=0, max_value=6), required=False, max_length=7, help_text=WEEKDAY
    )
    date = Day(required=False)
    start_time = Clock()
    end_time = Clock()
    slot_minutes = Whole(min_value=5, max_value=180, required=False)
    valid_from = Day(required=False, allow_null=True)
    valid_until = Day(required=False, allow_null=True)

    def validate(self, attrs):
        named = [name for name in ("weekday", "weekdays", "date") if name in attrs]
        if len(named) != 1:
            raise serializers.ValidationError(_("Give one of: weekday, weekdays, date."))
        if "date" in attrs and (attrs.get("valid_from") or attrs.get("valid_until")):
            raise serializers.ValidationError(_("A session on one day has no other days."))
        return attrs


class HoursAsked(Listing):
    """Which hours; those that have ended are left out."""

    orders = {"weekday": ("weekday", "start_time"), "id": ("pk",)}


class DoctorExceptionShown(Shown):
    """A time away, or a session beyond the weekly hours."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=AvailabilityException.Kind.choices)
    starts_at = Moment()
    ends_at = Moment()
    reason = serializers.CharField()


class DoctorExceptionMadeShown(DoctorExceptionShown):
    """The same with the bookings it leaves where they are."""

    booked = BookedShown(many=True, help_text="Appointments to come in this time: they stay until somebody moves them.")


class DoctorExceptionGiven(Given):
    """A time away (with its reason), or a session beyond the weekly hours."""

    example = {
        "kind": "away",
        "starts_at": "2026-11-23T09:00:00+03:00",
        "ends_at": "2026-11-23T11:00:00+03:00",
        "reason": "Meeting",
    }
    kind = serializers.ChoiceField(
        choices=AvailabilityException.Kind.choices, required=False, help_text="away if empty."
    )
    starts_at = Moment()
    ends_at = Moment()
    reason = Text(max_length=200, required=False, allow_blank=True)


class ExceptionsAsked(Listing):
    """Which exceptions; those that are over are left out."""

    kind = serializers.ChoiceField(choices=AvailabilityException.Kind.choices, required=False)
    orders = {"starts_at": ("starts_at",), "id": ("pk",)}


class SlotShown(Shown):
    """A free time."""

    start = Moment(source="starts_at")
    end = Moment(source="ends_at")
    minutes = serializers.IntegerField()


class SlotsAsked(Listing):
    """From when, for how many days, and how long the time should be."""

    days = Whole(min_value=1, max_value=31, default=7)
    minutes = Whole(min_value=5, max_value=180, required=False)

    def get_fields(self):
        said = "A date or a moment; empty: now."
        return {"from": DayOrMoment(required=False, help_text=said), **super().get_fields()}
