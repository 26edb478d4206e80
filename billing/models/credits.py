"""What is taken back of an issued bill: credit notes that mirror its lines."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.bills import Invoice, InvoiceLine
from billing.models.common import DocumentQuerySet, money_field
from clinic.models import APPEND_ONLY, Clinic, User
from patients.models import Patient


class CreditNote(models.Model):
    """A document that lowers what is owed on an issued bill. Append-only, with a number of its own."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="credit_notes")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(_("number"), max_length=30)
    reason = models.CharField(_("reason"), max_length=200)
    subtotal = money_field(_("subtotal"))
    discount = money_field(_("discount"))
    tax = money_field(_("tax"))
    total = money_field(_("total"))
    day = models.DateField(_("day"))
    by = models.ForeignKey(User, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit note")
        verbose_name_plural = _("credit notes")
        indexes = [models.Index(fields=["clinic", "day"], name="credit_note_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="credit_note_one_number"),
            models.CheckConstraint(name="credit_note_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="credit_note_sums",
                condition=Q(total=F("subtotal") - F("discount") + F("tax"), total__gte=0, tax__gte=0, discount__gte=0),
            ),
        ]
        triggers = [pgtrigger.Protect(name="credit_note_append_only", operation=APPEND_ONLY)]

    def __str__(self):
        return self.number


class CreditLine(models.Model):
    """So much of one charge is taken back: the mirror of its line, of the same text, price and tax rate."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credits")
    quantity = models.PositiveIntegerField(_("quantity"))
    discount = money_field(_("discount"))
    net = money_field(_("net"))
    tax = money_field(_("tax"))
    total = money_field(_("total"))

    class Meta:
        verbose_name = _("credited line")
        verbose_name_plural = _("credited lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["credit_note", "line"], name="credit_line_once_in_a_note"),
            models.CheckConstraint(name="credit_line_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="credit_line_sums",
                condition=Q(total=F("net") + F("tax"), net__gte=0, tax__gte=0, discount__gte=0),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="credit_line_append_only", operation=APPEND_ONLY),
            pgtrigger.Trigger(
                name="credit_line_within_its_line",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("billed", "billing_invoiceline"), ("taken", "BIGINT"), ("money", "NUMERIC")],
                func="""
                    SELECT * INTO billed FROM billing_invoiceline WHERE id = NEW.line_id;
                    SELECT coalesce(sum(quantity), 0), coalesce(sum(total), 0) INTO taken, money
                    FROM billing_creditline WHERE line_id = NEW.line_id;
                    IF taken + NEW.quantity > billed.quantity OR money + NEW.total > billed.total THEN
                        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = '23514';
                    END IF;
                    IF billed.invoice_id <> (SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id) THEN
                        RAISE EXCEPTION 'the line is of another bill' USING ERRCODE = '23514';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
