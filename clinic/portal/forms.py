"""What a patient types: a time, a reason, the code of the desk."""

from datetime import UTC, datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DigitsCharField, HouseForm, IdempotentForm


class TimeForm(IdempotentForm):
    """One of the offered times and, when booking, the reason."""

    starts = forms.CharField(label=_("Time"), max_length=20, error_messages={"required": _("Choose a time.")})
    reason = forms.CharField(
        label=_("Reason of the visit (optional)"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )

    def clean_starts(self):
        """The moment of a slot's stamp."""
        try:
            return datetime.strptime(self.cleaned_data["starts"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise forms.ValidationError(_("Choose a time.")) from error


class CancelForm(HouseForm):
    """Why, if the patient wants to say."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Why? (optional)"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


class LinkForm(HouseForm):
    """The code that the desk gave."""

    code = DigitsCharField(
        label=_("Code from the desk"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "class": "code"}),
    )
