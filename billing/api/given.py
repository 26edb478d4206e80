"""What the JSON door takes of money."""

from rest_framework import serializers

from billing.models import Payment, Service
from clinic.api import Amount, Given, Listing, Num, Text, Whole

QUANTITY = {"min_value": 1, "max_value": 100_000}


class InvoiceLineGiven(Given):
    """A charge: a service of the price list, or a text with a price. What a service does not say can be named."""

    id = Whole(min_value=1, required=False, help_text="A line of this draft to change (PATCH only).")
    service = Whole(min_value=1, required=False, allow_null=True)
    text = Text(max_length=300, required=False)
    quantity = Whole(**QUANTITY, required=False)
    unit_price = Amount(min_value=0, required=False, allow_null=True, help_text="Before tax.")
    tax_rate = Num(min_value=0, max_value=100, max_digits=6, decimal_places=3, required=False, allow_null=True)
    discount = Amount(min_value=0, required=False)
    discount_reason = Text(max_length=200, required=False, allow_blank=True)


class Approved(Given):
    """Above the clinic's limit a manager of the clinic signs with name and password, unless the caller is one."""

    approver = Text(max_length=150, required=False, allow_blank=True, help_text="A manager's user name.")
    approver_password = serializers.CharField(
        max_length=128, required=False, allow_blank=True, trim_whitespace=False, write_only=True
    )


class InvoiceGiven(Approved):
    """A bill by hand of `patient` and `lines`; or with the mode auto that of a `visit` or a `prescription`."""

    example = {"patient": 7, "lines": [{"service": 1, "quantity": 1}, {"text": "Report", "unit_price": "40.00"}]}
    mode = serializers.ChoiceField(choices=[("manual", "manual"), ("auto", "auto")], default="manual")
    patient = Whole(min_value=1, required=False)
    lines = InvoiceLineGiven(many=True, required=False, max_length=200)
    visit = Whole(min_value=1, required=False)
    prescription = Whole(min_value=1, required=False)


class InvoiceChange(Approved):
    """The whole list of charges as it shall be, or one discount over all of them."""

    lines = InvoiceLineGiven(
        many=True, required=False, max_length=200, help_text="Charges of a visit or the pharmacy stay."
    )
    discount = Amount(min_value=0, required=False, help_text="Spread over all lines in proportion.")
    discount_reason = Text(max_length=200, required=False, allow_blank=True)
    version = Whole(min_value=1, required=False)


class PayGiven(Given):
    """Money received."""

    example = {"amount": "150.00", "method": "cash", "tendered": "200.00"}
    amount = Amount()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    tendered = Amount(required=False, allow_null=True, help_text="Cash that was handed over; the change follows.")
    reference = Text(max_length=60, required=False, allow_blank=True)
    expected_due = Amount(required=False, help_text="What the payer was told; refused when it is another by now.")


class BillReasonGiven(Given):
    """Why."""

    reason = Text(max_length=200)


class CreditNoteLineGiven(Given):
    """So much of one charge."""

    line = Whole(min_value=1)
    quantity = Whole(**QUANTITY)


class CancelGiven(BillReasonGiven, Approved):
    """Why a bill is cancelled."""


class CreditNoteGiven(BillReasonGiven, Approved):
    """Which charges are taken back, and why; without lines all that is left of them."""

    lines = CreditNoteLineGiven(many=True, required=False, max_length=200)


class RefundGiven(BillReasonGiven, Approved):
    """Money to give back."""

    amount = Amount()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    reference = Text(max_length=60, required=False, allow_blank=True)


class ReceiptAsked(Given):
    payment = Whole(min_value=1, required=False, help_text="By default the latest one.")


class ServiceGiven(Given):
    """A line of the price list."""

    name = Text(max_length=200)
    name_other_script = Text(max_length=200, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=Service.Kind.choices, required=False)
    doctor = Whole(min_value=1, required=False, allow_null=True, help_text="For a consultation.")
    price = Amount(min_value=0, required=False, allow_null=True, help_text="Before tax.")
    tax_rate = Num(
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        required=False,
        allow_null=True,
        help_text="Percent.",
    )


class ServiceChange(ServiceGiven):
    """What changes of it."""

    is_active = serializers.BooleanField(required=False)
    version = Whole(min_value=1, required=False)


class DrawerOpenGiven(Given):
    """What lies in the drawer."""

    opening_float = Amount(min_value=0, required=False)


class DrawerCountGiven(Given):
    """What was counted."""

    counted = Amount(min_value=0)


class DrawerHandOverGiven(Given):
    """Who receives the drawer."""

    to = Whole(min_value=1, help_text="A user of reception or a manager; its cashier takes it back.")


class DrawerCloseGiven(Given):
    """The last count, and why it differs."""

    counted = Amount(min_value=0, required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)


class SessionsAsked(Listing):
    status = serializers.ChoiceField(choices=[("open", "open"), ("closed", "closed")], required=False)
    cashier = Whole(min_value=1, required=False)
    orders = {"newest": ("-pk",), "opened_at": ("opened_at",)}
