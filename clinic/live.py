"""Both ends of one wire: which screens have changed, told once the change is certain.

An operation calls `publish` (screens) and `event` (people and integrations); `clinic.operation` calls `flush` and
`flush_events` as its last statements. What travels of a change is a topic and a version, of an event ids and states,
never anything else about a patient: each screen then asks for its own page again, where access is checked.

Two ways lead to the same group of the channel layer (`clinic.hub` stands at its end):
without REDIS_URL a NOTIFY inside the transaction, which PostgreSQL sends at the commit and forgets at a rollback;
with REDIS_URL a message through the channel layer after the commit. A lost change is harmless: versions are
stored, and every screen compares them each 15 seconds. Events are not kept: who must not miss one reads the API.
"""

import asyncio
import atexit
import json
import logging
import os
import threading
import time
from datetime import date, datetime
from itertools import islice

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction

from clinic.operation import collect, collect_event

logger = logging.getLogger(__name__)

NOTIFY_CHANNEL = "live"
TOPICS_A_MESSAGE = 60  # a NOTIFY carries less than 8,000 bytes; a topic has at most 60 characters
LONGEST_EVENT = 400  # characters of JSON
EVENTS_A_MESSAGE = 15
SEND_SECONDS = 1.0
PAUSE_SECONDS = 3.0
MOST_WAITING = 500

_RAISE = """
    INSERT INTO clinic_topicversion (clinic_id, topic, version, changed_at)
    SELECT clinic_id, topic, 1, clock_timestamp()
    FROM unnest(%s::bigint[], %s::text[]) AS changed (clinic_id, topic)
    ORDER BY clinic_id, topic COLLATE "C"
    ON CONFLICT (clinic_id, topic)
    DO UPDATE SET version = clinic_topicversion.version + 1, changed_at = clock_timestamp()
    RETURNING clinic_id, topic, version
"""

_VERSIONS = """
    SELECT topic, version, extract(epoch FROM clock_timestamp() - changed_at)::float8
    FROM clinic_topicversion WHERE clinic_id = %s AND topic = ANY(%s)
"""


def publish(clinic, *topics):
    """Say that what `topics` show of `clinic` has changed. From operations only; refuses elsewhere."""
    collect(clinic, topics)


def event(clinic, kind, *, patient_id=None, doctor_id=None, **facts):
    """Tell people and integrations what happened (`kind`: a type of the API contract). From operations only.

    `facts` are ids and states, never names or clinical text; `at` is now unless given. Who may read the object hears
    of it: staff by role, the doctor `doctor_id`, the account of the patient `patient_id`, as clinic.audience says; a
    kind that is not named there reaches nobody. Raises ValueError for facts too long for a NOTIFY.
    """
    now = clinic.now().isoformat(timespec="seconds")
    frame = {"type": kind, "at": now, **{name: _plain(value) for name, value in facts.items()}}
    if len(json.dumps(frame)) > LONGEST_EVENT:
        raise ValueError(f"{kind}: an event carries ids and states, nothing longer")
    collect_event({"clinic": clinic.pk, "patient": patient_id, "doctor": doctor_id, "frame": frame})


def _plain(value):
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value if type(value) in (bool, int, str, type(None)) else str(value)


def group_name(clinic_id):
    """The channel-layer group that every process with screens of this clinic has joined."""
    return f"clinic.{clinic_id}"


def flush(collected):
    """Raise the version of each collected topic and let the screens know once the transaction has committed.

    `collected` maps a clinic's id to its topics. Must run inside the transaction, as its last statement: the rows
    are locked in one order (clinic, topic) by every operation, and only until the commit that follows at once.
    """
    pairs = sorted((clinic_id, topic) for clinic_id, topics in collected.items() for topic in topics)
    if not pairs:
        return
    _send(list(_messages(_raise_versions(pairs))))


def flush_events(collected):
    """Let the events of an operation go out once its transaction has committed, in their order."""
    if collected:
        _send(list(_event_messages(collected)))


