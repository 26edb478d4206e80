"""Numbers without gaps: a counter row, taken last in the transaction, so a rollback gives its number back."""

from django.db import connection

_NEXT = """
    INSERT INTO clinic_counter (clinic_id, series, value) VALUES (%s, %s, 1)
    ON CONFLICT (clinic_id, series) DO UPDATE SET value = clinic_counter.value + 1
    RETURNING value
"""


def next_number(clinic, series):
    """The next number (from 1) of `series` in `clinic` (None for a series of the whole organisation).

    Holds the counter's row until the commit: take it after every other lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [clinic.pk if clinic else None, series])
        return cursor.fetchone()[0]
