"""What can happen to money: bills grow as drafts, are issued once, are paid, credited and refunded; drawers close."""

from billing.operations.bills import (
    add_line,
    cancel_invoice,
    cancelling_needs_manager,
    change_patient,
    charge_consultation,
    discount_line,
    draft_invoice,
    issue,
    remove_line,
)
from billing.operations.credits import credit, reduce_line, whole_of
from billing.operations.drafts import bill_by_hand, change_draft, change_line, discount_invoice
from billing.operations.drawers import close_session, count_session, hand_over, open_session
from billing.operations.payments import take_payment
from billing.operations.prices import add_service, change_service, retire_service
from billing.operations.refunds import refund

__all__ = [
    "add_line",
    "add_service",
    "bill_by_hand",
    "cancel_invoice",
    "cancelling_needs_manager",
    "change_draft",
    "change_line",
    "change_patient",
    "change_service",
    "charge_consultation",
    "close_session",
    "count_session",
    "credit",
    "discount_invoice",
    "discount_line",
    "draft_invoice",
    "hand_over",
    "issue",
    "open_session",
    "reduce_line",
    "refund",
    "remove_line",
    "retire_service",
    "take_payment",
    "whole_of",
]
