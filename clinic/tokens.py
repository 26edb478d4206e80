"""What a program holds in somebody's name: access tokens, refresh tokens, tickets for sockets.

An access token is short and signed; it names the account, the account's `token_version` (raised by closing the
account, by a new password, by other roles), its sign-in, and which pair of it. All are compared with the rows at every
use, in the same query that fetches the user, so nothing outlives its reason. Refresh tokens and tickets are random; only hashes are kept.

Each refresh token works once and is followed by the next of its family. A second use, however soon after the first,
means that two hold it, and nobody can tell which one is the thief: the whole family ends, the first user's new pair
included. Fifty simultaneous uses therefore give exactly one new pair, and no living sign-in.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import jwt
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.access import STAFF
from clinic.backends import StaffBackend
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import ApiSignIn, AuditEvent, RefreshToken, SocketTicket, User
from clinic.operation import operation
from clinic.operations import note_sign_in

LIVES = timedelta(minutes=10)
REFRESH_LIVES = {
    True: timedelta(hours=12),
    False: timedelta(days=14),
}  # staff: a working day; patients: a phone's habit
TICKET_LIVES = timedelta(seconds=30)
KIND = "access"
ALGORITHM = "HS256"


class Dead(Exception):
    """This token does not (or no longer) speak for anybody."""


@dataclass(frozen=True)
class Pair:
    """A new access token and the refresh token that follows it; the only place where they can be read."""

    access_token: str
    refresh_token: str
    user: User
    token_type: str = "bearer"  # noqa: S105
    expires_in: int = int(LIVES.total_seconds())


# --- access tokens ---------------------------------------------------------------------------------------------------


def access_token(user, sign_in=None):
    """A signed access token for `user`, as text; `sign_in` is the ApiSignIn it comes from. Lives ten minutes."""
    now = timezone.now()
    claims = {
        "kind": KIND,
        "sub": str(user.pk),
        "ver": user.token_version,
        "sid": sign_in.pk if sign_in else None,
        "gen": sign_in.generation if sign_in else 0,
        "iat": now,
        "exp": now + LIVES,
    }
    return jwt.encode(claims, settings.TOKEN_KEY, algorithm=ALGORITHM)


def user_of(token):
    """(the active user of an access token with clinic and roles, the claims), in one query. Raises Dead for any other text."""
    claims = claims_of(token)
    user = StaffBackend().get_user(claims["sub"], claims["sid"], claims["gen"])
    if user is None or user.token_version != claims["ver"] or user.must_change_password:
        raise Dead
    return user, claims


def claims_of(token):
    """The claims of a token that we signed and that is not too old, or Dead."""
    try:
        claims = jwt.decode(
            token, settings.TOKEN_KEY, algorithms=[ALGORITHM], options={"require": ["exp", "sub", "ver", "kind"]}
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise Dead from error
    if claims["kind"] != KIND or not claims["sub"].isdecimal():
        raise Dead
    return {"sid": None, "gen": 0, **claims}


# --- sign-ins and the refresh tokens of each -------------------------------------------------------------------------


@operation
def begin_sign_in(*, user):
    """Let in `user`, whose password has just been checked, and return the first Pair of a new family.

    A doctor is online from now on. Raises Dead when the account was closed, or its password replaced, since `user`
    was read: the check was of a password that no longer counts.
    """
    now = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not now.is_active or now.password != user.password:
        raise Dead
    note_sign_in(user=now)
    return new_family(now)


def new_family(user):
    """The first Pair of a new sign-in of `user` (a row just read under its lock)."""
    made = ApiSignIn(user=user, token_version=user.token_version, expires_at=_expiry(user))
    made.save(force_insert=True)
    return _pair(made)


@operation
def renew(*, refresh_token):
    """The next Pair for a refresh token, or None when it is dead: unknown, too old, used, ended, or the account changed.

    Using one a second time ends its family (see above) and is noted in the audit trail. None is returned rather than
    raised, because that end must be committed.
    """
    found = RefreshToken.objects.filter(token_hash=hashed(refresh_token)).values_list("pk", "sign_in_id").first()
    if found is None:
        return None
    sign_in = lock(ApiSignIn, found[1], "user__clinic")
    token = RefreshToken.objects.get(pk=found[0])
    if not ApiSignIn.objects.alive().filter(pk=sign_in.pk, user__must_change_password=False).exists():
        return None
    if token.used_at:
        _end(ApiSignIn.objects.filter(pk=sign_in.pk), ApiSignIn.End.REUSED)
        audit.record(sign_in.user, "renew_tokens", sign_in, result=AuditEvent.Result.DENIED)
        return None
    token.used_at = timezone.now()
    token.save(update_fields=["used_at"])
    sign_in.expires_at = _expiry(sign_in.user)
    sign_in.generation += 1
    sign_in.save(update_fields=["expires_at", "generation"])
    return _pair(sign_in)


@operation
def end_sign_in(*, sign_in_id, by):
    """End the family of one of `by`'s sign-ins: its tokens are dead at once, its sockets within seconds."""
    ended = _end(ApiSignIn.objects.filter(pk=sign_in_id, user=by), ApiSignIn.End.SIGNED_OUT)
    if ended:
        audit.record(by, "sign_out", by)
    return by


def sign_in_of(refresh_token):
    """The id of the sign-in that a refresh token belongs to, None for any other text."""
    return RefreshToken.objects.filter(token_hash=hashed(refresh_token)).values_list("sign_in_id", flat=True).first()


# --- tickets for sockets ---------------------------------------------------------------------------------------------


@operation
def issue_ticket(*, sign_in_id, by):
    """A ticket with which one socket of `by`'s sign-in opens once, within thirty seconds: (its row, its text).

    Refused: `no_sign_in` when the token in use did not come from a sign-in.
    """
    if sign_in_id is None:
        raise Refused(_("Sign in first."), "no_sign_in")
    text = secrets.token_urlsafe(32)
    expires_at = timezone.now() + TICKET_LIVES
    row = SocketTicket.objects.create(sign_in_id=sign_in_id, token_hash=hashed(text), expires_at=expires_at)
    return row, text


def take_ticket(text):
    """The id of the sign-in a ticket stands for, None when it is unknown, too old or was taken before. Takes it."""
    now = timezone.now()
    row = SocketTicket.objects.filter(token_hash=hashed(text), used_at=None, expires_at__gt=now)
    sign_in_id = row.values_list("sign_in_id", flat=True).first()
    return sign_in_id if sign_in_id and row.update(used_at=now) else None


# --- shared ----------------------------------------------------------------------------------------------------------


def hashed(text):
    """What is kept of a random secret. It has 256 bits, so a fast hash without salt tells nothing."""
    return hashlib.sha256(str(text).encode(errors="backslashreplace")).hexdigest()


def _pair(sign_in):
    text = secrets.token_urlsafe(32)
    RefreshToken.objects.create(sign_in=sign_in, token_hash=hashed(text))
    return Pair(access_token(sign_in.user, sign_in), text, sign_in.user)


def _expiry(user):
    return timezone.now() + REFRESH_LIVES[user.has_role(*STAFF)]


def _end(sign_ins, why):
    return sign_ins.filter(ended_at=None).update(ended_at=timezone.now(), end=why)
