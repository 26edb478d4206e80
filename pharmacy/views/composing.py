"""The prescription panel beside the consultation's note (S8), and F9 that ends the visit."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import audit, display
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page
from patients.models import Patient
from pharmacy import operations, queries, reading
from pharmacy.forms import KeepForm, LineForm
from pharmacy.models import Medicine, PrescriptionItem
from visits import operations as visit_operations
from visits.models import Visit


def _visit(request, pk):
    return get_object_or_404(
        Visit.objects.visible_to(request.user).select_related("patient", "doctor__user", "clinic"), pk=pk
    )


def _item(request, pk):
    visits = Visit.objects.visible_to(request.user)
    rows = PrescriptionItem.objects.filter(prescription__visit__in=visits, removed_at=None)
    return get_object_or_404(rows.select_related("prescription__visit__clinic", "medicine"), pk=pk)


def _panel(request, visit, *, form=None, focus="", status=200):
    context = {
        "visit": visit,
        "composer": queries.composer(visit),
        "form": form or LineForm(),
        "focus": focus,
    }
    return page(request, "pharmacy/composer.html", context, status=status)


@require_GET
@allow(Role.DOCTOR)
def composer(request, pk):
    """The whole panel of a visit."""
    visit = _visit(request, pk)
    audit.read(request, visit, patient_id=visit.patient_id, part="prescriptions")
    return _panel(request, visit)


@require_GET
@allow(Role.DOCTOR, Role.NURSE, passive=True)
def composer_lines(request, pk):
    """The lines alone, as they are now: what live updates ask for."""
    visit = _visit(request, pk)
    return render(request, "pharmacy/_lines.html", {"visit": visit, "composer": queries.composer(visit)})


@require_GET
@allow(Role.DOCTOR)
def find_medicine(request, pk):
    """While typing: products that match, or the line as it was understood; with `medicine`, its usual doses."""
    visit = _visit(request, pk)
    text = request.GET.get("line", "")[:200]
    picked = request.GET.get("medicine", "")
    chosen = Medicine.objects.active().filter(pk=picked).first() if picked.isdecimal() and len(picked) < 18 else None
    template = "pharmacy/_entry.html" if request.GET.get("stage") else "pharmacy/_found.html"
    context = {"visit": visit, "chosen": chosen, "text": text, **_matches(text, chosen, visit)}
    return render(request, template, {"form": LineForm(initial={"line": text if chosen else ""}), **context})


def _matches(text, chosen, visit):
    words, rest = queries.parts_of(text)
    found = [] if chosen else reading.find_medicines(words, clinic=visit.clinic)
    preview, unclear = None, ""
    if text.strip():
        try:
            line = reading.read_line(text, medicine=chosen)
            preview = queries.preview(line)
        except Refused as refused:
            unclear = str(refused.message) if chosen and len(text.strip()) > 2 else ""
    doses = list(chosen.dose_lines.all()) if chosen and not text.strip() else []
    return {
        "found": found,
        "rest": rest,
        "preview": preview,
        "unclear": unclear,
        "doses": queries.dose_views(chosen, doses, visit.patient),
    }


@require_POST
@allow(Role.DOCTOR)
def add_item(request, pk):
    """Add the typed line to the draft."""
    visit, form = _visit(request, pk), LineForm(request.POST)
    if not form.is_valid():
        return _panel(request, visit, form=form, status=422)
    try:
        item = operations.add_item(visit=visit, by=request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error("line", str(refused.message))
        return _panel(request, visit, form=form, status=refused.status)
    return _panel(request, visit, focus=f"item-{item.pk}")


@require_POST
@allow(Role.DOCTOR)
def remove_item(request, pk):
    """Take a line off the draft."""
    item = _item(request, pk)
    operations.remove_item(item=item, by=request.user)
    return _panel(request, item.prescription.visit)


@require_http_methods(["GET", "POST"])
@allow(Role.DOCTOR)
def keep_item(request, pk):
    """Ask why a stopped line is kept; then keep it."""
    item = _item(request, pk)
    form = KeepForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            operations.keep_item(item=item, by=request.user, **form.cleaned_data)
            return _panel(request, item.prescription.visit)
        except Refused as refused:
            if refused.code != "safety_stop":
                raise
            form.add_error("reason", _("This has come up meanwhile: read it, and say again why it is kept."))
            status = refused.status
    context = {"item": item, "form": form, "stops": queries.stops_of(item), "visit": item.prescription.visit}
    response = page(request, "pharmacy/keep.html", context, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#composer-ask", "innerHTML"
    return response


@require_http_methods(["GET", "POST"])
@allow(Role.DOCTOR)
def repeat_last(request, pk):
    """Show the last prescription with nothing ticked; add what is ticked."""
    visit = _visit(request, pk)
    last = queries.composer(visit)
    if request.method == "GET":
        audit.read(request, visit, patient_id=visit.patient_id, part="prescriptions")
        return page(request, "pharmacy/repeat.html", {"visit": visit, "composer": last})
    wanted = [value for value in request.POST.getlist("items") if value.isdecimal()]
    items = PrescriptionItem.objects.filter(
        pk__in=wanted,
        prescription__patient__any_of=Patient.objects.family_of(visit.patient.pk),
        prescription__clinic=visit.clinic_id,
        removed_at=None,
    ).select_related("prescription", "medicine")
    operations.repeat_last(visit=visit, by=request.user, items=list(items))
    return _panel(request, visit)


@require_POST
@allow(Role.DOCTOR)
def finish(request, pk):
    """F9: finish this visit and call the next patient; what speaks against it is said once, inline.

    The empty visit of somebody who did not come is closed without a charge, and the next one called.
    """
    visit = _visit(request, pk)
    told = _("Visit of %(name)s finished.") % {"name": display.patient_name(visit.patient)}
    try:
        operations.finish(visit=visit, by=request.user, reason=request.POST.get("reason", "")[:200])
    except Refused as refused:
        if refused.code == "did_not_come":
            visit_operations.not_come(visit=visit, by=request.user)
            return _call_next(request, refused.message)
        context = {"visit": visit, "refused": refused, "reasons": refused.alternatives or [refused.message]}
        return page(request, "visits/finish.html", context, status=refused.status)
    if request.POST.get("then") == "stay":
        return answer(request, to=reverse("visits:consult"), toast=told)
    return _call_next(request, told)


def _call_next(request, told):
    """Open the next patient of the line, saying what became of the one before."""
    try:
        following = visit_operations.call_next(doctor=request.user.doctor, by=request.user)
    except Refused as refused:
        return answer(request, to=reverse("visits:consult"), toast=f"{told} {refused.message}")
    called = _("Called %(token)s.") % {"token": following.token.label}
    return answer(request, to=reverse("visits:visit", args=[following.pk]), toast=f"{told} {called}")
