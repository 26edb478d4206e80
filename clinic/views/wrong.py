"""What is answered when no view could: to a person a page, to a program of the API its one error shape."""

import sys

from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import bad_request as plain_bad_request
from django.views.defaults import page_not_found

from clinic import failures


def not_found(request, exception):
    """No such address, or an object that is not there or not yours."""
    if failures.is_program(request):
        return failures.problem(request, _("This is not here."), status=404, code="not_found")
    return page_not_found(request, exception)


def bad_request(request, exception):
    """Something no honest client sends."""
    if failures.is_program(request):
        text = _("Something in this request is not right.")
        return failures.problem(request, text, status=400, code="invalid")
    return plain_bad_request(request, exception)


def csrf_failure(request, reason=""):
    """The page's token is older than the sign-in: another tab has signed in since."""
    text = _("Somebody signed in from another tab since this page was opened. Reload the page and send it again.")
    return failures.tell(request, text, status=403, code="csrf", level="danger")


def server_error(request):
    """The last resort for what no view and no middleware could answer; never raises itself."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return database_away(request)
    if getattr(request, "htmx", None) or failures.is_program(request):
        text = _("Something went wrong. It was not saved.")
        return failures.tell(request, text, status=500, code="failed", level="danger", reference=True)
    try:
        return render(request, "500.html", {"request_id": getattr(request, "request_id", "")}, status=500)
    except Exception:
        return HttpResponse("500", status=500, content_type="text/plain")


def database_away(request):
    """The database cannot even be asked who is signed in, so the page must do without it."""
    text = _("Not saved. Nothing was charged. Try again.")
    number = getattr(request, "request_id", "")
    if failures.is_program(request):
        return failures.problem(request, text, status=503, code="not_saved", reference=number)
    body = render_plain(text, number)
    headers = {"HX-Reswap": "none"} if request.headers.get("HX-Request") else {}
    return HttpResponse(body, status=503, headers={**headers, "Retry-After": "5"})


def render_plain(text, number):
    """A whole page without context processors: they would ask the database again."""
    return render_to_string("clinic/away.html", {"text": text, "reference": number})
