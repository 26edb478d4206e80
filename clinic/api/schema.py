"""The schema says what the frame does: bodies, answers, headers, and every error an endpoint may give."""

import re

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from clinic.api.shapes import Given, Nothing, Problem

KEY_WANTED = _("Send a key of your own here (a UUID), the same one when you repeat the request.")
KEY_SHAPE = _("At most 64 printable ASCII characters.")
SAID = {
    400: "Malformed or invalid: `fields` says where.",
    401: "No token, or a dead one.",
    403: "Not your role.",
    404: "Not there, or not yours.",
    405: "Not with this method.",
    409: "The state refuses; `code` says why, `alternatives` what could be done instead.",
    411: "A body without its `Content-Length`.",
    412: "Somebody was faster: read again, then repeat with the new version.",
    415: "Not JSON.",
    422: "The same idempotency key came with another body.",
    429: "Slow down; `Retry-After` says for how long.",
    503: "The database is away. Nothing was written; repeat with the same key.",
}
KEY = "A key of your own (a UUID). A repetition with the same key and body gets the first answer and writes nothing."
PDF = {
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="A paper.")
}  # what an endpoint `gives` that answers with a paper
SIGN_IN = {"signIn": []}
REPEATS = re.compile(r"\* `(.*)` - \1")
_pages = {}


def describe(
    endpoint,
    *,
    gives,
    takes=None,
    asks=None,
    many=False,
    files=(),
    status=200,
    key=False,
    changes=False,
    roles,
    refuses,
):
    """Attach the endpoint's description for OpenAPI. `files`: media types beside JSON."""
    writes = takes is not None
    keyed = writes and not changes and roles is not None and endpoint.__name__ != "destroy"  # keys are of accounts
    versioned = writes and "version" in takes._declared_fields
    answers = good(gives, many, status)
    answers |= {(status, kind): OpenApiResponse(OpenApiTypes.BINARY, description="A file.") for kind in files}
    answers |= {code: problem(code, refuses) for code in errors(roles, writes, keyed, versioned, refuses)}
    summary, _line, rest = (endpoint.__doc__ or endpoint.__name__).strip().partition("\n")
    said = " ".join(rest.split())
    if roles is not None:
        said = f"{said} For: {', '.join(sorted(str(role) for role in roles))}.".strip()
    return extend_schema(
        summary=summary.rstrip("."),
        description=said,
        request=request_of(takes, changes) if writes else None,
        responses=answers,
        parameters=parameters(asks, keyed, key, versioned) + told_in_headers(gives, many, status),
        examples=examples(takes, None if many else gives),
        auth=[{}, SIGN_IN] if roles is None else None,  # without a token too; a dead one is refused
    )(endpoint)


def good(gives, many, status):
    """The answer when all went well."""
    if gives is PDF:
        return dict(PDF)
    if gives is None:
        return {204: OpenApiResponse(description="Done.")}
    return {status: OpenApiResponse(paged(gives) if many else gives, description="A page." if many else "Done.")}


def examples(takes, gives):
    """What a body and an answer look like, where their own class (not one that it extends) shows it."""
    asked, told = (vars(shape).get("example") if isinstance(shape, type) else None for shape in (takes, gives))
    found = [OpenApiExample("A request", asked, request_only=True)] if asked else []
    return found + (
        [OpenApiExample("An answer", told, response_only=True, status_codes=["200", "201"])] if told else []
    )


def errors(roles, writes, keyed, versioned, refuses):
    """The errors an endpoint may give, by what kind it is."""
    codes = {400, 401, 403, 404, 429}
    if refuses:
        codes |= {409}
    if writes:
        codes |= {409, 411, 415, 503}
    if keyed:
        codes |= {422}
    if versioned:
        codes |= {412}
    return sorted(codes)


def request_of(takes, changes):
    return None if takes is Nothing else takes(partial=True) if changes else takes


def parameters(asks, keyed, key, versioned):
    """The query's fields, and the headers that writing endpoints understand."""
    found = [asks] if asks is not None and asks is not Given and asks().fields else []
    if keyed:
        text = OpenApiTypes.STR
        found.append(OpenApiParameter("Idempotency-Key", text, OpenApiParameter.HEADER, required=key, description=KEY))
    if versioned:
        said = "The version you have read, as its ETag said; `*`: whatever is there."
        found.append(OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description=said))
    return found


