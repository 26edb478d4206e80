"""What the floor of the patients asks of appointments (see `patients.unsettled`)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling.models import Appointment


def said_of(patient):
    """Says so while the person has a live appointment that is not over."""
    rows = Appointment.objects.live().filter(patient__any_of=Patient.objects.family_of(patient.pk))
    return _("An appointment is to come.") if rows.filter(during__endswith__gt=timezone.now()).exists() else ""
