"""The patient's own pages: what is booked, booking, medicines, visits, bills, and who opened the record.

The same operations and queries as at the desk, for one person: everything comes from `visible_to` of the account.
"""

from clinic.portal.booking import appointment, book, cancel, move, slots
from clinic.portal.reading import access, bills, home, link, prescriptions, visits

__all__ = [
    "access",
    "appointment",
    "bills",
    "book",
    "cancel",
    "home",
    "link",
    "move",
    "prescriptions",
    "slots",
    "visits",
]
