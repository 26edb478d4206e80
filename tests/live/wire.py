"""What the live tests share: an operation that changes topics, and a screen that listens."""

import json
import time
from contextlib import contextmanager

from websockets.sync.client import connect

from clinic import live
from clinic.operation import operation


@operation
def change(*, clinic, topics=("desk",), fails=False):
    """An operation that changes nothing but topics; with `fails` it is rolled back."""
    live.publish(clinic, *topics)
    if fails:
        raise ValueError("rolled back")


class Screen:
    """One page's socket."""

    def __init__(self, socket):
        self.socket = socket
        self.beats = 0

    def versions(self, *, within=3.0):
        """The versions of the next message, {} when none comes in time. Heartbeats are counted on the way."""
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = json.loads(self.socket.recv(timeout=left))
            except TimeoutError:
                break
            if "versions" in frame:
                return frame["versions"]
            self.beats += 1
        return {}

    def await_beat(self, *, within=15.0):
        """Wait for a heartbeat: from here on the screen hears of every change. Skips older messages."""
        deadline = time.monotonic() + within
        while not json.loads(self.socket.recv(timeout=deadline - time.monotonic())).get("beat"):
            pass
        return self


@contextmanager
def screen(server, user=None, *, origin="same", cookie=None):
    """An open socket of `user`'s browser, already hearing; `origin` None sends no Origin header."""
    cookie = cookie or (server.cookie_for(user) if user else "")
    headers = {"Cookie": cookie} if cookie else {}
    origin = server.url if origin == "same" else origin
    with connect(server.ws_url, origin=origin, additional_headers=headers, open_timeout=20, close_timeout=1) as socket:
        yield Screen(socket).await_beat()
