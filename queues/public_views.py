"""What the waiting room sees: the display on the wall, and one's own place on a telephone. Numbers and rooms only."""

from axes.helpers import get_client_ip_address
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic import throttle
from clinic.access import STAFF, Role, allow, public
from queues import operations, standing
from queues.board import board as board_of


@require_GET
@allow(*STAFF, Role.DISPLAY, passive=True)
def board(request):
    """The waiting-room display; passive, as it asks for itself all day."""
    return render(request, "queues/board.html", _board(request))


@require_GET
@allow(*STAFF, Role.DISPLAY, passive=True)
def board_live(request):
    """The display's changing part."""
    return render(request, "queues/_board.html", _board(request))


@require_GET
@public
def my_place(request, code):
    """One's own place in line. Public: whoever holds the slip has no account; the code has 128 random bits."""
    return _my_place(request, code, "queues/my_place.html")


@require_GET
@public
def my_place_live(request, code):
    """The changing part of one's own place. Public for the same reason as `my_place`."""
    return _my_place(request, code, "queues/_my_place.html")


def _board(request):
    clinic = request.user.clinic
    if clinic is None:
        raise Http404
    if request.user.has_role(Role.DISPLAY):
        operations.hear_display(by=request.user)
    return {"board": board_of(clinic), "clinic": clinic}


def _my_place(request, code, template):
    seconds = throttle.wait("my_place.address", get_client_ip_address(request))
    if seconds:
        text = _("Too many questions from here. Wait a minute, then open this page again.")
        return HttpResponse(
            text, status=429, headers={"Retry-After": str(seconds)}, content_type="text/plain; charset=utf-8"
        )
    seen = standing.place_of_code(code)
    if seen is None:
        raise Http404
    with timezone.override(seen.token.clinic.zone):
        response = render(request, template, {**vars(seen), "clinic": seen.clinic, "at": timezone.now()})
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
