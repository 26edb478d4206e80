"""What can happen in a line."""

from queues.operations.calling import (
    begin,
    begin_uncalled,
    call,
    call_next,
    finish,
    leave,
    leave_with_booking,
    recall,
    serve,
    set_state,
    skip,
    transfer,
)
from queues.operations.displays import hear_display
from queues.operations.joining import assign_patient, issue_token, join, set_category, walk_in
from queues.operations.stations import add_station, ensure_doctor_station, ensure_pharmacy_station
from queues.operations.undoing import come_back, ends_a_visit, ends_for_good, undo

__all__ = [
    "add_station",
    "assign_patient",
    "begin",
    "begin_uncalled",
    "call",
    "call_next",
    "come_back",
    "ends_a_visit",
    "ends_for_good",
    "ensure_doctor_station",
    "ensure_pharmacy_station",
    "finish",
    "hear_display",
    "issue_token",
    "join",
    "leave",
    "leave_with_booking",
    "recall",
    "serve",
    "set_category",
    "set_state",
    "skip",
    "transfer",
    "undo",
    "walk_in",
]
