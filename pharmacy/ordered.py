"""What the floor of the visits asks of prescriptions (see `visits.orders`)."""

from pharmacy.models import Prescription, PrescriptionItem


def any_on(visit):
    """True when a medicine stands on a prescription of the visit, a draft too, unless the prescription was cancelled."""
    items = PrescriptionItem.objects.filter(prescription__visit=visit, removed_at=None)
    return items.exclude(prescription__state=Prescription.State.CANCELLED).exists()
