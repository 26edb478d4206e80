"""Patients through the JSON door."""

from patients.api.clinical import PatientAllergies, PatientConditions
from patients.api.files import PatientContacts, Patients

ROOMS = [
    ("patients", Patients),
    ("patients/<int:patient_pk>/allergies", PatientAllergies),
    ("patients/<int:patient_pk>/conditions", PatientConditions),
    ("patients/<int:patient_pk>/contacts", PatientContacts),
]
