"""What the till, the desk and the day's figures need to know about money."""

from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

from django.db.models import Count, F, Min, Prefetch, Q, Sum
from django.utils.translation import get_language

from billing.models import CreditNote, Invoice, Payment, Refund, Service
from billing.sums import notes_for
from clinic.models import AuditEvent
from clinic.text import name_in
from patients.models import Patient

SHOWN = 200  # rows of a list at the till
DUE = F("total") - F("credited") - F("paid") + F("refunded")  # of bills that `unpaid` finds


@dataclass(frozen=True)
class Due:
    """What a patient still has to pay, and the oldest bill it stands on."""

    amount: Decimal
    invoice_id: int


@dataclass(frozen=True)
class MethodIncome:
    """Money received in one day by one method (`amount`, in `count` payments), and given back in the same way."""

    method: str
    label: str
    amount: Decimal
    count: int
    refunded: Decimal = Decimal(0)

    @property
    def net(self):
        """What stayed of it."""
        return self.amount - self.refunded


def due_of(patient_ids, clinic):
    """{patient_id: Due} for those of `patient_ids` who owe something in `clinic`; one query.

    What stands on a file that was joined to one of them is owed by the file in use.
    """
    wanted = set(patient_ids)
    joined = Patient.objects.filter(merged_into__in=wanted).values("pk")
    rows = (
        Invoice.objects.unpaid()
        .filter(Q(patient__in=wanted) | Q(patient__in=joined), clinic=clinic)
        .values_list("patient_id", "patient__merged_into")
        .annotate(amount=Sum(DUE), invoice_id=Min("pk"))
    )
    found = {}
    for patient_id, root, amount, invoice_id in rows:
        for owner in wanted & {patient_id, root}:
            before = found.get(owner)
            found[owner] = (
                Due(before.amount + amount, min(before.invoice_id, invoice_id)) if before else Due(amount, invoice_id)
            )
    return found


def open_invoices(clinic):
    """Bills of `clinic` on which something is due, newest day first, with their patients."""
    return Invoice.objects.unpaid().filter(clinic=clinic).select_related("patient").with_due().order_by("-day", "pk")


def day_income(clinic, day):
    """[MethodIncome] of what was received and given back on `day`, largest method first; two queries."""
    rows = (
        Payment.objects.filter(clinic=clinic, day=day).values("method").annotate(sum=Sum("amount"), number=Count("pk"))
    )
    back = Refund.objects.filter(clinic=clinic, day=day).values("method").annotate(sum=Sum("amount"))
    received = {row["method"]: (row["sum"], row["number"]) for row in rows}
    returned = {row["method"]: row["sum"] for row in back}
    found = [
        MethodIncome(name, label, *received.get(name, (Decimal(0), 0)), returned.get(name, Decimal(0)))
        for name, label in Payment.Method.choices
        if name in received or name in returned
    ]
    return sorted(found, key=lambda row: (-row.amount, row.method))


def invoice_detail(pk, invoices=None):
    """The bill `pk` with patient, clinic, lines and payments, in a fixed number of queries; DoesNotExist without it."""
    invoices = Invoice.objects.all() if invoices is None else invoices
    payments = Payment.objects.select_related("by").order_by("pk")
    related = invoices.select_related("patient", "clinic", "issued_by")
    refunds = Refund.objects.select_related("by", "approved_by").order_by("pk")
    notes = CreditNote.objects.select_related("by").prefetch_related("lines__line").order_by("pk")
    documents = [("payments", payments), ("refunds", refunds), ("credit_notes", notes)]
    return related.prefetch_related("lines", *(Prefetch(name, queryset=rows) for name, rows in documents)).get(pk=pk)


def in_script(lines):
    """The lines, each with `shown` (its text in the interface's script) and `gross` (before discount).

    Charges that were taken back whole before the bill was issued are left out.
    """
    language = get_language() or "en"
    lines = [line for line in lines if line.quantity]
    for line in lines:
        line.gross = line.net + line.discount
        line.times = f"× {line.quantity}"
        line.shown = name_in(SimpleNamespace(name=line.text, name_other_script=line.text_other_script), language)
    return lines


def creditable(invoice, *, ever=False):
    """[{"line", "quantity"}] of the charges of which something can still be taken back; `line.shown` is its text.

    With `ever` all charges and whole, as a form sent twice must be read the second time as it was the first.
    """
    found = []
    for line in in_script(invoice.lines.prefetch_related("credits")):
        left = line.quantity - (0 if ever else sum(credit.quantity for credit in line.credits.all()))
        if left > 0:
            found.append({"line": line, "quantity": left})
    return found


def is_payable(invoice):
    """True when something is due and the bill is not cancelled."""
    return invoice.state != Invoice.State.CANCELLED and invoice.due > 0


