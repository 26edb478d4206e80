"""Lists of bills and payments, by filters."""

from django.db.models import Prefetch
from rest_framework import serializers

from billing.api.shown import InvoiceShown, PaymentShown
from billing.models import Invoice, InvoiceLine, Payment
from clinic import audit
from clinic.access import Role
from clinic.api import Day, Listing, Room, Text, Whole, reads
from patients.models import Patient

CASHIERS = (Role.RECEPTION, Role.MANAGER)
READERS = (*CASHIERS, Role.PATIENT)


class InvoicesAsked(Listing):
    patient = Whole(min_value=1, required=False)
    status = serializers.ChoiceField(choices=Invoice.State.choices, required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)
    q = Text(max_length=60, required=False, allow_blank=True, help_text="The beginning or end of a number.")
    orders = {"newest": ("-pk",), "date": ("day",), "number": ("number",), "total": ("total",)}


class PaymentsAsked(Listing):
    patient = Whole(min_value=1, required=False)
    invoice = Whole(min_value=1, required=False)
    method = serializers.ChoiceField(choices=Payment.Method.choices, required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)
    orders = {"newest": ("-pk",), "amount": ("amount",)}


def bills_of(user):
    """Bills that `user` may see, with what an answer needs."""
    lines = InvoiceLine.objects.prefetch_related("credits").order_by("position")
    rows = Invoice.objects.visible_to(user).select_related("clinic", "visit")
    return rows.prefetch_related(Prefetch("lines", queryset=lines))


def chosen(rows, asked, number=None):
    """`rows` by the filters of a query; `number` is the field that q searches."""
    if "patient" in asked:
        rows = rows.filter(patient__in=Patient.objects.family_ids(asked["patient"]))
    names = {"invoice": "invoice", "status": "state", "method": "method"}
    days = {"date_from": "day__gte", "date_to": "day__lte"}
    rows = rows.filter(**{field: asked[name] for name, field in {**names, **days}.items() if name in asked})
    text = asked.get("q", "").strip()
    return rows.filter(**{f"{number}__icontains": text}) if text and number else rows


class Payments(Room):
    """Money received."""

    name = "payments"

    def visible(self):
        return Payment.objects.visible_to(self.request.user).select_related("invoice")

    @reads(READERS, PaymentShown, asks=PaymentsAsked, many=True)
    def list(self, request, asked):
        """List payments, the latest first."""
        return chosen(self.visible(), asked)

    @reads(READERS, PaymentShown)
    def retrieve(self, request, asked, pk):
        """One payment."""
        return self.opened()


class PatientInvoices(Room):
    """The bills of one patient."""

    name = "patient-invoices"

    def visible(self):
        return bills_of(self.request.user)

    @reads(READERS, InvoiceShown, asks=InvoicesAsked, many=True)
    def list(self, request, asked, patient_pk):
        """List a patient's bills, the latest first."""
        patient = self.found(Patient.objects.visible_to(request.user), pk=patient_pk)
        audit.read(request, patient, patient_id=patient.pk, part="bills")
        return chosen(self.visible(), {**asked, "patient": patient.pk}, "number")
