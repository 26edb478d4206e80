"""What a patient takes at present: a few lines beside the history of a consultation."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clinic.access import CLINICAL, allow
from patients.models import Patient
from pharmacy.current import current_medicines
from pharmacy.queries import item_view


@require_GET
@allow(*CLINICAL, passive=True)
def current(request, pk):
    """The patient's current medicines; `visit` in the query leaves out what is being prescribed there."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    shown = request.GET.get("visit", "")
    besides = int(shown) if shown.isdecimal() and len(shown) < 18 else None
    views = [item_view(line) for line in current_medicines(patient, besides=besides)]
    return render(request, "pharmacy/_current.html", {"views": views})
