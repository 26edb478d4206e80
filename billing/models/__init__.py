"""The ledger of money: prices, invoices, credit notes, payments, refunds, cash sessions."""

from billing.models.bills import Invoice, InvoiceLine, InvoiceQuerySet
from billing.models.common import DocumentQuerySet, money_field
from billing.models.credits import CreditLine, CreditNote
from billing.models.money import CashSession, Payment, Refund
from billing.models.prices import Service

__all__ = [
    "CashSession",
    "CreditLine",
    "CreditNote",
    "DocumentQuerySet",
    "Invoice",
    "InvoiceLine",
    "InvoiceQuerySet",
    "Payment",
    "Refund",
    "Service",
    "money_field",
]
