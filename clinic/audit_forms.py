"""The search of the audit viewer."""

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from clinic import queries
from clinic.audit_words import ACTIONS
from clinic.forms import HouseForm
from clinic.models import AuditEvent
from scheduling.days import parse_day


class DayField(forms.CharField):
    """A day as people write it (20 Nov 2026, 20/11, -3d); see scheduling.days."""

    widget = forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "20-Nov-2026, -7d"})

    def __init__(self, **kwargs):
        super().__init__(max_length=30, **kwargs)
        self.today = None

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        day = parse_day(text, self.today)
        if day is None:
            raise forms.ValidationError(_("This day is not understood. Write it like 20-Nov-2026."))
        return day


class AuditSearchForm(HouseForm):
    """Who, what, which result, which days; ids only, so that it may stand in an address."""

    who = forms.ModelChoiceField(queries.staff_of(None), label=_("Who"), required=False, empty_label=_("Everybody"))
    action = forms.ChoiceField(label=_("What"), required=False)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=[("", _("Any")), *AuditEvent.Result.choices])
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)
    patient = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout("patient", "who", "action", "result", "first", "last")
        self.fields["first"].today = self.fields["last"].today = user.clinic.today()
        self.fields["who"].queryset = queries.staff_of(user.clinic)
        self.fields["action"].choices = [("", _("Everything")), *sorted(ACTIONS.items(), key=lambda pair: str(pair[1]))]

    def wanted(self):
        """The understood part of the search as arguments of `queries.audit_events`; what is wrong is left out."""
        self.is_valid()
        values = self.cleaned_data
        who = values.get("who")
        return {
            "who": who.pk if who else None,
            "action": values.get("action") or "",
            "result": values.get("result") or "",
            "first": values.get("first"),
            "last": values.get("last"),
            "patient_id": values.get("patient"),
            "before": values.get("before"),
        }

    def given(self, but=""):
        """The search without its page and without the field `but`, for the links to other pages."""
        left_out = ("before", but)
        return {
            name: value for name, value in self.data.items() if name in self.fields and name not in left_out and value
        }


class PatientForm(HouseForm):
    """Which patient: anything that `patients.queries.find` understands; nothing means all patients."""

    text = forms.CharField(
        label=_("Patient"),
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "dir": "auto", "placeholder": _("Name, phone or file number")}
        ),
    )
