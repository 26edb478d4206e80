"""The shape of what is written on a visit."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.forms import DecimalTextField, DigitsCharField, HouseForm, IntegerTextField
from clinic.text import to_western_digits
from visits.models import Note

WORDS = {"rows": 2, "dir": "auto", "autocomplete": "off", "spellcheck": "true", "data-phrases": "note-phrases"}


class NoteForm(HouseForm):
    """The doctor's note, with the version on which it is written."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    complaint = forms.CharField(
        label=_("Complaint"), required=False, max_length=8000, widget=forms.Textarea(attrs=WORDS), strip=False
    )
    examination = forms.CharField(
        label=_("Examination"), required=False, max_length=8000, widget=forms.Textarea(attrs=WORDS), strip=False
    )
    plan = forms.CharField(
        label=_("Plan"), required=False, max_length=8000, widget=forms.Textarea(attrs=WORDS), strip=False
    )

    @classmethod
    def of(cls, visit, **kwargs):
        """The form filled with the visit's note."""
        words = {name: getattr(visit, name) for name in ("version", "complaint", "examination", "plan")}
        return cls(initial=words, **kwargs)


class PressureField(DigitsCharField):
    """A blood pressure in one field: `168/104`, also with a space or a dash between; gives (systolic, diastolic)."""

    SHAPE = re.compile(r"^(\d{2,3})\s*[/\-\s\\]\s*(\d{2,3})$")

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        match = self.SHAPE.match(text)
        if not match:
            raise ValidationError(_("Write the blood pressure as 120/80."))
        return int(match[1]), int(match[2])


class MeasureField(DecimalTextField):
    """A decimal measurement; a comma serves as the point, since many keyboards have no other."""

    def to_python(self, value):
        if isinstance(value, str):
            value = to_western_digits(value).replace(",", ".")
        return super().to_python(value)


def _whole(label):
    return IntegerTextField(label=label, required=False, min_value=0, max_value=999)


def _decimal(label, digits, places):
    return MeasureField(label=label, required=False, min_value=0, max_digits=digits, decimal_places=places)


class VitalsForm(HouseForm):
    """Measurements: all optional, one field each. `confirmed` holds "field=value" of what was asked about."""

    LONE = ("pulse", "temperature", "spo2", "respiration", "weight", "height", "glucose", "pain")

    pressure = PressureField(
        label=_("Blood pressure"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "placeholder": "120/80"}),
    )
    pulse = _whole(_("Pulse"))
    temperature = _decimal(_("Temperature"), 4, 1)
    spo2 = _whole(_("Oxygen saturation"))
    respiration = _whole(_("Breaths"))
    weight = _decimal(_("Weight"), 6, 2)
    height = _decimal(_("Height"), 5, 1)
    glucose = _decimal(_("Glucose"), 5, 1)
    pain = _whole(_("Pain, 0 to 10"))
    confirmed = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    @classmethod
    def of(cls, vitals, **kwargs):
        """The form filled with measurements to correct."""
        initial = {name: getattr(vitals, name) for name in cls.LONE}
        if vitals.systolic:
            initial["pressure"] = f"{vitals.systolic}/{vitals.diastolic}"
        return cls(initial=initial, **kwargs)

    def values(self):
        """The measurements as fields of Vitals."""
        given = {name: self.cleaned_data.get(name) for name in self.LONE}
        given["systolic"], given["diastolic"] = self.cleaned_data.get("pressure") or (None, None)
        return given

    def was_confirmed(self):
        """Names of the measurements whose present value was already asked about."""
        asked = dict(pair.split("=", 1) for pair in self.cleaned_data["confirmed"].split(",") if "=" in pair)
        return tuple(
            name for name, value in self.values().items() if value is not None and asked.get(name) == str(value)
        )

    def ask(self, refused):
        """Show a refusal beside its fields; what is only improbable passes when the same values are sent again."""
        values, kept = self.values(), [*self.was_confirmed(), *refused.alternatives]
        field = _field_of(refused.field)
        self.add_error(field if field in self.fields else None, str(refused.message))
        if refused.code == "impossible":
            for other in {_field_of(name) for name in refused.alternatives} - {field}:
                self.add_error(other, _("This value cannot be. Look again."))
        if refused.code == "improbable":
            self.data = {**self.data.dict(), "confirmed": ",".join(f"{name}={values[name]}" for name in kept)}


def _field_of(name):
    return "pressure" if name in ("systolic", "diastolic") else name


class WaitingVitalsForm(VitalsForm):
    """Measurements of somebody in line, with whom the number named when the form was shown."""

    patient = forms.IntegerField(
        required=False, min_value=1, widget=forms.HiddenInput(attrs={"autocomplete": "off", "id": "vitals-patient"})
    )


class DiagnosisForm(HouseForm):
    """One diagnosis: free text, or an ICD-10 code with its text."""

    text = forms.CharField(label=_("Diagnosis"), max_length=300)
    code = forms.CharField(required=False, max_length=10)


class AddendumForm(HouseForm):
    """Words added to a finished visit."""

    text = forms.CharField(
        label=_("Addendum"), max_length=8000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class CategoryNoteForm(HouseForm):
    """A dated remark of one kind beside the doctor's note."""

    category = forms.ChoiceField(
        label=_("Kind of note"),
        choices=Note.Category,
        initial=Note.Category.OBSERVATION,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    text = forms.CharField(
        label=_("Words"),
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "autocomplete": "off"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, auto_id="remark_%s", **kwargs)
