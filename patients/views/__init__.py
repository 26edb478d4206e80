"""The door to who: finding, registering, the card, the record, editing."""

from patients.views.files import card, duplicates, edit, find, patient_list, record, register

__all__ = ["card", "duplicates", "edit", "find", "patient_list", "record", "register"]
