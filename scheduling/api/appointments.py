"""Appointments for programs."""

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from clinic import audit
from clinic.access import STAFF, Role
from clinic.api import Nothing, Room, does, reads
from clinic.api.errors import renamed
from clinic.models import Doctor
from patients.models import Patient
from queues.models import Entry
from scheduling import operations
from scheduling.api import shapes
from scheduling.models import Appointment

DESK = (Role.RECEPTION, Role.MANAGER)
MAY_BOOK = (*DESK, Role.DOCTOR, Role.PATIENT)
MAY_STEP = (*DESK, Role.DOCTOR)
REFUSES_TIME = ["slot_taken", "outside_hours", "patient_busy", "in_the_past", "not_offered"]


def listed(rows):
    """Appointments with what an answer needs."""
    latest = Entry.objects.filter(token=OuterRef("token")).order_by("-pk").values("pk")[:1]
    return rows.annotate(entry_id=Subquery(latest))


def wholly(rows):
    """Appointments with what an answer and the operations need."""
    return listed(rows).select_related("clinic", "doctor__user", "patient", "token")


def api_names():
    """Refusals of the operations name the pages' fields; programs know the time as `start`."""
    return renamed(starts_at="start")


class Appointments(Room):
    """Appointments: the clinic's for the desk, their own for doctors and patients."""

    name = "appointments"

    def visible(self):
        user = self.request.user
        rows = Appointment.objects.visible_to(user)
        if not user.has_role(*DESK) and user.has_role(Role.DOCTOR):
            rows = rows.filter(doctor__user=user)
        return listed(rows) if self.request.method == "GET" else wholly(rows)

    def initial(self, request, *args, **kwargs):
        """What is not theirs is not there, whatever the body says and before a key is claimed for it."""
        super().initial(request, *args, **kwargs)
        self.row = self.found() if "pk" in self.kwargs and self.rule() else None

    def bookable(self):
        """The doctors whom the caller may book; a doctor only books into the own diary."""
        user = self.request.user
        rows = Doctor.objects.active().visible_to(user).select_related("user")
        only_own = user.has_role(Role.DOCTOR) and not user.has_role(*DESK)
        return rows.filter(user=user) if only_own else rows

    @reads(MAY_BOOK, shapes.AppointmentShown, asks=shapes.AppointmentsAsked, many=True)
    def list(self, request, asked):
        """List appointments."""
        columns = {
            "doctor": "doctor",
            "status": "state",
            "date_from": "wall_date__gte",
            "date_to": "wall_date__lte",
        }
        wanted = {columns[name]: asked[name] for name in columns if name in asked}
        if "patient" in asked:
            wanted["patient__in"] = Patient.objects.family_ids(asked["patient"])
        return self.visible().filter(**wanted)

    @reads(MAY_BOOK, shapes.AppointmentShown)
    def retrieve(self, request, asked, pk):
        """One appointment."""
        return self.row

    @does(
        MAY_BOOK,
        shapes.BookGiven,
        shapes.AppointmentShown,
        status=201,
        refuses=[*REFUSES_TIME, "too_many", "deceased", "file_closed"],
    )
    def create(self, request, given):
        """Book an appointment.

        A time that is not free is a 409 with the three nearest `alternatives`. What a patient books waits for the
        clinic to confirm it (`pending`), and holds its time meanwhile.
        """
        patients = Patient.objects.current().visible_to(request.user)
        patient = self.one_of(patients, given.pop("patient", self.own_id()), "patient")
        doctor = self.one_of(self.bookable(), given.pop("doctor"), "doctor")
        with api_names():
            return operations.book(
                clinic=request.user.clinic,
                patient=patient,
                doctor=doctor,
                starts_at=given.pop("start"),
                by=request.user,
                source=Appointment.Source.API,
                **given,
            )

    def own_id(self):
        """The patient of a patient's account, None for everybody else."""
        user = self.request.user
        if user.has_role(*STAFF):
            return None
        return Patient.objects.own(user).filter(merged_into=None).values_list("pk", flat=True).first()

    @does(
        MAY_BOOK, shapes.AppointmentChange, shapes.AppointmentShown, changes=True, refuses=[*REFUSES_TIME, "not_open"]
    )
    def partial_update(self, request, given, pk):
        """Move an appointment, or change its words.

        `start` (and `doctor`) move it; it keeps its identity and its length.
        """
        doctor = self.one_of(self.bookable(), given.pop("doctor"), "doctor") if "doctor" in given else None
        starts_at = given.pop("start", None)
        with api_names():
            return operations.change(appointment=self.row, by=request.user, starts_at=starts_at, doctor=doctor, **given)

    @does(MAY_STEP, shapes.AppointmentStepGiven, shapes.AppointmentShown, at="confirm", refuses=["not_open"])
    def confirm(self, request, given, pk):
        """Confirm an appointment that was asked for."""
        return operations.confirm(appointment=self.row, by=request.user, **given)

    @does(
        MAY_STEP,
        shapes.AppointmentCheckInGiven,
        shapes.AppointmentShown,
        at="check-in",
        refuses=["already_checked_in", "not_open", "not_today", "file_closed", "deceased"],
    )
    def check_in(self, request, given, pk):
        """Check the patient in: a token, and a place in the doctor's line (`queue_entry`)."""
        names = {"priority": "category", "reason": "emergency_reason", "version": "version"}
        with renamed(category="priority", emergency_reason="reason"):
            operations.check_in(appointment=self.row, by=request.user, **{names[key]: given[key] for key in given})
        return self.row

    @does(
        MAY_BOOK, shapes.AppointmentCancelGiven, shapes.AppointmentShown, at="cancel", refuses=["not_open", "too_late"]
    )
    def cancel(self, request, given, pk):
        """Cancel an appointment, saying why."""
        return self.call_off(given)

    @does(MAY_BOOK, shapes.AppointmentStepGiven, shapes.AppointmentShown, refuses=["not_open", "too_late"])
    def destroy(self, request, given, pk):
        """Cancel an appointment; nothing is erased. `cancel/` takes the reason with it."""
        return self.call_off(given, otherwise=_("Cancelled by another program"))

    def call_off(self, given, otherwise=""):
        """Cancel, for the reason given or `otherwise`; a patient need not say why."""
        if not given.get("reason", "").strip():
            own = not self.request.user.has_role(*STAFF)
            given = {**given, "reason": _("Cancelled by the patient") if own else otherwise}
        return operations.cancel(appointment=self.row, by=self.request.user, **{"reason": "", **given})

    @does(MAY_STEP, shapes.AppointmentStepGiven, shapes.AppointmentShown, at="miss", refuses=["too_early", "not_open"])
    def miss(self, request, given, pk):
        """Note that the patient did not come."""
        return operations.miss(appointment=self.row, by=request.user, **given)

    @does(MAY_STEP, Nothing, shapes.AppointmentShown, at="complete", refuses=["not_open"])
    def complete(self, request, given, pk):
        """Note that the appointment is over. Completing its visit does this by itself."""
        return operations.complete(appointment=self.row, by=request.user)


class PatientAppointments(Room):
    """One patient's appointments."""

    name = "patient-appointments"

    def visible(self):
        return listed(Appointment.objects.visible_to(self.request.user))

    @reads((*STAFF, Role.PATIENT), shapes.AppointmentShown, asks=shapes.PatientAppointmentsAsked, many=True)
    def list(self, request, asked, patient_pk):
        """List one patient's appointments in this clinic; a patient's own in every clinic."""
        patient = self.found(Patient.objects.visible_to(request.user), pk=patient_pk)
        if request.user.has_role(*STAFF):
            audit.read(request, patient, patient_id=patient.pk, part="appointments")
        rows = self.visible().filter(patient__in=Patient.objects.family_ids(patient.pk))
        return rows.filter(state=asked["status"]) if "status" in asked else rows
