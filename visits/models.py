"""What happened in the room: visits, vitals, notes, diagnoses, addenda."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from clinic.access import Role
from clinic.models import APPEND_ONLY, Clinic, Doctor, User
from patients.models import Patient
from queues.models import Token
from scheduling.models import Appointment


def while_open(name, operation):
    """A trigger that refuses `operation` on a row of a visit that is no longer open."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        declare=[("visit_state", "TEXT")],
        func="""
            SELECT state INTO visit_state FROM visits_visit WHERE id = NEW.visit_id;
            IF visit_state <> 'open' THEN RAISE EXCEPTION 'this visit is no longer open'; END IF;
            RETURN NEW;
        """,
    )


class VisitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Visits of the user's clinic for clinical staff; a patient's own completed ones."""
        if user.has_role(Role.DOCTOR, Role.NURSE, Role.PHARMACIST):
            return self.filter(clinic=user.clinic_id)
        if user.has_role(Role.PATIENT):
            return self.filter(patient__any_of=Patient.objects.own_ids(user), state=Visit.State.COMPLETED)
        return self.none()


class Visit(models.Model):
    """One patient with one doctor on one day. Completed means signed and immutable; later words are addenda.

    `cancelled` ends a visit in which nothing was written because the patient did not come.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Did not come")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="visits")
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, null=True, related_name="visit")
    token = models.ForeignKey(Token, on_delete=models.PROTECT, null=True, related_name="visits")
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, null=True, related_name="visit")
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    complaint = models.TextField(_("complaint"), blank=True)
    examination = models.TextField(_("examination"), blank=True)
    plan = models.TextField(_("plan"), blank=True)
    finish_reason = models.CharField(_("finished in spite of"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(_("completed"), null=True)
    completed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["patient", "-started_at"], name="visit_history"),
            models.Index(fields=["clinic", "-started_at", "-id"], name="visit_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "clinic"],
                condition=Q(state="open"),
                name="visit_one_open",
                violation_error_message=_("This patient already has an open visit."),
            ),
            models.CheckConstraint(
                name="visit_completed_by_somebody",
                condition=Q(state="completed", completed_at__isnull=False, completed_by__isnull=False)
                | Q(state__in=("open", "cancelled"), completed_at=None, completed_by=None),
            ),
            models.UniqueConstraint(fields=["id", "patient", "clinic"], name="visit_patient_clinic"),
        ]
        triggers = [
            pgtrigger.Protect(name="visit_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="visit_completed_is_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="completed"),
            ),
        ]


class Vitals(models.Model):
    """Measurements taken at one moment; a correction is a new row that keeps the old one.

    Units: mmHg, beats a minute, degrees Celsius, percent, breaths a minute, kilograms, centimetres, the clinic's
    glucose unit, pain 0 to 10.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="vitals")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="vitals")
    systolic = models.PositiveSmallIntegerField(_("systolic"), null=True)
    diastolic = models.PositiveSmallIntegerField(_("diastolic"), null=True)
    pulse = models.PositiveSmallIntegerField(_("pulse"), null=True)
    temperature = models.DecimalField(_("temperature"), max_digits=4, decimal_places=1, null=True)
    spo2 = models.PositiveSmallIntegerField(_("oxygen saturation"), null=True)
    respiration = models.PositiveSmallIntegerField(_("respiration"), null=True)
    weight = models.DecimalField(_("weight"), max_digits=6, decimal_places=2, null=True)
    height = models.DecimalField(_("height"), max_digits=5, decimal_places=1, null=True)
    glucose = models.DecimalField(_("glucose"), max_digits=5, decimal_places=1, null=True)
    pain = models.PositiveSmallIntegerField(_("pain"), null=True)
    taken_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")

    class Meta:
        verbose_name = _("vitals")
        verbose_name_plural = _("vitals")
        ordering = ["-taken_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="vitals_pressure_in_pairs",
                condition=Q(systolic=None, diastolic=None) | Q(systolic__gt=models.F("diastolic")),
                violation_error_message=_("Write the blood pressure as 120/80."),
            ),
            models.CheckConstraint(name="vitals_pain_scale", condition=Q(pain=None) | Q(pain__lte=10)),
            models.CheckConstraint(name="vitals_spo2_percent", condition=Q(spo2=None) | Q(spo2__lte=100)),
        ]
        triggers = [
            pgtrigger.Protect(name="vitals_append_only", operation=APPEND_ONLY),
            while_open("vitals_while_open", pgtrigger.Insert),
        ]


class Note(models.Model):
    """A dated remark of one kind on a visit; a correction is a new row that keeps the old one."""

    class Category(models.TextChoices):
        SYMPTOM = "symptom", _("Symptom")
        OBSERVATION = "observation", _("Observation")
        DIAGNOSIS = "diagnosis", _("Diagnosis")
        TREATMENT = "treatment", _("Treatment")
        PLAN = "plan", _("Plan")

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="notes")
    category = models.CharField(_("category"), max_length=11, choices=Category)
    text = models.TextField(_("text"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="note_has_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="note_known_category",
                condition=Q(category__in=("symptom", "observation", "diagnosis", "treatment", "plan")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="note_append_only", operation=APPEND_ONLY),
            while_open("note_while_open", pgtrigger.Insert),
        ]


class Diagnosis(models.Model):
    """What the doctor found: an ICD-10 code with its text, or free text."""

    class Certainty(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        PROVISIONAL = "provisional", _("Provisional")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="diagnoses")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="diagnoses")
    code = models.CharField(_("ICD-10 code"), max_length=10, blank=True)
    text = models.CharField(_("diagnosis"), max_length=300)
    is_primary = models.BooleanField(_("primary"), default=False)
    certainty = models.CharField(_("certainty"), max_length=11, choices=Certainty, default=Certainty.CONFIRMED)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit"], condition=Q(is_primary=True, removed_at=None), name="diagnosis_one_primary"
            ),
            models.CheckConstraint(name="diagnosis_has_text", condition=~Q(text="")),
        ]
        triggers = [
            pgtrigger.Protect(name="diagnosis_never_deleted", operation=pgtrigger.Delete),
            while_open("diagnosis_while_open", pgtrigger.Insert | pgtrigger.Update),
        ]


class Addendum(models.Model):
    """Words added to a completed visit, with author and time."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField(_("text"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        triggers = [pgtrigger.Protect(name="addendum_append_only", operation=APPEND_ONLY)]
