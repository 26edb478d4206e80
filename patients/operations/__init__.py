"""What can happen to a patient's file."""

from patients.operations.accounts import claim_file, issue_link_code
from patients.operations.clinical import (
    add_condition,
    assert_no_known_allergies,
    end_allergy,
    record_allergy,
    resolve_condition,
)
from patients.operations.files import add_contact, admit, register, remove_contact, retire_patient, update_patient
from patients.operations.merging import merge_patients, unmerge_patient

__all__ = [
    "add_condition",
    "add_contact",
    "admit",
    "assert_no_known_allergies",
    "claim_file",
    "end_allergy",
    "issue_link_code",
    "merge_patients",
    "record_allergy",
    "register",
    "remove_contact",
    "resolve_condition",
    "retire_patient",
    "unmerge_patient",
    "update_patient",
]
