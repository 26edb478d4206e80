"""`invoices/`: bills, from their draft to their receipt."""

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from billing import operations, queries, receipts
from billing.api.given import (
    CancelGiven,
    CreditNoteGiven,
    InvoiceChange,
    InvoiceGiven,
    PayGiven,
    ReceiptAsked,
    RefundGiven,
)
from billing.api.lists import CASHIERS, READERS, InvoicesAsked, bills_of, chosen
from billing.api.shown import CreditNoteShown, InvoiceShown, PaymentShown, RefundShown
from billing.approvals import approver_of
from billing.models import CreditNote, Invoice, InvoiceLine, Payment, Refund, Service
from clinic import audit, pdf
from clinic.api import PDF, Nothing, Pdf, Room, does, reads
from clinic.api.errors import renamed
from patients.models import Patient

ONLY_AUTO = _("Only with the mode auto.")
NOT_HERE = _("Bills of visits and prescriptions are not made here.")
NEEDED = _("This field is required.")
ABOVE_ZERO = _("Write an amount above zero.")
UNSIGNED = ["needs_approval", "approver_one_time"]


def the(model, *related):
    """How an endpoint brings a document that it made, of what the caller may see."""
    return lambda room, pk: model.objects.visible_to(room.request.user).select_related("invoice", *related).get(pk=pk)


