"""The pharmacy's verbs: the catalogue, stock, prescribing, dispensing, returns."""

from pharmacy.operations.catalogue import add_medicine, change_medicine, retire_medicine, search_text
from pharmacy.operations.charges import bill_prescription
from pharmacy.operations.dispensing import call_next, dispense, expired, not_given
from pharmacy.operations.orders import cancel_prescription, prescribe
from pharmacy.operations.prescribing import add_item, finish, item_of, keep_item, remove_item, repeat_last, sign
from pharmacy.operations.returns import return_dispensed
from pharmacy.operations.stock import batch_number, count_stock, recall_batch, receive, set_batch_state, write_off

__all__ = [
    "add_item",
    "add_medicine",
    "batch_number",
    "bill_prescription",
    "call_next",
    "cancel_prescription",
    "change_medicine",
    "count_stock",
    "dispense",
    "expired",
    "finish",
    "item_of",
    "keep_item",
    "not_given",
    "prescribe",
    "recall_batch",
    "receive",
    "remove_item",
    "repeat_last",
    "retire_medicine",
    "return_dispensed",
    "search_text",
    "set_batch_state",
    "sign",
    "write_off",
]
