"""A clinic, a running server, and a hub that beats faster than in life."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest

from clinic import hub, live
from tests.factories import clinic as make
from tests.live_server import server  # noqa: F401

REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379"


def redis_answers(url=REDIS):
    """True when something listens where Redis usually does."""
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname, address.port or 6379), timeout=0.5).close()
    except OSError:
        return False
    return True


@pytest.fixture(autouse=True)
def quick_hub(monkeypatch):
    monkeypatch.setattr(hub, "BEAT_SECONDS", 0.3)
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(live, "sender", live.Sender())


@pytest.fixture
def clinic(db):
    return make.clinic()


@pytest.fixture
def through_redis(settings):
    """The live wire through a real Redis; skipped, visibly, where none answers."""
    if not redis_answers():
        pytest.skip(f"no Redis at {REDIS}")
    use_redis(settings, REDIS)


@pytest.fixture
def without_redis(settings):
    """The live wire through PostgreSQL alone, whatever the environment says."""
    settings.REDIS_URL = ""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def use_redis(settings, url):
    """Send through the Redis at `url`, there or not."""
    from clinic.settings import redis_layer

    settings.REDIS_URL = url
    settings.CHANNEL_LAYERS = redis_layer(url)


class OwnRedis:
    """A Redis of the test's own, to be stopped and started."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.process = None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=0.2).close()
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def kill(self):
        self.process.kill()
        self.process.wait(5)


@pytest.fixture
def own_redis(tmp_path, settings):
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server on this machine")
    redis = OwnRedis(tmp_path)
    redis.start()
    use_redis(settings, redis.url)
    yield redis
    redis.kill()
