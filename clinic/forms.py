"""What every form shares: western digits, a fresh idempotency key, the crispy helper."""

import uuid

from crispy_forms.helper import FormHelper
from django import forms

from clinic.text import to_western_digits


class DigitsMixin:
    """Accept Arabic-Indic and Persian digits in a text input."""

    def to_python(self, value):
        if isinstance(value, str):
            value = to_western_digits(value).strip()
        return super().to_python(value)


class DigitsCharField(DigitsMixin, forms.CharField):
    """Text such as a phone or a file number."""


class NumberMixin(DigitsMixin):
    """A number as people write it; Python would also read 1_0 as ten and 1e3 as a thousand."""

    def to_python(self, value):
        if isinstance(value, str) and any(sign in value for sign in "_eE"):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DecimalTextField(NumberMixin, forms.DecimalField):
    """A decimal typed as text, so that every keyboard's digits are welcome."""

    def __init__(self, **kwargs):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(**kwargs)


class IntegerTextField(NumberMixin, forms.IntegerField):
    """A whole number typed as text."""

    def __init__(self, **kwargs):
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(**kwargs)


class HouseForm(forms.Form):
    """A form laid out by crispy inside the template's own <form> element."""

    required_css_class = "required"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.show_errors = True


class IdempotentForm(HouseForm):
    """A form whose second click gets the first answer: it carries a key of its own."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["idempotency_key"].initial = uuid.uuid4
        self.fields["idempotency_key"].widget.attrs["autocomplete"] = "off"
