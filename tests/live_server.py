"""A real server for tests that need sockets or a browser: uvicorn in a thread, serving clinic.asgi on a free port.

Import the fixture where it is wanted: `from tests.live_server import server  # noqa: F401`. It brings a
transactional database, because the server's threads see only what is committed.
"""

import asyncio
import socket
import threading
import time

import pytest
import uvicorn
from django.test import Client


class LiveServer:
    """The address of the running server, and cookies for people who are to use it."""

    def __init__(self, port):
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self.ws_url = f"ws://{self.host}/ws/live/"

    def sign_in(self, user):
        """A test client holding a new session of `user`; `client.cookies` carries it."""
        client = Client(headers={"host": self.host})
        client.force_login(user, backend="clinic.backends.StaffBackend")
        return client

    def cookie_for(self, user):
        """The value of a Cookie header for a new session of `user`."""
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self.sign_in(user).cookies.items())

    def browser_cookies(self, user):
        """The same for Playwright: `context.add_cookies(server.browser_cookies(user))`."""
        return [
            {"name": name, "value": morsel.value, "url": self.url}
            for name, morsel in self.sign_in(user).cookies.items()
        ]


class Prompt(uvicorn.Server):
    """A server that stops at once: uvicorn looks ten times a second whether it may, three times before it does."""

    async def main_loop(self):
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets=None):
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + self.config.timeout_graceful_shutdown
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()


class Running:
    """uvicorn in a thread; started and stopped by the fixture, or by a test that restarts it."""

    def __init__(self, port=0):
        from clinic.asgi import application

        self.socket = socket.socket(proto=socket.IPPROTO_TCP)  # so named, asyncio sends each answer at once
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        config = uvicorn.Config(
            application, log_level="warning", lifespan="off", timeout_graceful_shutdown=2, ws_ping_interval=None
        )
        self.server = Prompt(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)

    def start(self):
        self.thread.start()
        deadline = time.monotonic() + 10
        while not self.server.started:
            if time.monotonic() > deadline or not self.thread.is_alive():
                raise RuntimeError("the test server did not start")
            time.sleep(0.01)
        return self

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


@pytest.fixture
def server(transactional_db):
    """A running LiveServer. (pytest-django's live_server has no sockets.)"""
    running = Running().start()
    yield LiveServer(running.port)
    running.stop()
