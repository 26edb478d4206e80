"""The list of what is to pay, the pay pane, the receipt."""

import json

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing import operations, queries
from billing.forms import ChargeForm, PayForm
from billing.models import Invoice, Payment
from clinic import audit, display
from clinic.access import STAFF, Role, allow
from clinic.errors import Refused
from clinic.forms import IdempotentForm
from clinic.pages import answer, page
from patients.models import Patient

CASHIERS = (Role.RECEPTION, Role.MANAGER)


def invoice_of(request, pk):
    """The bill `pk` with lines and payments if it is of the user's clinic, else 404."""
    try:
        return queries.invoice_detail(pk, Invoice.objects.visible_to(request.user))
    except Invoice.DoesNotExist as error:
        raise Http404 from error


def pane(request, invoice, form=None, **more):
    """What the pay pane shows of a bill."""
    form = form or (PayForm(invoice=invoice) if queries.is_payable(invoice) else None)
    own = queries.pane_context(invoice)
    return {"invoice": invoice, "form": form, "blank_charge": ChargeForm() if own["draft"] else None, **own, **more}


@require_GET
@allow(*CASHIERS)
def till(request):
    """What is to pay, and the day's receipts."""
    return page(request, "billing/till.html", queries.till_context(request.user.clinic, request.GET.get("show", "")))


@require_GET
@allow(*CASHIERS, passive=True)
def till_live(request):
    """The till's list alone, for the live wire."""
    return render(request, "billing/_till.html", queries.till_context(request.user.clinic, request.GET.get("show", "")))


@require_GET
@allow(*CASHIERS)
def invoice(request, pk):
    """One bill: its lines, its payments, and taking a payment."""
    found = invoice_of(request, pk)
    audit.read(request, found, patient_id=found.patient_id)
    return page(request, "billing/invoice.html", pane(request, found))


@require_GET
@allow(*CASHIERS, passive=True)
def bill(request, pk):
    """Lines and sums alone, for the live wire."""
    return render(request, "billing/_bill.html", pane(request, invoice_of(request, pk)))


@require_GET
@allow(*CASHIERS)
def patient_pay(request, pk):
    """The pay pane for the oldest thing this patient has to pay; says so when there is nothing."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    audit.read(request, patient, patient_id=patient.pk, part="balance")
    due = queries.next_unpaid(patient, request.user.clinic)
    if due is None:
        return page(request, "billing/nothing.html", {"patient": patient, "form": IdempotentForm()})
    return page(request, "billing/invoice.html", pane(request, invoice_of(request, due.pk)))


@require_POST
@allow(*CASHIERS)
def pay(request, pk):
    """Take a payment and print its receipt."""
    found = invoice_of(request, pk)
    form = PayForm(request.POST, invoice=found)
    if not form.is_valid():
        return page(request, "billing/invoice.html", pane(request, found, form), status=422)
    try:
        payment = operations.take_payment(invoice=found, by=request.user, **form.values())
    except Refused as refused:
        return _not_paid(request, pk, form, refused)
    return _paid(request, payment)


def _not_paid(request, pk, form, refused):
    found = invoice_of(request, pk)
    if refused.code == "due_changed":  # a fresh form with the new total: one key confirms it
        form = PayForm(invoice=found)
    elif refused.field in ("amount", "tendered"):
        form.add_error("received", str(refused.message))
    elif refused.field in form.fields:
        form.add_error(refused.field, str(refused.message))
    form = form if queries.is_payable(found) else None
    context = pane(request, found, form, refused=refused.message, code=refused.code)
    return page(request, "billing/invoice.html", context, status=refused.status)


def _paid(request, payment):
    found = invoice_of(request, payment.invoice_id)
    told = _("Took %(amount)s from %(name)s.") % {
        "amount": display.amount_text(payment.amount, found.currency),
        "name": display.patient_name(found.patient),
    }
    to = reverse("billing:invoice", args=[found.pk])
    response = answer(
        request, to=to, template="billing/_invoice.html", context=pane(request, found, payment=payment), toast=told
    )
    if response.status_code == 200:
        prints = {"print": {"url": reverse("billing:receipt", args=[payment.pk])}}
        response.headers["HX-Trigger"] = json.dumps({**json.loads(response.headers.get("HX-Trigger", "{}")), **prints})
    return response


@require_GET
@allow(*CASHIERS)
def receipt(request, pk):
    """The 80 mm receipt; from the second opening on it is marked as a copy."""
    payment = get_object_or_404(Payment.objects.visible_to(request.user).select_related("by", "clinic"), pk=pk)
    copy = queries.times_printed(payment) > 0
    audit.record(request.user, "print_receipt", payment, patient_id=payment.patient_id, copy=copy)
    found = invoice_of(request, payment.invoice_id)
    return render(request, "billing/receipt.html", queries.receipt_context(payment, found, copy=copy))


@require_GET
@allow(*STAFF, passive=True)
def balance(request, pk):
    """What a patient has to pay, as one figure."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    due = queries.due_of([patient.pk], request.user.clinic).get(patient.pk)
    context = {"due": due.amount if due else 0, "currency": request.user.clinic.currency}
    return render(request, "billing/_balance.html", context)


@require_GET
@allow(*CASHIERS)
def of_patient(request, pk):
    """A patient's bills on any of their files, newest first."""
    patient = get_object_or_404(Patient.objects.visible_to(request.user), pk=pk)
    audit.read(request, patient, patient_id=patient.pk, part="bills")
    family = Patient.objects.family_of(patient.pk)
    bills = Invoice.objects.visible_to(request.user).filter(patient__any_of=family).order_by("-pk")[:50]
    return page(request, "billing/of_patient.html", {"patient": patient, "bills": bills})