def _send(messages):
    """Send at the commit: a NOTIFY without Redis, the channel layer with it."""
    if not settings.REDIS_URL:
        with connection.cursor() as cursor:
            for message in messages:
                cursor.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, json.dumps(message)])
        return

    # A named function: with functools.partial, Django 5.2 lets a failure of a robust callback escape.
    def send():
        for message in messages:
            sender.send(message)

    transaction.on_commit(send, robust=True)


def versions(clinic, topics):
    """Version and age in seconds of those `topics` of `clinic` that ever changed, as {topic: (version, age)}.

    The age is measured by the database's clock, so that a browser whose clock is wrong can still tell whether its
    page is older than the change.
    """
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [clinic.pk, list(topics)])
        return {topic: (version, age) for topic, version, age in cursor.fetchall()}


def _raise_versions(pairs):
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [[clinic_id for clinic_id, _ in pairs], [topic for _, topic in pairs]])
        return cursor.fetchall()


def _messages(rows):
    """One message for each clinic, {"clinic": id, "versions": {topic: version}}, cut to what a NOTIFY can carry."""
    by_clinic = {}
    for clinic_id, topic, version in rows:
        by_clinic.setdefault(clinic_id, {})[topic] = version
    for clinic_id, changed in by_clinic.items():
        topics = iter(changed.items())
        while part := dict(islice(topics, TOPICS_A_MESSAGE)):
            yield {"clinic": clinic_id, "versions": part}


def _event_messages(collected):
    """One message for each clinic, {"clinic": id, "events": [...]}, cut to what a NOTIFY can carry."""
    by_clinic = {}
    for one in collected:
        by_clinic.setdefault(one["clinic"], []).append({key: one[key] for key in ("patient", "doctor", "frame")})
    for clinic_id, events in by_clinic.items():
        for start in range(0, len(events), EVENTS_A_MESSAGE):
            yield {"clinic": clinic_id, "events": events[start : start + EVENTS_A_MESSAGE]}


class Sender:
    """Hands messages to the channel layer from a thread of its own, so that no request ever waits for Redis.

    A failure is logged once a pause and counted, and for `PAUSE_SECONDS` nothing more is tried: the message is
    dropped, as the screens find the change by its version. A forked worker gets its own thread.
    """

    def __init__(self):
        self.failures = 0
        self.dropped = 0
        self._lock = threading.Lock()
        self._loop = None
        self._process = None
        self._waiting = 0
        self._closed_until = 0.0

    def send(self, message):
        """Send soon and return at once. Never raises for a broken transport."""
        with self._lock:
            loop = self._running_loop()
            if time.monotonic() < self._closed_until or self._waiting >= MOST_WAITING:
                self.dropped += 1
                return None
            self._waiting += 1
        return asyncio.run_coroutine_threadsafe(self._deliver(message), loop)

    def drain(self):
        """Let what is under way arrive before a short-lived process ends; waits at most `SEND_SECONDS`."""
        deadline = time.monotonic() + SEND_SECONDS
        while self._waiting and self._process == os.getpid() and time.monotonic() < deadline:
            time.sleep(0.005)

    async def _deliver(self, message):
        try:
            if time.monotonic() < self._closed_until:
                self.dropped += 1
                return
            sending = get_channel_layer().group_send(group_name(message["clinic"]), {"type": "live.changed", **message})
            await asyncio.wait_for(sending, SEND_SECONDS)
        except Exception as error:  # whatever a broken transport raises: the write has already succeeded
            self.failures += 1
            self._closed_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("live update not sent: %s (%d so far)", type(error).__name__, self.failures)
        finally:
            with self._lock:
                self._waiting -= 1

    def _running_loop(self):
        if self._loop is None or self._process != os.getpid():
            self._loop = asyncio.new_event_loop()
            self._process = os.getpid()
            self._waiting = 0
            threading.Thread(target=self._loop.run_forever, name="live-sender", daemon=True).start()
        return self._loop


sender = Sender()
atexit.register(lambda: sender.drain())  # looked up late: a test may have put another in its place
