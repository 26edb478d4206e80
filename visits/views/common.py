"""What the views of a visit share."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clinic.access import Role
from visits import phrases, queries
from visits.forms import CategoryNoteForm, NoteForm
from visits.models import Visit

CLINICAL = (Role.DOCTOR, Role.NURSE, Role.PHARMACIST)


def visit_for(request, pk):
    """The visit, if the user may see it; else 404."""
    return get_object_or_404(queries.for_reading(Visit.objects.visible_to(request.user)), pk=pk)


def doctor_for(request):
    """The doctor the user is; 403 for the role without a doctor's entry."""
    doctor = queries.doctor_of(request.user)
    if doctor is None:
        raise PermissionDenied
    return doctor


def visit_url(visit):
    """The page of a visit."""
    return reverse("visits:visit", args=[visit.pk])


def open_context(request, found):
    """What the page of an open visit shows."""
    return {
        "c": queries.consult(request.user, found),
        "visit": found,
        "note_form": NoteForm.of(found),
        "remark_form": CategoryNoteForm(),
        "phrases": phrases.quick(),
    }
