"""What every operation on a file needs: the lock, the columns that follow from others, the word to the screens."""

from django.utils.translation import gettext as _

from clinic import live
from clinic.errors import Refused
from patients import names, phones
from patients.models import Patient


def locked(patient):
    """The patient read again under a lock; Refused `retired` for a file that was merged or retired."""
    found = Patient.objects.select_for_update(no_key=True, of=("self",)).get(pk=patient.pk)
    if found.merged_into_id or found.retired_at:
        raise Refused(_("This file was merged into another or retired. Use the other file."), "retired")
    return found


def in_use(patient):
    """The file that `patient` leads to: itself, or the one it was merged into."""
    return Patient.objects.get(pk=patient.merged_into_id) if patient.merged_into_id else patient


def derive(patient, clinic):
    """Set the columns of the search from what they follow from; returns their names."""
    from_names = names.search_fields(patient.name, patient.name_other_script)
    for name, value in from_names.items():
        setattr(patient, name, value)
    patient.phone_digits = phones.search_digits(patient.phone, clinic.country)
    patient.phone_grams = phones.grams(patient.phone_digits, phones.search_digits(patient.second_phone, clinic.country))
    return [*from_names, "phone_digits", "phone_grams"]


def tell(by, *patients):
    """Say that what screens show of `patients` has changed."""
    live.publish(by.clinic, "desk", *(f"patient-{patient.pk}" for patient in patients))
