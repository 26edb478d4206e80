"""`services/`: the price list."""

from rest_framework import serializers

from billing import operations
from billing.api.given import ServiceChange, ServiceGiven
from billing.api.shown import ServiceShown
from billing.models import Service
from clinic.access import STAFF, Role
from clinic.api import Listing, Nothing, Room, Text, does, reads
from clinic.models import Doctor

MANAGES = (Role.MANAGER,)


class ServicesAsked(Listing):
    q = Text(max_length=100, required=False, allow_blank=True, help_text="Part of the name in either script.")
    kind = serializers.ChoiceField(choices=Service.Kind.choices, required=False)
    active = serializers.BooleanField(required=False)
    orders = {"name": ("name",), "id": ("pk",), "price": ("price",)}


class Services(Room):
    """The price list."""

    name = "services"

    def visible(self):
        return Service.objects.visible_to(self.request.user).select_related("clinic")

    @reads(STAFF, ServiceShown, asks=ServicesAsked, many=True)
    def list(self, request, asked):
        """List the services."""
        rows, text = self.visible(), asked.get("q", "").strip()
        if text:
            rows = rows.filter(name__icontains=text) | rows.filter(name_other_script__icontains=text)
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        return rows.filter(is_active=asked["active"]) if "active" in asked else rows

    @reads(STAFF, ServiceShown)
    def retrieve(self, request, asked, pk):
        """One service."""
        return self.found()

    @does(MANAGES, ServiceGiven, ServiceShown, status=201, refuses=["consultation_exists"])
    def create(self, request, given):
        """Add a service."""
        return operations.add_service(clinic=request.user.clinic, by=request.user, **self.named(given))

    @does(MANAGES, ServiceChange, ServiceShown, changes=True, refuses=["consultation_exists"])
    def partial_update(self, request, given, pk):
        """Change a service. Bills keep the price of their day."""
        return operations.change_service(service=self.found(), by=request.user, **self.named(given))

    @does(MANAGES, Nothing, ServiceShown)
    def destroy(self, request, given, pk):
        """Retire a service. It is not erased: it stays on its bills, and `is_active: true` brings it back."""
        return operations.retire_service(service=self.found(), by=request.user)

    def named(self, given):
        """The given values with the doctor as a row."""
        if given.get("doctor") is None:
            return given
        rows = Doctor.objects.filter(user__clinic=self.request.user.clinic_id)
        return {**given, "doctor": self.one_of(rows, given["doctor"], "doctor")}
