"""What the JSON door answers of money."""

from rest_framework import serializers

from billing import queries
from billing.models import CashSession, Invoice, Payment
from clinic.api import Amount, Moment, Num, Shown, Text
from clinic.money import quantize


def currency_of(row):
    """The currency of a bill, of a document or line of one, or of a drawer."""
    for path in ("invoice", "credit_note.invoice", "line.invoice", "clinic"):
        owner = row
        for name in path.split("."):
            owner = getattr(owner, name, None)
        if owner is not None:
            return owner.currency
    return row.currency


class Money(Amount):
    """An amount with its currency's own decimals; a unit price may have one more (`exact`)."""

    def __init__(self, *, exact=False, **kwargs):
        self.exact = exact
        super().__init__(**kwargs)

    def get_attribute(self, instance):
        value = super().get_attribute(instance)
        if value is None:
            return None
        rounded = quantize(value, currency_of(instance))
        return value.normalize() + 0 if self.exact and rounded != value else rounded


class InvoiceLineShown(Shown):
    """One charge of a bill."""

    id = serializers.IntegerField()
    text = Text()
    service = serializers.IntegerField(source="service_id", allow_null=True)
    source = Text(help_text="What charged it (a visit, a medicine given); empty when it was written by hand.")
    quantity = serializers.IntegerField()
    credited = serializers.SerializerMethodField(help_text="How much of the quantity was credited since.")
    unit_price = Money(exact=True, help_text="Before tax.")
    discount = Money()
    discount_reason = Text()
    tax_rate = Num(help_text="Percent.")
    tax = Money()
    total = Money(help_text="After discount, with tax.")

    def get_credited(self, line) -> int:
        """Units credited so far."""
        return sum(credit.quantity for credit in line.credits.all())


class InvoiceShown(Shown):
    """A bill with its charges. Owed is total - credited; the clinic holds paid - refunded; due is the difference."""

    id = serializers.IntegerField()
    number = Text(allow_null=True, help_text="Null until it is issued.")
    patient = serializers.IntegerField(source="patient_id")
    visit = serializers.SerializerMethodField(help_text="The visit it charges, or null.")
    mode = serializers.ChoiceField(choices=Invoice.Mode.choices)
    status = serializers.ChoiceField(source="state", choices=Invoice.State.choices)
    lines = serializers.SerializerMethodField()
    subtotal = Money()
    discount = Money()
    tax = Money()
    total = Money()
    credited = Money()
    paid = Money()
    refunded = Money()
    due = Money()
    currency = Text()
    date = serializers.DateField(source="day")
    issued_at = Moment(allow_null=True)
    cancelled_at = Moment(allow_null=True)
    cancel_reason = Text()
    version = serializers.IntegerField()

    def get_visit(self, invoice) -> int | None:
        """The visit's id: one-to-one from above, so read by name."""
        return getattr(getattr(invoice, "visit", None), "pk", None)

    def get_lines(self, invoice) -> InvoiceLineShown(many=True):
        """The charges, without those taken back whole before the bill was issued."""
        rows = [line for line in invoice.lines.all() if line.quantity]
        return self.below(InvoiceLineShown, rows)


class PaymentShown(Shown):
    """Money received, and how the bill stands now."""

    id = serializers.IntegerField()
    invoice = serializers.IntegerField(source="invoice_id")
    patient = serializers.IntegerField(source="patient_id")
    receipt_number = Text()
    amount = Money()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    tendered = Money(allow_null=True)
    change = Money()
    reference = Text()
    currency = Text(source="invoice.currency")
    at = Moment()
    by = serializers.IntegerField(source="by_id")
    cash_session = serializers.IntegerField(source="session_id", allow_null=True)
    status = serializers.ChoiceField(source="invoice.state", choices=Invoice.State.choices, help_text="Of the bill.")
    due = serializers.SerializerMethodField(help_text="What is left to pay on the bill.")

    def get_due(self, payment) -> str:
        """The bill's due."""
        return format(quantize(payment.invoice.due, payment.invoice.currency), "f")


