"""What the floor of the patients asks of visits (see `patients.unsettled`)."""

from django.utils.translation import gettext as _

from patients.models import Patient
from visits.models import Visit


def said_of(patient):
    """Says so while a visit of the person is open, of whatever day."""
    family = Patient.objects.family_of(patient.pk)
    is_open = Visit.objects.filter(patient__any_of=family, state=Visit.State.OPEN).exists()
    return _("A visit is open.") if is_open else ""
