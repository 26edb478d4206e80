"""Allergies and long-standing problems: for those who treat."""

import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import audit
from clinic.access import CLINICAL, STAFF, Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page, refuse, wants_fragment
from patients import operations, queries, substances
from patients.forms import AllergyForm, ConditionForm
from patients.models import Allergy, Condition
from patients.views.files import patient_of

TREATING = (Role.DOCTOR, Role.NURSE)


@require_GET
@allow(*CLINICAL, passive=True)
def summary(request, pk):
    """Problems and allergies alone, for the live wire."""
    return render(
        request, "patients/_summary.html", queries.summary_context(patient_of(request, pk), user=request.user)
    )


@require_GET
@allow(*STAFF)
def no_panel(request):
    """Nothing: what a closed panel leaves behind."""
    return HttpResponse("")


def _panel(request, patient, form=None):
    state, found = queries.allergy_state(patient)
    return {
        "patient": patient,
        "banner": queries.banner(
            patient, user=request.user, allergy_url=reverse("patients:allergies", args=[patient.pk])
        ),
        "state": state,
        "allergies": found,
        "form": form or AllergyForm(),
        "substances": substances.names(),
    }


@require_GET
@allow(*CLINICAL)
def allergies(request, pk):
    """The panel in which allergies are read and recorded."""
    patient = patient_of(request, pk)
    audit.read(request, patient, patient_id=patient.pk, part="allergies")
    return page(request, "patients/allergies.html", _panel(request, patient))


def _told(request, patient, text, template="patients/_allergies.html"):
    patient.refresh_from_db()
    context = {**_panel(request, patient), "renew": True, "oob": True}
    to = reverse("patients:allergies", args=[patient.pk])
    return answer(request, to=to, template=template, context=context, toast=text)


def _recorded(request, patient, text):
    """The banner says it now; the panel goes, so that the prescription has its place back."""
    response = _told(request, patient, text, template="partials/banner_allergies.html")
    if wants_fragment(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#side-panel", "innerHTML"
        response["HX-Trigger-After-Settle"] = json.dumps({"focus": "#allergy-add"})
    return response


@require_POST
@allow(*CLINICAL)
def add_allergy(request, pk):
    """Record an allergy."""
    patient = patient_of(request, pk)
    form = AllergyForm(request.POST)
    if not form.is_valid():
        return page(request, "patients/allergies.html", _panel(request, patient, form), status=422)
    try:
        allergy = operations.record_allergy(patient=patient, by=request.user, **form.cleaned_data)
    except Refused as refused:
        return refuse(request, form, refused, "patients/allergies.html", _panel(request, patient))
    return _recorded(request, patient, _("Recorded: %(substance)s.") % {"substance": allergy.substance})


@require_POST
@allow(*CLINICAL)
def no_known_allergies(request, pk):
    """Note that the patient was asked and knows of none."""
    patient = patient_of(request, pk)
    operations.assert_no_known_allergies(patient=patient, by=request.user)
    return _recorded(request, patient, _("No known allergies: noted."))


@require_POST
@allow(*TREATING)
def end_allergy(request, pk):
    """Say that an allergy no longer holds."""
    allergy = get_object_or_404(Allergy.objects.select_related("patient"), pk=pk)
    patient = patient_of(request, allergy.patient_id)
    operations.end_allergy(allergy=allergy, by=request.user)
    return _told(request, patient, _("Ended: %(substance)s.") % {"substance": allergy.substance})


def _summarised(request, patient, text, template="patients/_summary.html"):
    context = queries.summary_context(patient, user=request.user)
    to = reverse("patients:record", args=[patient.pk])
    return answer(request, to=to, template=template, context=context, toast=text)


@require_POST
@allow(*TREATING)
def add_condition(request, pk):
    """Add a long-standing problem."""
    patient = patient_of(request, pk)
    form = ConditionForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Write the problem."), "missing_text", field="text", status=422)
    condition = operations.add_condition(patient=patient, by=request.user, **form.cleaned_data)
    told = _("Recorded: %(substance)s.") % {"substance": condition.text}
    return _summarised(request, patient, told, "patients/_problem_added.html")


@require_POST
@allow(*TREATING)
def resolve_condition(request, pk):
    """Say that a problem is over."""
    condition = get_object_or_404(Condition.objects.select_related("patient"), pk=pk)
    patient = patient_of(request, condition.patient_id)
    operations.resolve_condition(condition=condition, by=request.user)
    return _summarised(request, patient, _("Ended: %(substance)s.") % {"substance": condition.text})
