"""The manager's window on the lines: stations to be edited, numbers and stays to be read."""

from django.contrib import admin

from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from queues.models import Entry, Station, Token


@admin.register(Station)
class StationAdmin(HouseAdmin):
    list_display = ("name", "kind", "room", "letter", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "name_other_script", "room")
    autocomplete_fields = ("doctor",)


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
    list_display = ("label", "day", "issued_at", "issued_by")
    list_filter = ("day", "letter")
    list_select_related = ("issued_by",)
    fields = ("clinic", "day", "letter", "number", "issued_at", "issued_by")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("token", "station", "state", "category", "joined_at", "called_at", "ended_at")
    list_filter = ("state", "station", "category")
    list_select_related = ("token", "station")
    fields = (
        "token",
        "station",
        "state",
        "category",
        "emergency_reason",
        "booked_at",
        "joined_at",
        "due_at",
        "called_at",
        "call_count",
        "started_at",
        "ended_at",
    )
