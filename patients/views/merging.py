"""Two files of one person: find the other one, look at both side by side, join them, take them apart."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import audit
from clinic.access import Role, allow
from clinic.pages import answer
from patients import operations, queries
from patients.forms import MergeForm
from patients.models import Patient
from patients.views.files import lead_on, patient_of

DESK = (Role.RECEPTION, Role.MANAGER)


@require_GET
@allow(*DESK)
def same_as(request, pk):
    """Look for a second file of the same person: likely ones at once, others by search."""
    patient = patient_of(request, pk)
    text = request.GET.get("q", "")[:200].strip()
    if text:
        rows = queries.find(text, user=request.user, limit=20)
    else:
        country = request.user.clinic.country
        rows = queries.candidates(patient.name, patient.born_on, patient.phone, country=country, besides=patient.pk)
    rows = [row for row in rows if row.pk != patient.pk]
    context = {"patient": patient, "banner": queries.banner(patient, user=request.user), "rows": rows, "q": text}
    return render(request, "patients/same_as.html", context)


@require_http_methods(["GET", "POST"])
@allow(*DESK)
def compare(request, pk, other_pk):
    """Both files side by side, and which of them is kept."""
    patient, other = patient_of(request, pk), patient_of(request, other_pk)
    if patient.pk == other.pk:  # joined meanwhile, or the same number twice
        return lead_on(patient)
    pair = sorted((patient, other), key=lambda one: one.pk)
    form = MergeForm(request.POST if request.method == "POST" else None, pair=pair)
    if request.method == "POST" and form.is_valid():
        into, duplicate = pair if form.cleaned_data["keep"] == str(pair[0].pk) else reversed(pair)
        operations.merge_patients(duplicate=duplicate, into=into, by=request.user, reason=form.cleaned_data["reason"])
        told = _("Files %(one)s and %(other)s are one now.") % {"one": into.file_number, "other": duplicate.file_number}
        return answer(request, to=reverse("patients:record", args=[into.pk]), toast=told)
    for one in pair:
        audit.read(request, one, patient_id=one.pk, part="compare")
    context = {"patient": patient, "pair": pair, "lines": queries.side_by_side(*pair), "form": form}
    return render(request, "patients/compare.html", context, status=422 if form.is_bound else 200)


@require_POST
@allow(*DESK)
def unmerge(request, pk):
    """Take a merged file out again."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    kept = patient.merged_into_id or patient.pk
    operations.unmerge_patient(patient=patient, by=request.user)
    told = _("File %(number)s stands by itself again.") % {"number": patient.file_number}
    return answer(request, to=reverse("patients:record", args=[kept]), toast=told)
