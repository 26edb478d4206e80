"""The ground every floor stands on: the clinic, its staff, its numbers and its audit trail."""

import zoneinfo

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clinic import money
from clinic.access import STAFF, Role

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete
# Whoever closes an account or changes its password, by whichever way: its tokens are dead.
RAISE_VERSION = """
    IF NEW.token_version <= OLD.token_version THEN NEW.token_version := OLD.token_version + 1; END IF;
    RETURN NEW;
"""


def validate_zone(value):
    """Refuse a time zone name that the zone database does not know."""
    if value not in zoneinfo.available_timezones():
        from django.core.exceptions import ValidationError

        raise ValidationError(_("This time zone is not known."))


class ClinicQuerySet(models.QuerySet):
    """Rows that belong to one clinic, by a field `clinic`."""

    def visible_to(self, user):
        """Rows of the user's own clinic, for staff."""
        return self.filter(clinic=user.clinic_id) if user.has_role(*STAFF) else self.none()


class Named(models.Model):
    """Something with a name, and optionally the same name in the other script."""

    name = models.CharField(_("name"), max_length=200)
    name_other_script = models.CharField(_("name in the other script"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


# The names of the country presets, said in the reader's language; any other is shown as the clinic wrote it.
TAX_WORDS = {"VAT": _("VAT"), "GST": _("GST"), "TVA": _("TVA")}


class Clinic(Named):
    """One site. Its day, its currency and its written rules of the line."""

    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    currency = models.CharField(_("currency"), max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}$")])
    language = models.CharField(
        _("language"), max_length=5, default="en", choices=[("en", "English"), ("ar", "العربية")]
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    tax_name = models.CharField(_("name of the tax"), max_length=20, blank=True)
    tax_rate = models.DecimalField(
        _("tax rate, %"),
        max_digits=6,
        decimal_places=3,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    tax_number = models.CharField(_("tax number"), max_length=40, blank=True)
    weekend = models.CharField(_("days off (0 = Monday)"), max_length=20, blank=True, default="4,5")
    grace_minutes = models.PositiveSmallIntegerField(_("grace for late arrival, minutes"), default=10)
    walk_in_allowance_minutes = models.PositiveSmallIntegerField(_("walk-in allowance, minutes"), default=15)
    priority_bonus_minutes = models.PositiveSmallIntegerField(_("priority bonus, minutes"), default=20)
    wait_limit_minutes = models.PositiveSmallIntegerField(_("wait shown as long after, minutes"), default=40)
    glucose_unit = models.CharField(
        _("glucose unit"), max_length=6, default="mmol/L", choices=[("mmol/L", "mmol/L"), ("mg/dL", "mg/dL")]
    )
    discount_limit_percent = models.DecimalField(
        _("discount a cashier may give alone, %"), max_digits=5, decimal_places=2, default=20
    )
    # Three months: by then illness, dose and allergies want to be looked at again. Some countries ask for less.
    prescription_valid_days = models.PositiveSmallIntegerField(
        _("a prescription is dispensed for, days"), default=90, validators=[MinValueValidator(1)]
    )
    public_doctors = models.BooleanField(_("doctors and their free times are shown without signing in"), default=False)
    patients_may_register = models.BooleanField(_("patients may open an account themselves"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        constraints = [
            models.CheckConstraint(
                name="clinic_tax_rate_in_range",
                condition=Q(tax_rate__gte=0, tax_rate__lte=100),
                violation_error_message=_("The tax rate lies between 0 and 100."),
            ),
            models.CheckConstraint(
                name="clinic_prescription_valid_a_day",
                condition=Q(prescription_valid_days__gte=1),
                violation_error_message=_("A prescription is valid for one day at least."),
            ),
        ]

    @cached_property
    def zone(self):
        """The clinic's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def now(self):
        """The moment, aware, on the clinic's clock."""
        return timezone.now().astimezone(self.zone)

    def today(self):
        """The clinic's day."""
        return self.now().date()

    @property
    def tax_word(self):
        """The name of the tax in the reader's language; "" when the clinic gave none."""
        return str(TAX_WORDS.get(self.tax_name, self.tax_name))

    def round(self, amount):
        """`amount` quantised to the exponent of the clinic's currency."""
        return money.quantize(amount, self.currency)


class StaffManager(UserManager):
    """Users with their roles fetched in the same go."""

    def get_by_natural_key(self, username):
        return self.get(**{f"{self.model.USERNAME_FIELD}__iexact": username})


class User(AbstractUser):
    """A person who signs in. Roles are groups; a person may hold several."""

    first_name = None
    last_name = None
    name = models.CharField(_("name"), max_length=200)
    name_other_script = models.CharField(_("name in the other script"), max_length=200, blank=True)
    clinic = models.ForeignKey(
        Clinic, verbose_name=_("clinic"), on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    language = models.CharField(_("language"), max_length=5, blank=True, choices=[("en", "English"), ("ar", "العربية")])
    theme = models.CharField(
        _("theme"), max_length=5, default="light", choices=[("light", _("Light")), ("dark", _("Dark"))]
    )
    letter_keys = models.BooleanField(_("single-letter keys in lists"), default=True)
    must_change_password = models.BooleanField(_("must choose an own password"), default=False)
    token_version = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = StaffManager()
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("username"),
                name="user_username_any_case",
                violation_error_message=_("This user name is taken."),
            ),
            models.UniqueConstraint(
                models.functions.Lower("email"),
                condition=~Q(email=""),
                name="user_email_any_case",
                violation_error_message=_("Another account has this e-mail."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="user_tokens_end",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_active__df=pgtrigger.F("new__is_active"))
                | pgtrigger.Q(old__password__df=pgtrigger.F("new__password")),
                func=RAISE_VERSION,
            )
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def roles(self):
        """The user's roles, a frozenset of `Role` values (one query, kept for the request)."""
        if not self.is_active:
            return frozenset()
        names = getattr(self, "role_names", None)
        if names is None:
            names = set(self.groups.values_list("name", flat=True))
        return frozenset(role for role in Role if role.value in names)

    def has_role(self, *roles):
        """True when the user holds at least one of `roles`."""
        return bool(self.roles & set(roles))


class Department(Named):
    """A department of the organisation."""

    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")


class DoctorQuerySet(models.QuerySet):
    def active(self):
        """Doctors who may be booked."""
        return self.filter(is_active=True, user__is_active=True)

    def public(self):
        """Doctors whom their clinic shows to anybody, with their free times."""
        return self.active().filter(user__clinic__public_doctors=True)

    def visible_to(self, user):
        """The doctors of the user's clinic."""
        return self.filter(user__clinic=user.clinic_id)


class Doctor(models.Model):
    """A user who sees patients."""

    class Status(models.TextChoices):
        ONLINE = "online", _("Online")
        BUSY = "busy", _("Busy")
        OFFLINE = "offline", _("Offline")

    user = models.OneToOneField(User, verbose_name=_("user"), on_delete=models.PROTECT, related_name="doctor")
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, null=True, blank=True
    )
    specialties = models.CharField(_("specialties"), max_length=300, blank=True)
    licence_number = models.CharField(_("licence number"), max_length=40, null=True, blank=True, unique=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    room = models.CharField(_("room"), max_length=20, blank=True)
    appointment_minutes = models.PositiveSmallIntegerField(
        _("usual appointment, minutes"), default=15, validators=[MinValueValidator(5), MaxValueValidator(180)]
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OFFLINE)
    status_since = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(null=True, editable=False)  # when a process last held a socket of theirs
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)  # of what a manager keeps, not of the status

    objects = DoctorQuerySet.as_manager()

    class Meta:
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="doctor_appointment_minutes",
                condition=Q(appointment_minutes__gte=5, appointment_minutes__lte=180),
                violation_error_message=_("An appointment lasts 5 to 180 minutes."),
            )
        ]

    def __str__(self):
        return self.user.name

    @property
    def name(self):
        return self.user.name

    @property
    def name_other_script(self):
        return self.user.name_other_script


class SetupCode(models.Model):
    """The one-time code of the first run; only its hash is kept."""

    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Counter(models.Model):
    """The last number given in a series; `clinic` is empty for series of the whole organisation."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True)
    series = models.CharField(max_length=60)
    value = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "series"], name="counter_one_per_series", nulls_distinct=False)
        ]


class TopicVersion(models.Model):
    """How often a live topic has changed; screens compare it with what they show."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE)
    topic = models.CharField(max_length=60)
    version = models.PositiveBigIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "topic"], name="topic_version_one_per_topic")]


