"""A running server whose hub beats faster than in life."""

import pytest

from clinic import hub, live
from tests.live_server import server  # noqa: F401


@pytest.fixture
def house(monkeypatch, request):
    """The server of a story: its heart beats, and its sessions are looked after, every half second."""
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.5)
    monkeypatch.setattr(hub, "CHECK_SECONDS", 2.0)
    monkeypatch.setattr(live, "sender", live.Sender())
    return request.getfixturevalue("server")
