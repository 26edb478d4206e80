"""What can happen to an appointment, and to the hours it is booked into."""

from scheduling.operations.arriving import (
    begin,
    change_patient,
    check_in,
    complete,
    undo_check_in,
    walk_in,
)
from scheduling.operations.booking import book, cancel, change, confirm, miss, move, restore
from scheduling.operations.exceptions import add_exception, remove_exception, restore_exception
from scheduling.operations.hours import add_hours, remove_hours, restore_hours, withdraw_hours
from scheduling.operations.own import MOST_OWN

__all__ = [
    "MOST_OWN",
    "add_exception",
    "add_hours",
    "begin",
    "book",
    "cancel",
    "change",
    "change_patient",
    "check_in",
    "complete",
    "confirm",
    "miss",
    "move",
    "remove_exception",
    "remove_hours",
    "restore",
    "restore_exception",
    "restore_hours",
    "undo_check_in",
    "walk_in",
    "withdraw_hours",
]
