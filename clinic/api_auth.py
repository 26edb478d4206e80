"""The API's door: signing in and out, the tokens that follow, who one is, and tickets for sockets."""

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.parsers import FormParser

from clinic import accounts, operations, throttle, tokens
from clinic.access import STAFF, Role
from clinic.api import Given, Nothing, Room, Shown, does, reads, schema
from clinic.api.room import LONGEST_BODY, BoundedJSON
from clinic.errors import Refused
from clinic.models import User
from clinic.sign_in import PASSWORD_MAX

LANGUAGE = OpenApiParameter(
    "Accept-Language",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`en` or `ar`: who is not signed in has no language of the account.",
)
EVERYBODY = tuple(Role)
PEOPLE = (*STAFF, Role.PATIENT)  # a display is signed in by hand, once, on its own page


class Password(serializers.CharField):
    """A password as it was typed."""

    def __init__(self, **kwargs):
        super().__init__(max_length=PASSWORD_MAX, trim_whitespace=False, style={"input_type": "password"}, **kwargs)


class Secret(serializers.CharField):
    """A token or a code that we gave out."""

    def __init__(self, **kwargs):
        super().__init__(max_length=200, **kwargs)


class LoginGiven(Given):
    """Sign in with a name and a password, as JSON or as a form (OAuth2 password flow)."""

    example = {"grant_type": "password", "username": "reception", "password": "a quiet blue river"}
    username = serializers.CharField(max_length=254, help_text="The user name, or the account's e-mail address.")
    password = Password()
    grant_type = serializers.ChoiceField(choices=["password"], required=False)
    scope = serializers.CharField(required=False, allow_blank=True, help_text="Not used: roles say what is allowed.")
    client_id = serializers.CharField(required=False, allow_blank=True, help_text="Not used.")
    client_secret = serializers.CharField(required=False, allow_blank=True, help_text="Not used.")


class RefreshGiven(Given):
    """A refresh token, as JSON or as a form."""

    refresh_token = Secret()
    grant_type = serializers.ChoiceField(choices=["refresh_token"], required=False)


class LogoutGiven(Given):
    """Nothing is needed; a refresh token of another sign-in of the same account ends that one too."""

    refresh_token = Secret(required=False)


class ChangePasswordGiven(Given):
    """The present and the new password."""

    old_password = Password()
    new_password = Password(help_text="At least 12 characters.")


class AccountShown(Shown):
    """Who signed in."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.SerializerMethodField()

    def get_roles(self, user) -> list[str]:
        return sorted(str(role) for role in user.roles)


class TokensShown(Shown):
    """A pair of tokens (RFC 6749, section 5.1)."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField(help_text="Works once; the answer holds the next one.")
    token_type = serializers.CharField(help_text="bearer")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token ends.")
    user = AccountShown()


class MeShown(AccountShown):
    """The account in use."""

    name_other_script = serializers.CharField()
    email = serializers.CharField()
    language = serializers.CharField()
    clinic = serializers.IntegerField(source="clinic_id", allow_null=True)
    clinic_name = serializers.CharField(source="clinic.name", default=None, allow_null=True)
    currency = serializers.CharField(source="clinic.currency", default=None, allow_null=True)
    time_zone = serializers.CharField(source="clinic.time_zone", default=None, allow_null=True)
    doctor = serializers.SerializerMethodField()
    patient = serializers.SerializerMethodField()

    def get_doctor(self, user) -> int | None:
        return getattr(getattr(user, "doctor", None), "pk", None)

    def get_patient(self, user) -> int | None:
        return getattr(getattr(user, "patient", None), "pk", None)


class TicketShown(Shown):
    """Open `/ws/events?ticket=...` with it."""

    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds. It opens one socket.")


class BoundedForm(FormParser):
    """A form that is not endless."""

    def parse(self, stream, media_type=None, parser_context=None):
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
            raise exceptions.ParseError("Too long.")
        return super().parse(stream, media_type, parser_context)


def tells(status, gives, *more):
    """Document the answers of an endpoint that also gives the errors `more`, which others of its kind do not."""
    codes = sorted({400, 404, 409, 411, 415, 429, 503, *more})
    return extend_schema(
        auth=[],
        parameters=[LANGUAGE],
        responses={**schema.good(gives, False, status), **{code: schema.problem(code, ()) for code in codes}},
    )


class Doorstep(Room):
    """Endpoints for whoever is not signed in. A token sent along, living or dead, plays no part."""

    authentication_classes = []
    parser_classes = [BoundedJSON, BoundedForm]
    name = "auth"

    def address(self):
        """The address that asks, as the audit trail knows it."""
        return get_client_ip_address(self.request._request)


