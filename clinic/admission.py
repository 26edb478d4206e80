"""Who may hold a live socket: a signed-in, unlocked session of staff or of a waiting-room display (the pages'
socket), and the living sign-in of a program in the name of staff or of a patient (the socket of events)."""

from dataclasses import dataclass, replace
from enum import Enum

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from clinic import sessions
from clinic.access import STAFF, Role
from clinic.models import ApiSignIn, Clinic, User


class Hears(Enum):
    """Of which topics a socket is told, and in which words."""

    PAGE = "every topic of the clinic, as a page reads them"
    BOARD = "the board only, as a page reads it"
    PROGRAM = "every topic of the clinic, one by one"
    NONE = "no topics"


# What one account has several of. Files of one person lead to the one in use, in one step.
COLLECTED = {
    "names": "user__groups__name",
    "joined": "user__patient__merged__pk",
    "used": "user__patient__merged_into__pk",
    "beside": "user__patient__merged_into__merged__pk",
}


@dataclass(frozen=True)
class Admission:
    """What a session may hear: one clinic's topics, a display only the board."""

    user_id: int
    clinic_id: int
    board_only: bool

    @property
    def clinics(self):
        return (self.clinic_id,)

    @property
    def hears(self):
        return Hears.BOARD if self.board_only else Hears.PAGE

    def admits(self, event, audience):
        """A page hears of no events: it asks for itself again."""
        return False


@dataclass(frozen=True)
class Listener:
    """What a program may hear in somebody's name: staff their clinic's topics and events, a patient the own events of
    every clinic. `doctor_id` says who the account is; `files` are all files of the patient whose account it is."""

    user_id: int
    sign_in_id: int
    clinics: tuple
    roles: frozenset
    doctor_id: int | None
    files: frozenset

    @property
    def hears(self):
        return Hears.PROGRAM if self.roles & frozenset(STAFF) else Hears.NONE

    def admits(self, event, audience):
        """True when the account may read what `event` is about; `audience` is that of its kind."""
        return audience.admits(self, event["patient"], event["doctor"])


def admissions(keys):
    """Those of the session `keys` that may hold a socket now, as {key: Admission}. Three queries, however many keys.

    A check by a machine: it never moves the idle clock.
    """
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    data = {row.session_key: row.get_decoded() for row in rows}
    users = _users({values.get(SESSION_KEY) for values in data.values()})
    found = {key: _admission(values, users.get(str(values.get(SESSION_KEY)))) for key, values in data.items()}
    return {key: admission for key, admission in found.items() if admission}


def listeners(sign_in_ids):
    """Those of the sign-ins that may hold a socket of events now, as {id: Listener}. At most two queries."""
    every_one = {name: ArrayAgg(path, distinct=True, default=[]) for name, path in COLLECTED.items()}
    rows = (
        ApiSignIn.objects.alive()
        .filter(pk__in=sign_in_ids, user__must_change_password=False, user__clinic__isnull=False)
        .annotate(doctor=F("user__doctor__pk"), patient=F("user__patient__pk"), **every_one)
    )
    found = [_listener(row) for row in rows.values("pk", "user_id", "user__clinic_id", "doctor", "patient", *COLLECTED)]
    if any(listener and listener.clinics is None for listener in found):
        every = tuple(Clinic.objects.order_by("pk").values_list("pk", flat=True))
        found = [replace(one, clinics=one.clinics or every) for one in found if one]
    return {listener.sign_in_id: listener for listener in found if listener}


def _listener(row):
    """`clinics` None stands for all: a patient's file belongs to the organisation. None when no role may listen."""
    roles = frozenset(role for role in Role if role.value in row["names"])
    staff = roles & frozenset(STAFF)
    if not staff and Role.PATIENT not in roles:
        return None
    return Listener(
        user_id=row["user_id"],
        sign_in_id=row["pk"],
        clinics=(row["user__clinic_id"],) if staff else None,
        roles=roles - {Role.DISPLAY},
        doctor_id=row["doctor"] if Role.DOCTOR in roles else None,
        files=_files(row) if Role.PATIENT in roles else frozenset(),
    )


def _files(row):
    """Every file of the person: the account's, the one it leads to, and those that lead to either."""
    return frozenset({row["patient"], *row["joined"], *row["used"], *row["beside"]} - {None})


def topics_for(user, topics):
    """Those of `topics` that `user` may follow: staff every topic of the clinic, a display only the board."""
    if user.has_role(*STAFF):
        return set(topics)
    return set(topics) & {"board"} if user.has_role(Role.DISPLAY) else set()


def _users(ids):
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids - {None}, is_active=True)}
    groups = User.groups.through.objects.filter(user_id__in=users).values_list("user_id", "group__name")
    names = {}
    for user_id, name in groups:
        names.setdefault(str(user_id), set()).add(name)
    for key, user in users.items():
        user.roles = frozenset(role for role in Role if role.value in names.get(key, ()))
    return users


def _admission(values, user):
    if (
        user is None
        or user.clinic_id is None
        or values.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS
    ):
        return None
    if not constant_time_compare(values.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return None
    if sessions.standing(values, user) != sessions.OPEN:
        return None
    staff = user.has_role(*STAFF)
    if not staff and not user.has_role(Role.DISPLAY):
        return None
    return Admission(user.pk, user.clinic_id, board_only=not staff)
