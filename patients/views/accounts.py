"""The code that lets a patient open an own account for a file."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from clinic.access import Role, allow
from patients import operations
from patients.operations.accounts import LIVES
from patients.views.files import patient_of


@require_POST
@allow(Role.RECEPTION, Role.MANAGER)
def link_code(request, pk):
    """Make an account code and show it, once: the answer is the slip itself, to read out or to print."""
    patient = patient_of(request, pk)
    code = operations.issue_link_code(patient=patient, by=request.user)
    context = {
        "patient": patient,
        "code": code,
        "expires": timezone.now() + LIVES,
        "address": request.build_absolute_uri(reverse("clinic:sign_in")),
    }
    return render(request, "patients/link_code.html", context)
