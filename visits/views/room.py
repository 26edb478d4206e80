"""The doctor's home, the visit's page, and calling people in."""

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import audit, display
from clinic.access import Role, allow
from clinic.pages import answer, page
from patients.models import Patient
from visits import operations, queries
from visits.forms import AddendumForm
from visits.models import Visit
from visits.views.common import CLINICAL, doctor_for, open_context, visit_for, visit_url


@allow(Role.DOCTOR)
@require_safe
def consult(request):
    """The visit of who is called or in the room; otherwise the line of who waits."""
    doctor = queries.doctor_of(request.user)
    current = queries.current_visit(doctor) if doctor else None
    if current:
        return HttpResponseRedirect(visit_url(current))
    return page(request, "visits/consult.html", {"home": queries.home(doctor) if doctor else None, "doctor": doctor})


@allow(Role.DOCTOR, passive=True)
@require_safe
def home_live(request):
    """The waiting line on the doctor's home."""
    doctor = doctor_for(request)
    return render(request, "visits/_home.html", {"home": queries.home(doctor), "doctor": doctor})


@allow(*CLINICAL)
@require_safe
def visit(request, pk):
    """The consultation while the visit is open; afterwards what was written, read-only, with its addenda."""
    found = visit_for(request, pk)
    audit.read(request, found, patient_id=found.patient_id)
    if found.state != Visit.State.OPEN:
        context = {"c": queries.consult(request.user, found), "visit": found, "addendum_form": AddendumForm()}
        context |= {"addenda": found.addenda.select_related("by"), "may_add": context["c"].tokens is not None}
        return page(request, "visits/closed.html", context)
    return page(request, "visits/visit.html", open_context(request, found))


@allow(*CLINICAL)
@require_safe
def print_visit(request, pk):
    """On to the newest prescription of the visit; without one, or with `?what=visit`, what was written on the visit."""
    found = visit_for(request, pk)
    newest = found.prescriptions.exclude(state="cancelled").order_by("-pk").first()
    if newest is not None and request.GET.get("what") != "visit":
        return HttpResponseRedirect(reverse("pharmacy:print", args=[newest.pk]))
    audit.read(request, found, patient_id=found.patient_id)
    audit.record(request.user, "print", found)
    context = {"visit": found, "banner": queries.banner(request.user, found), "strip": queries.strip(found)}
    context |= {"diagnoses": queries.diagnoses(found), "notes": queries.notes(found)}
    return render(request, "visits/print.html", {**context, "addenda": found.addenda.select_related("by")})


@allow(Role.DOCTOR, passive=True)
@require_safe
def queue_live(request):
    """The tokens that wait for the doctor, without names: the patient in the room sees this screen."""
    shown = request.GET.get("visit", "")
    tokens = queries.tokens(request.user, besides=int(shown) if shown.isdecimal() else None)
    return render(request, "visits/_queue.html", {"tokens": tokens})


@allow(*CLINICAL, passive=True)
@require_safe
def banner(request, pk):
    """Who this is, with the allergies as they are now."""
    found = visit_for(request, pk)
    return render(request, "visits/_banner.html", {"visit": found, "banner": queries.banner(request.user, found)})


@allow(*CLINICAL, passive=True)
@require_safe
def call_state(request, pk):
    """Where the patient is: waiting, called, in the room, gone."""
    found = visit_for(request, pk)
    context = {
        "visit": found,
        "entry": queries.entry_at_doctor(found),
        "may_write": queries.may_write(request.user, found),
    }
    return render(request, "visits/_call.html", context)


@allow(Role.DOCTOR)
@require_POST
def call_next(request):
    """Call the next person and open the record."""
    called = operations.call_next(doctor=doctor_for(request), by=request.user)
    return answer(request, to=visit_url(called), toast=called_text(called))


def called_text(called):
    """`Called B-008 FARAH, Yusuf to room 3.`"""
    words = {"token": called.token.label, "name": display.patient_name(called.patient), "room": called.doctor.room}
    if not called.doctor.room:
        return _("Called %(token)s %(name)s.") % words
    return _("Called %(token)s %(name)s to room %(room)s.") % words


@allow(Role.DOCTOR)
@require_POST
def open_visit(request, pk):
    """Open today's visit of a patient from the record, whether they wait in the line or not."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    doctor = doctor_for(request)
    entry = queries.place_in_line(patient, doctor)
    opened = operations.start_visit(patient=patient, doctor=doctor, by=request.user, entry=entry)
    return answer(request, to=visit_url(opened))


@allow(Role.DOCTOR)
@require_POST
def call_in(request, pk):
    """Call the patient of this visit out of turn."""
    called = operations.call_in(visit=visit_for(request, pk), by=request.user)
    return _call_answer(request, called, toast=called_text(called))


@allow(Role.DOCTOR)
@require_POST
def begin(request, pk):
    """The called patient is in the room."""
    begun = operations.begin(visit=visit_for(request, pk), by=request.user)
    return _call_answer(request, begun)


@allow(Role.DOCTOR)
@require_POST
def recall(request, pk):
    """Announce the called patient again."""
    called = operations.recall(visit=visit_for(request, pk), by=request.user)
    return _call_answer(request, called, toast=_("Called again."))


def _call_answer(request, found, toast=None):
    context = {
        "visit": found,
        "entry": queries.entry_at_doctor(found),
        "may_write": queries.may_write(request.user, found),
    }
    return answer(request, to=visit_url(found), template="visits/_call.html", context=context, toast=toast)


@allow(Role.DOCTOR)
@require_POST
def not_come(request, pk):
    """The called patient is not there; back to the line."""
    gone = operations.not_come(visit=visit_for(request, pk), by=request.user)
    text = _("%(token)s did not come.") % {"token": gone.token.label}
    return answer(request, to=reverse("visits:consult"), toast=text)


@allow(Role.DOCTOR)
@require_POST
def take_over(request, pk):
    """Go on with another doctor's open visit."""
    taken = operations.take_over(visit=visit_for(request, pk), doctor=doctor_for(request), by=request.user)
    return answer(request, to=visit_url(taken), toast=_("The visit is yours now."))
