"""Log lines carry no values of a patient's row."""

import logging

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.logs import NoRowValues


@pytest.mark.django_db
def test_a_database_error_s_detail_is_cut_out():
    record, name = None, "".join(["Lay", "la"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE secret (name text UNIQUE)")
        try:
            with transaction.atomic():
                cursor.execute("INSERT INTO secret VALUES (%s), (%s)", [name, name])
        except IntegrityError as error:
            record = logging.LogRecord(
                "x", logging.ERROR, "x", 1, "failed", None, (type(error), error, error.__traceback__)
            )
    NoRowValues().filter(record)
    assert "UniqueViolation" in record.exc_text
    assert "Layla" not in logging.Formatter().format(record)


def test_a_value_in_the_message_itself_is_masked():
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, None)
    try:
        raise ValueError('invalid input syntax for type integer: "0551234567"')
    except ValueError as error:
        record.exc_info = (ValueError, error, None)
    NoRowValues().filter(record)
    assert record.exc_text == "ValueError: invalid input syntax for type integer: (value)"
