"""One hub in each process that holds sockets: it hears of changes and events once and tells its own sockets.

The hub, not each socket, joins the channel layer: a frame is encoded once and written to every socket in a bare
loop, ten times faster than a channel for each socket. A heartbeat travels the same way as the changes do, so a page
that hears hearts beat knows that it would hear of a change, and a page that does not says "not live".
"""

import asyncio
import contextlib
import json
import logging
import time
import weakref

import psycopg
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection

from clinic import audience, live
from clinic.admission import Hears
from clinic.presence import Presence

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
CHECK_SECONDS = 4.0
TRANSPORT_SECONDS = 3.0
WRITE_SECONDS = 1.0
BOARD_TOPIC = "board"
HEARTBEAT = json.dumps({"beat": True})

_hubs = weakref.WeakKeyDictionary()


def current_hub():
    """The hub of the running event loop, made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    """The sockets of one process, by clinic, and the tasks that keep them told, beating and checked."""

    def __init__(self):
        self.sockets = {}
        self.joined = set()
        self.channel = None
        self.last_heard = float("-inf")
        self._tasks = []
        self._presence = Presence()

    async def join(self, socket):
        """Add a socket that was let in; the first one of a clinic makes the process join that clinic's group."""
        clinics = socket.admission.clinics
        for clinic_id in clinics:
            self.sockets.setdefault(clinic_id, set()).add(socket)
        await self._begin(clinics)
        if socket.BEATS and self.hears():
            await self._write(socket, HEARTBEAT)

    async def hear_of(self, clinics):
        """Hear of the clinics' changes, or try for three seconds: who is let in then misses nothing of what they do next."""
        for clinic_id in clinics:
            self.sockets.setdefault(clinic_id, set())
        await self._begin(clinics)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TRANSPORT_SECONDS):
                while not self.hears():
                    await asyncio.sleep(0.02)

    async def _begin(self, clinics):
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._check())]
        if self.channel is not None and not self.joined.issuperset(clinics):
            await self._join_groups()

    def leave(self, socket):
        """Forget a socket."""
        for clinic_id in socket.admission.clinics:
            self.sockets.get(clinic_id, set()).discard(socket)

    def all_sockets(self):
        """Every open socket of this process, each once."""
        return list(set().union(*self.sockets.values()))

    def hears(self):
        """True while the transport has lately brought its own heartbeat back."""
        return time.monotonic() - self.last_heard < BEAT_SECONDS + TRANSPORT_SECONDS

    async def deliver(self, clinic_id, versions):
        """Tell the clinic's sockets of changes: each frame is encoded once, however many hear it."""
        frames = _frames(versions)
        for socket in list(self.sockets.get(clinic_id, ())):
            for frame in frames[socket.admission.hears]:
                await self._write(socket, frame)

    async def deliver_events(self, clinic_id, events):
        """Tell those of the clinic's sockets whose account may read what each event is about."""
        for event in events:
            people, frame = audience.of(event["frame"]["type"]), json.dumps(event["frame"])
            for socket in list(self.sockets.get(clinic_id, ())):
                if socket.admission.admits(event, people):
                    await self._write(socket, frame)

    async def beat(self):
        """The transport works: pass the heartbeat on to the pages."""
        self.last_heard = time.monotonic()
        for socket in self.all_sockets():
            if socket.BEATS:
                await self._write(socket, HEARTBEAT)

    async def _write(self, socket, frame):
        # A client that cannot take a line in a second would hold up all others: it is dropped and catches up later.
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await socket.send(text_data=frame)
        except Exception:  # a socket that closed under our hands raises what its server likes
            self.leave(socket)
            with contextlib.suppress(Exception):
                await socket.close()

    # --- tasks ---------------------------------------------------------------------------------------------------

    async def _run(self):
        self.channel = await _patiently(get_channel_layer().new_channel)
        await self._join_groups()
        await asyncio.gather(self._receive(), self._ping() if settings.REDIS_URL else self._listen())

    async def _join_groups(self):
        """Join the group of every clinic with sockets here; False when the transport is away.

        Done again with each heartbeat: it is cheap, and heals what a layer forgets (after a day, or by a restart).
        """
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(TRANSPORT_SECONDS):
                for clinic_id in list(self.sockets):
                    await layer.group_add(live.group_name(clinic_id), self.channel)
                    self.joined.add(clinic_id)
        except Exception as error:
            # Not joined means no heartbeat: the pages say so until a later beat succeeds.
            self.joined.clear()
            self.last_heard = float("-inf")
            logger.warning("live: could not join a group: %s", type(error).__name__)
            return False
        return True

    async def _receive(self):
        layer = get_channel_layer()
        while True:
            try:
                message = await layer.receive(self.channel)
            except Exception as error:
                self.last_heard = float("-inf")
                logger.warning("live: transport lost: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            if message["type"] == "live.beat":
                await self.beat()
            elif message["type"] == "live.changed":
                await self.deliver(message["clinic"], message.get("versions", {}))
                await self.deliver_events(message["clinic"], message.get("events", ()))

    async def _ping(self):
        """With Redis: a heartbeat to ourselves through it."""
        layer = get_channel_layer()
        while True:
            if await self._join_groups():
                try:
                    async with asyncio.timeout(TRANSPORT_SECONDS):
                        await layer.send(self.channel, {"type": "live.beat"})
                except Exception as error:
                    logger.warning("live: no heartbeat through Redis: %s", type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)

    async def _listen(self):
        """Without Redis: one LISTEN connection, whose notifications go to the in-memory layer of this loop."""
        while True:
            try:
                params = await database_sync_to_async(_listening_params)()
                async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as listening:
                    await listening.execute(f"LISTEN {live.NOTIFY_CHANNEL}")
                    await self._hand_on(listening)
            except (psycopg.Error, OSError) as error:
                self.last_heard = float("-inf")
                logger.warning("live: listening connection lost: %s", type(error).__name__)
            await asyncio.sleep(1)

    async def _hand_on(self, listening):
        layer = get_channel_layer()
        while True:
            await self._join_groups()
            # Our own notification must come back: that is the heartbeat.
            await listening.execute("SELECT pg_notify(%s, '')", [live.NOTIFY_CHANNEL])
            async for notice in listening.notifies(timeout=BEAT_SECONDS):
                if notice.payload:
                    message = json.loads(notice.payload)
                    await layer.group_send(live.group_name(message["clinic"]), {"type": "live.changed", **message})
                elif notice.pid == listening.info.backend_pid:
                    await layer.send(self.channel, {"type": "live.beat"})

    async def _check(self):
        """Close the sockets of sessions that have ended, and set doctors offline who have gone."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self._close_ended()
                here = {socket.admission.user_id for socket in self.all_sockets()}
                await database_sync_to_async(self._presence.sweep)(here)
            except Exception as error:
                logger.warning("live: sessions not checked: %s", type(error).__name__)

    async def _close_ended(self):
        ways = {}
        for socket in self.all_sockets():
            ways.setdefault(type(socket).ADMIT, []).append(socket)
        for admit, sockets in ways.items():
            admitted = await database_sync_to_async(admit)({socket.key for socket in sockets})
            for socket in sockets:
                if admitted.get(socket.key) != socket.admission:
                    await self.end(socket)

    async def end(self, socket):
        """Close a socket whose session or sign-in has ended."""
        self.leave(socket)
        with contextlib.suppress(Exception):
            await socket.close(code=socket.ENDED)


def _frames(versions):
    """The frames that tell of `versions`, by what a socket hears; a waiting-room display hears of the board only."""
    board = {topic: version for topic, version in versions.items() if topic == BOARD_TOPIC}
    changed = [{"type": "changed", "topic": topic, "version": version} for topic, version in versions.items()]
    return {
        Hears.PAGE: [json.dumps({"versions": versions})] if versions else [],
        Hears.BOARD: [json.dumps({"versions": board})] if board else [],
        Hears.PROGRAM: [json.dumps(one) for one in changed],
        Hears.NONE: [],
    }


async def _patiently(make):
    """Call `make` until it works: a process that starts while Redis is away must not stay deaf."""
    while True:
        try:
            async with asyncio.timeout(TRANSPORT_SECONDS):
                return await make()
        except Exception as error:
            logger.warning("live: transport not there yet: %s", type(error).__name__)
            await asyncio.sleep(1)


def _listening_params():
    connection.ensure_connection()  # starts the embedded server when that is ours
    params = connection.get_connection_params()
    # Those two belong to Django's synchronous connections.
    return {name: value for name, value in params.items() if name not in ("cursor_factory", "context")}