class Login(Doorstep):
    """Tokens for a password, and for a refresh token."""

    @tells(200, TokensShown, 401, 403)
    @does(None, LoginGiven, TokensShown)
    def login(self, request, given):
        """Sign in with a name and a password.

        Public because it is the door. 401 `invalid_grant` whatever is wrong; 403 `change_password_first` while a
        password from somebody else's hand has not been replaced on the page; 429 after five wrong passwords for one
        account from one address.
        """
        user = checked(request._request, given["username"], given["password"])
        if user.must_change_password:
            said = _("Choose an own password on the clinic's page first.")
            raise Refused(said, "change_password_first", status=403)
        try:
            return self.answer(TokensShown, tokens.begin_sign_in(user=user))
        except tokens.Dead as error:
            raise wrong() from error

    @tells(200, TokensShown, 401)
    @does(None, RefreshGiven, TokensShown)
    def refresh(self, request, given):
        """Get the next pair of tokens.

        Public because the access token may have ended. The old pair is dead at once. A second use of a refresh
        token, also at the same moment, ends the whole sign-in: 401 `invalid_grant`, sign in again.
        """
        throttle.hold({"refresh.address": self.address()})
        pair = tokens.renew(refresh_token=given["refresh_token"])
        if pair is None:
            raise Refused(_("This sign-in has ended. Sign in again."), "invalid_grant", status=401)
        return self.answer(TokensShown, pair)


class Account(Room):
    """The account in use."""

    name = "auth"

    @reads(EVERYBODY, MeShown)
    def me(self, request, asked):
        """Who is signed in."""
        return request.user

    @does(EVERYBODY, LogoutGiven)
    def logout(self, request, given):
        """Sign out: this sign-in's tokens are dead at once, its sockets close within five seconds."""
        found = {request.auth["sid"], tokens.sign_in_of(given.get("refresh_token", ""))}
        for sign_in_id in sorted(found - {None}):
            tokens.end_sign_in(sign_in_id=sign_in_id, by=request.user)
        return request.user

    @does(PEOPLE, ChangePasswordGiven, TokensShown, fetch=lambda room, pk: room.told_once())
    def change_password(self, request, given):
        """Replace the own password.

        All sign-ins of the account end, on pages too; the answer is the first pair of a new one.
        """
        throttle.hold({"password.account": request.user.pk})
        self.secret = accounts.change_own_password(
            by=request.user, old=given["old_password"], new=given["new_password"]
        )
        return self.secret.user

    @does(PEOPLE, Nothing, TicketShown, status=201, fetch=lambda room, pk: room.told_once())
    def socket_ticket(self, request, given):
        """Get a ticket for one socket.

        It opens `/ws/events?ticket=...` once, within thirty seconds, so that no token stands in an address.
        """
        throttle.hold({"ticket.account": request.user.pk})
        row, text = tokens.issue_ticket(sign_in_id=request.auth["sid"], by=request.user)
        self.secret = {"ticket": text, "expires_in": int(tokens.TICKET_LIVES.total_seconds())}
        return row

    def told_once(self):
        """The secret that this very request made; a repetition with the same key cannot have it again."""
        secret = getattr(self, "secret", None)
        if secret is None:
            raise Refused(_("This was done already, and its answer is told only once."), "told_once")
        return secret


def checked(request, name, password):
    """The active user whose name (or e-mail) and password these are; 401 for whatever is wrong, 429 after too much of it.

    Wrong tries are counted as on the page, for one account from one address, by whichever of its names.
    """
    known = named(name)
    user = authenticate(request, username=known.username if known else name.lower(), password=password)
    locked, request.axes_locked_out = getattr(request, "axes_locked_out", False), False
    if locked:  # said here: axes' own answer is a page
        raise exceptions.Throttled(wait=settings.AXES_COOLOFF_TIME.total_seconds())
    if user is None:
        operations.refuse_sign_in(user=known)
        raise wrong()
    user_logged_in.send(sender=User, request=request, user=user)
    return user


def named(name):
    """The account of a user name in any case, else of an e-mail address; None when there is none or it is closed."""
    active = User.objects.filter(is_active=True)
    found = active.filter(username__iexact=name).first()
    return found or active.filter(email__iexact=name).exclude(email="").first()


def wrong():
    return Refused(_("User name or password is wrong."), "invalid_grant", status=401)


def at(name, room, action, method="post"):
    """A path of the door; these have no trailing slash."""
    view = room.as_view({method: action}, basename="auth", detail=False)
    return path(f"auth/{name}", view, name=f"auth-{name}")


ROOMS = []
PATHS = [
    at("login", Login, "login"),
    at("refresh", Login, "refresh"),
    at("logout", Account, "logout"),
    at("me", Account, "me", "get"),
    at("change-password", Account, "change_password"),
    at("socket-ticket", Account, "socket_ticket"),
]
