"""Fixtures for all tests."""

import gc
import os

import pgtrigger
import pytest
from django.core.management.commands import flush
from django.db import connection
from django.utils import timezone, translation

from tests.alone import pytest_runtest_protocol  # noqa: F401  what is marked `alone`
from tests.browser import browser  # noqa: F401  one Chromium for all browser stories
from tests.database import drop, empty


@pytest.fixture(autouse=True, scope="session")
def flush_past_the_guards():
    """Append-only tables refuse to be emptied; only the flush between transactional tests may pass the guards."""
    handle = flush.Command.handle

    def handle_ignoring_triggers(self, **options):
        if not empty():
            with pgtrigger.ignore():
                handle(self, **options)

    flush.Command.handle = handle_ignoring_triggers
    yield
    flush.Command.handle = handle


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Copy the database that bin/test has migrated, if it has; and wait for nobody when it is dropped."""
    connection.creation._destroy_test_db = drop
    if os.environ.get("CLINIC_TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = os.environ["CLINIC_TEST_TEMPLATE"]


@pytest.fixture(autouse=True)
def language_of_nobody():
    """A page that was asked for leaves its language and clock behind; the next test begins without."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def published(monkeypatch):
    """Every live topic of the test as (clinic_id, topic), in the order in which operations gave them out."""
    from clinic import live

    seen = []
    flush_topics = live.flush

    def flush_and_note(collected):
        seen.extend((clinic_id, topic) for clinic_id in sorted(collected) for topic in sorted(collected[clinic_id]))
        return flush_topics(collected)

    monkeypatch.setattr(live, "flush", flush_and_note)
    return seen


def pytest_collection_finish():
    """Thousands of tests stay for good: keep them out of the garbage collector, as clinic.wsgi does with the views."""
    gc.collect()
    gc.freeze()


WITH_WINDOWS_OR_CROWDS = (
    "tests/stories",
    "tests/live",
    "tests/ui",
    "tests/concurrency",
    "tests/queues/test_board_",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Each of two processes begins with half of the long tests, instead of one meeting them all at the end."""
    long = [item for item in items if item.nodeid.startswith(WITH_WINDOWS_OR_CROWDS)]
    short = [item for item in items if not item.nodeid.startswith(WITH_WINDOWS_OR_CROWDS)]
    half = len(short) // 2
    items[:] = long[0::2] + short[:half] + long[1::2] + short[half:]
