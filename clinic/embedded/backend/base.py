"""The postgresql backend plus one thing: before the first connection the embedded server is made to run.

Not in the settings: type checkers and every command import those.
"""

import threading

import psycopg
from django.db.backends.postgresql import base

from clinic.embedded.server import EmbeddedServer

_lock = threading.Lock()
_server = None


def socket_folder(*, check: bool = False) -> str:
    """The running server's socket folder; `check` looks again whether it still runs and starts it if not."""
    global _server
    with _lock:
        if _server is None or check:
            _server = _server or EmbeddedServer()
            _server.acquire()
        return str(_server.socket_folder())


class DatabaseWrapper(base.DatabaseWrapper):
    """As PostgreSQL's; a connection that fails once is tried again after the server was looked after."""

    def get_connection_params(self):
        return {**super().get_connection_params(), "host": socket_folder()}

    def get_new_connection(self, conn_params):
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            socket_folder(check=True)
            return super().get_new_connection(conn_params)
