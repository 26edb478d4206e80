"""When: the hours doctors keep, and the appointments made in them."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import STAFF, Role
from clinic.models import Clinic, Doctor, User
from patients.models import Patient
from queues.models import Token


class OneKey(Func):
    """An id as a one-point int8range, so that GiST can compare it without btree_gist."""

    function = "int8range"

    def __init__(self, name):
        super().__init__(F(name), F(name), Value("[]"))


class Daytime(Func):
    """Two times of the day as a range: PostgreSQL has none for `time`, so they are hung onto one day."""

    function = "tsrange"

    def __init__(self, start, end):
        super().__init__(*(Func(F(name), template="(DATE '2000-01-01' + %(expressions)s)") for name in (start, end)))


class Span(Func):
    """A range from `low` to `high`; an empty end is open."""

    def __init__(self, function, low, high, bounds):
        super().__init__(F(low), F(high), Value(bounds), function=function)


class HoursQuerySet(models.QuerySet):
    def standing(self):
        """Rows that nobody has taken away."""
        return self.filter(removed_at=None)


class Removable(models.Model):
    """A setting that is taken away without a trace being lost, so that taking it away can be undone."""

    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, editable=False, related_name="+")

    objects = HoursQuerySet.as_manager()

    class Meta:
        abstract = True

    def validate_constraints(self, exclude=None):
        """No form shows `removed_at`, yet the constraints need its value."""
        super().validate_constraints(exclude=set(exclude or ()) - {"removed_at"})


class Availability(Removable):
    """The weekly hours of a doctor in a clinic, while they are valid. Weekday 0 is Monday.

    One added session is a row that is valid on one day. Rows made in one step share their `batch`.
    """

    WEEKDAYS = [
        (0, _("Monday")),
        (1, _("Tuesday")),
        (2, _("Wednesday")),
        (3, _("Thursday")),
        (4, _("Friday")),
        (5, _("Saturday")),
        (6, _("Sunday")),
    ]

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name=_("doctor"), on_delete=models.PROTECT, related_name="availability")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    slot_minutes = models.PositiveSmallIntegerField(
        _("slot, minutes"), default=15, validators=[MinValueValidator(5), MaxValueValidator(180)]
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    batch = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("availability")
        verbose_name_plural = _("availability")
        ordering = ["doctor", "weekday", "start_time"]
        constraints = [
            models.CheckConstraint(
                name="availability_ends_after_start",
                condition=Q(end_time__gt=F("start_time")),
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(name="availability_weekday", condition=Q(weekday__gte=0, weekday__lte=6)),
            models.CheckConstraint(
                name="availability_slot_minutes",
                condition=Q(slot_minutes__gte=5, slot_minutes__lte=180),
                violation_error_message=_("A slot lasts 5 to 180 minutes."),
            ),
            models.CheckConstraint(
                name="availability_valid_range",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day lies before the first."),
            ),
            ExclusionConstraint(
                name="availability_no_overlap",
                expressions=[
                    (OneKey("doctor"), RangeOperators.OVERLAPS),
                    (OneKey("weekday"), RangeOperators.OVERLAPS),
                    (Daytime("start_time", "end_time"), RangeOperators.OVERLAPS),
                    (Span("daterange", "valid_from", "valid_until", "[]"), RangeOperators.OVERLAPS),
                ],
                condition=Q(removed_at=None),
                violation_error_message=_("The doctor already has hours at this time."),
            ),
        ]

    def clean(self):
        """Say what is wrong before the database is asked whether turned-round ranges overlap, which it cannot tell."""
        if self.start_time and self.end_time and self.end_time <= self.start_time:
            raise ValidationError({"end_time": _("The end lies before the start.")})
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("The last day lies before the first.")})

    @property
    def date(self):
        """The day of a row that is valid on one day only, else None."""
        return self.valid_from if self.valid_from and self.valid_from == self.valid_until else None


class AvailabilityException(Removable):
    """A time a doctor is away in spite of the weekly hours, or there beyond them."""

    class Kind(models.TextChoices):
        AWAY = "away", _("Away")
        EXTRA = "extra", _("Extra session")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    doctor = models.ForeignKey(Doctor, verbose_name=_("doctor"), on_delete=models.PROTECT, related_name="exceptions")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.AWAY)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        constraints = [
            models.CheckConstraint(
                name="exception_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The end lies before the start."),
            ),
            models.CheckConstraint(
                name="exception_away_has_a_reason",
                condition=~Q(kind="away") | ~Q(reason=""),
                violation_error_message=_("Say why the doctor is away."),
            ),
            ExclusionConstraint(
                name="exception_extra_no_overlap",
                expressions=[
                    (OneKey("doctor"), RangeOperators.OVERLAPS),
                    (Span("tstzrange", "starts_at", "ends_at", "[)"), RangeOperators.OVERLAPS),
                ],
                condition=Q(removed_at=None, kind="extra"),
                violation_error_message=_("The doctor already has an added session at this time."),
            ),
        ]

    def clean(self):
        """As for `Availability`: turned-round times are said before the database is asked."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end lies before the start.")})


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Appointments of the user's clinic for staff; a patient's own."""
        if user.has_role(*STAFF):
            return self.filter(clinic=user.clinic_id)
        if user.has_role(Role.PATIENT):
            return self.filter(patient__any_of=Patient.objects.own_ids(user))
        return self.none()

    def live(self):
        """Appointments that take up the doctor's and the patient's time."""
        return self.filter(state__in=Appointment.LIVE)

    def for_day(self, day):
        """Appointments whose wall date is `day`."""
        return self.filter(wall_date=day)


class Appointment(models.Model):
    """A patient, a doctor and a time. The wall date, time and zone are kept beside the instants."""

    class State(models.TextChoices):
        PENDING = "pending", _("Asked for")
        CONFIRMED = "confirmed", _("Booked")
        ARRIVED = "arrived", _("Arrived")
        IN_PROGRESS = "in_progress", _("With doctor")
        COMPLETED = "completed", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        MISSED = "missed", _("No-show")

    class Source(models.TextChoices):
        DESK = "desk", _("Desk")
        PHONE = "phone", _("Phone")
        API = "api", _("Other program")
        PORTAL = "portal", _("Patient")

    LIVE = ("pending", "confirmed", "arrived", "in_progress")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="appointments")
    during = DateTimeRangeField(_("time"), default_bounds="[)")
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    wall_date = models.DateField(_("day"))
    wall_time = models.TimeField(_("time"))
    zone = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.CONFIRMED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    notes = models.CharField(_("notes"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.DESK)
    overbook_reason = models.CharField(_("reason for booking over"), max_length=200, blank=True)
    is_overbooked = models.BooleanField(default=False)
    token = models.OneToOneField(Token, on_delete=models.PROTECT, null=True, related_name="appointment")
    # What the ways back put right: the state before it was given up, and where it was before it was moved.
    given_up_from = models.CharField(max_length=11, choices=State, blank=True, editable=False)
    moved_from = models.JSONField(null=True, editable=False)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        indexes = [
            # Lists of days and of a patient come from these in the order of their times, without sorting.
            models.Index(fields=["clinic", "wall_date", "during"], name="appointment_of_day"),
            models.Index(fields=["patient", "clinic", "wall_date", "during"], name="appointment_of_patient"),
            GistIndex(fields=["during"], name="appointment_during"),
        ]
        constraints = [
            ExclusionConstraint(
                name="appointment_doctor_free",
                expressions=[(OneKey("doctor"), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state__in=("pending", "confirmed", "arrived", "in_progress"), is_overbooked=False),
                violation_error_message=_("The doctor already has an appointment at this time."),
            ),
            ExclusionConstraint(
                name="appointment_patient_free",
                expressions=[(OneKey("patient"), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state__in=("pending", "confirmed", "arrived", "in_progress"), is_overbooked=False),
                violation_error_message=_("The patient already has an appointment at this time."),
            ),
            models.CheckConstraint(
                name="appointment_half_open_bounded",
                condition=Q(
                    during__isempty=False,
                    during__lower_inc=True,
                    during__upper_inc=False,
                    during__lower_inf=False,
                    during__upper_inf=False,
                ),
            ),
            models.CheckConstraint(
                name="appointment_minutes",
                condition=Q(minutes__gte=5, minutes__lte=180),
                violation_error_message=_("An appointment lasts 5 to 180 minutes."),
            ),
            models.CheckConstraint(
                name="appointment_overbook_has_a_reason",
                condition=Q(is_overbooked=False) | ~Q(overbook_reason=""),
                violation_error_message=_("Say why this is booked over another."),
            ),
            models.CheckConstraint(
                name="appointment_cancelled_by_somebody",
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.UniqueConstraint(fields=["id", "patient", "clinic"], name="appointment_patient_clinic"),
        ]
        triggers = [pgtrigger.Protect(name="appointment_never_deleted", operation=pgtrigger.Delete)]

    @property
    def starts_at(self):
        return self.during.lower

    @property
    def ends_at(self):
        return self.during.upper
