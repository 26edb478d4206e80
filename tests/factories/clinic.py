"""Clinics, staff and doctors for tests."""

from datetime import UTC, datetime
from itertools import count

from django.contrib.auth.models import Group

from clinic import operations
from clinic.access import Role
from clinic.models import Clinic, User

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def clinic(**fields):
    """A clinic in Riyadh that charges 15 % tax in a two-decimal currency."""
    defaults = {
        "name": "Al Noor Clinic",
        "name_other_script": "عيادة النور",
        "country": "SA",
        "time_zone": "Asia/Riyadh",
        "currency": "SAR",
        "tax_rate": 15,
    }
    return Clinic.objects.create(**{**defaults, **fields})


def to_midday(clinic):
    """Move a clinic to where it is about noon: there a quarter of an hour ago is today, at whatever hour tests run."""
    east = 12 - datetime.now(UTC).hour
    clinic.time_zone = f"Etc/GMT{-east:+d}"  # these names count westwards
    clinic.save(update_fields=["time_zone"])
    clinic.__dict__.pop("zone", None)


def user(*roles, clinic, name="Sara Haddad", username=None, password=PASSWORD, one_time=False, **fields):
    """A user of `clinic` holding `roles` (Role values), signing in with PASSWORD.

    The rows that `add_staff` leaves, written at once: nearly every test begins with a few of them.
    """
    manages = Role.MANAGER in roles
    made = User(
        clinic=clinic,
        username=username or f"{(roles[0] if roles else 'user')}{next(_numbers)}",
        name=name,
        language=fields.pop("language", "") or clinic.language,
        must_change_password=one_time,
        is_staff=manages,
        is_superuser=manages,
        token_version=1,
        version=2,  # the account, then its roles
        **fields,
    )
    made.set_password(password)
    made.save()
    held = User.groups.through
    held.objects.bulk_create([held(user=made, group=group(role)) for role in roles])
    return made


def group(role):
    """The group in which a role is kept."""
    return Group.objects.get_or_create(name=Role(role).value)[0]


def doctor(*, clinic, name="Omar Haddad", roles=(Role.DOCTOR,), room="1", **fields):
    """A doctor of `clinic` with an account."""
    return operations.add_doctor(user=user(*roles, clinic=clinic, name=name), room=room, **fields)
