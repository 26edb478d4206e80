"""What people do for their own account before they can sign in: open one, or recover it."""

from rest_framework import serializers

from clinic import accounts, throttle, tokens
from clinic.api import Day, Given, Shown, Text, Whole, does
from clinic.api.room import BoundedJSON
from clinic.api_auth import Doorstep, Password, Secret, TokensShown, at, tells
from clinic.models import Clinic
from patients.models import Patient


class RegisterGiven(Given):
    """A patient's own account: for the file that the desk's code proves, else with a new file."""

    username = Text(max_length=150, required=False, help_text="Without it, the e-mail is the user name.")
    password = Password(help_text="At least 12 characters.")
    email = serializers.EmailField(required=False, allow_blank=True)
    code = Text(max_length=60, required=False, help_text="The code from the desk that proves whose file it is.")
    name = Text(max_length=200, required=False, allow_blank=True, help_text="Needed without a code.")
    name_other_script = Text(max_length=200, required=False, allow_blank=True)
    phone = Text(max_length=32, required=False, allow_blank=True)
    born_on = Day(required=False, allow_null=True)
    sex = serializers.ChoiceField(choices=Patient.Sex.choices, required=False)
    language = serializers.ChoiceField(choices=["en", "ar"], required=False)
    clinic = Whole(min_value=1, required=False, help_text="Of several clinics; else the first one.")


class ForgotGiven(Given):
    """The account's e-mail address."""

    email = serializers.EmailField()


class ResetGiven(Given):
    """The code from the e-mail and the new password."""

    token = Secret()
    password = Password(help_text="At least 12 characters.")


class AcceptedShown(Shown):
    """The same for every address."""

    accepted = serializers.BooleanField()


class OwnAccount(Doorstep):
    """An account's beginning and its recovery."""

    parser_classes = [BoundedJSON]

    @tells(201, TokensShown, 403)
    @does(None, RegisterGiven, TokensShown, status=201)
    def register(self, request, given):
        """Open a patient's own account and sign in.

        Public because a new patient has no account yet; the clinic may switch it off (403 `registration_closed`).
        """
        given, name = dict(given), given.get("username") or given.get("email", "")
        throttle.hold({"register.address": self.address(), **({"register.name": name} if name else {})})
        clinic = request.house
        if "clinic" in given:
            clinic = self.one_of(Clinic.objects.all(), given.pop("clinic"), "clinic")
        user = accounts.open_account(clinic=clinic, **given)
        return self.answer(TokensShown, tokens.begin_sign_in(user=user), status=201)

    @tells(202, AcceptedShown)
    @does(None, ForgotGiven, AcceptedShown, status=202)
    def forgot_password(self, request, given):
        """Ask for a code by e-mail.

        Public because who forgot the password cannot sign in. The answer, and the work behind it, are the same
        whether or not there is such an account.
        """
        throttle.hold({"forgot.address": self.address(), "forgot.email": given["email"]})
        accounts.ask_reset(email=given["email"])
        return self.answer(AcceptedShown, {"accepted": True}, status=202)

    @tells(204, None)
    @does(None, ResetGiven)
    def reset_password(self, request, given):
        """Choose a new password with the code from the e-mail.

        Public because the code is the proof. All sign-ins of the account end. The code works once, for thirty minutes.
        """
        throttle.hold({"reset.address": self.address()})
        accounts.reset_password(token=given["token"], password=given["password"])


ROOMS = []
PATHS = [
    at("register", OwnAccount, "register"),
    at("forgot-password", OwnAccount, "forgot_password"),
    at("reset-password", OwnAccount, "reset_password"),
]
