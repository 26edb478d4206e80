"""Who waits where: stations, tokens, and stays in a line."""

import secrets
from datetime import timedelta

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import STAFF, Role
from clinic.models import Clinic, ClinicQuerySet, Doctor, Named, User
from patients.models import Patient

LEFT_OVER_AFTER = timedelta(hours=6)
TRADES = ((Role.NURSE, "nurse"), (Role.PHARMACIST, "pharmacy"))  # who calls where, besides doctors


def new_place_code():
    """An unguessable code for the public "my place in line" page (128 bits)."""
    return secrets.token_urlsafe(16)


class StationQuerySet(ClinicQuerySet):
    def active(self):
        """Stations that call people."""
        return self.filter(is_active=True)

    def fed_by(self, user):
        """Stations into whose line the user may put somebody: any for the desk, one's own for who calls there."""
        if user.has_role(Role.RECEPTION, Role.MANAGER):
            return self.visible_to(user)
        kinds = [kind for role, kind in TRADES if user.has_role(role)]
        return self.visible_to(user).filter(Q(doctor__user=user) | Q(kind__in=kinds))


class Station(Named):
    """A place people are called to: a doctor, a nurse, the pharmacy or the cashier."""

    class Kind(models.TextChoices):
        DOCTOR = "doctor", _("Doctor")
        NURSE = "nurse", _("Nurse")
        PHARMACY = "pharmacy", _("Pharmacy")
        CASHIER = "cashier", _("Cashier")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="stations")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    doctor = models.ForeignKey(
        Doctor, verbose_name=_("doctor"), on_delete=models.PROTECT, null=True, blank=True, related_name="stations"
    )
    room = models.CharField(_("room"), max_length=20, blank=True)
    letter = models.CharField(_("letter of its tokens"), max_length=2)
    is_active = models.BooleanField(_("active"), default=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ["letter"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "letter"],
                name="station_one_letter",
                violation_error_message=_("Another station has this letter."),
            ),
            models.UniqueConstraint(
                fields=["clinic", "doctor"],
                condition=Q(kind="doctor", is_active=True),
                name="station_one_for_a_doctor",
                violation_error_message=_("This doctor already has a station."),
            ),
            models.CheckConstraint(
                name="station_doctor_has_a_doctor",
                condition=~Q(kind="doctor") | Q(doctor__isnull=False),
                violation_error_message=_("Choose the doctor of this station."),
            ),
            models.CheckConstraint(name="station_letter", condition=Q(letter__regex=r"^[A-Z]{1,2}$")),
            models.UniqueConstraint(fields=["id", "clinic"], name="station_clinic_pair"),
        ]

    @property
    def topic(self):
        """The live topic of this station's line."""
        return f"station-{self.pk}"

    @property
    def serves_here(self):
        """True where staff begin and finish on the queue board; doctors and pharmacists have screens of their own."""
        return self.kind in (self.Kind.NURSE, self.Kind.CASHIER)


