"""Noting that many visits were read at once: one row for each patient, as if each record had been opened."""

from clinic import audit
from clinic.models import AuditEvent


def note_reading(request, visits):
    """Record that the user was shown `visits`: one "read" for each of their patients; one query however many."""
    user, where = request.user, audit.origin.get() or {}
    shown = {}
    for visit in visits:
        shown.setdefault(visit.patient_id, []).append(visit.pk)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            user=user,
            roles=",".join(sorted(user.roles)),
            clinic_id=user.clinic_id,
            action="read",
            subject_type="patients.patient",
            subject_id=patient,
            patient_id=patient,
            facts={"part": "visits", "visits": ids},
            address=where.get("address"),
            request_id=where.get("request_id", ""),
        )
        for patient, ids in shown.items()
    )
