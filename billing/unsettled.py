"""What the floor of the patients asks of bills (see `patients.unsettled`)."""

from django.utils.translation import gettext as _

from billing.models import Invoice
from patients.models import Patient


def said_of(patient):
    """Says so while something is due on a bill of the person, in whichever clinic."""
    owed = Invoice.objects.unpaid().filter(patient__any_of=Patient.objects.family_of(patient.pk)).exists()
    return _("A bill is not paid.") if owed else ""
