"""What can happen in the room: who is called, what is written, how it ends."""

from visits.operations.finish import add_addendum, complete
from visits.operations.measure import correct_vitals, measure_waiting, record_vitals
from visits.operations.note import add_diagnosis, add_note, make_primary, remove_diagnosis, save_note
from visits.operations.room import begin, call_in, call_next, not_come, open_visit, recall, take_over
from visits.operations.start import start_visit

__all__ = [
    "add_addendum",
    "add_diagnosis",
    "add_note",
    "begin",
    "call_in",
    "call_next",
    "complete",
    "correct_vitals",
    "make_primary",
    "measure_waiting",
    "not_come",
    "open_visit",
    "recall",
    "record_vitals",
    "remove_diagnosis",
    "save_note",
    "start_visit",
    "take_over",
]
