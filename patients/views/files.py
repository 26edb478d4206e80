"""Finding, registering, the card beside the desk, the record, editing."""

import json

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import audit, display
from clinic.access import STAFF, Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page, refuse, wants_fragment
from patients import operations, queries
from patients.forms import EditForm, PersonForm, RegisterForm
from patients.models import Patient

FILES = (Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.MANAGER)


def patient_of(request, pk):
    """The patient `pk` if the user may see them, else 404; a file merged into another leads to that one."""
    found = get_object_or_404(Patient.objects.visible_to(request.user).select_related("merged_into"), pk=pk)
    return found.merged_into or found


def lead_on(patient):
    """To the file in use."""
    return HttpResponseRedirect(reverse("patients:record", args=[patient.pk]), status=303)


def selected(response, patient, *, then=""):
    """Tell the page which patient is now in hand, and what is to happen next."""
    detail = {"id": patient.pk, **({"then": then} if then else {})}
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**triggers, "patient-selected": detail})
    return response


@require_GET
@allow(*STAFF)
def patient_list(request):
    """All files: the newest, or what a search finds."""
    text = request.GET.get("q", "")[:200]
    rows = queries.list_page(text, user=request.user)
    return page(request, "patients/list.html", {"rows": rows, "q": text, "limit": 50})


@require_GET
@allow(*STAFF)
def find(request):
    """The answers to one typed line, for the desk and the palette."""
    text = request.GET.get("q", "")[:200]
    rows = queries.find(text, user=request.user) if text.strip() else []
    return render(request, "patients/_find.html", {"rows": rows, "q": text.strip()})


@require_http_methods(["GET", "POST"])
@allow(*FILES)
def register(request):
    """The registration pane, and what it saves."""
    form = RegisterForm(request.POST if request.method == "POST" else None, today=request.user.clinic.today())
    context = {"form": form, "fragment": wants_fragment(request)}
    if request.method == "GET":
        return page(request, "patients/register.html", context)
    if not form.is_valid():
        return page(request, "patients/register.html", context, status=422)
    try:
        patient = operations.admit(
            clinic=request.user.clinic,
            by=request.user,
            contact=form.contact(),
            idempotency_key=form.cleaned_data["idempotency_key"],
            **form.facts(),
        )
    except Refused as refused:
        return refuse(request, form, refused, "patients/register.html", context)
    return _registered(request, patient, then=request.POST.get("then", ""))


def _registered(request, patient, *, then):
    told = _("Registered %(name)s, file %(number)s.") % {
        "name": display.patient_name(patient),
        "number": patient.file_number,
    }
    context = queries.card_context(patient, user=request.user, fresh=True)
    to = reverse("patients:record", args=[patient.pk])
    response = answer(request, to=to, template="patients/_card.html", context=context, toast=told)
    if wants_fragment(request):
        response["HX-Retarget"], response["HX-Reswap"] = "#patient-card", "innerHTML"
        selected(response, patient, then="check_in" if then == "check_in" else "")
    return response


@require_POST
@allow(*FILES)
def duplicates(request):
    """Files that may be the person being typed; a POST, so that no name stands in an address."""
    form = PersonForm(request.POST, today=request.user.clinic.today())
    form.is_valid()
    typed = form.cleaned_data
    born = typed.get("birth")
    rows = queries.candidates(
        typed.get("name", ""),
        born.born_on if born else None,
        typed.get("phone", ""),
        country=request.user.clinic.country,
    )
    return render(request, "patients/_duplicates.html", {"rows": rows, "born": queries.read_back(born)})


@require_GET
@allow(*STAFF)
def card(request, pk):
    """The selected patient beside the desk's table."""
    patient = patient_of(request, pk)
    if not wants_fragment(request):
        return HttpResponseRedirect(reverse("patients:record", args=[pk]))
    audit.read(request, patient, patient_id=patient.pk, part="card")
    chosen = request.GET.get("from", "") in ("find", "duplicates")  # not from a table, whose row keeps the focus
    context = queries.card_context(patient, user=request.user, fresh=chosen)
    return selected(render(request, "patients/_card.html", context), patient)


@require_GET
@allow(*STAFF)
def record(request, pk):
    """Everything known of one patient."""
    patient = patient_of(request, pk)
    if patient.pk != pk:
        messages.info(request, _("This file was merged into another; here is the one in use."))
        return lead_on(patient)
    audit.read(request, patient, patient_id=patient.pk, part="record")
    return page(request, "patients/record.html", queries.record_context(patient, user=request.user))


@require_http_methods(["GET", "POST"])
@allow(*FILES)
def edit(request, pk):
    """Change what is known of a patient."""
    patient = patient_of(request, pk)
    if patient.pk != pk:
        return lead_on(patient)
    form = EditForm(
        request.POST if request.method == "POST" else None, patient=patient, today=request.user.clinic.today()
    )
    context = {"patient": patient, "banner": queries.banner(patient, user=request.user), "form": form}
    if request.method == "GET":
        audit.read(request, patient, patient_id=patient.pk, part="edit")
        return page(request, "patients/edit.html", context)
    if not form.is_valid():
        return page(request, "patients/edit.html", context, status=422)
    try:
        operations.update_patient(
            patient=patient, by=request.user, version=form.cleaned_data["version"], **form.facts()
        )
    except Refused as refused:
        if refused.code == "changed_meanwhile":
            context["differences"] = form.differences()
            form.data = {**form.data.dict(), "version": patient.version}
        return refuse(request, form, refused, "patients/edit.html", context)
    return answer(request, to=reverse("patients:record", args=[pk]), toast=_("Saved."))
