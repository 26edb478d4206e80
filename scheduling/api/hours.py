"""Doctors' hours, exceptions and free times for programs."""

from django.http import Http404
from django.utils.functional import cached_property

from clinic.access import Role
from clinic.api import Nothing, Room, does, reads
from clinic.api.door import for_anybody
from clinic.models import Doctor
from scheduling import operations, queries
from scheduling.api import shapes
from scheduling.models import Availability, AvailabilityException

KEEP_HOURS = (Role.DOCTOR, Role.MANAGER)
KEEP_EXCEPTIONS = (Role.DOCTOR, Role.RECEPTION, Role.MANAGER)


class OfDoctor(Room):
    """A room below one doctor. `keepers` change every doctor's rows, a doctor only their own."""

    keepers = ()

    def addressed(self):
        return bool(self.doctor) and super().addressed()

    @cached_property
    def doctor(self):
        """The doctor of the address; 404 when there is none, or none whose hours the caller keeps."""
        user = self.request.user
        rows = Doctor.objects.visible_to(user) if user.is_authenticated else Doctor.objects.public()
        rows = rows.select_related("user__clinic")
        if self.keepers and not user.has_role(*self.keepers):
            rows = rows.filter(user=user)
        found = rows.filter(pk=self.kwargs["doctor_pk"]).first()
        if found is None:
            raise Http404
        return found


def ended(room, pk):
    """Hours with the bookings that still lie in them."""
    row = Availability.objects.select_related("doctor", "clinic").get(pk=pk)
    row.booked = queries.hanging_on(row)
    return row


def step(room, pk):
    """The first row of a step with all its rows."""
    row = Availability.objects.get(pk=pk)
    row.made = Availability.objects.filter(doctor=row.doctor_id, batch=row.batch).order_by("pk")
    return row


def noted(room, pk):
    """An exception with the bookings that lie in it."""
    row = AvailabilityException.objects.select_related("doctor", "clinic").get(pk=pk)
    row.booked = queries.in_the_way(row)
    return row


class Hours(OfDoctor):
    """The hours a doctor keeps."""

    name = "doctor-availability"
    keepers = (Role.MANAGER,)

    def visible(self):
        return queries.hours_of(self.doctor, self.request.user.clinic)

    @reads(KEEP_HOURS, shapes.HoursShown, asks=shapes.HoursAsked, many=True)
    def list(self, request, asked, doctor_pk):
        """List a doctor's hours."""
        return self.visible()

    @does(KEEP_HOURS, shapes.HoursGiven, shapes.HoursMadeShown, status=201, fetch=step, refuses=["hours_overlap"])
    def create(self, request, given, doctor_pk):
        """Add hours.

        On one weekday, on several in one step, or one session on a date. Overlapping hours of the doctor are refused,
        and then none is added.
        """
        if "weekday" in given:
            given["weekdays"] = [given.pop("weekday")]
        return operations.add_hours(clinic=request.user.clinic, doctor=self.doctor, by=request.user, **given)[0]

    @does(KEEP_HOURS, Nothing, shapes.HoursEndedShown, fetch=ended, refuses=["already_ended"])
    def destroy(self, request, given, doctor_pk, pk):
        """End hours.

        They no longer hold from today on; nothing is erased. What is booked in them stays, listed in `booked`.
        """
        return operations.remove_hours(availability=self.found(), by=request.user)


class Exceptions(OfDoctor):
    """Times a doctor is away, and sessions beyond the weekly hours."""

    name = "doctor-exceptions"
    keepers = (Role.MANAGER, Role.RECEPTION)

    def visible(self):
        return queries.exceptions_of(self.doctor, self.request.user.clinic)

    @reads(KEEP_EXCEPTIONS, shapes.DoctorExceptionShown, asks=shapes.ExceptionsAsked, many=True)
    def list(self, request, asked, doctor_pk):
        """List a doctor's exceptions that are not over."""
        return self.visible().filter(kind=asked["kind"]) if "kind" in asked else self.visible()

    @does(
        KEEP_EXCEPTIONS,
        shapes.DoctorExceptionGiven,
        shapes.DoctorExceptionMadeShown,
        status=201,
        fetch=noted,
        refuses=["already_away", "doctor_away", "hours_overlap", "in_the_past"],
    )
    def create(self, request, given, doctor_pk):
        """Block time, or add a session.

        What is booked in a time away stays booked, listed in `booked`; nothing new is given there.
        """
        given = {"kind": AvailabilityException.Kind.AWAY, **given}
        return operations.add_exception(clinic=request.user.clinic, doctor=self.doctor, by=request.user, **given)

    @does(KEEP_EXCEPTIONS, Nothing, shapes.DoctorExceptionMadeShown, fetch=noted, refuses=["in_the_past"])
    def destroy(self, request, given, doctor_pk, pk):
        """Take an exception away.

        Nothing is erased: it no longer holds. What is booked in an added session stays, listed in `booked`.
        """
        return operations.remove_exception(exception=self.found(), by=request.user)


class Slots(OfDoctor):
    """The free times of a doctor."""

    name = "doctor-slots"

    @reads(None, shapes.SlotShown, asks=shapes.SlotsAsked, many=True)
    def list(self, request, asked, doctor_pk):
        """List free times.

        Computed from hours, exceptions and appointments; a time that the clinic's clock skips is never offered.
        Without sign-in only where the clinic shows its doctors publicly.
        """
        for_anybody(request.user)
        if not (self.doctor.is_active and self.doctor.user.is_active):
            return []
        clinic = self.doctor.user.clinic
        from_ = asked.get("from") or clinic.now()
        return queries.free_between(self.doctor, clinic, from_, asked["days"], minutes=asked.get("minutes"))
