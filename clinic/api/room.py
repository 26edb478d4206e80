"""The base of every endpoint: who is asking, in which language and zone, and how an object is answered."""

import json

from django.http import Http404
from django.utils import timezone, translation
from rest_framework import exceptions, permissions, viewsets
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

from clinic import audit
from clinic.access import Rule
from clinic.api.authentication import Bearer

WRITING = ("POST", "PATCH", "DELETE")
LONGEST_BODY = 1_000_000  # bytes


class Declared(permissions.BasePermission):
    """Admits whom the endpoint's own declaration names; nothing is open by omission."""

    def has_permission(self, request, view):
        rule = view.rule()
        if rule is None:  # the method does not exist here: 405 is said afterwards
            return True
        if rule.roles is not None and not request.user.is_authenticated:
            raise exceptions.NotAuthenticated
        return rule.admits(request.user)


class BoundedJSON(JSONParser):
    """JSON that is neither endless nor endlessly deep."""

    def parse(self, stream, media_type=None, parser_context=None):
        length = (parser_context or {}).get("request").META.get("CONTENT_LENGTH") or 0
        if int(length) > LONGEST_BODY:
            raise exceptions.ParseError("Too long.")
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise exceptions.ParseError("Too deep.") from error
        except UnicodeEncodeError as error:  # half a character, which no answer and no row could hold
            raise exceptions.ParseError("A text here is not Unicode.") from error
        return data


class LengthRequired(exceptions.APIException):
    """A body came in pieces, without saying how long it is."""

    status_code = 411


class AlwaysJSON(BaseContentNegotiation):
    """There is one format, whatever Accept says."""

    def select_parser(self, request, parsers):
        kind = (request.content_type or "").split(";")[0].strip()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class ApiRule(Rule):
    """The rule of an address whose methods differ: each endpoint declares its own, the frame checks it.

    Sessions of the pages play no part here: neither their cookie nor their idle clock.
    """

    api = True

    def __init__(self, rules):
        super().__init__(None)
        self.endpoints = rules  # method -> Rule


class Room(viewsets.GenericViewSet):
    """A resource. Subclasses say which rows a person may see (`visible`) and declare methods by `reads` and `does`."""

    authentication_classes = [Bearer]
    permission_classes = [Declared]
    parser_classes = [BoundedJSON]
    content_negotiation_class = AlwaysJSON
    pagination_class = None
    lookup_field = "pk"
    lookup_value_converter = "int"

    @classmethod
    def as_view(cls, actions=None, **initkwargs):
        view = super().as_view(actions, **initkwargs)
        view.access = ApiRule({method: getattr(cls, name).rule for method, name in (actions or {}).items()})
        return view

    def rule(self):
        """The declared rule of the endpoint being asked, None when there is no such method."""
        return getattr(getattr(self, self.action, None), "rule", None) if self.action else None

    def initial(self, request, *args, **kwargs):
        dead = self.speak(request)
        if dead:
            raise dead
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding") and not request.META.get("CONTENT_LENGTH"):
            raise LengthRequired  # else its body would be read as an empty one
        if request.method in WRITING and self.rule() is not None and not self.addressed():
            raise Http404

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    def addressed(self):
        """True when what the address names is there for the caller: asked before a body is read or a key is claimed."""
        return "pk" not in self.kwargs or self.visible().filter(pk=self.kwargs["pk"]).exists()

    def speak(self, request):
        """The caller's language (Accept-Language first, then the account's, then the clinic's) and the clinic's clock.

        Returns what is wrong with the caller's token, None when nothing is: it is told in that language.
        """
        user = dead = None
        try:
            user = request.user
        except exceptions.AuthenticationFailed as error:
            dead = error  # asked again, the request would take a dead token for none
        known = user is not None and user.is_authenticated
        clinic = (user.clinic if known else None) or request.house
        if not request.headers.get("Accept-Language"):  # else LanguageMiddleware has heard it
            language = (known and user.language) or (clinic and clinic.language)
            translation.activate(language or translation.get_language())
        if clinic:
            timezone.activate(clinic.zone)
        return dead

    def visible(self):
        """The rows of this resource that the caller may see, with what the answer needs at hand."""
        raise NotImplementedError

    def found(self, rows=None, **by):
        """The row the address names, among `rows` (default `visible()`); 404 for missing and for not yours alike."""
        rows = self.visible() if rows is None else rows
        row = rows.filter(**(by or {"pk": self.kwargs["pk"]})).first()
        if row is None:
            raise Http404
        return row

    def opened(self):
        """The row the address names, as `found`; opening it is noted as reading its patient's record."""
        row = self.found()
        audit.read(self.request, row, patient_id=row.patient_id)
        return row

    def one_of(self, rows, pk, field):
        """The row `pk` of `rows` that a body names in `field`; a 400 beside that field when the caller sees none."""
        from django.utils.translation import gettext as _

        row = rows.filter(pk=pk).first() if pk is not None else None
        if row is None:
            raise exceptions.ValidationError({field: [_("There is none with this id.")]})
        return row

    def shown(self, gives, thing, *, many=False):
        """The JSON of an object or of rows."""
        return gives(thing, many=many, context={"request": self.request, "view": self}).data

    def answer(self, gives, thing, *, status=200):
        """The answer with one object; its version, where it has one, is the ETag."""
        response = Response(self.shown(gives, thing), status=status)
        version = getattr(thing, "version", None)
        if version is not None:
            response["ETag"] = f'"{version}"'
        return response


class Pdf(Response):
    """A document instead of JSON."""

    @property
    def rendered_content(self):
        self["Content-Type"] = "application/pdf"
        return self.data
