"""What was ordered, what spoke against it, and what was handed over."""

from datetime import datetime, time, timedelta

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import CreditNote, Invoice, InvoiceLine
from clinic.access import CLINICAL, Role
from clinic.models import APPEND_ONLY, Clinic, Doctor, User
from patients.models import Patient
from pharmacy.models.catalogue import Medicine
from pharmacy.models.stock import Batch
from visits.models import Visit


class ClinicalQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Rows of the user's clinic, for clinical staff only."""
        return self.filter(clinic=user.clinic_id) if user.has_role(*CLINICAL) else self.none()


class PrescriptionQuerySet(ClinicalQuerySet):
    def visible_to(self, user):
        """Prescriptions of the user's clinic for clinical staff; a patient's own, once they are signed."""
        if not user.has_role(*CLINICAL) and user.has_role(Role.PATIENT):
            return self.filter(patient__any_of=Patient.objects.own_ids(user), signed_at__isnull=False)
        return super().visible_to(user)

    def to_dispense(self, clinic):
        """Signed prescriptions of `clinic` of which something is owed, and which may still be given out today."""
        first = clinic.today() - timedelta(days=clinic.prescription_valid_days)
        since = datetime.combine(first, time.min, tzinfo=clinic.zone)
        return self.filter(clinic=clinic, state__in=Prescription.OPEN, signed_at__gte=since)


# A cancellation and a dispensing exclude each other, whoever comes first: both look at the prescription's row.
NOTHING_HANDED_OVER = """
    IF EXISTS (SELECT 1 FROM pharmacy_dispense WHERE prescription_id = NEW.id) THEN
        RAISE EXCEPTION 'what was handed over is returned, not cancelled'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'prescription_cancelled_untouched';
    END IF;
    RETURN NEW;
"""
OF_A_SIGNED_ONE = """
    PERFORM 1 FROM pharmacy_prescription
        WHERE id = NEW.prescription_id AND state IN ('signed', 'partly_dispensed') FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a signed prescription is dispensed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'dispense_of_a_signed_prescription';
    END IF;
    RETURN NEW;
"""
# The line is locked before the sum is read: two returns at once cannot both find room.
WITHIN_WHAT_WAS_GIVEN = """
    SELECT line.quantity, line.dispense_id INTO given, handed FROM pharmacy_dispenseline AS line
        WHERE line.id = NEW.line_id FOR UPDATE;
    SELECT COALESCE(SUM(back.quantity), 0) INTO already FROM pharmacy_dispensereturnline AS back
        WHERE back.line_id = NEW.line_id;
    IF already + NEW.quantity > given THEN
        RAISE EXCEPTION 'more comes back than was given'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_within_given';
    END IF;
    IF handed IS DISTINCT FROM (SELECT dispense_id FROM pharmacy_dispensereturn WHERE id = NEW.returned_id) THEN
        RAISE EXCEPTION 'this line is of another dispensing'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'return_of_the_same_dispensing';
    END IF;
    RETURN NEW;
"""


