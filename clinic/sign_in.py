"""The sign-in form, and where each role's shift begins."""

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.access import Role
from clinic.context import address
from clinic.forms import HouseForm

# In this order for people with several roles: whoever sees patients starts with them.
HOMES = [
    (Role.DOCTOR, "visits:consult"),
    (Role.RECEPTION, "scheduling:desk"),
    (Role.PHARMACIST, "pharmacy:worklist"),
    (Role.NURSE, "queues:lines"),
    (Role.MANAGER, "clinic:day"),
    (Role.DISPLAY, "queues:board"),
    (Role.PATIENT, "clinic:patient_home"),
]
PASSWORD_MAX = 128


def home_of(user):
    """The address of the screen on which this user's shift begins; "" when no role gives one."""
    for role, name in HOMES:
        if user.has_role(role) and (role != Role.DOCTOR or hasattr(user, "doctor")):
            url = address(name)
            if url:
                return url
    return ""


def password_field(label, autocomplete, **kwargs):
    """A password as it was typed: no stripping, at most 128 characters."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "dir": "ltr", "data-password": ""})
    return forms.CharField(label=label, strip=False, max_length=PASSWORD_MAX, widget=widget, **kwargs)


class SignInForm(HouseForm):
    """User name and password; one message for whatever is wrong with them."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}
        ),
    )
    password = password_field(_("Password"), "current-password")


class PreferencesForm(HouseForm):
    """A user's own choices."""

    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("ar", "العربية")])
    theme = forms.ChoiceField(label=_("Colours"), choices=[("light", _("Light")), ("dark", _("Dark"))])
    letter_keys = forms.BooleanField(
        label=_("Single letters act in lists"),
        required=False,
        help_text=_(
            "C checks in, P prints and so on, while a row of a list has the focus. Switch it off if keys are pressed by accident."
        ),
    )


class ForgotForm(HouseForm):
    """The address to which a code may go."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"})
    )


class CodeForm(HouseForm):
    """The code from the e-mail and the password it is to open."""

    token = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "dir": "ltr", "spellcheck": "false"}),
    )
    new = password_field(
        _("New password"), "new-password", help_text=_("At least 12 characters. Three or four words are good.")
    )
    again = password_field(_("New password again"), "new-password")

    def clean(self):
        values = super().clean()
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", _("The two new passwords differ."))
        return values


class OwnPasswordForm(HouseForm):
    """An own password in place of the present one."""

    old = password_field(_("Present password"), "current-password")
    new = password_field(
        _("New password"), "new-password", help_text=_("At least 12 characters. Three or four words are good.")
    )
    again = password_field(_("New password again"), "new-password")

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_old(self):
        old = self.cleaned_data["old"]
        if not self.user.check_password(old):
            raise ValidationError(_("This is not your present password."))
        return old

    def clean(self):
        values = super().clean()
        new = values.get("new")
        if new and values.get("again") and new != values["again"]:
            self.add_error("again", _("The two new passwords differ."))
        if new and new == values.get("old"):
            self.add_error("new", _("Choose a password that differs from the present one."))
        elif new:
            try:
                password_validation.validate_password(new, self.user)
            except ValidationError as error:
                self.add_error("new", error)
        return values
