"""A running server whose hub beats faster than in life, a clinic in the middle of its day, windows that close by themselves."""

import pytest

from clinic import hub, live
from tests.live_server import server  # noqa: F401
from tests.stories import stage as scenery
from tests.stories.window import Window


@pytest.fixture
def house(monkeypatch, request):
    """The server of a story: its heart beats, and its sessions are looked after, every half second."""
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.5)
    monkeypatch.setattr(hub, "CHECK_SECONDS", 2.0)
    monkeypatch.setattr(live, "sender", live.Sender())
    return request.getfixturevalue("server")


@pytest.fixture(params=["en", "ar"])
def day(request, transactional_db):
    """A stage in the middle of its day: booked, waiting, called, in the room, at the pharmacy, unpaid and paid."""
    stage = scenery.build(request.param)
    scenery.fill_day(stage)
    return stage


@pytest.fixture
def stage(transactional_db):
    """An English stage in the middle of its day."""
    made = scenery.build()
    scenery.fill_day(made)
    return made


@pytest.fixture
def open_window(browser, house):
    """Open a window of a user at an address; it closes after the test, and a complaint of the browser fails it."""
    opened = []

    def open_one(user, path, **options):
        opened.append(Window(browser, house, user, path, **options))
        return opened[-1]

    yield open_one
    for window in opened:
        window.context.close()
    assert [problem for window in opened for problem in window.problems] == []
