"""The shape of what is typed at the till."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.denominations import pieces_of
from billing.models import Payment
from clinic import display
from clinic.forms import DecimalTextField, DigitsCharField, HouseForm, IdempotentForm, IntegerTextField
from clinic.models import User
from clinic.text import to_western_digits

GROUPED = re.compile(r"^\d{1,3}(,\d{3})+(\.\d*)?$")
LARGEST = Decimal("9999999999")


class MoneyField(DecimalTextField):
    """An amount in figures of any keyboard; commas only between thousands."""

    def __init__(self, **kwargs):
        super().__init__(**{"min_value": 0, "max_value": LARGEST, "decimal_places": 3, **kwargs})

    def to_python(self, value):
        """A Decimal, or None for nothing."""
        text = to_western_digits(value).strip() if isinstance(value, str) else value
        if isinstance(text, str) and GROUPED.match(text):
            text = text.replace(",", "")
        return super().to_python(text)


FIRST = {"data-focus": "", "data-select": ""}  # has focus when its form opens


def _line(**attrs):
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


class PayForm(IdempotentForm):
    """One payment: how, and what was received. `expected_due` is what the cashier saw."""

    method = forms.ChoiceField(label=_("Method"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    received = MoneyField(label=_("Amount received"))
    reference = DigitsCharField(label=_("Reference"), max_length=60, required=False, widget=_line(dir="ltr"))
    expected_due = forms.DecimalField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, invoice):
        due = invoice.clinic.round(invoice.due)
        super().__init__(data, initial={"method": Payment.Method.CASH, "received": due, "expected_due": due})
        rupees = invoice.currency == "INR"  # UPI is India's own way to pay
        self.fields["method"].choices = [c for c in Payment.Method.choices if rupees or c[0] != Payment.Method.UPI]
        self.fields["received"].widget.attrs.update(
            {"class": "form-control form-control-lg num", "data-focus": "", "data-select": ""}
        )

    def values(self):
        """The arguments of take_payment: cash above what is due comes back as change."""
        cleaned = self.cleaned_data
        cash = cleaned["method"] == Payment.Method.CASH
        return {
            "amount": min(cleaned["received"], cleaned["expected_due"]) if cash else cleaned["received"],
            "tendered": cleaned["received"] if cash else None,
            "method": cleaned["method"],
            "reference": cleaned["reference"],
            "expected_due": cleaned["expected_due"],
            "idempotency_key": cleaned["idempotency_key"],
        }


class ChargeForm(IdempotentForm):
    """A charge by hand: a service of the price list, or words with a price."""

    text = forms.CharField(label=_("Charge"), max_length=300, widget=_line(dir="auto", list="services"))
    quantity = IntegerTextField(label=_("Quantity"), initial=1, min_value=1, max_value=100_000)
    unit_price = MoneyField(label=_("Price before tax"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["idempotency_key"].widget.attrs["id"] = "charge-key"  # the payment's key stands on the same page


class SignedForm(forms.Form):
    """Above the clinic's limit a manager signs with name and password."""

    approver = forms.CharField(label=_("Manager's user name"), max_length=150, required=False, widget=_line(dir="ltr"))
    password = forms.CharField(
        label=_("Manager's password"),
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )


class DiscountForm(SignedForm, HouseForm):
    """A discount on one line, with its reason."""

    amount = MoneyField(label=_("Discount"), widget=_line(inputmode="decimal", dir="ltr", **FIRST))
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, widget=_line(dir="auto"))


class CancelForm(SignedForm, HouseForm):
    """Why a bill is cancelled."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_line(dir="auto", **FIRST))


class CreditForm(SignedForm, IdempotentForm):
    """What is taken back of an issued bill: how much of each charge, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_line(dir="auto"))

    def __init__(self, data=None, *, left):
        """`left` is [{"line": InvoiceLine with `shown`, "quantity": what can still be taken back}]."""
        super().__init__(data)
        self.left = left
        for row in left:
            self.fields[f"quantity-{row['line'].pk}"] = IntegerTextField(
                label=row["line"].shown, initial=row["quantity"], min_value=0, max_value=row["quantity"], required=False
            )
        first = f"quantity-{left[0]['line'].pk}" if left else "reason"
        self.fields[first].widget.attrs.update(FIRST)

    def rows(self):
        """The fields of the charges, each beside what can be taken back of it."""
        return [(self[f"quantity-{row['line'].pk}"], row["quantity"]) for row in self.left]

    def values(self):
        """The arguments of credit."""
        given = [(row["line"], self.cleaned_data[f"quantity-{row['line'].pk}"]) for row in self.left]
        lines = [{"line": line, "quantity": quantity} for line, quantity in given if quantity]
        return {"lines": lines, **{name: self.cleaned_data[name] for name in ("reason", "idempotency_key")}}


class RefundForm(SignedForm, IdempotentForm):
    """Money to give back."""

    method = forms.ChoiceField(label=_("Method"), widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    amount = MoneyField(label=_("Amount given back"), widget=_line(inputmode="decimal", dir="ltr", **FIRST))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_line(dir="auto"))

    def __init__(self, data=None, *, invoice):
        super().__init__(data, initial={"method": Payment.Method.CASH, "amount": invoice.clinic.round(invoice.over)})
        rupees = invoice.currency == "INR"
        self.fields["method"].choices = [c for c in Payment.Method.choices if rupees or c[0] != Payment.Method.UPI]


class FloatForm(HouseForm):
    """What lies in the drawer when it is opened."""

    float_amount = MoneyField(label=_("Float"), initial=0)


class CountForm(HouseForm):
    """What was counted: the sum, or how many there are of each note and coin."""

    counted = MoneyField(label=_("Counted in the drawer"), required=False)

    def __init__(self, data=None, *, currency):
        super().__init__(data)
        self.pieces = [(f"piece-{number}", value) for number, value in enumerate(pieces_of(currency))]
        for name, value in self.pieces:
            self.fields[name] = IntegerTextField(
                label=f"{value.normalize():f} ×", min_value=0, max_value=100_000, required=False
            )

    def notes(self):
        """The fields of the notes and coins."""
        return [self[name] for name, _value in self.pieces]

    def clean(self):
        cleaned = super().clean()
        by_piece = [value * cleaned[name] for name, value in self.pieces if cleaned.get(name) is not None]
        if by_piece:
            cleaned["counted"] = sum(by_piece)
        elif cleaned.get("counted") is None and "counted" not in self.errors:
            self.add_error("counted", _("Write what was counted."))
        return cleaned


class HandForm(HouseForm):
    """Who receives a counted drawer."""

    to = forms.ModelChoiceField(label=_("Hand over to"), queryset=User.objects.none(), empty_label=None)

    def __init__(self, data=None, *, people):
        super().__init__(data)
        self.fields["to"].queryset = people
        self.fields["to"].label_from_instance = display.staff_name


class CloseForm(HouseForm):
    """Why the count differs."""

    reason = forms.CharField(
        label=_("Reason for the difference"), max_length=200, required=False, widget=_line(dir="auto")
    )
