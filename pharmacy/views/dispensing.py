"""The pharmacist's screen (S9): the worklist, one prescription in hand, and its papers."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import audit
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.pages import add_print, add_toast, answer, blame, page, refuse, wants_fragment
from patients.queries import banner
from pharmacy import operations, papers, queries
from pharmacy.forms import DispenseForm, ReasonForm, ReturnForm
from pharmacy.models import Dispense, Prescription, PrescriptionItem


def _prescription(request, pk):
    rows = Prescription.objects.visible_to(request.user).exclude(state=Prescription.State.DRAFT)
    return get_object_or_404(
        rows.select_related("clinic", "patient", "doctor__user", "visit__token", "visit__invoice"), pk=pk
    )


def _lists(request):
    clinic = request.user.clinic
    return {"rows": queries.worklist(clinic), "counts": queries.stock_counts(clinic)}


@require_GET
@allow(Role.PHARMACIST)
def worklist(request):
    """Everybody who waits for medicine; nothing in hand yet."""
    return page(request, "pharmacy/worklist.html", _lists(request))


@require_GET
@allow(Role.PHARMACIST, passive=True)
def worklist_live(request):
    """The worklist alone, as it is now."""
    return render(request, "pharmacy/_worklist.html", _lists(request))


def _pane(request, prescription, *, form=None, status=200, done=None, unconfirmed=False):
    rows = queries.dispense_rows(prescription)
    context = {
        "prescription": prescription,
        "banner": banner(prescription.patient, user=request.user, token=_token(prescription)),
        "dispense_rows": rows,
        "form": form or DispenseForm(rows=rows),
        "history": queries.handed_over(prescription),
        "done": done,
        "unconfirmed": unconfirmed,
        "expired": operations.expired(prescription) if prescription.is_expired else "",
    }
    # What was just handed over leaves the worklist in the same answer, not when its live message arrives.
    if done or not wants_fragment(request):
        context.update(_lists(request))
    return page(request, "pharmacy/dispensing.html", context, status=status)


def _token(prescription):
    return prescription.visit.token.label if prescription.visit.token_id else ""


@require_GET
@allow(Role.PHARMACIST)
def dispensing(request, pk):
    """One prescription in hand: its lines, the proposed batches, one box to confirm each."""
    prescription = _prescription(request, pk)
    audit.read(request, prescription, patient_id=prescription.patient_id)
    return _pane(request, prescription)


@require_POST
@allow(Role.PHARMACIST)
def dispense(request, pk):
    """Hand over the confirmed lines."""
    prescription = _prescription(request, pk)
    form = DispenseForm(request.POST, rows=queries.dispense_rows(prescription))
    if not form.is_valid():
        return _pane(request, prescription, form=form, status=422)
    try:
        key = form.cleaned_data["idempotency_key"]
        made = operations.dispense(prescription=prescription, by=request.user, lines=form.lines(), idempotency_key=key)
    except Refused as refused:
        blame(form, refused)
        unconfirmed = refused.code == "empty"
        return _pane(request, prescription, form=form, status=refused.status, unconfirmed=unconfirmed)
    return _done(request, made)


def _done(request, made):
    to = reverse("pharmacy:dispensing", args=[made.prescription_id])
    left = queries.completed(made)
    if not wants_fragment(request):
        return answer(request, to=to, toast=_told(left))
    response = _pane(request, _prescription(request, made.prescription_id), done=made)
    add_toast(response, _told(left), level="warn" if left.owed else "ok")
    return add_print(response, reverse("pharmacy:labels", args=[made.pk]))


def _told(left):
    if not left.owed:
        return _("Dispensed.")
    if left.partly:
        words = ngettext(
            "Dispensed in part; %(owed)s line is still owed.",
            "Dispensed in part; %(owed)s lines are still owed.",
            left.owed,
        )
        return words % {"owed": left.owed}
    words = ngettext(
        "Dispensed %(given)s of %(total)s lines; %(owed)s is still owed.",
        "Dispensed %(given)s of %(total)s lines; %(owed)s are still owed.",
        left.owed,
    )
    return words % {"given": left.given, "total": left.given + left.owed, "owed": left.owed}


@require_http_methods(["GET", "POST"])
@allow(Role.PHARMACIST)
def not_given(request, pk):
    """Ask why a line is not given; then close it."""
    rows = PrescriptionItem.objects.filter(prescription__in=Prescription.objects.visible_to(request.user))
    item = get_object_or_404(rows.select_related("prescription", "medicine"), pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        operations.not_given(item=item, by=request.user, reason=form.cleaned_data["reason"])
        return answer(
            request, to=reverse("pharmacy:dispensing", args=[item.prescription_id]), toast=_("Closed: not given.")
        )
    return page(request, "pharmacy/not_given.html", {"item": item, "form": form}, status=422 if form.is_bound else 200)


@require_POST
@allow(Role.PHARMACIST)
def call_next(request):
    """F9: call the next patient and take the prescription in hand."""
    try:
        entry, prescription = operations.call_next(clinic=request.user.clinic, by=request.user)
    except Refused as refused:
        oldest = next(iter(queries.worklist(request.user.clinic, limit=1)), None)
        to = reverse("pharmacy:dispensing", args=[oldest.prescription.pk]) if oldest else reverse("pharmacy:worklist")
        return answer(request, to=to, toast=str(refused.message))
    to = reverse("pharmacy:dispensing", args=[prescription.pk]) if prescription else reverse("pharmacy:worklist")
    return answer(request, to=to, toast=_("Called %(token)s.") % {"token": entry.token.label})


@require_GET
@allow(Role.PHARMACIST, Role.DOCTOR)
def print_prescription(request, pk):
    """The A5 prescription; every printing is audited."""
    prescription = _prescription(request, pk)
    audit.record(request.user, "print", prescription)
    views = [view for view in queries.views_of(prescription) if not view.item.closed_reason]
    patient = prescription.patient
    return render(
        request,
        "pharmacy/print.html",
        {"prescription": prescription, "banner": banner(patient, user=request.user), "views": views, "patient": patient,
         "weight": queries.last_weight(patient)},
    )  # fmt: skip


@require_GET
@allow(Role.PHARMACIST, Role.DOCTOR)
def prescription_pdf(request, pk):
    """The same paper as a PDF."""
    prescription = _prescription(request, pk)
    paper = papers.prescription_pdf(prescription, user=request.user)
    audit.record(request.user, "print", prescription)
    return HttpResponse(paper, content_type="application/pdf")


@require_http_methods(["GET", "POST"])
@allow(Role.PHARMACIST)
def return_dispensed(request, pk):
    """Take medicines of one dispensing back."""
    made = get_object_or_404(queries.dispensings(request.user), pk=pk)
    if request.method == "GET":
        audit.read(request, made, patient_id=made.patient_id)
    form = ReturnForm(request.POST or None, rows=queries.returnable(made))
    context = {"made": made, "form": form, "banner": banner(made.patient, user=request.user)}
    if not form.is_valid():
        return page(request, "pharmacy/return.html", context, status=422 if form.is_bound else 200)
    data = form.cleaned_data
    try:
        operations.return_dispensed(
            dispense=made, by=request.user, lines=form.lines(), reason=data["reason"],
            restock=data["place"] == "shelf", idempotency_key=data["idempotency_key"],
        )  # fmt: skip
    except Refused as refused:
        return refuse(request, form, refused, "pharmacy/return.html", context)
    return answer(request, to=reverse("pharmacy:dispensing", args=[made.prescription_id]), toast=_("Taken back."))


@require_GET
@allow(Role.PHARMACIST)
def labels(request, pk):
    """The labels of one dispensing, in the patient's language."""
    made = get_object_or_404(Dispense.objects.visible_to(request.user).select_related("clinic", "patient"), pk=pk)
    audit.record(request.user, "print", made)
    return render(request, "pharmacy/labels.html", {"made": made, "labels": queries.label_rows(made)})
