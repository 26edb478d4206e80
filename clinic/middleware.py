"""What happens to every request: where it comes from, its language and zone, whether its session still counts,
and how a refusal or a failure is told to the person at the counter."""

import json
import logging
import uuid

import structlog
from axes.helpers import get_client_ip_address
from django.conf import settings
from django.db import IntegrityError, OperationalError
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from clinic import audit, failures, sessions
from clinic.errors import Refused
from clinic.models import AuditEvent, Clinic
from clinic.pages import sign_in_first

logger = logging.getLogger(__name__)
PROGRAMS = "/api/"
HUMAN_TRIFLES = {"clinic:set_language", "clinic:set_theme", "clinic:sign_out", "clinic:lock"}


class OriginMiddleware:
    """Gives each request a reference number and tells the audit trail and the log where it comes from."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = uuid.uuid4().hex[:12]
        token = audit.origin.set({"address": get_client_ip_address(request), "request_id": request.request_id})
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        try:
            response = self.get_response(request)
        finally:
            audit.origin.reset(token)
            structlog.contextvars.unbind_contextvars("request_id")
        response["X-Request-ID"] = request.request_id
        return response


class LanguageMiddleware:
    """The user's language, else this machine's cookie, else the clinic's (`request.house`), else the browser's.

    A program is known by its token, not by a session: it gets what it accepts until clinic.api.room knows better.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.house = SimpleLazyObject(lambda: Clinic.objects.order_by("pk").first())
        language = self.language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def language(self, request):
        if request.path.startswith(PROGRAMS):
            return translation.get_language_from_request(request)
        offered = dict(settings.LANGUAGES)
        if request.user.is_authenticated and request.user.language in offered:
            return request.user.language
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if cookie in offered:
            return cookie
        clinic = request.user.clinic if request.user.is_authenticated else request.house
        return clinic.language if clinic else translation.get_language_from_request(request)


class ClinicZoneMiddleware:
    """Times are shown on the clock of the user's clinic."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        clinic = request.user.clinic if request.user.is_authenticated else None
        with timezone.override(clinic.zone if clinic else None):
            return self.get_response(request)


class NoStoreMiddleware:
    """No page of a signed-in person stays in a cache, and a fragment is never mistaken for a page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in or not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["HX-Request"])
        return response


class SessionGuardMiddleware:
    """Locks an idle session, ends an old one; only what a human does moves the idle clock.

    What a machine asks for is marked in the view's own access rule (`passive=True`), never by the request; it is
    checked like everything else. Public views are open to anybody, so also to a locked screen.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        rule = getattr(view, "access", None)
        # Public addresses, and those of the API, which knows no sessions (clinic.api.room.ApiRule).
        if not request.user.is_authenticated or (rule and rule.roles is None):
            return None
        if request.resolver_match.view_name in HUMAN_TRIFLES:
            return None
        standing = sessions.standing(request.session, request.user)
        if standing == sessions.OVER:
            request.session.flush()
            return sign_in_first(request)
        if standing == sessions.LOCK:
            if not request.session.get(sessions.LOCKED):
                sessions.lock(request.session)
            return sign_in_first(request)
        if not (rule and rule.passive):
            sessions.note_human(request.session)
            return self.own_password_first(request, rule)
        return None

    def own_password_first(self, request, rule):
        """Whoever signed in with a password from somebody else's hand chooses an own one before anything else."""
        wanted = getattr(request.user, "must_change_password", False)
        if not wanted or request.resolver_match.view_name == "clinic:change_password":
            return None
        return failures.change_password_first(request)


class RefusedMiddleware:
    """Says in words what an operation refused, and what the database could not do; notes denials after the rollback."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code in (403, 404):
            self.note_denial(request, response.status_code)
        return response

    def process_exception(self, request, error):
        if isinstance(error, Refused):
            return failures.refused(request, error)
        if isinstance(error, IntegrityError):
            return failures.collision(request, error)
        if isinstance(error, OperationalError):
            logger.error("not saved: %s", getattr(error.__cause__, "sqlstate", None) or type(error).__name__)
            return failures.not_saved(request)
        return None

    def note_denial(self, request, status):
        match = request.resolver_match
        if match is None or not request.user.is_authenticated or (status == 404 and not match.kwargs):
            return
        facts = {name: value for name, value in match.kwargs.items() if isinstance(value, int)}
        try:
            audit.record(
                request.user, match.view_name[:60], None, result=AuditEvent.Result.DENIED, status=status, **facts
            )
        except OperationalError:
            logger.error("denial not recorded: %s", json.dumps({"view": match.view_name, "status": status}))