def pane_context(invoice):
    """What the pay pane shows beside the bill itself; one query for the patient's other bills, one for the prices."""
    others = Invoice.objects.unpaid().filter(
        clinic=invoice.clinic_id, patient__any_of=Patient.objects.family_of(invoice.patient_id)
    )
    draft = invoice.state == Invoice.State.DRAFT
    services = Service.objects.filter(clinic=invoice.clinic_id, is_active=True).order_by("name") if draft else []
    return {
        "lines": in_script(invoice.lines.all()),
        "payments": list(invoice.payments.all()),
        "refunds": list(invoice.refunds.all()),
        "credit_notes": list(invoice.credit_notes.all()),
        "can_reverse": invoice.number is not None and invoice.state != Invoice.State.CANCELLED,
        "can_credit": any(line.quantity for line in invoice.lines.all()) and invoice.credited < invoice.total,
        "minus_credited": -invoice.credited,
        "minus_refunded": -invoice.refunded,
        "minus": -invoice.discount,
        "due_plain": str(invoice.clinic.round(invoice.due)),
        "notes": notes(invoice),
        "others": list(others.exclude(pk=invoice.pk).order_by("day", "pk")[:10]),
        "draft": draft,
        "cancelling": cancelling_of(invoice),
        "services": list(services),
        "tax_name": invoice.clinic.tax_word,
    }


def cancelling_of(invoice):
    """Who cancelled the bill (`by`, a User or None) and the name of who signed for it (`approver`); None if nobody did.

    A bill of which everything was credited was cancelled by its last credit note.
    """
    if invoice.state != Invoice.State.CANCELLED:
        return None
    done = AuditEvent.objects.filter(
        patient_id=invoice.patient_id, subject_type="billing.invoice", subject_id=invoice.pk, action="cancel_invoice"
    )
    event = done.select_related("user").first()
    if event is not None:
        return {"by": event.user, "approver": event.facts.get("approved_by")}
    note = list(invoice.credit_notes.all())[-1:]
    return {"by": note[0].by if note else None, "approver": None}


def charge_of(clinic, typed):
    """The arguments of add_line for a typed charge: a service of that name gives price, tax and the other script."""
    service = (
        Service.objects.filter(clinic=clinic, is_active=True)
        .filter(Q(name__iexact=typed["text"].strip()) | Q(name_other_script__iexact=typed["text"].strip()))
        .order_by("doctor")
        .last()
    )
    price = typed["unit_price"]
    if service is not None and price is None:
        price = service.price
    return {
        "text": service.name if service else typed["text"],
        "text_other_script": service.name_other_script if service else "",
        "quantity": typed["quantity"],
        "unit_price": price,
        "service": service,
        "idempotency_key": typed["idempotency_key"],
    }


def till_context(clinic, show=""):
    """The till's list: bills with something due, or with show="paid" the day's payments."""
    bills = list(open_invoices(clinic)[:SHOWN])
    whole = Invoice.objects.unpaid().filter(clinic=clinic).aggregate(number=Count("pk"), sum=Sum(DUE))
    payments = []
    if show == "paid":
        today = Payment.objects.filter(clinic=clinic, day=clinic.today())
        payments = list(today.select_related("patient", "invoice", "by").order_by("-pk")[:SHOWN])
    return {
        "bills": bills,
        "payments": payments,
        "show": "paid" if show == "paid" else "due",
        "number": whole["number"],
        "sum": whole["sum"] or Decimal(0),
        "more": whole["number"] > SHOWN,
        "currency": clinic.currency,
        "today": clinic.today(),
    }


def receipt_context(payment, invoice, *, copy):
    """What the receipt prints: the bill, this payment, and what was paid up to it."""
    before = sum((p.amount for p in invoice.payments.all() if p.pk < payment.pk), Decimal(0))
    credited = sum((n.total for n in invoice.credit_notes.all() if n.at <= payment.at), Decimal(0))
    return {
        "payment": payment,
        "invoice": invoice,
        "lines": in_script(invoice.lines.all()),
        "clinic": invoice.clinic,
        "minus": -invoice.discount,
        "before": before,
        "credited": -credited,
        "left": invoice.total - credited - before - payment.amount,
        "copy": copy,
    }


def next_unpaid(patient, clinic):
    """The patient's oldest bill with something due, or None."""
    return (
        Invoice.objects.unpaid()
        .filter(clinic=clinic, patient__any_of=Patient.objects.family_of(patient.pk))
        .order_by("day", "pk")
        .first()
    )


def notes(invoice):
    """Amounts a person is likely to hand over for what is due."""
    return notes_for(invoice.due, invoice.currency)


def times_printed(payment):
    """How often the receipt was opened for printing."""
    return AuditEvent.objects.filter(
        patient_id=payment.patient_id, action="print_receipt", subject_type="billing.payment", subject_id=payment.pk
    ).count()
