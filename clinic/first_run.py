"""The four questions of the first run, as a form."""

import zoneinfo

from crispy_forms.layout import Div, Layout, LayoutObject
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clinic.countries import BY_CODE, COUNTRIES
from clinic.forms import DecimalTextField, HouseForm
from clinic.models import User
from clinic.setup import parse_doctors
from clinic.sign_in import password_field

LATIN = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}


class Question(LayoutObject):
    """A numbered question and its fields."""

    def __init__(self, number, text, *fields):
        self.number, self.text, self.fields = number, text, list(fields)

    def render(self, form, context, template_pack="bootstrap5", **kwargs):
        inner = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return format_html(
            '<section class="question" aria-labelledby="question-{0}"><h2 id="question-{0}"><span class="num">{0}</span> {1}</h2>{2}</section>',
            self.number,
            self.text,
            inner,
        )


class SetupForm(HouseForm):
    """Which clinic, where, who you are, which doctors. What is left blank comes from the country."""

    code = forms.CharField(
        label=_("Code from the console"), max_length=60, widget=forms.TextInput(attrs={**LATIN, "class": "code"})
    )
    name = forms.CharField(label=_("Name of the clinic"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto"}))
    name_other_script = forms.CharField(
        label=_("The same name in the other script"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    country = forms.ChoiceField(label=_("Country"), choices=[(c.code, c.name) for c in COUNTRIES])
    language = forms.ChoiceField(label=_("Language of the screens"), choices=[("en", "English"), ("ar", "العربية")])
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$", label=_("Currency"), required=False, widget=forms.TextInput(attrs={**LATIN, "maxlength": 3})
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, required=False, widget=forms.TextInput(attrs=LATIN)
    )
    tax_name = forms.CharField(
        label=_("Name of the tax"), max_length=20, required=False, widget=forms.TextInput(attrs=LATIN)
    )
    tax_rate = DecimalTextField(
        label=_("Tax rate, %"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        help_text=_("Medical care is often exempt: then write 0."),
    )
    price = DecimalTextField(
        label=_("Usual consultation, before tax"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=3,
        help_text=_("Can wait. Until there is a price, a bill says that it is missing."),
    )
    your_name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "name"})
    )
    your_name_other = forms.CharField(
        label=_("Your name in the other script"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    username = forms.RegexField(
        r"^[\w.@+-]+$",
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"invalid": _("Letters, figures and . @ + - _ only.")},
    )
    password = password_field(
        _("Password"), "new-password", help_text=_("At least 12 characters. Three or four words are good.")
    )
    again = password_field(_("Password again"), "new-password")
    all_roles = forms.BooleanField(
        label=_("I also work at the desk, at the till and in the pharmacy"), required=False, initial=True
    )
    also_doctor = forms.BooleanField(label=_("I also see patients as a doctor"), required=False)
    doctors = forms.CharField(
        label=_("Your doctors, one a line"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "placeholder": "Omar Haddad / عمر حداد, 3"}),
        help_text=_(
            "Name / name in the other script, room. Script and room may be left out; each doctor gets an account and the hours 09:00 to 17:00."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(
            "code",
            Question(1, _("Which clinic is this?"), Div("name", "name_other_script", css_class="fields")),
            Question(
                2,
                _("Where is it?"),
                Div("country", "language", css_class="fields"),
                Div("currency", "time_zone", "tax_name", "tax_rate", css_class="fields"),
                "price",
            ),
            Question(
                3,
                _("Who are you?"),
                Div("your_name", "your_name_other", css_class="fields"),
                Div("username", "password", "again", css_class="fields"),
                "all_roles",
                "also_doctor",
            ),
            Question(4, _("Who sees patients?"), "doctors"),
        )

    def clean_time_zone(self):
        zone = self.cleaned_data["time_zone"].strip()
        if zone and zone not in zoneinfo.available_timezones():
            raise ValidationError(_("This time zone is not known."))
        return zone

    def clean_doctors(self):
        doctors = parse_doctors(self.cleaned_data["doctors"])
        if len(doctors) > 60:
            raise ValidationError(_("Sixty doctors at once are enough; the others can follow in the settings."))
        return doctors

    def clean(self):
        values = super().clean()
        if values.get("password"):
            self._check_password(values)
        if not values.get("doctors") and not values.get("also_doctor") and "doctors" not in self.errors:
            self.add_error("doctors", _("Name at least one doctor, or say that you see patients yourself."))
        return values

    def _check_password(self, values):
        if values.get("again") and values["again"] != values["password"]:
            self.add_error("again", _("The two passwords differ."))
        try:
            password_validation.validate_password(
                values["password"], User(username=values.get("username", ""), name=values.get("your_name", ""))
            )
        except ValidationError as error:
            self.add_error("password", error)

    def answers(self):
        """The valid form as keyword arguments of `setup.open_clinic`; blanks are filled from the country."""
        values = self.cleaned_data
        country = BY_CODE[values["country"]]
        clinic = {
            "name": values["name"],
            "name_other_script": values["name_other_script"],
            "country": country.code,
            "language": values["language"],
            "currency": values["currency"].upper() or country.currency,
            "time_zone": values["time_zone"] or country.time_zone,
            "tax_name": values["tax_name"] or country.tax_name,
            "tax_rate": country.tax_rate if values["tax_rate"] is None else values["tax_rate"],
            "weekend": country.weekend,
        }
        manager = {
            "name": values["your_name"],
            "name_other_script": values["your_name_other"],
            "username": values["username"],
            "password": values["password"],
        }
        return {
            "code": values["code"],
            "clinic": clinic,
            "manager": manager,
            "doctors": values["doctors"],
            "price": values["price"],
            "also_doctor": values["also_doctor"],
            "all_roles": values["all_roles"],
        }
