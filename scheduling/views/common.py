"""What the views of this floor share: rows through what the user may see, answers with a sentence, a way back, paper."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import display
from clinic.access import Role
from clinic.models import Doctor
from clinic.pages import add_toast, wants_fragment
from clinic.text import to_western_digits
from patients.models import Patient
from queues.models import Token
from scheduling.models import Appointment
from scheduling.names import person, run

DESK = (Role.RECEPTION, Role.MANAGER)
BLOCKERS = (Role.RECEPTION, Role.MANAGER, Role.DOCTOR)
KEEPERS = (Role.MANAGER, Role.DOCTOR)
BOOKERS = (Role.RECEPTION, Role.MANAGER, Role.DOCTOR, Role.NURSE)


def whole_number(text):
    """A small positive whole number out of a query or a form, else None."""
    text = to_western_digits(text or "").strip()
    return int(text) if text.isdigit() and len(text) < 12 else None


def get_patient(request, pk):
    """The patient, if this user may see them; 404 else."""
    if pk is None:
        raise Http404
    return get_object_or_404(Patient.objects.current().visible_to(request.user), pk=pk)


def get_doctor(request, pk):
    """A doctor of the user's clinic, or None."""
    return Doctor.objects.active().visible_to(request.user).select_related("user").filter(pk=pk).first() if pk else None


def get_appointment(request, pk):
    """The appointment, if this user may see it; 404 else."""
    rows = Appointment.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("clinic", "patient", "doctor__user", "token"), pk=pk)


def get_token(request, pk):
    """The token, if this user may see it; 404 else."""
    return get_object_or_404(Token.objects.visible_to(request.user).select_related("clinic", "patient"), pk=pk)


def from_calendar(request):
    """True when the panel stands beside the calendar, not on the desk."""
    path = getattr(getattr(request, "htmx", None), "current_url_abs_path", None) or ""
    return path.startswith(reverse("scheduling:calendar"))


def at_rest(request):
    """The template of the zone with nothing in hand: of the desk, or of the calendar."""
    desk = request.user.has_role(*DESK) and not from_calendar(request)
    return "scheduling/_context.html" if desk else "scheduling/_context_calendar.html"


def home(request):
    """Where a plain browser goes back to."""
    desk = request.user.has_role(*DESK) and not from_calendar(request)
    return reverse("scheduling:desk" if desk else "scheduling:calendar")


def done(request, sentence, *, template=None, context=None, undo=None, paper=None):
    """The answer to a POST that succeeded: a panel (or nothing) and a sentence; `paper` is the URL of what prints."""
    if not wants_fragment(request):
        messages.success(request, sentence)
        return HttpResponseRedirect(home(request), status=303)
    response = render(request, template, context) if template else HttpResponse(status=204)
    add_toast(response, sentence, undo=undo)
    triggers = json.loads(response.headers["HX-Trigger"])
    triggers["desk-changed"] = {}
    if paper:
        triggers["print"] = {"url": paper}
    response.headers["HX-Trigger"] = json.dumps(triggers)
    if template and not from_calendar(request):
        response.headers["HX-Trigger-After-Settle"] = json.dumps({"focus": "#find"})
    return response


def who(patient, label=""):
    """`A-013 AL-HASSAN, Layla`: what a sentence calls the person by."""
    name = person(display.patient_name(patient)) if patient else _("patient not known yet")
    return f"{run(label)} {name}" if label else name
