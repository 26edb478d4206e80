"""How long until every open socket has heard of an event, against a bare loop over the same sockets.

    .venv/bin/python benchmarks/live_fanout.py [--sockets 1000] [--rounds 20] [--kind events|pages]
                                               [--redis redis://127.0.0.1:6379] [--database postgres://...]
    .venv/bin/python benchmarks/live_fanout.py --minutes 10 [--sockets 1000]

Real WebSocket connections on the loopback, clients and server in this one process. In the same run the same frame is
written by the shortest loop there is, by the hub itself, and, where named, by the hub at the end of its real wire: a
NOTIFY of PostgreSQL, a message through Redis. Times are those of each socket, from the moment of sending. With
`--minutes` events go out and sockets come and go all the time, and the memory of the process is printed as it goes.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if "--database" in sys.argv:
    os.environ["DATABASE_URL"] = sys.argv[sys.argv.index("--database") + 1]
os.environ.setdefault("DATABASE_URL", "postgres://nobody@localhost/none")
import tests.environment  # noqa: E402, F401, I001

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402
from websockets.asyncio.server import serve  # noqa: E402

from clinic import hub as hub_module  # noqa: E402
from clinic import live  # noqa: E402
from clinic.access import Role  # noqa: E402
from clinic.admission import Admission, Listener  # noqa: E402
from clinic.hub import Hub  # noqa: E402
from clinic.settings import redis_layer  # noqa: E402

PAGE = Admission(user_id=1, clinic_id=1, board_only=False)
PROGRAM = Listener(
    user_id=1, sign_in_id=1, clinics=(1,), roles=frozenset({Role.RECEPTION}), doctor_id=None, files=frozenset()
)
EVENT = {"patient": 7, "doctor": 4, "frame": {"type": "appointment.moved", "at": "now", "appointment": 12}}
CHANGE = {"desk": 1}
MESSAGES = {"events": {"clinic": 1, "events": [EVENT]}, "pages": {"clinic": 1, "versions": CHANGE}}
FRAMES = {"events": json.dumps(EVENT["frame"]), "pages": json.dumps({"versions": CHANGE})}
MEGABYTE = 1024 * 1024


class Member:
    """What the hub needs of a consumer."""

    BEATS = False

    def __init__(self, socket, kind):
        self.socket = socket
        self.admission = PROGRAM if kind == "events" else PAGE

    async def send(self, text_data):
        await self.socket.send(text_data)

    async def close(self, code=1000):
        await self.socket.close()


class House:
    """A hub with its sockets, and their clients."""

    def __init__(self, kind):
        self.kind = kind
        self.hub = Hub()
        self.hub.sockets = {1: set()}
        self.clients = []

    @contextlib.asynccontextmanager
    async def open(self, sockets):
        async with serve(self._accept, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            self.port = server.sockets[0].getsockname()[1]
            for _number in range(sockets):
                self.clients.append(await self.client())
            while len(self.hub.sockets[1]) < sockets:
                await asyncio.sleep(0.01)
            yield self
            for client in self.clients:
                await client.close()

    async def client(self):
        return await connect(f"ws://127.0.0.1:{self.port}", compression=None, ping_interval=None)

    async def _accept(self, socket):
        member = Member(socket, self.kind)
        self.hub.sockets[1].add(member)
        await socket.wait_closed()
        self.hub.leave(member)

    async def bare(self):
        for member in self.hub.sockets[1]:
            await member.socket.send(FRAMES[self.kind])

    async def directly(self):
        if self.kind == "events":
            await self.hub.deliver_events(1, [EVENT])
        else:
            await self.hub.deliver(1, CHANGE)


async def heard(clients, tell):
    """Seconds from `tell` until each client has the frame."""

    async def hear(client):
        await client.recv()
        return time.perf_counter()

    waiting = [asyncio.create_task(hear(client)) for client in clients]
    await asyncio.sleep(0)
    began = time.perf_counter()
    await tell()
    return [moment - began for moment in await asyncio.gather(*waiting)]


@contextlib.asynccontextmanager
async def wired(house, redis):
    """The hub at the end of its wire; gives what sends a message into it, as an operation's commit does."""
    settings.REDIS_URL = redis or ""
    layers = redis_layer(redis) if redis else {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    with SettingsOf(CHANNEL_LAYERS=layers):
        running = asyncio.create_task(house.hub._run())
        while not house.hub.hears():
            await asyncio.sleep(0.05)
        if redis:
            yield sent_by_redis(house.kind)
        else:
            params = await asyncio.to_thread(hub_module._listening_params)
            async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as notifying:
                yield sent_by_postgres(notifying, house.kind)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        house.hub.channel, house.hub.last_heard = None, float("-inf")
        house.hub.joined.clear()


def sent_by_redis(kind):
    async def send():
        live.sender.send(MESSAGES[kind])

    return send


def sent_by_postgres(notifying, kind):
    async def send():
        await notifying.execute("SELECT pg_notify(%s, %s)", [live.NOTIFY_CHANNEL, json.dumps(MESSAGES[kind])])

    return send


class SettingsOf:
    """Other settings for a while."""

    def __init__(self, **values):
        from django.test import override_settings

        self.override = override_settings(**values)

    def __enter__(self):
        self.override.enable()

    def __exit__(self, *error):
        self.override.disable()


async def measure(options):
    """Times by the name of the way."""
    house = House(options.kind)
    results = {"bare loop": [], "hub": []}
    async with house.open(options.sockets):
        for _round in range(options.rounds):
            results["bare loop"] += await heard(house.clients, house.bare)
            results["hub"] += await heard(house.clients, house.directly)
        ways = [("PostgreSQL", "", options.database), ("Redis", options.redis, options.redis)]
        for name, redis, wanted in ways:
            if wanted:
                async with wired(house, redis) as send:
                    results[name] = []
                    for _round in range(options.rounds):
                        results[name] += await heard(house.clients, send)
    return results


async def stay(options):
    """Events and sockets that come and go for some minutes; prints the memory at the beginning, as it goes, at the end."""
    house = House(options.kind)
    async with house.open(options.sockets):
        began, printed, memory = time.monotonic(), 0.0, []
        sent = 0
        while (gone := time.monotonic() - began) < options.minutes * 60:
            await heard(house.clients, house.directly)
            sent += 1
            for _number in range(5):
                await house.clients.pop(0).close()
                house.clients.append(await house.client())
            while len(house.hub.sockets[1]) != options.sockets:
                await asyncio.sleep(0.005)
            if gone >= printed:
                memory.append(resident())
                print(f"{gone / 60:6.1f} min  {memory[-1]:7.1f} MB  {sent} rounds", flush=True)
                printed += options.minutes * 6
        memory.append(resident())
        first = memory[min(1, len(memory) - 1)]  # the first tenth fills what stays filled
        print(f"memory: after a tenth {first:.1f} MB, last {memory[-1]:.1f} MB, {sent} rounds of {options.sockets}")


def resident():
    """Megabytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def p99(times):
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kind", choices=["events", "pages"], default="events")
    parser.add_argument("--redis", default="")
    parser.add_argument("--database", default="")
    parser.add_argument("--minutes", type=float, default=0)
    options = parser.parse_args()
    if options.minutes:
        asyncio.run(stay(options))
        return
    results = asyncio.run(measure(options))
    print(f"{options.sockets} sockets of {options.kind}, {options.rounds} rounds")
    bare = p99(results["bare loop"])
    for name, times in results.items():
        middle, worst = statistics.median(times) * 1000, p99(times) * 1000
        print(
            f"{name:>10}: median {middle:6.1f} ms, p99 {worst:6.1f} ms, {p99(times) / bare:.2f} of the bare loop's p99"
        )
    print("goal: the p99 of each way at most 3 times the bare loop's")


if __name__ == "__main__":
    main()
