"""What the floor of the patients asks of the lines (see `patients.unsettled`)."""

from django.utils.translation import gettext as _

from patients.models import Patient
from queues.models import Entry


def said_of(patient):
    """Says so while the person stands in a line; what an earlier day left open does not count."""
    family = Patient.objects.family_of(patient.pk)
    stays = Entry.objects.live().filter(token__patient__any_of=family).select_related("clinic")
    here = any(Entry.objects.here_today(stay.clinic).filter(pk=stay.pk).exists() for stay in stays)
    return _("The patient stands in line.") if here else ""
