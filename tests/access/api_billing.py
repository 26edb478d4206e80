"""Who may do what at the JSON door of money."""

from tests.access.table import STAFF, M, R, T

CASHIERS, READERS = M | R, M | R | T
TABLE = {
    ("services-list", "get"): (STAFF, ""),
    ("services-list", "post"): (M, ""),
    ("services-detail", "get"): (STAFF, "service"),
    ("services-detail", "patch"): (M, "service"),
    ("services-detail", "delete"): (M, "service"),
    ("invoices-list", "get"): (READERS, ""),
    ("invoices-list", "post"): (CASHIERS, ""),
    ("invoices-detail", "get"): (READERS, "invoice"),
    ("invoices-detail", "patch"): (CASHIERS, "invoice"),
    ("invoices-issue", "post"): (CASHIERS, "invoice"),
    ("invoices-cancel", "post"): (CASHIERS, "invoice"),
    ("invoices-pay", "post"): (CASHIERS, "invoice"),
    ("invoices-credit", "post"): (CASHIERS, "invoice"),
    ("invoices-refunds", "get"): (READERS, "invoice"),
    ("invoices-refunds", "post"): (CASHIERS, "invoice"),
    ("invoices-receipt", "get"): (READERS, "issued_invoice"),
    ("payments-list", "get"): (READERS, ""),
    ("payments-detail", "get"): (READERS, "payment"),
    ("cash-sessions-list", "get"): (CASHIERS, ""),
    ("cash-sessions-list", "post"): (CASHIERS, ""),
    ("cash-sessions-detail", "get"): (CASHIERS, "session"),
    ("cash-sessions-count", "post"): (CASHIERS, "session"),
    ("cash-sessions-hand-over", "post"): (CASHIERS, "session"),
    ("cash-sessions-close", "post"): (CASHIERS, "session"),
    ("patient-invoices-list", "get"): (READERS, "patient"),
}
