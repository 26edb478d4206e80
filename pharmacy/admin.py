"""The manager's window on the pharmacy: the catalogue can be edited, documents and stock are read-only."""

from django import forms
from django.contrib import admin

from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from clinic.errors import Refused
from pharmacy import operations
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
from pharmacy.operations.catalogue import FIELDS, FIXED, check_medicine, is_in_use
from pharmacy.wording import plain


class DoseLineInline(admin.TabularInline):
    model = DoseLine
    extra = 1


class MedicineForm(forms.ModelForm):
    """A strength is read without idle zeros: 500, not 500.0000. What the operation would refuse stands at its field."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("strength_amount", "tax_rate"):
            value = self.initial.get(name)
            if value is not None:
                self.initial[name] = plain(value).replace(",", "")

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            check_medicine(self.instance)
        except Refused as refused:
            self.add_error(refused.field if refused.field in self.fields else None, str(refused.message))


@admin.register(Medicine)
class MedicineAdmin(HouseAdmin):
    form = MedicineForm
    list_display = ("generic_name", "brand", "strength", "form", "price", "reorder_level", "is_active")
    list_filter = ("form", "is_active", "is_controlled")
    search_fields = ("generic_name", "brand", "barcode", "generic_name_other_script")
    filter_horizontal = ("ingredients",)
    inlines = [DoseLineInline]

    def get_readonly_fields(self, request, obj=None):
        own = super().get_readonly_fields(request, obj)
        return (*own, *FIXED) if obj is not None and is_in_use(obj) else own

    def save_model(self, request, obj, form, change):
        names = form.changed_data if change else form.cleaned_data
        values = {name: form.cleaned_data[name] for name in (*FIELDS, "ingredients") if name in names}
        who = {"clinic": request.user.clinic, "by": request.user}
        if change:
            operations.change_medicine(medicine=obj, **who, **values)
        else:
            obj.pk = operations.add_medicine(**who, **values).pk


@admin.register(Ingredient)
class IngredientAdmin(HouseAdmin):
    """Substances and their classes. Every allergy on file names its substance by the code, so that it stays as it is."""

    list_display = ("name", "code", "parent")
    search_fields = ("name", "code")
    autocomplete_fields = ("parent",)

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj is not None else ()


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