class Token(models.Model):
    """A number in the waiting room: gap-free for each clinic, day and letter. It may precede knowing the patient."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    letter = models.CharField(max_length=2)
    number = models.PositiveIntegerField()
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="tokens")
    place_code = models.CharField(max_length=32, unique=True, default=new_place_code)
    issued_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = [
            models.UniqueConstraint(fields=["clinic", "day", "letter", "number"], name="token_one_number"),
            models.CheckConstraint(name="token_from_one", condition=Q(number__gte=1)),
            models.UniqueConstraint(fields=["id", "clinic"], name="token_clinic_pair"),
        ]
        triggers = [pgtrigger.Protect(name="token_never_deleted", operation=pgtrigger.Delete)]

    def __str__(self):
        return self.label

    @property
    def label(self):
        """What is called and shown: A-013."""
        return f"{self.letter}-{self.number:03d}"

    @property
    def code(self):
        """Unique over days: 2026-11-20-A-013."""
        return f"{self.day:%Y-%m-%d}-{self.label}"


class EntryQuerySet(ClinicQuerySet):
    def visible_to(self, user):
        """Stays in the user's own clinic for staff; a patient's own."""
        if user.has_role(*STAFF):
            return self.filter(clinic=user.clinic_id)
        return (
            self.filter(token__patient__any_of=Patient.objects.own_ids(user))
            if user.has_role(Role.PATIENT)
            else self.none()
        )

    def live(self):
        """Stays that have not ended."""
        return self.filter(state__in=Entry.LIVE)

    def waiting(self):
        """People in the line."""
        return self.filter(state=Entry.State.WAITING)

    def left_over(self, today, now):
        """Stays that an earlier day left open; a clinic that works past midnight keeps its people for six hours."""
        return self.live().filter(token__day__lt=today, joined_at__lt=now - LEFT_OVER_AFTER)

    def here_today(self, clinic):
        """Live stays of the clinic, without what an earlier day left open: the next call or arrival closes those."""
        old = Entry.objects.filter(clinic=clinic).left_over(clinic.today(), timezone.now())
        return self.filter(clinic=clinic).live().exclude(pk__in=old.values("pk"))

    def for_day(self, day):
        """Stays of the tokens of one day."""
        return self.filter(token__day=day)


class Entry(models.Model):
    """One stay of a token in one station's line; an interval, never used again."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLED = "called", _("Called")
        WITH_STAFF = "with_staff", _("With staff")
        SKIPPED = "skipped", _("Did not come")
        DONE = "done", _("Done")
        LEFT = "left", _("Left")
        TRANSFERRED = "transferred", _("Sent on")
        WITHDRAWN = "withdrawn", _("Withdrawn")  # begun by a transfer that was undone

    class Category(models.TextChoices):
        NORMAL = "normal", _("None")
        ELDERLY = "elderly", _("Elderly")
        PREGNANT = "pregnant", _("Pregnant")
        INFANT = "infant", _("Infant")
        DISABLED = "disabled", _("Disabled")
        EMERGENCY = "emergency", _("Emergency")

    LIVE = ("waiting", "called", "with_staff", "skipped")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, related_name="entries")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="entries")
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.WAITING)
    category = models.CharField(_("priority"), max_length=9, choices=Category, default=Category.NORMAL)
    emergency_reason = models.CharField(_("reason"), max_length=200, blank=True)
    booked_at = models.DateTimeField(_("booked for"), null=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    due_at = models.DateTimeField(_("due"))
    called_at = models.DateTimeField(_("called"), null=True)
    call_count = models.PositiveSmallIntegerField(default=0)
    set_back_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    sent_on = models.BooleanField(default=False)  # already seen elsewhere: joined as from then, without a booking
    came_from = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="went_to")
    version = models.PositiveIntegerField(default=1)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay in line")
        verbose_name_plural = _("stays in line")
        indexes = [models.Index(fields=["station", "state", "due_at"], name="entry_line")]
        constraints = [
            models.UniqueConstraint(
                fields=["station"],
                condition=Q(state="called"),
                name="entry_one_called",
                violation_error_message=_("Somebody is already called here."),
            ),
            models.UniqueConstraint(
                fields=["token"],
                condition=Q(state__in=("waiting", "called", "with_staff", "skipped")),
                name="entry_one_live_stay",
                violation_error_message=_("This token already stands in a line."),
            ),
            models.CheckConstraint(
                name="entry_emergency_has_a_reason",
                condition=~Q(category="emergency") | ~Q(emergency_reason=""),
                violation_error_message=_("Say why this is an emergency."),
            ),
            models.CheckConstraint(
                name="entry_times_match_state",
                condition=Q(state__in=("waiting", "called", "with_staff", "skipped"), ended_at=None)
                | Q(state__in=("done", "left", "transferred", "withdrawn"), ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="entry_called_has_a_time",
                condition=~Q(state__in=("called", "skipped")) | Q(called_at__isnull=False),
            ),
        ]
        triggers = [pgtrigger.Protect(name="entry_never_deleted", operation=pgtrigger.Delete)]

    def holds_today(self):
        """True for a stay of a token of today, and for a live one that an evening past midnight still holds.

        Asks nothing when the token and the station's clinic are at hand.
        """
        if self.token.day == self.station.clinic.today():
            return True
        return self.state in self.LIVE and self.joined_at >= timezone.now() - LEFT_OVER_AFTER


class EntryChange(models.Model):
    """What one action changed in the line, so that its author can undo it for ten minutes. `before` is the row as it was."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="changes")
    action = models.CharField(max_length=30)
    before = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["entry", "-at"], name="entry_change_latest")]


class Display(models.Model):
    """A waiting-room screen and when it last asked for itself, so that a silent one is noticed by the staff."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(default=timezone.now)
