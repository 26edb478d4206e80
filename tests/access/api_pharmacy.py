"""Who may do what in the pharmacy through the API: (name, method) -> (roles, the sample its address names)."""

from tests.access.table import D, M, N, P, T

OF_LINE = {"prescription_pk": "draft", "pk": "item"}
OF_SIGNED_LINE = {"prescription_pk": "prescription", "pk": "signed_item"}

TABLE = {
    ("medicines-list", "get"): (M | D | P, ""),
    ("medicines-list", "post"): (M | P, ""),
    ("medicines-detail", "get"): (M | D | P, "medicine"),
    ("medicines-detail", "patch"): (M | P, "medicine"),
    ("medicines-detail", "delete"): (M | P, "medicine"),
    ("batches-list", "get"): (M | D | P, ""),
    ("batches-list", "post"): (M | P, ""),
    ("batches-detail", "get"): (M | D | P, "batch"),
    ("batches-detail", "patch"): (M | P, "batch"),
    ("batches-recipients", "get"): (M | P, "batch"),
    ("stock-moves-list", "get"): (M | D | P, ""),
    ("stock-low", "get"): (M | D | P, ""),
    ("stock-expiring", "get"): (M | D | P, ""),
    ("stock-count", "post"): (M | P, ""),
    ("stock-write-off", "post"): (M | P, ""),
    ("prescriptions-list", "get"): (D | P | T, ""),
    ("prescriptions-list", "post"): (D, ""),
    ("prescriptions-detail", "get"): (D | P | T, "prescription"),
    ("prescriptions-items", "post"): (D, "draft"),
    ("prescriptions-sign", "post"): (D, "draft"),
    ("prescriptions-cancel", "post"): (D, "prescription"),
    ("prescriptions-print", "get"): (D | P | T, "prescription"),
    ("prescriptions-bill", "post"): (D | P, "prescription"),
    ("prescriptions-check", "post"): (D, "prescription"),
    ("prescriptions-check-lines", "post"): (D, ""),
    ("prescription-items-detail", "delete"): (D, OF_LINE),
    ("prescription-items-keep", "post"): (D, OF_LINE),
    ("prescription-items-not-given", "post"): (P, OF_SIGNED_LINE),
    ("patient-prescriptions-list", "get"): (D | N | P | T, "patient"),
    ("dispensings-list", "get"): (D | P, ""),
    ("dispensings-list", "post"): (P, ""),
    ("dispensings-detail", "get"): (D | P, "dispense"),
    ("dispensings-return", "post"): (P, "dispense"),
}
