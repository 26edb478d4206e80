"""The bases of every app's admin.py: what can be set is edited, what happened can only be read."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models

from clinic import audit
from clinic.errors import Refused
from clinic.forms import DecimalTextField, IntegerTextField
from clinic.pages import blame


def _figures(field, mode):
    """A number typed as text: a browser's number field silently drops the figures of an Arabic keyboard."""
    widget = AdminTextInputWidget(attrs={"inputmode": mode, "dir": "ltr", "autocomplete": "off"})
    return {"form_class": field, "widget": widget}


FIGURES = {
    models.DecimalField: _figures(DecimalTextField, "decimal"),
    models.IntegerField: _figures(IntegerTextField, "numeric"),
}


class HouseAdmin(admin.ModelAdmin):
    """A catalogue or setting of the manager's own clinic: audited, never deleted, no other clinic's rows."""

    list_per_page = 50
    formfield_overrides = FIGURES
    clinic_path = None  # path to the clinic when the model has no `clinic` of its own
    by_operations = False  # True where `save_model` calls operations: they keep the trail themselves

    def _clinic_path(self):
        if self.clinic_path:
            return self.clinic_path
        return "clinic" if any(field.name == "clinic" for field in self.model._meta.fields) else None

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        path = self._clinic_path()
        return rows.filter(**{path: request.user.clinic_id}) if path else rows

    def get_exclude(self, request, obj=None):
        own = ["clinic"] if self._clinic_path() == "clinic" else []
        return [*(super().get_exclude(request, obj) or []), *own]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        related = db_field.remote_field.model
        if hasattr(related.objects, "visible_to"):
            kwargs.setdefault("queryset", related.objects.visible_to(request.user))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused
        again = super().changeform_view(request, object_id, form_url, extra_context)
        again.status_code = request.refused.status
        return again

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        refused = getattr(request, "refused", None)
        return _refusing(form, refused) if refused else form

    def save_model(self, request, obj, form, change):
        if not change and self._clinic_path() == "clinic":
            obj.clinic = request.user.clinic
        super().save_model(request, obj, form, change)

    def facts(self, obj):
        """What the trail keeps of a change beside the names of the fields, such as a price."""
        return {}

    def log_addition(self, request, obj, message):
        if not self.by_operations:
            audit.record(request.user, "admin_add", obj, **self.facts(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        if not self.by_operations:
            audit.record(request.user, "admin_change", obj, fields=_changed(message), **self.facts(obj))
        return super().log_change(request, obj, message)

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyAdmin(HouseAdmin):
    """Documents and ledgers: to read only. Opening one that belongs to a patient is audited as reading the record."""

    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def patient_id_of(self, obj):
        """Whose record the document belongs to, None when to nobody's."""
        return getattr(obj, "patient_id", None)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        obj = self.get_object(request, object_id) if object_id else None
        patient_id = self.patient_id_of(obj) if obj is not None else None
        if patient_id:
            audit.read(request, obj, patient_id=patient_id)
        return super().changeform_view(request, object_id, form_url, extra_context)


class ReadOnlyInline(admin.TabularInline):
    """The rows of a document, shown under it."""

    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def _refusing(form, refused):
    """`form` as a class that shows what an operation refused: whatever is sent to it is kept and not valid."""

    class Refusing(form):
        def clean(self):
            cleaned = super().clean()
            blame(self, refused)
            return cleaned

    return Refusing


def _changed(message):
    """The names of the changed fields out of Django's log message (names only, no values)."""
    if not isinstance(message, list):
        return []
    return sorted({name for part in message for name in part.get("changed", {}).get("fields", [])})