class Invoices(Room):
    """Bills. Issued ones are never edited, only credited."""

    name = "invoices"

    def visible(self):
        return bills_of(self.request.user)

    @reads(READERS, InvoiceShown, asks=InvoicesAsked, many=True)
    def list(self, request, asked):
        """List bills, the latest first."""
        if "patient" in asked:
            patient = Patient.objects.visible_to(request.user).filter(pk=asked["patient"]).first()
            if patient is None:
                return self.visible().none()
            audit.record(request.user, "read", None, patient_id=patient.pk, part="bills")
        return chosen(self.visible(), asked, "number")

    @reads(READERS, InvoiceShown)
    def retrieve(self, request, asked, pk):
        """One bill."""
        return self.opened()

    @does(CASHIERS, InvoiceGiven, InvoiceShown, status=201, refuses=UNSIGNED + ["empty", "missing_price"])
    def create(self, request, given):
        """Make a bill.

        By hand it is a draft of `patient` and `lines`. With the mode auto it is the bill of a `visit` or of a
        `prescription`, whose charges were made when the visit was completed and the medicines given.
        """
        if given["mode"] == "auto":
            return self.automatic(request, given)
        extra = {name: [ONLY_AUTO] for name in ("visit", "prescription") if name in given}
        missing = {name: [NEEDED] for name in ("patient", "lines") if not given.get(name)}
        if extra or missing:
            raise ValidationError(extra | missing)
        return operations.bill_by_hand(
            clinic=request.user.clinic,
            patient=self.patient(given),
            by=request.user,
            lines=self.rows(given["lines"]),
            approved_by=self.approver(given),
        )

    def automatic(self, request, given):
        """The bill of a visit or a prescription: they stand on higher floors, which fill this in."""
        raise ValidationError({"mode": [NOT_HERE]})

    @does(CASHIERS, InvoiceChange, InvoiceShown, changes=True, refuses=UNSIGNED + ["already_issued", "from_elsewhere"])
    def partial_update(self, request, given, pk):
        """Change a draft: its charges, or one discount over all of them."""
        found = self.found()
        lines = self.rows(given["lines"], found) if "lines" in given else None
        with renamed(amount="discount", reason="discount_reason"):
            return operations.change_draft(
                invoice=found,
                by=request.user,
                version=given.get("version"),
                lines=lines,
                discount=given.get("discount"),
                discount_reason=given.get("discount_reason", ""),
                approved_by=self.approver(given),
            )

    @does(CASHIERS, Nothing, InvoiceShown, at="issue", refuses=["already_issued", "empty"])
    def issue(self, request, given, pk):
        """Issue a draft: it gets its number and is frozen."""
        return operations.issue(invoice=self.found(), by=request.user)

    @does(
        CASHIERS,
        CancelGiven,
        InvoiceShown,
        at="cancel",
        refuses=UNSIGNED + ["already_cancelled", "has_payments"],
    )
    def cancel(self, request, given, pk):
        """Cancel a bill on which nothing was paid.

        A draft made by hand needs nobody else; what a visit or the pharmacy has charged, and an issued bill, a manager.
        """
        return operations.cancel_invoice(
            invoice=self.found(), by=request.user, reason=given["reason"], approved_by=self.approver(given)
        )

    @does(
        CASHIERS,
        PayGiven,
        PaymentShown,
        status=201,
        key=True,
        fetch=the(Payment),
        at="pay",
        refuses=["already_paid", "cancelled", "due_changed", "too_much", "empty"],
    )
    def pay(self, request, given, pk):
        """Take a payment; a draft is issued first. Less than what is due is a part payment."""
        if not given["amount"].is_finite() or given["amount"] <= 0:
            raise ValidationError({"amount": [ABOVE_ZERO]})
        return operations.take_payment(invoice=self.found(), by=request.user, **given)

    @does(
        CASHIERS,
        CreditNoteGiven,
        CreditNoteShown,
        status=201,
        fetch=the(CreditNote),
        at="credit",
        refuses=UNSIGNED + ["not_issued", "already_cancelled", "too_much_credited"],
    )
    def credit(self, request, given, pk):
        """Take charges of an issued bill back by a credit note. What was paid above that can be refunded.

        Giving up more of what was not paid than the clinic's limit needs a manager.
        """
        found = self.found()
        lines = operations.whole_of(found)
        if "lines" in given:
            rows = InvoiceLine.objects.filter(invoice=found)
            lines = [
                {**row, "line": self.one_of(rows, row["line"], f"lines.{number}.line")}
                for number, row in enumerate(given["lines"])
            ]
        approved_by = self.approver(given)
        return operations.credit(
            invoice=found, by=request.user, lines=lines, reason=given["reason"], approved_by=approved_by
        )

    @reads(READERS, RefundShown, at="refunds", many=True)
    def refunds(self, request, asked, pk):
        """List what was given back of a bill."""
        found = self.found()
        audit.read(request, found, patient_id=found.patient_id, part="refunds")
        return Refund.objects.filter(invoice=found).select_related("invoice")

    @refunds.mapping.post
    @does(
        CASHIERS,
        RefundGiven,
        RefundShown,
        status=201,
        key=True,
        fetch=the(Refund),
        refuses=UNSIGNED + ["nothing_to_refund", "too_much", "no_session"],
    )
    def refund(self, request, given, pk):
        """Give money back: what was paid and is no longer owed after a credit note."""
        approved_by = self.approver(given)
        names = ("amount", "method", "reason", "reference")
        values = {name: given[name] for name in names if name in given}
        return operations.refund(invoice=self.found(), by=request.user, approved_by=approved_by, **values)

    @reads(READERS, PDF, asks=ReceiptAsked, at="receipt", refuses=["not_issued"])
    def receipt(self, request, asked, pk):
        """The receipt for an 80 mm printer, as PDF. From the second one on it is marked as a copy."""
        try:
            found = queries.invoice_detail(pk, Invoice.objects.visible_to(request.user).exclude(number=None))
        except Invoice.DoesNotExist as error:
            raise Http404 from error
        payments = [row for row in found.payments.all() if asked.get("payment") in (None, row.pk)]
        if "payment" in asked and not payments:
            raise Http404
        payment = payments[-1] if payments else None
        copy = payment is not None and queries.times_printed(payment) > 0
        audit.record(request.user, "print_receipt", payment or found, copy=copy)
        return Pdf(pdf.render("receipt", receipts.receipt_data(found, payment, copy=copy)))

    # --- what a body names -------------------------------------------------------------------------------------------

    def patient(self, given):
        """The patient a body or a query names."""
        return self.one_of(Patient.objects.visible_to(self.request.user), given["patient"], "patient")

    def approver(self, given):
        """The manager who signs, None when nobody does."""
        names = given.get("approver", ""), given.get("approver_password", "")
        return approver_of(self.request._request, *names, field="approver_password")

    def rows(self, given, invoice=None):
        """The lines of a body with services and lines as rows."""
        services = Service.objects.filter(clinic=self.request.user.clinic_id, is_active=True)
        found = []
        for number, row in enumerate(given):
            row, pk = dict(row), row.get("id")
            if row.get("service") is not None:
                row["service"] = self.one_of(services, row["service"], f"lines.{number}.service")
            if row.pop("id", None) is not None:
                rows = InvoiceLine.objects.filter(invoice=invoice) if invoice else InvoiceLine.objects.none()
                row["line"] = self.one_of(rows, pk, f"lines.{number}.id")
            found.append(row)
        return found
