"""The JSON door of the visits: (name, method) -> (who may, the sample its address names)."""

from tests.access.table import D, N, P, T

TABLE = {
    ("visits-list", "get"): (D | N | T, ""),
    ("visits-list", "post"): (D | N, ""),
    ("visits-detail", "get"): (D | N | T, "visit"),
    ("visits-detail", "patch"): (D, "visit"),
    ("visits-complete", "post"): (D, "visit"),  # clinic.api_counter
    ("visits-notes-list", "get"): (D | N, "visit"),
    ("visits-notes-list", "post"): (D | N, "visit"),
    ("visits-vitals-list", "get"): (D | N | T, "visit"),
    ("visits-vitals-list", "post"): (D | N, "visit"),
    ("visits-vitals-correct", "post"): (D | N, {"visit_pk": "visit", "pk": "vitals"}),
    ("visits-diagnoses-list", "get"): (D | N | T, "visit"),
    ("visits-diagnoses-list", "post"): (D, "visit"),
    ("visits-diagnoses-detail", "delete"): (D, {"visit_pk": "visit", "pk": "diagnosis"}),
    ("visits-diagnoses-primary", "post"): (D, {"visit_pk": "visit", "pk": "diagnosis"}),
    ("visits-addenda-list", "get"): (D | N | T, "visit"),
    ("visits-addenda-list", "post"): (D, "visit"),
    ("patients-visits-list", "get"): (D | N | P | T, "patient"),
}
