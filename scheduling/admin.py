"""The manager's window on time: hours and absences to be added and taken away, appointments to be read."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from clinic.admin_base import HouseAdmin, ReadOnlyAdmin
from scheduling import operations
from scheduling.models import Appointment, Availability, AvailabilityException


class NewHoursForm(forms.ModelForm):
    """The same hours on several weekdays in one step."""

    weekdays = forms.MultipleChoiceField(
        label=_("Weekdays"), choices=Availability.WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Availability
        fields = ("doctor", "start_time", "end_time", "slot_minutes", "valid_from", "valid_until")

    def save(self, commit=True):
        self.instance.weekday = int(self.cleaned_data["weekdays"][0])
        return super().save(commit)


class SettingAdmin(HouseAdmin):
    """Hours are settings, no documents: they are added and taken away as in the calendar, which tells the screens.

    A mistaken one is not rewritten, so that the trail shows both: take it away and add the right one.
    """

    def get_queryset(self, request):
        return super().get_queryset(request).filter(removed_at=None)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def take_away(self, row, by):
        """The operation that takes `row` away."""
        raise NotImplementedError

    def delete_model(self, request, obj):
        self.take_away(obj, request.user)

    def delete_queryset(self, request, queryset):
        for row in queryset.order_by("pk"):
            self.take_away(row, request.user)


@admin.register(Availability)
class AvailabilityAdmin(SettingAdmin):
    """Weekly hours; a new entry may be for several weekdays."""

    list_display = ("doctor", "weekday", "start_time", "end_time", "slot_minutes", "valid_from", "valid_until")
    list_filter = ("weekday",)
    list_select_related = ("doctor__user",)
    fields = ("doctor", "weekday", "start_time", "end_time", "slot_minutes", "valid_from", "valid_until")
    autocomplete_fields = ("doctor",)

    def get_fields(self, request, obj=None):
        return self.fields if obj else ("doctor", "weekdays", *self.fields[2:])

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not change:
            kwargs["form"] = NewHoursForm
            kwargs["fields"] = NewHoursForm.Meta.fields
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request, obj, form, change):
        made = operations.add_hours(
            clinic=request.user.clinic, by=request.user, **{name: form.cleaned_data[name] for name in NEW_HOURS}
        )
        obj.pk, obj.clinic, obj.weekday = made[0].pk, made[0].clinic, made[0].weekday

    def take_away(self, row, by):
        operations.remove_hours(availability=row, by=by)


NEW_HOURS = ("doctor", "weekdays", "start_time", "end_time", "slot_minutes", "valid_from", "valid_until")


@admin.register(AvailabilityException)
class AvailabilityExceptionAdmin(SettingAdmin):
    """Leave, breaks, blocked times, added sessions."""

    list_display = ("doctor", "kind", "starts_at", "ends_at", "reason")
    list_filter = ("kind",)
    list_select_related = ("doctor__user",)
    fields = ("doctor", "kind", "starts_at", "ends_at", "reason")
    autocomplete_fields = ("doctor",)

    def save_model(self, request, obj, form, change):
        made = operations.add_exception(
            clinic=request.user.clinic, by=request.user, **{name: form.cleaned_data[name] for name in self.fields}
        )
        obj.pk, obj.clinic = made.pk, made.clinic

    def take_away(self, row, by):
        operations.remove_exception(exception=row, by=by)


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    """Appointments as they are; they change at the desk and in the calendar."""

    list_display = ("wall_date", "wall_time", "doctor", "patient", "state", "source")
    list_filter = ("state", "source", "wall_date")
    list_select_related = ("doctor__user", "patient")
    ordering = ("-wall_date", "wall_time")
    fields = (
        "patient",
        "doctor",
        "wall_date",
        "wall_time",
        "minutes",
        "state",
        "reason",
        "notes",
        "source",
        "overbook_reason",
        "booked_by",
        "created_at",
        "cancelled_by",
        "cancelled_at",
        "cancel_reason",
    )
