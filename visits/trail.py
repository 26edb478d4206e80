"""Noting that many visits were read at once: one row for each patient, as if each record had been opened."""

from clinic import audit


def note_reading(request, visits):
    """Record that the user was shown `visits`: one "read" for each of their patients; one query however many."""
    audit.note_reading(request, visits, part="visits")
