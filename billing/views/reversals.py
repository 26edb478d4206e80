"""Taking charges of an issued bill back, and giving money back."""

from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing import operations, queries
from billing.approvals import WANTED, approver_of
from billing.forms import CreditForm, RefundForm
from billing.views.charges import renewed
from billing.views.till import CASHIERS, invoice_of
from clinic import display
from clinic.access import allow
from clinic.errors import Refused
from clinic.pages import page, refuse


@require_http_methods(["GET", "POST"])
@allow(*CASHIERS)
def credit(request, pk):
    """Take charges of an issued bill back by a credit note."""
    found = invoice_of(request, pk)
    if found.number is None:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = CreditForm(sent, left=queries.creditable(found, ever=sent is not None))
    context = {"invoice": found, "form": form}
    if request.method == "GET" or not form.is_valid():
        return page(request, "billing/credit.html", context, status=200 if request.method == "GET" else 422)
    try:
        approver = approver_of(request, form.cleaned_data["approver"], form.cleaned_data["password"])
        note = operations.credit(invoice=found, by=request.user, approved_by=approver, **form.values())
    except Refused as refused:
        context["asks"] = refused.code in WANTED
        return refuse(request, form, refused, "billing/credit.html", context)
    return renewed(request, found, _("Credit note %(number)s.") % {"number": note.number})


@require_http_methods(["GET", "POST"])
@allow(*CASHIERS)
def refund(request, pk):
    """Give back what was paid and is no longer owed."""
    found = invoice_of(request, pk)
    form = RefundForm(request.POST if request.method == "POST" else None, invoice=found)
    context = {"invoice": found, "form": form, "over": found.over}
    if request.method == "GET" or not form.is_valid():
        return page(request, "billing/refund.html", context, status=200 if request.method == "GET" else 422)
    values = form.cleaned_data
    named = {name: values[name] for name in ("amount", "method", "reason", "idempotency_key")}
    try:
        approver = approver_of(request, values["approver"], values["password"])
        made = operations.refund(invoice=found, by=request.user, approved_by=approver, **named)
    except Refused as refused:
        context["asks"] = refused.code in WANTED
        return refuse(request, form, refused, "billing/refund.html", context)
    return renewed(
        request, found, _("Gave back %(amount)s.") % {"amount": display.amount_text(made.amount, found.currency)}
    )
