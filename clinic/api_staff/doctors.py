"""Doctors: found by name, department, specialty or licence; kept by managers; present by their own word."""

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers

from clinic import operations, queries, staffing
from clinic.access import STAFF, Role
from clinic.api import Given, Listing, Moment, Nothing, Room, Shown, Text, Whole, does, reads
from clinic.api.door import EVERYBODY, for_anybody
from clinic.models import Department, Doctor, User

MANAGES = (Role.MANAGER,)
FOR_ANYBODY = ("id", "name", "name_other_script", "department", "specialties")
NOT_FOR_STRANGERS = {"licence", "status"}
NOT_FOR_PATIENTS = ("phone", "email", "is_active")


class DoctorShown(Shown):
    """A doctor. Without sign-in only the name, the department and the specialties; patients see no phone and no e-mail."""

    id = serializers.IntegerField()
    user = serializers.IntegerField(source="user_id")
    name = Text()
    name_other_script = Text()
    department = serializers.IntegerField(source="department_id", allow_null=True)
    specialties = serializers.SerializerMethodField()
    licence_number = Text(allow_null=True)
    phone = Text()
    email = Text()
    room = Text()
    appointment_minutes = serializers.IntegerField(help_text="How long an appointment usually is.")
    status = serializers.ChoiceField(choices=Doctor.Status.choices)
    status_since = Moment()
    is_active = serializers.BooleanField()
    version = serializers.IntegerField(help_text="Of what a manager keeps; the status does not raise it.")

    def get_specialties(self, doctor) -> list[str]:
        """The specialties, one text each."""
        return queries.specialties_of(doctor.specialties)

    def to_representation(self, instance):
        shown, user = super().to_representation(instance), self.context["request"].user
        if not user.is_authenticated:
            return {name: shown[name] for name in FOR_ANYBODY}
        if not user.has_role(*STAFF):
            return {name: value for name, value in shown.items() if name not in NOT_FOR_PATIENTS}
        return shown


class PresenceShown(Shown):
    """Whether a doctor is there."""

    doctor = serializers.IntegerField(source="pk")
    status = serializers.ChoiceField(choices=Doctor.Status.choices)
    status_since = Moment()


class PresenceGiven(Given):
    """A doctor's own word."""

    status = serializers.ChoiceField(choices=Doctor.Status.choices)


class SpecialtyShown(Shown):
    """A specialty that somebody here has."""

    name = Text()
    doctors = serializers.IntegerField(help_text="How many active doctors have it.")


class Specialty(Text):
    """One specialty; a comma would make two of it."""

    default_error_messages = {"comma": _("Write each specialty by itself, without a comma.")}

    def to_internal_value(self, data):
        value = super().to_internal_value(data)
        if "," in value or "،" in value:
            self.fail("comma")
        return value