class RefundShown(Shown):
    """Money given back."""

    id = serializers.IntegerField()
    number = Text()
    invoice = serializers.IntegerField(source="invoice_id")
    patient = serializers.IntegerField(source="patient_id")
    amount = Money()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    reason = Text()
    reference = Text()
    currency = Text(source="invoice.currency")
    at = Moment()
    by = serializers.IntegerField(source="by_id")
    approved_by = serializers.IntegerField(source="approved_by_id", allow_null=True)
    cash_session = serializers.IntegerField(source="session_id", allow_null=True)
    status = serializers.ChoiceField(source="invoice.state", choices=Invoice.State.choices, help_text="Of the bill.")


class CreditNoteLineShown(Shown):
    """So much of a charge was taken back."""

    line = serializers.IntegerField(source="line_id")
    text = Text(source="line.text")
    quantity = serializers.IntegerField()
    unit_price = serializers.SerializerMethodField()
    discount = Money()
    tax = Money()
    total = Money()

    def get_unit_price(self, row) -> str:
        """The price of the charge."""
        return Money(exact=True).to_representation(quantize(row.line.unit_price, currency_of(row)))


class CreditNoteShown(Shown):
    """A credit note: the mirror of charges of an issued bill."""

    id = serializers.IntegerField()
    number = Text()
    invoice = serializers.IntegerField(source="invoice_id")
    patient = serializers.IntegerField(source="patient_id")
    reason = Text()
    lines = CreditNoteLineShown(many=True)
    subtotal = Money()
    discount = Money()
    tax = Money()
    total = Money()
    currency = Text(source="invoice.currency")
    at = Moment()
    by = serializers.IntegerField(source="by_id")
    status = serializers.ChoiceField(source="invoice.state", choices=Invoice.State.choices, help_text="Of the bill.")
    refundable = serializers.SerializerMethodField(help_text="What can be given back now.")

    def get_refundable(self, note) -> str:
        """What was paid and is no longer owed."""
        return format(quantize(note.invoice.over, note.invoice.currency), "f")


class ServiceShown(Shown):
    """A line of the price list."""

    id = serializers.IntegerField()
    name = Text()
    name_other_script = Text()
    kind = Text()
    doctor = serializers.IntegerField(source="doctor_id", allow_null=True)
    price = Money(exact=True, allow_null=True, help_text="Before tax; null: nothing can be billed with it yet.")
    currency = Text(source="clinic.currency")
    tax_rate = Num(allow_null=True, help_text="Percent; null: the clinic's.")
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class CashSessionShown(Shown):
    """A cashier's drawer. What is expected is told after the count, so that it is counted blind."""

    id = serializers.IntegerField()
    cashier = serializers.IntegerField(source="cashier_id")
    status = serializers.SerializerMethodField()
    opened_at = Moment()
    opening_float = Money()
    counted = Money(allow_null=True)
    counted_at = Moment(allow_null=True)
    expected = serializers.SerializerMethodField(help_text="Cash that should be there; null until it is counted.")
    difference = serializers.SerializerMethodField(help_text="Counted minus expected; null until it is counted.")
    difference_reason = Text()
    handed_to = serializers.IntegerField(source="handed_to_id", allow_null=True)
    handed_at = Moment(allow_null=True)
    closed_at = Moment(allow_null=True)
    closed_by = serializers.IntegerField(source="closed_by_id", allow_null=True)
    currency = Text(source="clinic.currency")

    def get_status(self, session) -> str:
        """open, counted, handed_over or closed."""
        return queries.session_state(session)

    def get_expected(self, session: CashSession) -> str | None:
        """What should be in the drawer."""
        return self._figure(session, self._expected(session))

    def get_difference(self, session: CashSession) -> str | None:
        """Counted minus expected."""
        expected = self._expected(session)
        return self._figure(session, None if expected is None else session.counted - expected)

    def _expected(self, session):
        if session.closed_at is not None or session.counted is None:
            return session.expected
        return session.opening_float + session.cash_in - session.cash_out

    def _figure(self, session, value):
        return None if value is None else format(quantize(value, session.clinic.currency), "f")
