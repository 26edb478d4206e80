"""The shape of what is typed about a patient."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.forms import DigitsCharField, HouseForm, IdempotentForm
from patients import birth
from patients.models import Allergy, Patient

UNREADABLE = {
    "unreadable": _("Write a birth date or an age, such as 4/3/88, 04 Mar 1988, 1988, 38y or 8m."),
    "future": _("This day lies in the future."),
    "too_old": _("This would be more than 125 years ago."),
}


def _line(**attrs):
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


def _radios():
    return forms.RadioSelect(attrs={"class": "form-check-input"})


class BirthField(DigitsCharField):
    """A birth date or an age in one field; `today` must be set by the form. Gives patients.birth.Birth or None."""

    today = None

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return birth.read(text, self.today)
        except birth.Unreadable as error:
            raise forms.ValidationError(UNREADABLE[error.code], code=error.code) from error


class PersonForm(HouseForm):
    """Name, and what else is known of a person. `today` is the clinic's day."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=_line(dir="auto", **{"data-focus": ""}))
    name_other_script = forms.CharField(
        label=_("Name in the other script"), max_length=200, required=False, widget=_line(dir="auto")
    )
    sex = forms.ChoiceField(
        label=_("Sex"), choices=Patient.Sex.choices, initial=Patient.Sex.UNKNOWN, required=False, widget=_radios()
    )
    birth = BirthField(
        label=_("Birth date or age"),
        max_length=40,
        required=False,
        widget=_line(dir="auto", placeholder="4/3/88 · 38y"),
    )
    phone = DigitsCharField(
        label=_("Phone"), max_length=32, required=False, widget=_line(type="tel", inputmode="tel", dir="ltr")
    )
    national_id = DigitsCharField(label=_("National id"), max_length=40, required=False, widget=_line(dir="ltr"))
    second_phone = DigitsCharField(
        label=_("Second phone"), max_length=32, required=False, widget=_line(type="tel", inputmode="tel", dir="ltr")
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"})
    )
    address = forms.CharField(label=_("Address"), max_length=300, required=False, widget=_line(dir="auto"))
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Not known")), ("en", "English"), ("ar", "العربية")]
    )
    hearing_flag = forms.BooleanField(label=_("Hard of hearing"), required=False)
    mobility_flag = forms.BooleanField(label=_("Needs help to walk"), required=False)

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["birth"].today = today

    def clean_sex(self):
        """Nothing chosen is "not known"."""
        return self.cleaned_data["sex"] or Patient.Sex.UNKNOWN

    def facts(self):
        """The cleaned values as the fields of a patient."""
        values = {name: self.cleaned_data[name] for name in PERSON_FIELDS}
        born = self.cleaned_data["birth"]
        values["born_on"] = born.born_on if born else None
        values["born_precision"] = born.precision if born else Patient.Precision.DAY
        return values


PERSON_FIELDS = [name for name in PersonForm.base_fields if name != "birth"]


class RegisterForm(PersonForm, IdempotentForm):
    """A new patient: a name, and a phone, a birth date or an age; the rest can wait."""

    contact_name = forms.CharField(label=_("Person to call"), max_length=200, required=False, widget=_line(dir="auto"))
    contact_relation = forms.CharField(label=_("Relation"), max_length=60, required=False, widget=_line(dir="auto"))
    contact_phone = DigitsCharField(
        label=_("Their phone"), max_length=32, required=False, widget=_line(type="tel", inputmode="tel", dir="ltr")
    )

    def clean(self):
        """One of phone, birth date or age; and a phone for the person to call."""
        cleaned = super().clean()
        if not cleaned.get("birth") and not cleaned.get("phone") and not {"name", "birth", "phone"} & set(self.errors):
            self.add_error("birth", _("Write a phone, a birth date or an age."))
        if cleaned.get("contact_name") and not cleaned.get("contact_phone"):
            self.add_error("contact_phone", _("Write the phone of the person to call."))
        return cleaned

    def contact(self):
        """The person to call as keyword arguments, or None."""
        if not self.cleaned_data["contact_name"]:
            return None
        return {part: self.cleaned_data[f"contact_{part}"] for part in ("name", "relation", "phone")}


class EditForm(PersonForm):
    """What is known of `patient`, with the version it was read at. A birth date left as it stood stays untouched."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    deceased = BirthField(label=_("Deceased on"), max_length=40, required=False, widget=_line(dir="auto"))

    def __init__(self, data=None, *, patient, today):
        values = {name: getattr(patient, name) for name in PERSON_FIELDS}
        values["birth"] = birth.typed(patient.born_on, patient.born_precision, today)
        values["deceased"] = birth.typed(patient.deceased_on, "day", today)
        super().__init__(data, today=today, initial={**values, "version": patient.version})
        self.fields["deceased"].today = today

    def clean_deceased(self):
        """A whole date."""
        found = self.cleaned_data["deceased"]
        if found and found.precision != Patient.Precision.DAY:
            raise forms.ValidationError(_("Write the whole date, such as 20/11/2026."))
        return found.born_on if found else None

    def facts(self):
        """The cleaned values as the fields of a patient."""
        values = {**super().facts(), "deceased_on": self.cleaned_data["deceased"]}
        if "birth" not in self.changed_data:
            del values["born_on"], values["born_precision"]
        return values

    def differences(self):
        """[(label, saved, typed)] where what was typed is not what is saved."""
        return [
            (self.fields[name].label, self._shown(name, self.initial[name]), self._shown(name, self[name].data))
            for name in self.changed_data
            if name != "version"
        ]

    def _shown(self, name, value):
        choices = dict(getattr(self.fields[name], "choices", ()))
        if isinstance(self.fields[name], forms.BooleanField):
            return _("Yes") if value else _("No")
        return choices.get(value, value) or _("Not known")


class AllergyForm(HouseForm):
    """One substance a patient must not have."""

    substance = forms.CharField(
        label=_("Substance"), max_length=120, widget=_line(dir="auto", list="substances", **{"data-focus": ""})
    )
    reaction = forms.CharField(label=_("Reaction"), max_length=120, required=False, widget=_line(dir="auto"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Allergy.Kind.choices, initial=Allergy.Kind.ALLERGY, widget=_radios()
    )
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Allergy.Severity.choices, initial=Allergy.Severity.UNKNOWN
    )


class ConditionForm(HouseForm):
    """A long-standing problem."""

    text = forms.CharField(label=_("Problem"), max_length=300, widget=_line(dir="auto"))
    code = forms.CharField(label=_("ICD-10 code"), max_length=10, required=False, widget=_line(dir="ltr"))
    since = forms.CharField(label=_("Since"), max_length=20, required=False, widget=_line(dir="auto"))


class MergeForm(HouseForm):
    """Which of two files is kept, and why they are one person's."""

    keep = forms.ChoiceField(label=_("Keep"), widget=_radios())
    reason = forms.CharField(
        label=_("How you know (optional)"), max_length=300, required=False, widget=_line(dir="auto")
    )

    def __init__(self, data=None, *, pair):
        super().__init__(data, initial={"keep": str(pair[0].pk)})
        self.fields["keep"].choices = [(str(one.pk), one.file_number) for one in pair]
