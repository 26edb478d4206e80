"""The door to money: the till, the pay pane, charges and discounts, the receipt."""

from billing.views.charges import add_line, cancel, discount, new_invoice, remove_line
from billing.views.drawers import close_session, count_session, drawer, drawer_slip, drawers, hand_over, open_session
from billing.views.reversals import credit, refund
from billing.views.till import balance, bill, invoice, of_patient, patient_pay, pay, receipt, till, till_live

__all__ = [
    "add_line",
    "balance",
    "bill",
    "cancel",
    "close_session",
    "count_session",
    "credit",
    "discount",
    "drawer",
    "drawer_slip",
    "drawers",
    "hand_over",
    "invoice",
    "new_invoice",
    "of_patient",
    "open_session",
    "patient_pay",
    "pay",
    "receipt",
    "refund",
    "remove_line",
    "till",
    "till_live",
]
