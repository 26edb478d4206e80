"""The manager's window on the pharmacy: the catalogue can be edited, documents and stock are read-only."""

from django import forms
from django.contrib import admin

from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from pharmacy.models import (
    Batch,
    Dispense,
    DispenseReturn,
    DoseLine,
    Ingredient,
    Medicine,
    Prescription,
    SafetyAlert,
    Stock,
    StockMove,
)
from pharmacy.operations import search_text
from pharmacy.wording import plain


class DoseLineInline(admin.TabularInline):
    model = DoseLine
    extra = 1


class MedicineForm(forms.ModelForm):
    """A strength is read without idle zeros: 500, not 500.0000."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("strength_amount", "tax_rate"):
            value = self.initial.get(name)
            if value is not None:
                self.initial[name] = plain(value).replace(",", "")


@admin.register(Medicine)
class MedicineAdmin(HouseAdmin):
    form = MedicineForm
    list_display = ("generic_name", "brand", "strength", "form", "price", "reorder_level", "is_active")
    list_filter = ("form", "is_active", "is_controlled")
    search_fields = ("generic_name", "brand", "barcode", "generic_name_other_script")
    filter_horizontal = ("ingredients",)
    inlines = [DoseLineInline]

    def save_model(self, request, obj, form, change):
        obj.search_text = search_text(obj)
        obj.version += 1
        super().save_model(request, obj, form, change)


@admin.register(Ingredient)
class IngredientAdmin(HouseAdmin):
    list_display = ("name", "code", "parent")
    search_fields = ("name", "code")
    autocomplete_fields = ("parent",)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("medicine", "number", "expires_on", "remove_by", "on_hand", "state")
    list_filter = ("state",)
    search_fields = ("number", "medicine__generic_name")
    list_select_related = ("medicine",)


@admin.register(Stock)
class StockAdmin(ReadOnlyAdmin):
    list_display = ("medicine", "on_hand")
    list_select_related = ("medicine",)


@admin.register(StockMove)
class StockMoveAdmin(ReadOnlyAdmin):
    list_display = ("at", "medicine", "batch", "kind", "quantity", "by", "reason")
    list_filter = ("kind",)
    list_select_related = ("medicine", "batch", "by")


@admin.register(Prescription)
class PrescriptionAdmin(ReadOnlyAdmin):
    list_display = ("pk", "doctor", "state", "signed_at")
    list_filter = ("state",)
    list_select_related = ("doctor__user",)


@admin.register(Dispense)
class DispenseAdmin(ReadOnlyAdmin):
    clinic_path = "prescription__clinic"
    list_display = ("pk", "prescription", "by", "at")
    list_select_related = ("by", "prescription")


@admin.register(DispenseReturn)
class DispenseReturnAdmin(ReadOnlyAdmin):
    list_display = ("pk", "dispense", "by", "at", "reason", "credit_note")
    list_select_related = ("by", "dispense", "credit_note")


@admin.register(SafetyAlert)
class SafetyAlertAdmin(ReadOnlyAdmin):
    clinic_path = "prescription__clinic"
    list_display = ("at", "medicine", "kind", "level", "stage", "outcome", "by")
    list_filter = ("level", "outcome", "stage")
    list_select_related = ("medicine", "by")
