"""The JSON door's frame: the same for every app's `api.py`, which holds serializers and names operations and queries.

`Room` is the base of every viewset; `reads` and `does` turn a method into an endpoint: who may, what goes in, what
comes out, in the schema and in fact. There are no rules here: those live in the operations.
"""

from clinic.api.actions import does, reads
from clinic.api.fields import Amount, Day, Moment, Num, Text, Whole, Words
from clinic.api.lists import Listing
from clinic.api.room import Pdf, Room
from clinic.api.schema import PDF
from clinic.api.shapes import Given, Nothing, Shown

__all__ = [
    "PDF",
    "Amount",
    "Day",
    "Given",
    "Listing",
    "Moment",
    "Nothing",
    "Num",
    "Pdf",
    "Room",
    "Shown",
    "Text",
    "Whole",
    "Words",
    "does",
    "reads",
]