def told_in_headers(gives, many, status):
    """The headers of answers that a program may go by."""
    after = "Seconds to wait."
    found = [
        OpenApiParameter("Retry-After", OpenApiTypes.INT, OpenApiParameter.HEADER, description=after, response=[429])
    ]
    if not many and "version" in getattr(gives, "_declared_fields", ()):
        said = "The version: send it back as If-Match when you change what you have read."
        etag = OpenApiParameter("ETag", OpenApiTypes.STR, OpenApiParameter.HEADER, description=said, response=[status])
        found.append(etag)
    return found


def problem(code, refuses):
    """One documented error; a 409 gives the codes of its refusals."""
    said = SAID[code]
    if code == 409 and refuses:
        said += " Codes: " + ", ".join(f"`{name}`" for name in refuses) + "."
    return OpenApiResponse(Problem, description=said)


def paged(gives):
    """The shape of a page of `gives`; one class for each, so that generated clients have one type."""
    name = gives.__name__.removesuffix("Shown")
    if gives not in _pages:
        _pages[gives] = inline_serializer(
            f"{name}Page",
            {
                "count": serializers.IntegerField(),
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "results": gives(many=True),
            },
        )
    return _pages[gives]


class HouseSchema(AutoSchema):
    """Operation ids are the names the house uses everywhere: `appointments_check_in`."""

    def _is_list_view(self, serializer=None):
        return False  # the frame gives the whole page's shape, see `paged`

    def get_operation_id(self):
        if not hasattr(self.view, "basename"):
            return super().get_operation_id()
        room = self.view.basename.replace("-", "_")
        return f"{room}_{self.view.action}".rstrip("_")  # `next_` and `return_` are Python's words, not the door's

    def get_tags(self):
        """The resource, as the address names it: what belongs to a doctor stands with the doctors."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]


class ShownShape(OpenApiSerializerExtension):
    """An answer is named after what it shows, and every field of it is there but those that only some may read."""

    target_class = "clinic.api.shapes.Shown"
    match_subclasses = True

    def get_name(self, auto_schema, direction):
        return type(self.target).__name__.removesuffix("Shown")

    def map_serializer(self, auto_schema, direction):
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        there = [name for name, field in self.target.fields.items() if name not in self.target.roles_of and sure(field)]
        return found | {"required": sorted(there)}


def sure(field):
    """Whether a field stands in every answer: one that is not required, without a default, may be left out."""
    return field.required or field.read_only or field.default is not empty


class GivenShape(OpenApiSerializerExtension):
    """A body is named after what it asks for: BookRequest."""

    target_class = "clinic.api.shapes.Given"
    match_subclasses = True

    def get_name(self, auto_schema, direction):
        return type(self.target).__name__.removesuffix("Given")

    def map_serializer(self, auto_schema, direction):
        return auto_schema._map_serializer(self.target, direction, bypass_extensions=True)


class TimeShape(OpenApiSerializerFieldExtension):
    """A time on the clinic's clock. JSON Schema's own `time` has an offset, which a clock on the wall has not."""

    target_class = "rest_framework.fields.TimeField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema, direction):
        return {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$"}


def tidy(result, generator, request, public):
    """Take out what only the generator itself needs (a hook of it), and its prefix of bodies in which all is optional."""
    names = result["components"]["schemas"]
    known = {name: name if (short := name.removeprefix("Patched")) in names else short for name in names}
    result["components"]["schemas"] = {known[name]: names[name] for name in sorted(names, key=known.get)}
    return plain(result, {f"#/components/schemas/{old}": f"#/components/schemas/{new}" for old, new in known.items()})


def plain(node, renamed):
    """The part of the schema with components renamed, without marks, and without words that only repeat a value."""
    if isinstance(node, list):
        return [plain(each, renamed) for each in node]
    if not isinstance(node, dict):
        return renamed.get(node, node) if isinstance(node, str) else node
    if "x-spec-enum-id" in node:
        node = {name: value for name, value in node.items() if name != "x-spec-enum-id"}
        lines = [line for line in node.pop("description", "").split("\n") if not REPEATS.fullmatch(line)]
        node |= {"description": said} if (said := "\n".join(lines).strip()) else {}
    return {name: plain(each, renamed) for name, each in node.items()}


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema tells of it: the password flow, so that Swagger's Authorize button signs in."""

    target_class = "clinic.api.authentication.Bearer"
    name = "signIn"

    def get_security_definition(self, auto_schema):
        return {"type": "oauth2", "flows": {"password": {"tokenUrl": "/api/v1/auth/login", "scopes": {}}}}
