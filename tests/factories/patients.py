"""Patients for tests."""

from datetime import date

from patients import operations


def patient(*, clinic, by, name="Layla al-Hassan", born_on=date(1988, 3, 4), phone="050 123 4567", **fields):
    """A patient registered by `by`."""
    return operations.register(clinic=clinic, by=by, name=name, born_on=born_on, phone=phone, **fields)
