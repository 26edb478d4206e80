"""Writing: the note that saves itself, diagnoses, addenda."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import display
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.pages import answer, blame, wants_fragment
from visits import icd, operations, queries
from visits.forms import AddendumForm, CategoryNoteForm, DiagnosisForm, NoteForm
from visits.models import Diagnosis, Visit
from visits.views.common import CLINICAL, doctor_for, open_context, visit_for, visit_url

AUTOSAVE = "X-Autosave"


@allow(Role.DOCTOR)
@require_POST
def save_note(request, pk):
    """Save the draft: by itself (a bare 204 with the new version), by Ctrl+S, or without script."""
    found = visit_for(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("Not saved: the text is too long."), status=422, content_type="text/plain; charset=utf-8")
    words = form.cleaned_data
    if request.POST.get("over", "").isdecimal():
        words["version"] = int(request.POST["over"])
    try:
        saved = operations.save_note(visit=found, by=request.user, **words)
    except Refused as refused:
        return _not_saved(request, visit_for(request, pk), refused, words)
    if request.headers.get(AUTOSAVE):
        return HttpResponse(status=204, headers={"X-Version": str(saved.version)})
    if not wants_fragment(request) or "over" in request.POST:
        return answer(request, to=visit_url(saved))
    return render(request, "visits/_saved.html", {"visit": saved})


def _not_saved(request, found, refused, words):
    if refused.code != "changed":
        if not request.headers.get(AUTOSAVE):
            raise refused
        return HttpResponse(str(refused.message), status=refused.status, content_type="text/plain; charset=utf-8")
    if request.headers.get(AUTOSAVE):
        text = _("Saved in another window at %(time)s. Press Ctrl+S to see both texts.") % {
            "time": display.clock_text(found.saved_at)
        }
        return HttpResponse(text, status=refused.status, content_type="text/plain; charset=utf-8")
    both = [
        (label, getattr(found, name), words[name])
        for name, label in (("complaint", _("Complaint")), ("examination", _("Examination")), ("plan", _("Plan")))
        if getattr(found, name) != words[name]
    ]
    context = {"visit": found, "both": both, "words": words}
    if wants_fragment(request):
        return render(request, "visits/_conflict.html", context, status=refused.status)
    form = NoteForm(initial={**words, "version": found.version})
    context = {**open_context(request, found), **context, "note_form": form, "conflict": True}
    return render(request, "visits/visit.html", context, status=refused.status)


@allow(*CLINICAL, passive=True)
@require_safe
def note_live(request, pk):
    """The note as it stands, for who reads beside the doctor writing it."""
    found = visit_for(request, pk)
    return render(
        request,
        "visits/_note_read.html",
        {"visit": found, "diagnoses": queries.diagnoses(found), "notes": queries.notes(found)},
    )


@allow(*CLINICAL, passive=True)
@require_safe
def notes_live(request, pk):
    """The notes that others filed by category, beside the form the doctor is typing in."""
    found = visit_for(request, pk)
    return render(request, "visits/_notes_live.html", {"visit": found, "notes": queries.notes(found)})


@allow(Role.DOCTOR, Role.NURSE)
@require_POST
def add_note(request, pk):
    """Add a dated remark of one kind; what was typed stays when it is refused."""
    found = visit_for(request, pk)
    form = CategoryNoteForm(request.POST)
    if not form.is_valid():
        return _remark(request, found, form, status=422)
    try:
        operations.add_note(visit=found, by=request.user, **form.cleaned_data)
    except Refused as refused:
        blame(form, refused)
        return _remark(request, found, form, status=refused.status)
    context = {"visit": found, "remark_form": CategoryNoteForm(), "notes": queries.notes(found), "added": True}
    return answer(
        request, to=visit_url(found), template="visits/_note_add.html", context=context, toast=_("Note added.")
    )


def _remark(request, found, form, *, status):
    context = {"visit": found, "remark_form": form}
    if wants_fragment(request):
        return render(request, "visits/_note_add.html", context, status=status)
    return render(request, "visits/visit.html", {**open_context(request, found), **context}, status=status)


@allow(Role.DOCTOR)
@require_safe
def find_diagnosis(request, pk):
    """What the typed words may mean: the doctor's own frequent ones first, then ICD-10, then the words as typed."""
    found = visit_for(request, pk)
    text = " ".join(request.GET.get("text", "").split())[:100]
    own = queries.frequent_diagnoses(found.doctor, text)
    known = {words.casefold() for _code, words in own}
    coded = [row for row in icd.search(text) if row[1].casefold() not in known]
    context = {"visit": found, "text": text, "own": own, "coded": coded}
    return render(request, "visits/_diagnosis_results.html", context)


@allow(Role.DOCTOR)
@require_POST
def add_diagnosis(request, pk):
    """Add a diagnosis; focus stays in the box for the next."""
    found = visit_for(request, pk)
    form = DiagnosisForm(request.POST)
    if form.is_valid():
        operations.add_diagnosis(visit=found, by=request.user, **form.cleaned_data)
    return _diagnoses(request, found)


@allow(Role.DOCTOR)
@require_POST
def remove_diagnosis(request, pk):
    """Take a diagnosis off."""
    diagnosis = _diagnosis_for(request, pk)
    operations.remove_diagnosis(diagnosis=diagnosis, by=request.user)
    return _diagnoses(request, diagnosis.visit)


@allow(Role.DOCTOR)
@require_POST
def make_primary(request, pk):
    """Let a diagnosis be the primary one."""
    diagnosis = _diagnosis_for(request, pk)
    operations.make_primary(diagnosis=diagnosis, by=request.user)
    return _diagnoses(request, diagnosis.visit)


def _diagnosis_for(request, pk):
    visible = Visit.objects.visible_to(request.user)
    return get_object_or_404(Diagnosis.objects.select_related("visit__doctor__user"), pk=pk, visit__in=visible)


def _diagnoses(request, found):
    context = {"visit": found, "diagnoses": queries.diagnoses(found), "more": True}
    return answer(request, to=visit_url(found), template="visits/_diagnoses.html", context=context)


@allow(Role.DOCTOR)
@require_POST
def addendum(request, pk):
    """Add words to a finished visit."""
    found = visit_for(request, pk)
    doctor_for(request)
    form = AddendumForm(request.POST)
    context = {"visit": found, "addenda": found.addenda.select_related("by"), "addendum_form": form, "may_add": True}
    if not form.is_valid():
        return render(request, "visits/_addenda.html", context, status=422)
    try:
        operations.add_addendum(visit=found, by=request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error("text", str(refused.message))
        return render(request, "visits/_addenda.html", context, status=refused.status)
    if not wants_fragment(request):
        return answer(request, to=visit_url(found))
    return render(request, "visits/_addenda.html", {**context, "addendum_form": AddendumForm()})
