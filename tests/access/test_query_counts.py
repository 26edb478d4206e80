"""No page asks the database more than fifteen times, nor more often with three hundred rows than with one."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access.crowded import crowd
from tests.access.samples import build
from tests.access.table import PUBLIC, TABLE

MOST = 15
# Transaction marks are no questions, and the idle clock is written now and then, whatever the page.
MARKS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", 'UPDATE "django_session"')
WORDS = {
    "patients:find": {"q": "zqxcanary"},
    "patients:list": {"q": "zqxcanary"},
    "pharmacy:find_medicine": {"line": "para"},
}


@pytest.fixture(scope="module")
def counts(committed):
    """(address, actor) -> its queries with few rows and with many; None for what does not answer 200."""
    world = build()
    crowd(world, 0, 1)
    many = crowded(world, pages(world))
    few = {page: ask(world, *page) for page in many}
    # The first asking of an address also fills what a process keeps.
    many |= crowded(world, [page for page in many if len(many[page]) > len(few[page])])
    return {page: (few[page], many[page]) for page in many}


def crowded(world, asked):
    """The pages among `asked` that answer 200, each with its queries while there are three hundred rows more."""
    with transaction.atomic():
        crowd(world, 1, 300)
        counted = {page: ask(world, *page) for page in asked}
        transaction.set_rollback(True)
    return {page: queries for page, queries in counted.items() if queries}


def pages(world):
    for name, (roles, _sample) in TABLE.items():
        if roles is PUBLIC:
            yield name, "anonymous"
        else:
            able = sorted(str(role) for role in roles if str(role) in world.users)
            yield from ((name, role) for role in {able[0], able[-1]})


def ask(world, name, actor):
    """The statements of one GET, None for what does not answer 200."""
    address = reverse(name, kwargs=world.samples[TABLE[name][1]])
    connection.queries_log.clear()
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        response = world.client(actor).get(address, WORDS.get(name, {}))
        transaction.set_rollback(True)
    assert response.status_code < 500, f"{name} as {actor}: {response.exc_info}"
    if response.status_code != 200:
        return None
    return [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(MARKS)]


@pytest.mark.django_db
def test_every_page_asks_little_and_not_more_with_three_hundred_rows(counts):
    """One test for three findings: measuring takes long, and two workers would each measure."""
    assert len({name for name, _actor in counts}) >= 50
    assert over(counts) == {}
    assert grown(counts) == {}


def over(counts):
    """Pages that ask more than MOST times."""
    return {f"{name} as {actor}": len(many) for (name, actor), (_few, many) in counts.items() if len(many) > MOST}


def grown(counts):
    """Pages that ask more often with many rows than with few."""
    return {
        f"{name} as {actor}": (len(few), len(many))
        for (name, actor), (few, many) in counts.items()
        if len(many) > len(few)
    }
