"""Who may call the API's endpoints of the ground and of the roof: accounts, departments, doctors, reports."""

from tests.access.table import PUBLIC, D, M, N, P, R, T

ALL = M | D | N | P | R | T

TABLE = {
    # accounts
    ("users-list", "get"): (M, ""),
    ("users-list", "post"): (M, ""),
    ("users-detail", "get"): (M, "user"),
    ("users-detail", "patch"): (M, "user"),
    ("users-detail", "delete"): (M, "user"),
    # departments belong to the organisation
    ("departments-list", "get"): (ALL, ""),
    ("departments-list", "post"): (M, ""),
    ("departments-detail", "get"): (ALL, "department"),
    ("departments-detail", "patch"): (M, "department"),
    ("departments-detail", "delete"): (M, "department"),
    # doctors: public by the setting public_doctors only, see tests/clinic/test_api_staff.py
    ("doctors-list", "get"): (PUBLIC, ""),
    ("doctors-list", "post"): (M, ""),
    ("doctors-detail", "get"): (PUBLIC, "doctor"),
    ("doctors-detail", "patch"): (M, "doctor"),
    ("doctors-detail", "delete"): (M, "doctor"),
    ("doctors-specialties", "get"): (PUBLIC, ""),
    ("doctors-status", "get"): (ALL, "doctor"),
    ("doctors-status", "post"): (D, "doctor"),
    # reports
    ("reports-daily-summary", "get"): (M | D, ""),
    ("reports-stats", "get"): (M | D, ""),
    ("reports-visit-history", "get"): (M | D, ""),
    ("reports-stock-movements", "get"): (M, ""),
    ("reports-audit-log", "get"): (M, ""),
}
