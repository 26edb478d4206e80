"""Rows that stay for a whole module, so that each call can be a transaction of its own."""

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.fixture(scope="module")
def committed(django_db_setup, django_db_blocker):
    """What the module's fixtures write is committed, and deleted at its end.

    In one long transaction every call would walk through the dead rows of all the calls before it.
    """
    if not connection.settings_dict["NAME"].startswith("test_"):
        pytest.fail("none of the chosen tests is marked django_db, so no database was made: choose the whole file")
    with django_db_blocker.unblock():
        yield
        call_command("flush", verbosity=0, interactive=False)
