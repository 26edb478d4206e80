"""`invoices/`: where bills by hand and those of visits and prescriptions meet, since billing stands below both."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from billing import api
from clinic.access import Role
from clinic.api import Nothing, Room, does
from clinic.visit_bills import bill_visit
from pharmacy import operations as pharmacy
from pharmacy.models import Prescription
from visits.models import Visit

EITHER = _("Name a visit or a prescription, one of them.")
GIVES_ALL = _("The bill of a visit or a prescription takes nothing else.")


class Invoices(api.Invoices):
    """Bills. Issued ones are never edited, only credited."""

    def automatic(self, request, given):
        """The bill of a visit or of a prescription; asking again gives the same one."""
        named = [name for name in ("visit", "prescription") if name in given]
        if len(named) != 1:
            raise ValidationError({"visit": [EITHER], "prescription": [EITHER]})
        extra = {name: [GIVES_ALL] for name in ("patient", "lines", "approver", "approver_password") if name in given}
        if extra:
            raise ValidationError(extra)
        if "prescription" in given:
            rows = Prescription.objects.filter(clinic=request.user.clinic_id)
            found = self.one_of(rows, given["prescription"], "prescription")
            return pharmacy.bill_prescription(prescription=found, by=request.user)
        found = self.one_of(Visit.objects.filter(clinic=request.user.clinic_id), given["visit"], "visit")
        return bill_visit(visit=found, by=request.user)


class PrescriptionBill(Room):
    """The bill of one prescription."""

    name = "prescriptions"

    def visible(self):
        return Prescription.objects.visible_to(self.request.user)

    @does(
        (Role.DOCTOR, Role.PHARMACIST),
        Nothing,
        api.InvoiceShown,
        fetch=lambda room, pk: api.bills_of(room.request.user).get(pk=pk),
        refuses=["not_signed"],
    )
    def bill(self, request, given, pk):
        """The bill of a prescription.

        Medicines are charged when they are dispensed; where there is no bill yet a draft is made, once.
        """
        return pharmacy.bill_prescription(prescription=self.found(), by=request.user)


PATHS = [
    path(
        "prescriptions/<int:pk>/bill/",
        PrescriptionBill.as_view({"post": "bill"}, basename="prescriptions", detail=True),
        name="prescriptions-bill",
    )
]
ROOMS = [("invoices", Invoices)]
