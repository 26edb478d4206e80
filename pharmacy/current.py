"""What a patient takes at present, from the prescriptions signed here."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from patients.models import Patient
from pharmacy.models import Prescription, PrescriptionItem

OPEN_END_DAYS = 90  # a line without a number of days counts as current for this long


def current_medicines(patient, *, besides=None):
    """Signed lines whose days are not over, the latest of each medicine, newest first; `besides` leaves one visit out.

    What other clinics prescribed, or the patient bought, is not known here.
    """
    return _latest(_signed_lines(patient.pk).exclude(prescription__visit=besides).select_related("medicine"))


def taken_before(patient_id, *, signed_at=None):
    """As `current_medicines`, without what was closed before any of it was given; with `signed_at`, what was signed
    before that moment."""
    lines = _signed_lines(patient_id).exclude(~Q(closed_reason=""), dispensed=0)
    if signed_at is not None:
        lines = lines.filter(prescription__signed_at__lt=signed_at)
    return _latest(lines.select_related("medicine", "prescription__clinic"))


def _signed_lines(patient_id):
    lines = PrescriptionItem.objects.filter(
        prescription__patient__any_of=Patient.objects.family_of(patient_id),
        prescription__signed_at__gte=timezone.now() - timedelta(days=400),
        removed_at=None,
    )
    return lines.exclude(prescription__state=Prescription.State.CANCELLED).select_related("prescription")


def _latest(lines):
    """The latest line of each medicine whose days are not over, newest first."""
    now, latest = timezone.now(), {}
    for line in lines.order_by("-prescription__signed_at", "pk"):
        until = line.prescription.signed_at + timedelta(days=line.duration_days or OPEN_END_DAYS)
        if until >= now:
            latest.setdefault(line.medicine_id, line)
    return list(latest.values())
