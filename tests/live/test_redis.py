"""The wire through Redis: it carries, it may die, and it comes back by itself."""

import time

import pytest
from django.test import Client

from clinic import hub, live
from clinic.access import Role
from clinic.models import TopicVersion
from tests.factories import clinic as make
from tests.live.wire import change, screen

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quicker_hub(quick_hub, monkeypatch):
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.1)


@pytest.fixture
def receptionist(clinic):
    return make.user(Role.RECEPTION, clinic=clinic)


def beats(watching, *, within):
    """How many heartbeats came in that time."""
    before = watching.beats
    watching.versions(within=within)
    return watching.beats - before


def test_a_change_is_heard_through_redis(through_redis, server, clinic, receptionist):
    with screen(server, receptionist) as desk:
        change(clinic=clinic, topics=("desk", "board"))
        assert desk.versions() == {"desk": 1, "board": 1}


def test_a_rolled_back_operation_sends_nothing(through_redis, server, clinic, receptionist):
    with screen(server, receptionist) as desk:
        with pytest.raises(ValueError, match="rolled back"):
            change(clinic=clinic, topics=("day",), fails=True)
        change(clinic=clinic)
        assert desk.versions() == {"desk": 1}


def test_with_redis_gone_writes_work_and_screens_hear_no_heart_beat(own_redis, server, clinic, receptionist):
    with screen(server, receptionist) as desk:
        own_redis.kill()
        beats(desk, within=0.3)
        began = time.monotonic()
        for _ in range(10):
            change(clinic=clinic)
        assert time.monotonic() - began < 5.0
        assert beats(desk, within=0.6) == 0
        assert TopicVersion.objects.get(clinic=clinic, topic="desk").version == 10


def test_with_redis_gone_the_versions_are_still_told(own_redis, server, clinic, receptionist):
    client = Client()
    client.force_login(receptionist, backend="clinic.backends.StaffBackend")
    own_redis.kill()
    change(clinic=clinic)
    answer = client.get("/live/versions", {"topics": "desk,board"})
    assert {topic: version for topic, (version, _age) in answer.json().items()} == {"desk": 1}


def test_when_redis_comes_back_the_same_socket_hears_again(own_redis, server, clinic, receptionist, monkeypatch):
    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.2)
    with screen(server, receptionist) as desk:
        own_redis.kill()
        change(clinic=clinic)
        desk.versions(within=0.3)
        own_redis.start()
        desk.await_beat(within=10)
        change(clinic=clinic)
        assert desk.versions(within=5) == {"desk": 2}


def test_a_server_started_while_redis_is_away_hears_later(own_redis, server, clinic, receptionist, monkeypatch):
    monkeypatch.setattr(hub, "TRANSPORT_SECONDS", 0.5)
    own_redis.kill()
    from websockets.sync.client import connect

    from tests.live.wire import Screen

    headers = {"Cookie": server.cookie_for(receptionist)}
    with connect(server.ws_url, origin=server.url, additional_headers=headers) as raw:
        desk = Screen(raw)
        assert beats(desk, within=0.5) == 0
        own_redis.start()
        desk.await_beat(within=10)
