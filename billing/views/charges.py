"""Charges by hand, discounts, cancelling."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing import operations, queries
from billing.approvals import WANTED, approver_of
from billing.forms import CancelForm, ChargeForm, DiscountForm
from billing.models import Invoice, InvoiceLine
from billing.views.till import CASHIERS, invoice_of, pane
from clinic.access import allow
from clinic.errors import Refused
from clinic.forms import IdempotentForm
from clinic.pages import answer, blame, page, refuse, wants_fragment
from patients.models import Patient


def renewed(request, invoice, text):
    """The whole pane of a bill after something has changed on it."""
    found = invoice_of(request, invoice.pk)
    to = reverse("billing:invoice", args=[found.pk])
    response = answer(request, to=to, template="billing/_invoice.html", context=pane(request, found), toast=text)
    if wants_fragment(request):  # the small forms replace themselves when they are refused, the whole pane when not
        response["HX-Retarget"], response["HX-Reswap"] = "#pay-pane", "outerHTML"
    return response


def _line_of(request, pk):
    lines = InvoiceLine.objects.filter(invoice__in=Invoice.objects.visible_to(request.user))
    return get_object_or_404(lines.select_related("invoice"), pk=pk)


@require_POST
@allow(*CASHIERS)
def new_invoice(request, pk):
    """Start a bill by hand for a patient."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    form = IdempotentForm(request.POST)
    if not form.is_valid():
        return page(request, "billing/nothing.html", {"patient": patient, "form": form}, status=422)
    made = operations.draft_invoice(
        clinic=request.user.clinic, patient=patient, by=request.user, mode="manual", **form.cleaned_data
    )
    return renewed(request, made, _("New bill."))


@require_POST
@allow(*CASHIERS)
def add_line(request, pk):
    """Put a charge on a draft bill: a service of the price list by its name, or words with a price."""
    found = invoice_of(request, pk)
    form = ChargeForm(request.POST)
    if not form.is_valid():
        return page(request, "billing/invoice.html", pane(request, found, charge=form), status=422)
    try:
        line = operations.add_line(invoice=found, by=request.user, **queries.charge_of(found.clinic, form.cleaned_data))
    except Refused as refused:
        blame(form, refused)
        return page(request, "billing/invoice.html", pane(request, found, charge=form), status=refused.status)
    return renewed(request, found, _("Added: %(text)s.") % {"text": line.text})


@require_POST
@allow(*CASHIERS)
def remove_line(request, pk):
    """Take a charge off a draft bill."""
    line = _line_of(request, pk)
    text = line.text
    return renewed(
        request, operations.remove_line(line=line, by=request.user), _("Removed: %(text)s.") % {"text": text}
    )


@require_http_methods(["GET", "POST"])
@allow(*CASHIERS)
def discount(request, pk):
    """The discount of one line, and its reason."""
    line = _line_of(request, pk)
    form = DiscountForm(
        request.POST if request.method == "POST" else None, initial={"amount": line.invoice.clinic.round(line.discount)}
    )
    context = {"line": queries.in_script([line])[0], "invoice": line.invoice, "form": form}
    if request.method == "GET" or not form.is_valid():
        return page(request, "billing/discount.html", context, status=200 if request.method == "GET" else 422)
    values = form.cleaned_data
    try:
        approver = approver_of(request, values["approver"], values["password"])
        operations.discount_line(
            line=line, by=request.user, amount=values["amount"], reason=values["reason"], approved_by=approver
        )
    except Refused as refused:
        context["asks"] = refused.code in WANTED
        return refuse(request, form, refused, "billing/discount.html", context)
    return renewed(request, line.invoice, _("Discount saved."))


@require_http_methods(["GET", "POST"])
@allow(*CASHIERS)
def cancel(request, pk):
    """Cancel a bill on which nothing was paid."""
    found = invoice_of(request, pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    signs = operations.cancelling_needs_manager(found, request.user)
    context = {"invoice": found, "form": form, "signs": signs, "asks": signs}
    if request.method == "GET" or not form.is_valid():
        return page(request, "billing/cancel.html", context, status=200 if request.method == "GET" else 422)
    values = form.cleaned_data
    try:
        approver = approver_of(request, values["approver"], values["password"])
        operations.cancel_invoice(invoice=found, by=request.user, reason=values["reason"], approved_by=approver)
    except Refused as refused:
        context["asks"] = signs or refused.code in WANTED
        return refuse(request, form, refused, "billing/cancel.html", context)
    return renewed(request, found, _("Bill cancelled."))
