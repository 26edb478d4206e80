"""Many people doing the same thing at the same moment: real threads, real connections, one starting gun."""

import http.client
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection, connections

from clinic.errors import Refused

# PostgreSQL admits a hundred connections as it comes; a crowd beyond this waits for a worker, as at a real server.
WORKERS = 24


def rush(count, act, *, workers=WORKERS):
    """Call act(0), act(1), ... act(count - 1) from `workers` threads at once, released together, each taking the next.

    Returns the outcomes in order: what act returned, or the exception it raised.
    """
    gun = threading.Barrier(min(count, workers))
    waiting = iter(range(count))
    turn = threading.Lock()
    outcomes = [None] * count

    def work():
        gun.wait(30)
        while True:
            with turn:
                number = next(waiting, None)
            if number is None:
                return connections.close_all()
            try:
                outcomes[number] = act(number)
            except Exception as error:  # the outcome is what the test looks at
                outcomes[number] = error

    threads = [threading.Thread(target=work) for _number in range(min(count, workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return outcomes


def tally(outcomes):
    """Counter of outcomes: "ok", the code of a refusal, or the name of an error."""
    names = []
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            names.append(outcome.code)
        else:
            names.append(type(outcome).__name__ if isinstance(outcome, Exception) else "ok")
    return Counter(names)


def faults(outcomes):
    """Where each error that is not a refusal came from, in words for a failing test."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refused)]
    return "\n".join("".join(_ours(traceback.format_exception(error))) for error in errors)


def _ours(lines):
    return [line for line in lines if "site-packages" not in line]


def statuses(outcomes):
    """Counter of HTTP statuses; an exception counts under its name."""
    return Counter(getattr(outcome, "status_code", type(outcome).__name__) for outcome in outcomes)


def deadlocks():
    """Deadlocks of this database so far, those included that a retry has hidden."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@dataclass(frozen=True)
class Answer:
    """What a real server answered."""

    status_code: int
    text: str
    seconds: float


class Visitor:
    """A signed-in browser without a page: posts forms to a real server as htmx does, over a connection of its own."""

    TOKEN = "t" * 32

    def __init__(self, server, user):
        self.server = server
        self.cookie = f"{server.cookie_for(user)}; csrftoken={self.TOKEN}"

    def post(self, path, fields):
        """The Answer to one form; raises OSError when there is none."""
        began = time.monotonic()
        browser = http.client.HTTPConnection(self.server.host, timeout=60)
        headers = {
            "Cookie": self.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "HX-Request": "true",
            "X-CSRFToken": self.TOKEN,
        }
        try:
            browser.request("POST", path, urlencode(fields, doseq=True), headers)
            response = browser.getresponse()
            return Answer(response.status, response.read().decode(), time.monotonic() - began)
        finally:
            browser.close()
