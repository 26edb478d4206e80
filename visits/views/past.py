"""What was: the visits of a patient."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from clinic import audit
from clinic.access import allow
from clinic.pages import page, wants_fragment
from patients import queries as patient_queries
from patients.models import Patient
from visits import queries
from visits.views.common import CLINICAL

A_PAGE = 15


@allow(*CLINICAL)
@require_safe
def history(request, pk):
    """The visits of a patient with diagnoses and measurements, newest first."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    audit.read(request, patient, patient_id=patient.pk, part="visits")
    shown = Paginator(queries.history(patient, request.user), A_PAGE).get_page(request.GET.get("page"))
    context = {"patient": patient, "page_obj": shown, "visits": queries.with_boxes(shown.object_list)}
    context["part"] = wants_fragment(request)
    context["may_open"] = queries.doctor_of(request.user) is not None and not patient.deceased_on
    return page(
        request, "visits/history.html", {**context, "banner": patient_queries.banner(patient, user=request.user)}
    )
