"""Money that came in and went out, and the drawers it lies in."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.bills import Invoice
from billing.models.common import DocumentQuerySet, money_field
from clinic.access import Role
from clinic.models import APPEND_ONLY, Clinic, ClinicQuerySet, User
from patients.models import Patient


def only_into_an_open_session(name):
    """The trigger that keeps a closed drawer closed: the row is locked, so that a closing under way is waited for."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("closed", "TIMESTAMPTZ")],
        func="""
            IF NEW.session_id IS NOT NULL THEN
                SELECT closed_at INTO closed FROM billing_cashsession WHERE id = NEW.session_id FOR SHARE;
                IF closed IS NOT NULL THEN
                    RAISE EXCEPTION 'the cash session is closed' USING ERRCODE = '23514';
                END IF;
            END IF;
            RETURN NEW;
        """,
    )


class CashSessionQuerySet(ClinicQuerySet):
    def visible_to(self, user):
        """Every drawer of the clinic for a manager; for others their own and the ones handed to them."""
        rows = super().visible_to(user)
        return rows if user.has_role(Role.MANAGER) else rows.filter(Q(cashier=user) | Q(handed_to=user))


class CashSession(models.Model):
    """One cashier's drawer from opening to closing; opened by the first cash payment when nobody opened it.

    `expected` (float, plus cash received, minus cash given back) is written at closing; nothing moves in it afterwards.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    cashier = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cash_sessions")
    opened_at = models.DateTimeField(default=timezone.now)
    opening_float = money_field(_("float"), default=0)
    counted = money_field(_("counted"), null=True)
    counted_at = models.DateTimeField(null=True)
    counted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    handed_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    handed_at = models.DateTimeField(null=True)
    expected = money_field(_("expected"), null=True)
    difference_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CashSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash session")
        verbose_name_plural = _("cash sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "cashier"],
                condition=Q(closed_at=None),
                name="cash_session_one_open",
                violation_error_message=_("This cashier's drawer is already open."),
            ),
            models.CheckConstraint(
                name="cash_session_amounts",
                condition=Q(opening_float__gte=0) & (Q(counted=None) | Q(counted__gte=0)),
            ),
            models.CheckConstraint(
                name="cash_session_closed_with_its_figures",
                condition=Q(closed_at=None, closed_by=None, expected=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False, expected__isnull=False, counted__isnull=False),
            ),
            models.CheckConstraint(
                name="cash_session_difference_has_a_reason",
                condition=Q(expected=None) | Q(counted=F("expected")) | ~Q(difference_reason=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="cash_session_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="cash_session_closed_for_good",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
        ]

    @property
    def difference(self):
        """Counted minus expected; None until it is closed."""
        return None if self.expected is None else self.counted - self.expected


class Payment(models.Model):
    """Money received. Append-only; a mistake is answered by another document, never by an edit."""

    class Method(models.TextChoices):
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        TRANSFER = "transfer", _("Transfer")
        UPI = "upi", _("UPI")
        OTHER = "other", _("Other")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    receipt_number = models.CharField(_("receipt"), max_length=30)
    method = models.CharField(_("method"), max_length=8, choices=Method)
    amount = money_field(_("amount"))
    tendered = money_field(_("received"), null=True)
    change = money_field(_("change"), default=0)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    session = models.ForeignKey(CashSession, on_delete=models.PROTECT, null=True, related_name="payments")
    day = models.DateField(_("day"))
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [models.Index(fields=["clinic", "day"], name="payment_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "receipt_number"], name="payment_one_receipt_number"),
            models.CheckConstraint(
                name="payment_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message=_("Write an amount above zero."),
            ),
            models.CheckConstraint(
                name="payment_change_sums",
                condition=Q(tendered=None, change=0) | Q(tendered=F("amount") + F("change"), change__gte=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="payment_append_only", operation=APPEND_ONLY),
            only_into_an_open_session("payment_into_an_open_session"),
        ]


class Refund(models.Model):
    """Money given back. Append-only, with a number of its own."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="refunds")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="refunds")
    number = models.CharField(_("number"), max_length=30)
    method = models.CharField(_("method"), max_length=8, choices=Payment.Method)
    amount = money_field(_("amount"))
    reason = models.CharField(_("reason"), max_length=200)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    session = models.ForeignKey(CashSession, on_delete=models.PROTECT, null=True, related_name="refunds")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    day = models.DateField(_("day"))
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        indexes = [models.Index(fields=["clinic", "day"], name="refund_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="refund_one_number"),
            models.CheckConstraint(
                name="refund_above_zero",
                condition=Q(amount__gt=0),
                violation_error_message=_("Write an amount above zero."),
            ),
            models.CheckConstraint(name="refund_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="refund_of_cash_from_a_session", condition=~Q(method="cash") | Q(session__isnull=False)
            ),
            models.CheckConstraint(
                name="refund_approved_by_another", condition=Q(approved_by=None) | ~Q(approved_by=F("by"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="refund_append_only", operation=APPEND_ONLY),
            only_into_an_open_session("refund_from_an_open_session"),
        ]

    def __str__(self):
        return self.number
