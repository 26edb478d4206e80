"""Measurements: the strip, the doctor's inline form, the nurse's page."""

import json

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import audit, display
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page, wants_fragment
from queues.models import Entry
from visits import operations, queries
from visits.forms import VitalsForm, WaitingVitalsForm
from visits.models import Visit, Vitals
from visits.views.common import CLINICAL, visit_for, visit_url

NURSING = (Role.DOCTOR, Role.NURSE)


@allow(*CLINICAL, passive=True)
@require_safe
def vitals_live(request, pk):
    """The strip of measurements as they are now."""
    found = visit_for(request, pk)
    return render(request, "visits/_vitals.html", _strip(request, found))


def _strip(request, found):
    return {"visit": found, "strip": queries.strip(found), "may_measure": queries.may_measure(request.user, found)}


@allow(*NURSING)
@require_http_methods(["GET", "POST"])
def vitals(request, pk):
    """Measure during the visit: a form under the strip, without leaving the note."""
    found = visit_for(request, pk)
    form = VitalsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _saved(
        form, lambda **given: operations.record_vitals(visit=found, by=request.user, **given)
    ):
        return _measured(request, found)
    return _form(request, found, form, reverse("visits:vitals", args=[found.pk]))


@allow(*NURSING)
@require_http_methods(["GET", "POST"])
def correct_vitals(request, pk):
    """Correct a measurement of an open visit; the old values stay on file."""
    wrong = get_object_or_404(
        Vitals.objects.select_related("visit__clinic"), pk=pk, visit__in=Visit.objects.visible_to(request.user)
    )
    found = visit_for(request, wrong.visit_id)
    form = VitalsForm(request.POST) if request.method == "POST" else VitalsForm.of(wrong)
    if request.method == "POST" and _saved(
        form, lambda **given: operations.correct_vitals(vitals=wrong, by=request.user, **given)
    ):
        return _measured(request, found)
    return _form(request, found, form, reverse("visits:correct_vitals", args=[pk]), corrects=wrong)


def _saved(form, write):
    """True when the operation took the values; otherwise the form says why not."""
    if not form.is_valid():
        return False
    try:
        write(confirmed=form.was_confirmed(), **form.values())
    except Refused as refused:
        if refused.status != 422:
            raise
        form.ask(refused)
        return False
    return True


def _form(request, found, form, action, corrects=None):
    status = 422 if form.is_bound else 200
    context = {"visit": found, "form": form, "action": action, "corrects": corrects, "back": visit_url(found)}
    return page(request, "visits/vitals_form.html", context, status=status)


def _measured(request, found):
    context = {**_strip(request, found), "beside_form": True}
    response = answer(request, to=visit_url(found), template="visits/_measured.html", context=context)
    response.headers["HX-Trigger-After-Settle"] = json.dumps({"focus": "#vitals-add"})
    return response


@allow(*NURSING)
@require_http_methods(["GET", "POST"])
def nurse_vitals(request, pk):
    """Measure who waits: V on the row of the line. The visit is opened with the first values saved."""
    entry = get_object_or_404(
        Entry.objects.visible_to(request.user).live().select_related("token__patient", "station__doctor__user__clinic"),
        pk=pk,
    )
    patient = entry.token.patient
    doctor = queries.doctor_of_entry(entry)
    shown = {"patient": entry.token.patient_id}
    form = WaitingVitalsForm(request.POST if request.method == "POST" else None, initial=shown)

    def measure(**given):
        named = form.cleaned_data["patient"]
        operations.measure_waiting(entry=entry, patient_id=named, doctor=doctor, by=request.user, **given)

    if request.method == "POST" and _saved(form, measure):
        text = _("Vitals of %(name)s saved.") % {"name": display.patient_name(patient)}
        return answer(request, to=reverse("queues:lines"), toast=text)
    if patient and not form.is_bound:
        audit.read(request, entry, patient_id=patient.pk)
    context = _nurse_context(request, entry, patient, doctor, form)
    template = "visits/_nurse_vitals.html" if wants_fragment(request) else "visits/nurse_vitals.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _nurse_context(request, entry, patient, doctor, form):
    opened = queries.open_visit_of(patient, request.user) if patient else None
    return {
        "entry": entry,
        "patient": patient,
        "doctor": doctor,
        "form": form,
        "visit": opened,
        "strip": queries.strip(opened) if opened else None,
        "banner": patient and queries.banner_of(patient, request.user, entry.token),
        "action": reverse("visits:nurse_vitals", args=[entry.pk]),
        "back": reverse("queues:lines"),
    }
