"""`reads` and `does`: a method becomes an endpoint, declared once for the door, the schema and the table of access.

A method of a Room under `@does` calls one operation and returns what it made; under `@reads` it returns rows. The
frame checks the role, reads the body, honours the idempotency key, and answers with the object as the caller may
now see it.
"""

from functools import wraps

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from clinic.access import Rule
from clinic.api import lists, schema
from clinic.api.shapes import Given, Nothing
from clinic.errors import Refused
from clinic.idempotency import once


def reads(roles, gives, *, asks=None, many=False, at=None, detail=True, refuses=(), files=()):
    """A GET. `roles`: Role values, or None for everybody. `gives`: a Shown class. `asks`: the query's Listing or Given.

    With `many` the method takes the validated query and returns a queryset (sorted and cut by the frame) or a list;
    otherwise it returns one object. `at` is the path below the resource (`detail`: below one object of it); without
    it the method is one of the resource's own: list, retrieve. `files`: the media types it may answer with beside JSON.
    """
    asks = asks or (lists.Listing if many else Given)

    def decorate(method):
        @wraps(method)
        def endpoint(self, request, *args, **kwargs):
            wanted = lists.asked_of(request, asks)
            asked = wanted.validated_data
            found = method(self, request, asked, *args, **kwargs)
            if isinstance(found, Response):
                return found
            if not many:
                return self.answer(gives, found)
            if hasattr(found, "query") and not getattr(found, "keeps_order", False):
                found = wanted.sorted(found, asked)
            return lists.page(request, found, asked, lambda rows: self.shown(gives, rows, many=True))

        endpoint.rule = Rule(roles)
        endpoint = placed(endpoint, "get", at, detail)
        return schema.describe(endpoint, gives=gives, asks=asks, many=many, roles=roles, refuses=refuses, files=files)

    return decorate


def does(
    roles,
    takes=Nothing,
    gives=None,
    *,
    status=200,
    key=False,
    fetch=None,
    changes=False,
    at=None,
    detail=True,
    method="post",
    refuses=(),
):
    """A POST, PATCH or DELETE. `takes`: the body's Given class; `gives`: a Shown class, None for an empty 204.

    `key`: an Idempotency-Key is required, not only honoured. `fetch(room, pk)` brings what the operation made as the
    caller may see it, by default from `room.visible()`. `changes`: a PATCH, in which every field may be absent; the
    header If-Match stands for the field `version`. `at`, `detail`: as for `reads`; `method` goes with `at`.
    """

    def decorate(act):
        @wraps(act)
        def endpoint(self, request, *args, **kwargs):
            given = taken(request, takes, changes, self)

            def run():
                return act(self, request, given, *args, **kwargs)

            made = performed(self, request, run, kwargs, key)
            if isinstance(made, Response):
                return made
            if gives is None:
                return Response(status=204)
            return self.answer(gives, brought(self, made, fetch), status=status)

        endpoint.rule = Rule(roles)
        endpoint = placed(endpoint, method, at, detail)
        return schema.describe(
            endpoint, takes=takes, gives=gives, status=status, key=key, changes=changes, roles=roles, refuses=refuses
        )

    return decorate


def brought(room, made, fetch):
    """What was made as the caller may see it. Refused (`gone`): a key came again after that was taken away."""
    try:
        return fetch(room, made) if fetch else room.visible().get(pk=made)
    except ObjectDoesNotExist as error:
        raise Refused(_("This was done, and what it made is no longer here."), "gone") from error


def placed(endpoint, method, at, detail):
    """Tell the router of a path below the resource. A second method there is mapped: `@first.mapping.post`."""
    if at is None:
        return endpoint
    return action(detail=detail, methods=[method], url_path=at, url_name=at.replace("/", "-"))(endpoint)


def taken(request, takes, changes, room=None):
    """The validated body; where it has a `version`, that which If-Match names stands for it."""
    body = request.data
    if room and "version" in takes().fields and request.headers.get("If-Match") and isinstance(body, dict):
        body = {**plain(body), "version": matched(request.headers["If-Match"], room)}
    given = takes(data=body, partial=changes, context={"request": request})
    given.is_valid(raise_exception=True)
    return given.validated_data


def matched(header, room):
    """The version that If-Match means: of several the present one where it is among them; "*" is whatever is there."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    if tags == ["*"] or len(tags) > 1:
        now = str(room.found().version)
        return now if tags == ["*"] or now in tags else tags[0]
    return tags[0]


def performed(room, request, run, kwargs, required):
    """Run the operation, once for each key; returns the id of what it made, or a Response it made itself."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if request.method == "POST" and required and not key:
        raise ValidationError({"Idempotency-Key": [schema.KEY_WANTED]})
    if len(key) > 64 or not key.isascii() or not key.isprintable():
        raise ValidationError({"Idempotency-Key": [schema.KEY_SHAPE]})
    if not key or request.method != "POST" or not request.user.is_authenticated:
        made = run()
        return made if isinstance(made, Response) or made is None else made.pk
    name = f"{room.basename}-{room.action}"[:60]
    return once(by=request.user, key=key, name=name, body={"body": plain(request.data), **kwargs}, run=run)


def plain(data):
    """A body as a dict of plain values, whichever way it was encoded."""
    return data.dict() if hasattr(data, "dict") else data