class IdempotencyKey(models.Model):
    """The answer already given to a request, so that its repetition gets the same answer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=64)
    operation = models.CharField(max_length=60)
    body_hash = models.CharField(max_length=64)
    object_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_one_answer")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class AuditEvent(models.Model):
    """One thing somebody did, read or was denied. Append-only."""

    class Result(models.TextChoices):
        OK = "ok", _("Done")
        DENIED = "denied", _("Denied")

    at = models.DateTimeField(_("at"), default=timezone.now)
    user = models.ForeignKey(User, verbose_name=_("who"), on_delete=models.PROTECT, null=True, related_name="+")
    roles = models.CharField(_("roles"), max_length=120, blank=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(_("action"), max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    patient_id = models.BigIntegerField(_("patient"), null=True)
    facts = models.JSONField(_("facts"), default=dict)
    result = models.CharField(_("result"), max_length=6, choices=Result, default=Result.OK)
    address = models.GenericIPAddressField(_("address"), null=True)
    request_id = models.CharField(max_length=36, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["clinic", "-at"], name="audit_by_clinic"),
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["user", "-at"], name="audit_by_user"),
        ]
        constraints = [
            models.CheckConstraint(name="audit_action_named", condition=~Q(action="")),
        ]
        triggers = [pgtrigger.Protect(name="audit_append_only", operation=APPEND_ONLY)]

    def __str__(self):
        return f"{self.action} {self.subject_type} {self.subject_id or ''}".strip()
