"""How a refusal or a failure looks: a message in the corner for htmx, a page with a way back for a browser, JSON for programs."""

import json

from django.apps import apps
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.errors import Refused
from clinic.pages import add_toast


def refused(request, error):
    """An operation's refusal that the view did not show beside a form."""
    return tell(request, error.message, status=error.status, code=error.code, level="warn")


def not_saved(request):
    """The database was away or too busy, also after the retries."""
    text = _("Not saved. Nothing was charged. Try again.")
    return tell(request, text, status=503, code="not_saved", level="danger", reference=True)


def collision(request, error):
    """A constraint of the database stopped two people doing the same thing: its own words, or None when it has none."""
    message = words_of_constraint(constraint_name(error))
    return refused(request, Refused(message, "collision")) if message else None


def constraint_name(error):
    """The name of the constraint that an IntegrityError ran into, "" when the database did not say."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def words_of_constraint(name):
    """The sentence a model declares for its constraint `name`, "" when it declares none."""
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                message = constraint.violation_error_message
                return message if message != constraint.default_violation_error_message else ""
    return ""


def tell(request, text, *, status, code, level="warn", reference=False):
    """One sentence to whoever asks: fragment, page or program. `reference` adds the request's number."""
    number = getattr(request, "request_id", "") if reference else ""
    if getattr(request, "htmx", None):
        shown = f"{text} ({_('Reference')} {number})" if number else text
        return add_toast(HttpResponse(status=status, headers={"HX-Reswap": "none"}), shown, level=level)
    if is_program(request):
        return problem(request, text, status=status, code=code, reference=number)
    return render(request, "clinic/told.html", {"text": text, "reference": number, "level": level}, status=status)


def is_program(request):
    """True for what asks the API, or asks a page for JSON."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


def problem(request, text, *, status, code, reference=""):
    """The API's one error shape, outside its own frame (clinic.api.errors)."""
    body = {"code": code, "detail": str(text)}
    if reference:
        body["reference"] = reference
    return JsonResponse(body, status=status)


def change_password_first(request):
    """Send somebody with a one-time password to the page where an own one is chosen."""
    address = reverse("clinic:change_password")
    if getattr(request, "htmx", None):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def signed_in_answer(request, user, token):
    """Tell the page under the sign-in dialog who came back, and its new CSRF token, so that it can go on."""
    detail = {"signed-in": {"user": user.pk, "token": token}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(detail)})
