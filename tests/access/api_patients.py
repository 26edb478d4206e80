"""Who may do what with patients through the API: (name, method) -> (roles, the sample its address names)."""

from tests.access.table import D, M, N, P, R, T

FILES = M | D | N | R
READERS = FILES | P | T
OF_ALLERGY = {"patient_pk": "patient", "pk": "allergy"}
OF_CONDITION = {"patient_pk": "patient", "pk": "condition"}
OF_CONTACT = {"patient_pk": "patient", "pk": "contact"}

TABLE = {
    ("patients-list", "get"): (READERS, ""),
    ("patients-list", "post"): (FILES, ""),
    ("patients-detail", "get"): (READERS, "patient"),
    ("patients-detail", "patch"): (FILES | T, "patient"),
    ("patients-detail", "delete"): (FILES, "patient"),
    ("patients-retire", "post"): (FILES, "patient"),
    ("patients-merge", "post"): (M | R, "patient"),
    ("patients-unmerge", "post"): (M | R, "patient"),
    ("patients-no-known-allergies", "post"): (D | N | P, "patient"),
    ("patients-access-log", "get"): (M | T, "patient"),
    ("patient-allergies-list", "get"): (D | N | P | T, "patient"),
    ("patient-allergies-list", "post"): (D | N | P, "patient"),
    ("patient-allergies-end", "post"): (D | N, OF_ALLERGY),
    ("patient-conditions-list", "get"): (D | N | P | T, "patient"),
    ("patient-conditions-list", "post"): (D | N, "patient"),
    ("patient-conditions-resolve", "post"): (D | N, OF_CONDITION),
    ("patient-contacts-list", "get"): (READERS, "patient"),
    ("patient-contacts-list", "post"): (FILES, "patient"),
    ("patient-contacts-detail", "delete"): (FILES, OF_CONTACT),
}
