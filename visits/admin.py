"""The manager's window on visits: when, who and which state; never what was written."""

from django.contrib import admin

from clinic.admin_base import ReadOnlyAdmin
from visits.models import Visit


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    exclude = ("complaint", "examination", "plan", "finish_reason")
    list_display = ("started_at", "doctor", "state", "completed_at")
    list_filter = ("state",)
    list_select_related = ("doctor__user",)