class Prescription(models.Model):
    """What a doctor orders on a visit. `invoice` is the bill it has when the visit's own cannot take its charges."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SIGNED = "signed", _("Signed")
        PARTLY_DISPENSED = "partly_dispensed", _("Partly dispensed")
        DISPENSED = "dispensed", _("Dispensed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (State.SIGNED, State.PARTLY_DISPENSED)

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="prescriptions")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="prescriptions")
    doctor = models.ForeignKey(Doctor, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.DRAFT)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancel_reason = models.CharField(_("cancelled because"), max_length=200, blank=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = PrescriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("prescription")
        verbose_name_plural = _("prescriptions")
        indexes = [
            models.Index(fields=["clinic", "state"], name="prescription_worklist"),
            models.Index(fields=["clinic", "-created_at", "-id"], name="prescription_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["visit"], condition=Q(state="draft"), name="prescription_one_draft"),
            models.CheckConstraint(
                name="prescription_signed_by_somebody",
                condition=Q(state__in=("draft", "cancelled")) | Q(signed_at__isnull=False, signed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="prescription_cancelled_by_somebody",
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
            models.UniqueConstraint(fields=["id", "patient", "clinic"], name="prescription_patient_clinic"),
        ]
        triggers = [
            pgtrigger.Protect(name="prescription_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="prescription_cancelled_untouched",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(new__state="cancelled"),
                func=NOTHING_HANDED_OVER,
            ),
        ]

    @property
    def valid_until(self):
        """The last day on which it may be given out, on the clinic's calendar; None while nobody has signed it.

        `Clinic.prescription_valid_days` after the signature, by default three months: by then illness, dose and
        allergies want to be looked at again by a doctor.
        """
        if self.signed_at is None:
            return None
        return self.signed_at.astimezone(self.clinic.zone).date() + timedelta(days=self.clinic.prescription_valid_days)

    @property
    def is_expired(self):
        """True when something is still owed and it may no longer be given out."""
        return self.state in self.OPEN and self.clinic.today() > self.valid_until


class PrescriptionItem(models.Model):
    """One medicine of a prescription. `quantity` and `dispensed` are base units."""

    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(default=0)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="prescribed")
    dose_amount = models.DecimalField(_("dose"), max_digits=8, decimal_places=3)
    dose_unit = models.CharField(_("unit"), max_length=12, choices=Medicine.Unit)
    frequency = models.CharField(_("frequency"), max_length=20)
    duration_days = models.PositiveSmallIntegerField(_("days"), null=True)
    as_needed = models.BooleanField(_("as needed"), default=False)
    max_per_day = models.DecimalField(_("no more than, in a day"), max_digits=8, decimal_places=3, null=True)
    route = models.CharField(_("route"), max_length=8, choices=Medicine.Route)
    instructions = models.CharField(_("instructions"), max_length=300, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    quantity_reason = models.CharField(_("reason for another quantity"), max_length=200, blank=True)
    dispensed = models.PositiveIntegerField(_("dispensed"), default=0)
    closed_reason = models.CharField(_("not given because"), max_length=200, blank=True)
    may_substitute = models.BooleanField(_("may be substituted"), default=True)
    line = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("prescribed medicine")
        verbose_name_plural = _("prescribed medicines")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="item_quantity", condition=Q(quantity__gte=1), violation_error_message=_("Write a quantity.")
            ),
            models.CheckConstraint(
                name="item_dispensed_within_prescribed",
                condition=Q(dispensed__lte=F("quantity")),
                violation_error_message=_("This is more than was prescribed."),
            ),
            models.CheckConstraint(name="item_dose_above_zero", condition=Q(dose_amount__gt=0)),
        ]


class SafetyAlert(models.Model):
    """A warning that was shown, and what the person did. Append-only."""

    class Level(models.TextChoices):
        STOP = "stop", _("Stop")
        ASK = "ask", _("Ask")
        NOTE = "note", _("Note")

    class Stage(models.TextChoices):
        PRESCRIBING = "prescribing", _("Prescribing")
        DISPENSING = "dispensing", _("Dispensing")

    class Outcome(models.TextChoices):
        SHOWN = "shown", _("Shown")
        REMOVED = "removed", _("Medicine removed")
        OVERRIDDEN = "overridden", _("Kept, with a reason")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="alerts")
    item = models.ForeignKey(PrescriptionItem, on_delete=models.PROTECT, null=True, related_name="alerts")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    level = models.CharField(max_length=4, choices=Level)
    stage = models.CharField(max_length=11, choices=Stage)
    outcome = models.CharField(max_length=10, choices=Outcome)
    detail = models.CharField(max_length=300)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("safety alert")
        verbose_name_plural = _("safety alerts")
        constraints = [
            models.CheckConstraint(
                name="alert_override_has_a_reason",
                condition=~Q(outcome="overridden") | ~Q(reason=""),
                violation_error_message=_("Say why it is kept."),
            )
        ]
        triggers = [pgtrigger.Protect(name="alert_append_only", operation=APPEND_ONLY)]


class Dispense(models.Model):
    """Medicines handed over at one time for one prescription. Append-only."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="dispenses")
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="dispenses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="dispenses")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = ClinicalQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispensing")
        verbose_name_plural = _("dispensings")
        constraints = [models.UniqueConstraint(fields=["id", "patient", "clinic"], name="dispense_patient_clinic")]
        triggers = [
            pgtrigger.Protect(name="dispense_append_only", operation=APPEND_ONLY),
            pgtrigger.Trigger(
                name="dispense_of_a_signed_prescription",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=OF_A_SIGNED_ONE,
            ),
        ]


class DispenseLine(models.Model):
    """What left one batch for one prescribed medicine: right patient, medicine, dose, route and time, as stored facts."""

    dispense = models.ForeignKey(Dispense, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey(PrescriptionItem, on_delete=models.PROTECT, related_name="dispense_lines")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="dispense_lines")
    quantity = models.PositiveIntegerField(_("quantity"))
    batch_reason = models.CharField(_("why this batch"), max_length=200, blank=True)
    substitute_reason = models.CharField(_("why another medicine"), max_length=200, blank=True)
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(name="dispense_line_quantity", condition=Q(quantity__gte=1))]
        triggers = [pgtrigger.Protect(name="dispense_line_append_only", operation=APPEND_ONLY)]


class DispenseReturn(models.Model):
    """Medicines that came back from one dispensing at one time: the reversing row. Append-only.

    The bill follows: a draft is reduced, an issued one has a `credit_note`.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    dispense = models.ForeignKey(Dispense, on_delete=models.PROTECT, related_name="returns")
    reason = models.CharField(_("reason"), max_length=200)
    restock = models.BooleanField(_("back on the shelf"))
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = ClinicalQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.CheckConstraint(
                name="return_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why it comes back."),
            )
        ]
        triggers = [pgtrigger.Protect(name="return_append_only", operation=APPEND_ONLY)]


class DispenseReturnLine(models.Model):
    """What came back of one line, and where it went. Append-only; never more than was given."""

    class Outcome(models.TextChoices):
        SHELF = "shelf", _("Back on the shelf")
        QUARANTINE = "quarantine", _("Kept apart with its batch")
        WRITTEN_OFF = "written_off", _("Written off")

    returned = models.ForeignKey(DispenseReturn, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(DispenseLine, on_delete=models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField(_("quantity"))
    outcome = models.CharField(_("where it went"), max_length=11, choices=Outcome)

    class Meta:
        constraints = [models.CheckConstraint(name="return_line_quantity", condition=Q(quantity__gte=1))]
        triggers = [
            pgtrigger.Protect(name="return_line_append_only", operation=APPEND_ONLY),
            pgtrigger.Trigger(
                name="return_within_given",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("given", "INTEGER"), ("handed", "BIGINT"), ("already", "BIGINT")],
                func=WITHIN_WHAT_WAS_GIVEN,
            ),
        ]
