"""What is on the shelf, and every move of it."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import money_field
from clinic.models import APPEND_ONLY, Clinic, ClinicQuerySet, User
from pharmacy.models.catalogue import Medicine


class Stock(models.Model):
    """What a clinic holds of a medicine: the row that is locked before its batches are read."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="stock")
    on_hand = models.IntegerField(_("on hand"), default=0)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.UniqueConstraint(fields=["clinic", "medicine"], name="stock_one_row"),
            models.CheckConstraint(
                name="stock_not_negative",
                condition=Q(on_hand__gte=0),
                violation_error_message=_("There is not enough on the shelf."),
            ),
        ]


class Batch(models.Model):
    """One lot of a medicine on the shelf."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("Available")
        ON_HOLD = "on_hold", _("On hold")
        RECALLED = "recalled", _("Recalled")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey(Medicine, verbose_name=_("medicine"), on_delete=models.PROTECT, related_name="batches")
    number = models.CharField(_("batch"), max_length=40)
    expires_on = models.DateField(_("expires"))
    remove_by = models.DateField(_("remove by"))
    cost = money_field(_("cost of a base unit"), null=True, blank=True)
    supplier = models.CharField(_("supplier"), max_length=120, blank=True)
    shelf = models.CharField(_("shelf"), max_length=20, blank=True)
    on_hand = models.IntegerField(_("on hand"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.AVAILABLE)
    state_reason = models.CharField(_("why held or recalled"), max_length=200, blank=True)
    state_at = models.DateTimeField(_("held or recalled at"), null=True)
    version = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        ordering = ["remove_by", "pk"]
        indexes = [models.Index(fields=["medicine", "clinic", "remove_by"], name="batch_earliest")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "medicine", "number", "expires_on"],
                name="batch_one_number",
                violation_error_message=_("This batch is already on the shelf."),
            ),
            models.CheckConstraint(
                name="batch_not_negative",
                condition=Q(on_hand__gte=0),
                violation_error_message=_("There is not enough of this batch."),
            ),
            models.CheckConstraint(name="batch_removed_by_expiry", condition=Q(remove_by__lte=F("expires_on"))),
            models.CheckConstraint(
                name="batch_recall_has_a_reason",
                condition=~Q(state="recalled") | (~Q(state_reason="") & Q(state_at__isnull=False)),
                violation_error_message=_("Say why the batch is recalled."),
            ),
            models.UniqueConstraint(fields=["id", "medicine", "clinic"], name="batch_medicine_clinic"),
        ]
        triggers = [
            pgtrigger.Protect(name="batch_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="batch_recall_ends_on_hold",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="recalled", new__state="available"),
            ),
        ]

    def __str__(self):
        return self.number


class StockMove(models.Model):
    """A change of stock. Append-only; what is on hand is the sum of the moves."""

    class Kind(models.TextChoices):
        RECEIVE = "receive", _("Received")
        DISPENSE = "dispense", _("Dispensed")
        RETURN = "return", _("Returned")
        COUNT = "count", _("Counted")
        WRITE_OFF = "write_off", _("Written off")
        TRANSFER = "transfer", _("Moved")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    quantity = models.IntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock move")
        verbose_name_plural = _("stock moves")
        indexes = [models.Index(fields=["clinic", "-at", "-id"], name="stock_move_newest")]
        constraints = [
            models.CheckConstraint(name="stock_move_not_zero", condition=~Q(quantity=0)),
            models.CheckConstraint(
                name="stock_move_sign",
                condition=Q(kind__in=("receive", "return"), quantity__gt=0)
                | Q(kind__in=("dispense", "write_off"), quantity__lt=0)
                | Q(kind__in=("count", "transfer")),
            ),
            models.CheckConstraint(
                name="stock_move_has_a_reason",
                condition=~Q(kind__in=("count", "write_off", "return")) | ~Q(reason=""),
                violation_error_message=_("Say why the stock changes."),
            ),
        ]
        triggers = [pgtrigger.Protect(name="stock_move_append_only", operation=APPEND_ONLY)]
