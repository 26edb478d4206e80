"""The two sockets of the project: they let a signed-in screen or program in, and the hub does the rest."""

import json
import logging
import time
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http import parse_cookie
from django.http.request import split_domain_port

from clinic import operations, tokens
from clinic.admission import admissions, listeners
from clinic.hub import current_hub
from clinic.models import Doctor

logger = logging.getLogger(__name__)


class HubSocket(AsyncWebsocketConsumer):
    """A socket that the hub tells of things. Closed with `ENDED` within five seconds of the end of what let it in."""

    ENDED = 4401
    ADMIT = None  # {keys} -> {key: what its holder may hear}, for those that are admitted now
    BEATS = False
    channel_layer_alias = None  # the hub has the process's one channel
    admission = None
    key = None

    async def connect(self):
        headers = {name: value.decode("latin1") for name, value in self.scope["headers"]}
        self.key = await self.key_of(headers)
        self.admission = await self.admitted_now() if self.key else None
        if self.admission is None:
            await self.close()
            return
        if not self.BEATS:  # a page is told whether it is live; a program acts as soon as it is let in
            await current_hub().hear_of(self.admission.clinics)
        await self.accept()
        await current_hub().join(self)

    async def key_of(self, headers):
        """What lets this socket in: the key of a session, the id of a sign-in; None refuses the handshake."""
        raise NotImplementedError

    async def admitted_now(self):
        """What the holder of the key may hear, None when it counts no longer."""
        found = await database_sync_to_async(type(self).ADMIT)({self.key})
        return found.get(self.key)

    async def disconnect(self, code):
        if self.admission is not None:
            current_hub().leave(self)


class LiveSocket(HubSocket):
    """Relays {topic: version} to one page. Takes nothing from the page.

    Refused before the handshake: an Origin that is absent or of another host, nobody signed in, a locked or ended
    session, a role that has no live screens.
    """

    ADMIT = admissions
    BEATS = True

    async def key_of(self, headers):
        if not same_host(headers.get(b"origin"), headers.get(b"host")):
            return None
        return parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME)

    async def receive(self, text_data=None, bytes_data=None):
        """Nothing a page could say is of interest here; actions go over HTTP, where access is checked."""


class EventSocket(HubSocket):
    """Tells a program of changes and events; takes a doctor's presence and pings. Opened by a ticket, once.

    Refused before the handshake: a ticket that is unknown, too old or used, the page of another site. A cookie
    opens nothing here, so no page can lend its session.
    """

    ADMIT = listeners
    FLOOD = 4429
    LONGEST = 1000  # characters of a message
    MOST, WITHIN = 30, 10.0  # messages in so many seconds
    TOO_MANY = 300

    async def key_of(self, headers):
        if not welcome(headers.get(b"origin"), headers.get(b"host")):
            return None
        ticket = parse_qs(self.scope.get("query_string", b"").decode("latin1")).get("ticket", [""])[0]
        self._since, self._heard = time.monotonic(), 0
        return await database_sync_to_async(tokens.take_ticket)(ticket) if ticket else None

    async def receive(self, text_data=None, bytes_data=None):
        """Answer every message with one of our own; what is not understood closes nothing."""
        if not await self.in_time():
            return
        if text_data is None or len(text_data) > self.LONGEST:
            await self.say("error", code="too_long" if text_data else "not_text")
            return
        try:
            said = json.loads(text_data)
        except (ValueError, RecursionError):
            said = None
        kind = said.get("type") if isinstance(said, dict) else None
        if kind == "ping":
            await self.say("pong", live=current_hub().hears())
        elif kind == "status_update":
            await self.status_update(said.get("status"))
        else:
            await self.say("error", code="not_understood")

    async def in_time(self):
        """Count a message: False when there were too many lately. That is said once; a flood is cut off."""
        now = time.monotonic()
        if now - self._since > self.WITHIN:
            self._since, self._heard = now, 0
        self._heard += 1
        if self._heard == self.MOST + 1:
            await self.say("error", code="slow_down")
        if self._heard == self.TOO_MANY:
            current_hub().leave(self)
            await self.close(code=self.FLOOD)
        return self._heard <= self.MOST

    async def status_update(self, status):
        """A doctor says online, busy or offline; the sign-in is looked at again first, as with every request."""
        if self.admission.doctor_id is None:
            await self.say("error", code="not_allowed")
            return
        if not isinstance(status, str) or status not in Doctor.Status.values:
            await self.say("error", code="invalid")
            return
        if await self.admitted_now() != self.admission:
            await current_hub().end(self)
            return
        try:
            await database_sync_to_async(set_presence)(self.admission, status)
        except Exception as error:
            logger.error("events: a status was not saved: %s", type(error).__name__)
            await self.say("error", code="not_saved")

    async def say(self, kind, **facts):
        await self.send(text_data=json.dumps({"type": kind, **facts}))


def set_presence(listener, status):
    """The operation, in the name of the doctor who listens."""
    doctor = Doctor.objects.select_related("user").get(pk=listener.doctor_id)
    return operations.set_presence(doctor=doctor, status=status, by=doctor.user)


def same_host(origin, host):
    """True when the page that opens the socket came from this very host.

    Stricter than the list of allowed hosts, which may hold a wildcard; ports may differ behind a proxy.
    """
    if not origin or not host:
        return False
    try:
        parts = urlsplit(origin)
        parts.port  # noqa: B018  raises for what only looks like a host and its port
    except ValueError:
        return False
    return (parts.hostname or "").lower() == split_domain_port(host)[0].strip("[]")


def welcome(origin, host):
    """True for a program (it sends no Origin), a page of this host, and a page the CORS settings name."""
    return not origin or same_host(origin, host) or origin in settings.CORS_ALLOWED_ORIGINS
