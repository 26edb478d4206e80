"""The JSON door of money. A bill made from a visit or a prescription starts a floor above: `clinic.api_bills`."""

from billing.api.drawers import CashSessions
from billing.api.invoices import Invoices
from billing.api.lists import PatientInvoices, Payments, bills_of
from billing.api.services import Services
from billing.api.shown import InvoiceShown

ROOMS = [
    ("services", Services),
    ("payments", Payments),
    ("cash-sessions", CashSessions),
    ("patients/<int:patient_pk>/invoices", PatientInvoices),
]
__all__ = ["ROOMS", "InvoiceShown", "Invoices", "bills_of"]
