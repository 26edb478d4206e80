"""Every way of saying no, in one shape: {"code", "detail", "fields"?, "alternatives"?, "reference"?}."""

import logging
from contextlib import contextmanager
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import exceptions, status
from rest_framework.response import Response

from clinic import failures
from clinic.errors import Refused
from clinic.text import without_marks

logger = logging.getLogger(__name__)
# A page tells of these with 409; a PATCH that named the version it had read is answered as HTTP has it.
FASTER = {"changed", "changed_meanwhile"}
REUSED = "key_reused"
WORDS = {
    400: ("invalid", gettext_noop("Something in this request is not right.")),
    401: ("not_signed_in", gettext_noop("Sign in first.")),
    403: ("not_allowed", gettext_noop("Your role may not do this.")),
    404: ("not_found", gettext_noop("This is not here.")),
    405: ("method_not_allowed", gettext_noop("This address does not take this method.")),
    411: ("length_required", gettext_noop("Send the length of the body (Content-Length).")),
    415: ("media_type", gettext_noop("Send JSON.")),
    429: ("slow_down", gettext_noop("Too many tries. Wait a little.")),
}


def handle(error, context):
    """The answer to whatever an endpoint raised, None for what nobody foresaw (which is then a 500)."""
    request = context["request"]
    if isinstance(error, Refused):
        return refused(error, request)
    if isinstance(error, exceptions.ValidationError):
        fields = flat(error.detail)
        whole = fields.pop("", None)
        return problem(400, detail=" ".join(whole) if whole else None, fields=fields)
    if isinstance(error, (IntegrityError, DataError, OperationalError)):
        return from_database(error, request)
    code, headers = status_of(error)
    if code is None:
        return None
    return problem(code, detail=detail_of(error), headers=headers)


def problem(code_status, *, code=None, detail=None, fields=None, alternatives=None, reference="", headers=None):
    """A Response of the one shape; what is not given is filled from the status."""
    default_code, default_detail = WORDS.get(code_status, ("refused", ""))
    body = {"code": code or default_code, "detail": str(detail or _(default_detail))}
    if fields:
        body["fields"] = fields
    if alternatives:
        body["alternatives"] = alternatives
    if reference:
        body["reference"] = reference
    return Response(body, status=code_status, headers=headers)


def refused(error, request):
    """An operation's refusal, with what could be done instead."""
    code = error.status
    if code == status.HTTP_422_UNPROCESSABLE_ENTITY and error.code != REUSED:
        code = status.HTTP_400_BAD_REQUEST  # a page tells of values that cannot be right with 422
    if error.code in FASTER and (request.method == "PATCH" or "If-Match" in request.headers):
        code = status.HTTP_412_PRECONDITION_FAILED
    said = without_marks(str(error.message))
    fields = {error.field: [said]} if error.field else None
    return problem(code, code=error.code, detail=said, fields=fields, alternatives=list(map(plain, error.alternatives)))


def from_database(error, request):
    """What the database stopped: never in its own words, which carry the values of rows."""
    name = failures.constraint_name(error)
    logger.error("api: the database refused: %s %s", type(error).__name__, name)
    if isinstance(error, DataError):
        return problem(400)
    if isinstance(error, IntegrityError):
        words = failures.words_of_constraint(name)
        return problem(409, code="collision", detail=words or _("This does not fit what is saved. Look at it again."))
    reference = getattr(request, "request_id", "")
    detail = _("Not saved. Nothing was charged. Try again.")
    return problem(503, code="not_saved", detail=detail, reference=reference)


def status_of(error):
    """(HTTP status, headers) of an exception of Django or DRF, (None, None) for any other."""
    if isinstance(error, Http404):
        return 404, None
    if isinstance(error, PermissionDenied):
        return 403, None
    if not isinstance(error, exceptions.APIException):
        return None, None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return error.status_code, headers


def detail_of(error):
    """The library's own words where they say more than ours."""
    return str(error.detail) if isinstance(error, exceptions.ParseError) else None


def flat(detail, path=""):
    """DRF's nested errors as {"lines.0.item": [sentences]}; "" holds what concerns the whole body."""
    if isinstance(detail, dict):
        found = {}
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            found.update(flat(inner, ".".join(filter(None, [path, step]))))
        return found
    if detail and all(isinstance(item, (str, exceptions.ErrorDetail)) for item in detail):
        return {path: [str(item) for item in detail]}
    found = {}
    for number, inner in enumerate(detail):
        if inner:
            found.update(flat(inner, ".".join(filter(None, [path, str(number)]))))
    return found


def plain(thing):
    """An alternative of a refusal as JSON: a free time as {start, end}, a row as {id}."""
    if isinstance(thing, dict):
        return {name: wire(value) for name, value in thing.items()}
    start = getattr(thing, "start", None) or getattr(thing, "starts_at", None)
    if start is not None:
        return {"start": wire(start), "end": wire(getattr(thing, "end", None) or getattr(thing, "ends_at", None))}
    return {"id": thing.pk} if hasattr(thing, "pk") else {"text": str(thing)}


def wire(value):
    """A date or moment in ISO 8601, other plain values as they are."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_current_timezone()).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None), list, dict)) else str(value)


@contextmanager
def renamed(**names):
    """Refusals speak of the pages' field names; `names` maps those to the contract's (starts_at="start")."""
    try:
        yield
    except Refused as error:
        error.field = names.get(error.field, error.field)
        raise


@contextmanager
def placed(name, places):
    """Refusals name a page's field with its row (`quantity-12`); `places` says where in the list `name` that row is."""
    try:
        yield
    except Refused as error:
        field, _dash, row = (error.field or "").rpartition("-")
        if field and row.isdigit() and int(row) in places:
            error.field = f"{name}.{places[int(row)]}.{field}"
        raise
