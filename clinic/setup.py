"""The first run: a one-time code, four questions, and a clinic in which the first patient can be seen at once.

On the roof: it calls every floor, and nothing below calls it.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import time, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from billing.models import Service
from clinic import audit, operations
from clinic.access import STAFF, Role
from clinic.countries import workdays
from clinic.errors import Refused
from clinic.models import Clinic, SetupCode, User
from clinic.operation import operation
from clinic.text import fold, has_arabic
from queues.operations import ensure_doctor_station, ensure_pharmacy_station
from scheduling.models import Availability

CODE_CHARACTERS = 24  # of 32 each: 120 bits
CODE_MINUTES = 30
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  an alphabet, not a password
OPENS, CLOSES, SLOT_MINUTES = time(9), time(17), 15
_LOCK = 0x636C696E  # one first run at a time


@dataclass(frozen=True)
class NewDoctor:
    """A line of the set-up page: a name, the name in the other script, a room."""

    name: str
    name_other_script: str
    room: str


@dataclass(frozen=True)
class NewAccount:
    """An account made for somebody else, with the password that is shown once."""

    name: str
    username: str
    password: str


def is_open():
    """True while nobody has an account: only then is there a first run."""
    return not User.objects.exists()


def issue_code():
    """A new one-time code for the set-up page, valid for 30 minutes; earlier codes end.

    Only its hash is kept. Refused `already_set_up` once somebody has an account.
    """
    if not is_open():
        raise Refused(_("This clinic is already set up."), "already_set_up")
    code = "".join(secrets.choice(ALPHABET) for _number in range(CODE_CHARACTERS))
    SetupCode.objects.filter(used_at=None).delete()
    SetupCode.objects.create(code_hash=_hash(code), expires_at=timezone.now() + timedelta(minutes=CODE_MINUTES))
    return "-".join(re.findall("....", code))


def parse_doctors(text):
    """`Omar Haddad / عمر حداد, 3` a line -> NewDoctor; the other script and the room may be left out."""
    doctors = []
    for line in text.splitlines():
        names, _comma, room = line.replace("،", ",").partition(",")
        name, _slash, other = names.partition("/")
        if name.strip():
            doctors.append(NewDoctor(name.strip()[:200], other.strip()[:200], room.strip()[:20]))
    return doctors


def free_username(*names):
    """A user name made of the first Latin name given, with a number when it is taken."""
    latin = next((name for name in names if name and not has_arabic(name)), "")
    stem = ".".join(fold(latin).split()[:3])[:100] or "doctor"
    number, found = 1, stem
    while User.objects.filter(username__iexact=found).exists():
        number += 1
        found = f"{stem}{number}"
    return found


def one_time_password():
    """Sixteen characters that can be read out without mistakes (about 79 bits)."""
    letters = "".join(secrets.choice(PASSWORD_LETTERS) for _number in range(16))
    return "-".join(re.findall("....", letters))


@operation
def open_clinic(*, code, clinic, manager, doctors=(), price=None, also_doctor=False, all_roles=True, by=None):
    """Make the clinic, its manager, its doctors with hours, stations and accounts; spend the code.

    `clinic` are fields of Clinic; `manager` has name, name_other_script, username, password; `doctors` are
    NewDoctor; `price` is the usual consultation's, before tax, None while nobody has said it (a bill then stops
    and says so). Refused `wrong_code` (unknown, used or older than 30 minutes), `already_set_up`.
    Returns (manager, [NewAccount]).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not is_open():
        raise Refused(_("This clinic is already set up."), "already_set_up")
    _spend(code)
    made = Clinic.objects.create(**clinic)
    roles = set(STAFF) - {Role.DOCTOR} if all_roles else {Role.MANAGER}
    user = operations.add_staff(clinic=made, roles=roles | ({Role.DOCTOR} if also_doctor else set()), **manager)
    audit.record(user, "open_clinic", made, clinic=made, country=made.country, doctors=len(doctors))
    Service.objects.create(
        clinic=made, kind=Service.Kind.CONSULTATION, price=price, **_both_scripts(gettext_noop("Consultation"), made)
    )
    if also_doctor:
        _seat(operations.add_doctor(user=user, by=user, room=""), made, user)
    accounts = [_add_doctor(new, made, user) for new in doctors]
    ensure_pharmacy_station(clinic=made, by=user)
    return user, accounts


def _spend(code):
    row = SetupCode.objects.select_for_update().filter(code_hash=_hash(code), used_at=None).first()
    if row is None or row.expires_at < timezone.now():
        raise Refused(
            _("This code is not valid, or it is older than 30 minutes. Start the program again for a new one."),
            "wrong_code",
            field="code",
            status=422,
        )
    row.used_at = timezone.now()
    row.save(update_fields=["used_at"])


def _add_doctor(new, clinic, by):
    password = one_time_password()
    user = operations.add_staff(
        clinic=clinic,
        username=free_username(new.name, new.name_other_script),
        name=new.name,
        name_other_script=new.name_other_script,
        roles={Role.DOCTOR},
        password=password,
        one_time=True,
        by=by,
    )
    _seat(operations.add_doctor(user=user, by=by, room=new.room), clinic, by)
    return NewAccount(new.name, user.username, password)


def _seat(doctor, clinic, by):
    """A station to call to, and the usual hours to book in."""
    ensure_doctor_station(doctor=doctor, by=by)
    hours = {"start_time": OPENS, "end_time": CLOSES, "slot_minutes": SLOT_MINUTES}
    Availability.objects.bulk_create(
        Availability(clinic=clinic, doctor=doctor, weekday=day, **hours) for day in workdays(clinic.weekend)
    )


def _both_scripts(word, clinic):
    """A word of our own as a name in both scripts, the clinic's language first."""
    first, second = ("ar", "en") if clinic.language == "ar" else ("en", "ar")
    with override(first):
        name = gettext(word)
    with override(second):
        return {"name": name, "name_other_script": gettext(word)}


def _hash(code):
    plain = re.sub(r"[^A-Z0-9]", "", (code or "").upper())
    return hashlib.sha256(plain.encode()).hexdigest()
