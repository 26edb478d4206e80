"""The manager's window on patients: read-only, so that no change escapes the operations; nothing clinical."""

from django.contrib import admin

from clinic.admin_base import ReadOnlyAdmin
from patients.models import Patient


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """Files by number; changes are made on the record's own page."""

    list_display = ("file_number", "name", "name_other_script", "born_on", "phone")
    search_fields = ("file_number", "name_folded", "phone_digits", "national_id")
    ordering = ("-pk",)
    fields = (
        "file_number",
        "name",
        "name_other_script",
        "sex",
        "born_on",
        "phone",
        "second_phone",
        "national_id",
        "address",
        "created_at",
    )

    def patient_id_of(self, obj):
        return obj.pk
