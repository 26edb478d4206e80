"""What is on the shelf (S10), and what comes in."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic import audit
from clinic.access import Role, allow
from clinic.errors import Refused
from clinic.pages import answer, page, refuse
from pharmacy import operations, queries
from pharmacy.forms import CountForm, ReceiveForm, StateForm
from pharmacy.models import Medicine


@require_GET
@allow(Role.PHARMACIST, Role.MANAGER)
def stock(request):
    """Every medicine with what is on hand; `q` searches, `only` is low or expiring."""
    only = request.GET.get("only") if request.GET.get("only") in ("low", "expiring") else ""
    text = request.GET.get("q", "")[:100]
    rows = queries.stock_list(request.user.clinic, text=text, only=only)
    shown = Paginator(rows, 50).get_page(request.GET.get("page"))
    return page(
        request,
        "pharmacy/stock.html",
        {"page": shown, "only": only, "text": text, "may_receive": request.user.has_role(Role.PHARMACIST)},
    )


@require_http_methods(["GET", "POST"])
@allow(Role.PHARMACIST)
def receive(request):
    """Put a delivered batch on the shelf, then be ready for the next."""
    form = ReceiveForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return page(request, "pharmacy/receive.html", {"form": form}, status=422 if form.is_bound else 200)
    data = form.cleaned_data
    try:
        batch = operations.receive(clinic=request.user.clinic, by=request.user, **data)
    except Refused as refused:
        return refuse(request, form, refused, "pharmacy/receive.html")
    text = _("%(quantity)s of %(medicine)s received.") % {
        "quantity": f"{data['quantity']:,}",
        "medicine": batch.medicine,
    }
    return answer(request, to=reverse("pharmacy:receive"), toast=text)


@require_GET
@allow(Role.PHARMACIST, Role.MANAGER)
def shelf(request, pk):
    """One medicine: its batches and its latest moves."""
    medicine = get_object_or_404(Medicine, pk=pk)
    context = {
        "shelf": queries.shelf_of(medicine, request.user.clinic),
        "may_count": request.user.has_role(Role.PHARMACIST),
    }
    return page(request, "pharmacy/shelf.html", context)


@require_http_methods(["GET", "POST"])
@allow(Role.PHARMACIST)
def count(request, pk):
    """Count one medicine: first the differences are shown, then they are saved."""
    medicine = get_object_or_404(Medicine, pk=pk)
    found = queries.shelf_of(medicine, request.user.clinic, moves=0)
    form = CountForm(request.POST or None, batches=found.batches)
    context = {"shelf": found, "form": form, "looked": False}
    if not form.is_valid():
        return page(request, "pharmacy/count.html", context, status=422 if form.is_bound else 200)
    if request.POST.get("step") != "save":
        return page(request, "pharmacy/count.html", {**context, "looked": bool(form.counts())})
    try:
        operations.count_stock(
            medicine=medicine,
            clinic=request.user.clinic,
            by=request.user,
            counts=form.counts(),
            reason=form.cleaned_data["reason"],
            idempotency_key=form.cleaned_data["idempotency_key"],
        )
    except Refused as refused:
        return refuse(request, form, refused, "pharmacy/count.html", {**context, "looked": refused.code == "reason"})
    return answer(request, to=reverse("pharmacy:shelf", args=[pk]), toast=_("Count saved."))


@require_http_methods(["GET", "POST"])
@allow(Role.PHARMACIST, Role.MANAGER)
def batch(request, pk):
    """One batch: who received it; hold it back, recall it or release it."""
    found = get_object_or_404(queries.batches(request.user.clinic).select_related("clinic"), pk=pk)
    form = StateForm(request.POST or None)
    context = {"batch": found, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            operations.set_batch_state(batch=found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            return refuse(
                request, form, refused, "pharmacy/batch.html", context | {"people": queries.recipients(found)}
            )
        return answer(request, to=reverse("pharmacy:batch", args=[pk]), toast=_("Saved."))
    people = queries.recipients(found)
    audit.record(request.user, "read_recipients", found, rows=len(people))
    return page(request, "pharmacy/batch.html", {**context, "people": people}, status=422 if form.is_bound else 200)
