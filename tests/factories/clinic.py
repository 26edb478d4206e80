"""Clinics, staff and doctors for tests."""

from itertools import count

from clinic import operations
from clinic.access import Role
from clinic.models import Clinic

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


def user(*roles, clinic, name="Sara Haddad", username=None, password=PASSWORD, **fields):
    """A user of `clinic` holding `roles` (Role values), signing in with PASSWORD."""
    return operations.add_staff(
        clinic=clinic,
        username=username or f"{(roles[0] if roles else 'user')}{next(_numbers)}",
        name=name,
        roles=roles,
        password=password,
        **fields,
    )


def doctor(*, clinic, name="Omar Haddad", roles=(Role.DOCTOR,), room="1", **fields):
    """A doctor of `clinic` with an account."""
    return operations.add_doctor(user=user(*roles, clinic=clinic, name=name), room=room, **fields)