class DoctorDetails(Given):
    """What a doctor has besides an account."""

    department = Whole(min_value=1, required=False, allow_null=True)
    specialties = serializers.ListField(child=Specialty(max_length=60), max_length=4, required=False)
    licence_number = Text(max_length=40, required=False, allow_blank=True)
    phone = Text(max_length=32, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    room = Text(max_length=20, required=False, allow_blank=True)
    appointment_minutes = Whole(min_value=5, max_value=180, required=False)

    def validate_department(self, pk):
        """The department itself; an open one."""
        if pk is None:
            return None
        found = Department.objects.filter(pk=pk, is_active=True).first()
        if found is None:
            raise serializers.ValidationError(_("There is none with this id."))
        return found


class DoctorGiven(DoctorDetails):
    """A new doctor: an account of the clinic, and what a doctor has besides."""

    user = Whole(min_value=1, help_text="An account of this clinic; it gets the role `doctor`.")


class DoctorChange(DoctorDetails):
    """What may be changed of a doctor."""

    is_active = serializers.BooleanField(required=False, help_text="False: no longer to be booked.")
    version = Whole(min_value=1, required=False)


class DoctorsAsked(Listing):
    q = Text(max_length=100, required=False, allow_blank=True, help_text="Words of the name, in either script.")
    department = Whole(required=False)
    specialty = Text(max_length=60, required=False, help_text="One of `specialties/`.")
    licence = Text(max_length=40, required=False)
    status = serializers.ChoiceField(choices=Doctor.Status.choices, required=False)
    active = serializers.BooleanField(default=True, help_text="False: those who are no longer booked, for staff.")
    orders = {"name": ("user__name",), "id": ("pk",), "status_since": ("status_since",)}


class Doctors(Room):
    """Doctors."""

    name = "doctors"

    def visible(self):
        user = self.request.user
        rows = Doctor.objects.select_related("user__clinic")
        if not user.is_authenticated:
            return rows.public()
        rows = rows.visible_to(user)
        return rows if user.has_role(*STAFF) else rows.active()

    @reads(None, DoctorShown, asks=DoctorsAsked, many=True)
    def list(self, request, asked):
        """List the doctors.

        Without sign-in only where the clinic shows its doctors publicly, and then with few fields.
        """
        for_anybody(request.user)
        rows = self.visible()
        if "department" in asked:
            rows = rows.filter(department=asked["department"])
        if not request.user.is_authenticated and (hidden := NOT_FOR_STRANGERS & asked.keys()):
            raise exceptions.ValidationError({name: [_("Sign in first.")] for name in hidden})
        for name, field in (("licence", "licence_number"), ("status", "status")):
            if name in asked:
                rows = rows.filter(**{field: asked[name]})
        booked = rows.active()
        rows = booked if asked["active"] else rows.exclude(pk__in=booked.values("pk"))
        if asked.get("q") or asked.get("specialty"):
            rows = rows.filter(pk__in=queries.doctors_named(rows, asked.get("q", ""), asked.get("specialty", "")))
        return rows

    @reads(None, DoctorShown)
    def retrieve(self, request, asked, pk):
        """One doctor.

        Without sign-in only where the clinic shows its doctors publicly, and then with few fields.
        """
        for_anybody(request.user)
        return self.found()

    @reads(None, SpecialtyShown, at="specialties", detail=False, many=True)
    def specialties(self, request, asked):
        """List the specialties that active doctors have, by name.

        Without sign-in only where the clinic shows its doctors publicly.
        """
        for_anybody(request.user)
        return queries.specialties(self.visible().active())

    @does(MANAGES, DoctorGiven, DoctorShown, status=201, refuses=["already_a_doctor", "licence_taken", "patient_role"])
    def create(self, request, given):
        """Make a doctor of an account."""
        user = self.one_of(User.objects.filter(clinic=request.user.clinic_id), given.pop("user"), "user")
        return staffing.add_doctor_to(user=user, by=request.user, **given)

    @does(MANAGES, DoctorChange, DoctorShown, changes=True, refuses=["licence_taken"])
    def partial_update(self, request, given, pk):
        """Change a doctor."""
        return staffing.update_doctor(doctor=self.found(), by=request.user, **given)

    @does(MANAGES, Nothing, DoctorShown)
    def destroy(self, request, given, pk):
        """Take a doctor out of the book.

        Nothing is erased: the doctor can no longer be booked and is offline; the account stays open, and the
        appointments made so far stay as they are.
        """
        return staffing.update_doctor(doctor=self.found(), by=request.user, is_active=False)

    @reads(EVERYBODY, PresenceShown, at="status")
    def status(self, request, asked, pk):
        """Whether a doctor is online, busy or offline, and since when."""
        return self.found()

    @status.mapping.post
    @does((Role.DOCTOR,), PresenceGiven, PresenceShown)
    def set_presence(self, request, given, pk):
        """Say that oneself is online, busy or offline.

        The same again changes nothing. Another doctor's is answered like one that is not there.
        """
        doctor = self.found(self.visible().filter(user=request.user))
        return operations.set_presence(doctor=doctor, status=given["status"], by=request.user)
