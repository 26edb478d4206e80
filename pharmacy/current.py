"""What a patient takes at present, from the prescriptions signed here."""

from datetime import timedelta

from django.utils import timezone

from patients.models import Patient
from pharmacy.models import Prescription, PrescriptionItem

OPEN_END_DAYS = 90  # a line without a number of days counts as current for this long


def current_medicines(patient, *, besides=None):
    """Signed lines whose days are not over, the latest of each medicine, newest first; `besides` leaves one visit out.

    What other clinics prescribed, or the patient bought, is not known here.
    """
    now = timezone.now()
    lines = PrescriptionItem.objects.filter(
        prescription__patient__any_of=Patient.objects.family_of(patient.pk),
        prescription__signed_at__gte=now - timedelta(days=400),
        removed_at=None,
    )
    lines = lines.exclude(prescription__state=Prescription.State.CANCELLED).exclude(prescription__visit=besides)
    latest = {}
    for line in lines.select_related("medicine", "prescription").order_by("-prescription__signed_at", "pk"):
        until = line.prescription.signed_at + timedelta(days=line.duration_days or OPEN_END_DAYS)
        if until >= now:
            latest.setdefault(line.medicine_id, line)
    return list(latest.values())
