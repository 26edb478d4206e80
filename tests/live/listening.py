"""A program that listens to events: it signs in, gets a ticket, and opens the socket."""

import json
import time
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from clinic import live, tokens
from clinic.models import User
from clinic.operation import operation


@operation
def happen(*, clinic, kind, fails=False, **about):
    """An operation that does nothing but tell of an event; with `fails` it is rolled back."""
    live.event(clinic, kind, **about)
    if fails:
        raise ValueError("rolled back")


class Program:
    """One open socket of events."""

    def __init__(self, socket, pair=None):
        self.socket = socket
        self.pair = pair

    def say(self, message):
        self.socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def hear(self, *, within=3.0):
        """The next frame without its time, None when nothing comes."""
        try:
            frame = json.loads(self.socket.recv(timeout=within))
        except TimeoutError:
            return None
        frame.pop("at", None)
        return frame

    def ask(self, message):
        """The answer to a message."""
        self.say(message)
        return self.hear()

    def await_live(self, *, within=15.0):
        """Wait until the socket's process hears of every change and event."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self.ask({"type": "ping"}) == {"type": "pong", "live": True}:
                return self
            time.sleep(0.1)
        raise TimeoutError

    def close_code(self, *, within=5.0):
        """The code with which the server closed the socket."""
        deadline = time.monotonic() + within
        try:
            while True:
                self.socket.recv(timeout=deadline - time.monotonic())
        except ConnectionClosed as closed:
            return closed.rcvd.code


def signed_in(user):
    """A fresh Pair of `user`."""
    return tokens.begin_sign_in(user=User.objects.get(pk=user.pk))


def ticket_of(pair):
    """A ticket for one socket of a sign-in."""
    claims = tokens.claims_of(pair.access_token)
    return tokens.issue_ticket(sign_in_id=claims["sid"], by=pair.user)[1]


def knock(server, ticket, **more):
    """The bare connection; raises InvalidStatus when it is refused."""
    address = f"ws://{server.host}/ws/events?ticket={ticket}"
    return connect(address, open_timeout=20, close_timeout=1, **more)


@contextmanager
def program(server, user, *, pair=None, origin=None):
    """An open socket in the name of `user`, already hearing."""
    pair = pair or signed_in(user)
    with knock(server, ticket_of(pair), origin=origin) as socket:
        yield Program(socket, pair).await_live()
