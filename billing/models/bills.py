"""What is charged: bills and their lines."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.common import money_field
from billing.models.prices import Service
from clinic.access import STAFF, Role
from clinic.models import Clinic, User
from patients.models import Patient


class InvoiceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Invoices of the user's clinic for staff; a patient's own."""
        if user.has_role(*STAFF):
            return self.filter(clinic=user.clinic_id)
        if user.has_role(Role.PATIENT):
            return self.filter(patient__any_of=Patient.objects.own_ids(user)).exclude(state=Invoice.State.DRAFT)
        return self.none()

    def unpaid(self):
        """Invoices on which something is due."""
        return self.filter(state__in=("draft", "pending", "partly_paid"), total__gt=F("paid") + F("credited"))

    def with_due(self):
        """Each with `left`: what is still to pay, as a figure that can be summed. For bills that `unpaid` finds."""
        return self.annotate(left=F("total") - F("credited") - F("paid") + F("refunded"))


class Invoice(models.Model):
    """What is charged. Never edited after issue; carries its lines as they were that day.

    `paid`, `refunded` and `credited` are the sums of its payments, refunds and credit notes: what is owed is
    total - credited, what the clinic holds of it is paid - refunded.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PENDING = "pending", _("To pay")
        PARTLY_PAID = "partly_paid", _("Partly paid")
        PAID = "paid", _("Paid")
        CANCELLED = "cancelled", _("Cancelled")

    class Mode(models.TextChoices):
        AUTO = "auto", _("From the visit")
        MANUAL = "manual", _("By hand")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(_("number"), max_length=30, null=True, blank=True)
    state = models.CharField(_("state"), max_length=11, choices=State, default=State.DRAFT)
    mode = models.CharField(_("mode"), max_length=6, choices=Mode, default=Mode.AUTO)
    day = models.DateField(_("day"))
    currency = models.CharField(max_length=3)
    subtotal = money_field(_("subtotal"), default=0)
    discount = money_field(_("discount"), default=0)
    tax = money_field(_("tax"), default=0)
    total = money_field(_("total"), default=0)
    paid = money_field(_("paid"), default=0)
    refunded = money_field(_("refunded"), default=0)
    credited = money_field(_("credited"), default=0)
    issued_at = models.DateTimeField(_("issued"), null=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        indexes = [
            models.Index(fields=["clinic", "day"], name="invoice_by_day"),
            models.Index(fields=["patient", "-day"], name="invoice_by_patient"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="invoice_one_number"),
            models.CheckConstraint(
                name="invoice_paid_within_total",
                condition=Q(paid__gte=0, paid__lte=F("total")),
                violation_error_message=_("This would pay more than is due."),
            ),
            models.CheckConstraint(
                name="invoice_parts_make_total", condition=Q(total=F("subtotal") - F("discount") + F("tax"))
            ),
            models.CheckConstraint(
                name="invoice_amounts_not_negative",
                condition=Q(subtotal__gte=0, discount__gte=0, tax__gte=0, total__gte=0),
            ),
            models.CheckConstraint(
                name="invoice_number_at_issue",
                condition=Q(state="draft", number=None, issued_at=None)
                | Q(state="cancelled")
                | Q(state__in=("pending", "partly_paid", "paid"), number__isnull=False, issued_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invoice_credited_within_total", condition=Q(credited__gte=0, credited__lte=F("total"))
            ),
            models.CheckConstraint(
                name="invoice_refunds_only_what_is_over",
                condition=Q(refunded=0)
                | Q(refunded__gt=0, refunded__lte=F("paid") - F("total") + F("credited")) & Q(refunded__lte=F("paid")),
                violation_error_message=_("This would give back more than was paid too much."),
            ),
            models.CheckConstraint(
                name="invoice_state_matches_paid",
                condition=Q(state="draft", paid=0, credited=0)
                | Q(state="pending", paid=0, credited__lt=F("total"))
                | Q(state="partly_paid", paid__gt=0, paid__lt=F("total") - F("credited") + F("refunded"))
                | Q(state="paid", paid__gte=F("total") - F("credited") + F("refunded"))
                & (Q(total=0) | Q(paid__gt=F("refunded")))
                | Q(state="cancelled", paid=F("refunded")),
            ),
            models.UniqueConstraint(fields=["id", "patient", "clinic"], name="invoice_patient_clinic"),
        ]
        triggers = [
            pgtrigger.Protect(name="invoice_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="invoice_frozen_at_issue",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__number__isnull=False)
                & (
                    pgtrigger.Q(old__total__df=pgtrigger.F("new__total"))
                    | pgtrigger.Q(old__tax__df=pgtrigger.F("new__tax"))
                    | pgtrigger.Q(old__discount__df=pgtrigger.F("new__discount"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__patient__df=pgtrigger.F("new__patient"))
                ),
            ),
            pgtrigger.Trigger(
                name="invoice_never_overpaid",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.paid > OLD.paid AND NEW.paid - NEW.refunded > NEW.total - NEW.credited THEN
                        RAISE EXCEPTION 'more would be paid than is due'
                        USING ERRCODE = '23514', CONSTRAINT = 'invoice_paid_within_total';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return self.number or str(_("Draft"))

    @property
    def due(self):
        """What is left to pay; nothing on a cancelled bill."""
        if self.state == self.State.CANCELLED:
            return Decimal(0)
        return max(Decimal(0), self.total - self.credited - self.paid + self.refunded)

    @property
    def over(self):
        """What was paid and is no longer owed: it can be given back."""
        return max(Decimal(0), self.paid - self.refunded - (self.total - self.credited))


class InvoiceLine(models.Model):
    """One charge: text, quantity, price, discount and tax as of the day. `source` names what it came from ("visit:12")."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(_("text"), max_length=300)
    text_other_script = models.CharField(max_length=300, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = money_field(_("unit price"))
    discount = money_field(_("discount"), default=0)
    discount_reason = models.CharField(_("reason for the discount"), max_length=200, blank=True)
    tax_rate = models.DecimalField(_("tax rate, %"), max_digits=6, decimal_places=3, default=0)
    net = money_field(_("net"))
    tax = money_field(_("tax"))
    total = money_field(_("total"))
    source = models.CharField(max_length=60, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position"),
            models.UniqueConstraint(
                fields=["invoice", "source"],
                condition=~Q(source=""),
                name="invoice_line_once_for_a_source",
                violation_error_message=_("This is already on the bill."),
            ),
            models.CheckConstraint(
                # 0 is left of a charge that was taken back before the bill was issued; a medicine given points to it.
                name="invoice_line_quantity",
                condition=Q(quantity__gte=0),
            ),
            models.CheckConstraint(
                name="invoice_line_discount_within_price",
                condition=Q(discount__gte=0, unit_price__gte=0, net__gte=0),
                violation_error_message=_("The discount is larger than the price."),
            ),
            models.CheckConstraint(
                name="invoice_line_discount_has_a_reason",
                condition=Q(discount=0) | ~Q(discount_reason=""),
                violation_error_message=_("Say why there is a discount."),
            ),
            models.CheckConstraint(name="invoice_line_sums", condition=Q(total=F("net") + F("tax"))),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="invoice_line_frozen_at_issue",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("issued", "BOOLEAN"), ("parent", "BIGINT")],
                func="""
                    parent := CASE WHEN TG_OP = 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
                    SELECT number IS NOT NULL INTO issued FROM billing_invoice WHERE id = parent;
                    IF issued THEN RAISE EXCEPTION 'an issued invoice is never edited'; END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]
