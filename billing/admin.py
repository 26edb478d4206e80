"""The manager's window on money: prices editable, documents and ledgers read-only."""

from django.contrib import admin

from billing import operations
from billing.models import CashSession, Invoice, InvoiceLine, Payment, Service
from clinic.admin_base import HouseAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Service)
class ServiceAdmin(HouseAdmin):
    """The price list. A price is retired by making it inactive; bills keep the price of their day."""

    by_operations = True
    list_display = ("name", "name_other_script", "kind", "doctor", "price", "tax_rate", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "name_other_script")
    list_select_related = ("doctor__user",)

    def save_model(self, request, obj, form, change):
        if change:
            operations.change_service(service=obj, by=request.user, **form.cleaned_data)
        else:
            obj.pk = operations.add_service(clinic=request.user.clinic, by=request.user, **form.cleaned_data).pk


class LineInline(ReadOnlyInline):
    """The lines of a bill."""

    model = InvoiceLine
    fields = ("position", "text", "quantity", "unit_price", "discount", "tax", "total")


class PaymentInline(ReadOnlyInline):
    """The payments of a bill."""

    model = Payment
    fields = ("receipt_number", "method", "amount", "by", "at")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Bills."""

    list_display = ("__str__", "patient", "day", "state", "total", "paid")
    list_filter = ("state", "day")
    search_fields = ("number", "patient__file_number")
    list_select_related = ("patient",)
    ordering = ("-pk",)
    fields = (
        "number",
        "patient",
        "state",
        "day",
        "currency",
        "subtotal",
        "discount",
        "tax",
        "total",
        "paid",
        "issued_at",
    )
    inlines = (LineInline, PaymentInline)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Payments."""

    list_display = ("receipt_number", "patient", "day", "method", "amount", "by")
    list_filter = ("method", "day")
    search_fields = ("receipt_number", "patient__file_number")
    list_select_related = ("patient", "by")
    ordering = ("-pk",)
    fields = ("receipt_number", "patient", "invoice", "method", "amount", "tendered", "change", "reference", "by", "at")


@admin.register(CashSession)
class CashSessionAdmin(ReadOnlyAdmin):
    """Cash sessions."""

    list_display = ("cashier", "opened_at", "opening_float", "counted", "closed_at")
    list_select_related = ("cashier",)
    ordering = ("-pk",)
    fields = ("cashier", "opened_at", "opening_float", "expected", "counted", "difference_reason", "closed_at")
