"""One row for every write, every reading of a patient's record and every denial, in the same transaction."""

import contextvars

from clinic.models import AuditEvent

# Who asks from where; set by the middleware for each request, empty in jobs and commands.
origin = contextvars.ContextVar("origin", default=None)


def record(by, action, subject, *, patient_id=None, result=AuditEvent.Result.OK, clinic=None, **facts):
    """Append one audit row. `facts` are ids, states, amounts and reasons: never clinical text.

    `by` is a user (or None for a machine), `subject` a saved model instance or None; `patient_id` is taken from
    the subject when it has one.
    """
    where = origin.get() or {}
    signed_in = by is not None and by.is_authenticated
    if patient_id is None and subject is not None:
        patient_id = getattr(subject, "patient_id", None)
    clinic_id = clinic.pk if clinic else getattr(subject, "clinic_id", None) or (by.clinic_id if signed_in else None)
    return AuditEvent.objects.create(
        user=by if signed_in else None,
        roles=",".join(sorted(by.roles)) if signed_in else "",
        clinic_id=clinic_id,
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        patient_id=patient_id,
        facts={name: _plain(value) for name, value in facts.items()},
        result=result,
        address=where.get("address"),
        request_id=where.get("request_id", ""),
    )


def read(request, subject, *, patient_id, **facts):
    """Record that the user opened a patient's record; call it before rendering, so an unaudited page is never shown."""
    return record(request.user, "read", subject, patient_id=patient_id, **facts)


def note_reading(request, rows, *, part):
    """Record that the user was shown many `rows` (each with its `patient_id`) of the `part` of the record at once.

    One "read" for each of their patients, naming the rows, as if each record had been opened; one query however many.
    """
    user, where = request.user, origin.get() or {}
    shown = {}
    for row in rows:
        shown.setdefault(row.patient_id, []).append(row.pk)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            user=user,
            roles=",".join(sorted(user.roles)),
            clinic_id=user.clinic_id,
            action="read",
            subject_type="patients.patient",
            subject_id=patient,
            patient_id=patient,
            facts={"part": part, part: ids},
            address=where.get("address"),
            request_id=where.get("request_id", ""),
        )
        for patient, ids in shown.items()
    )


def _plain(value):
    return value if isinstance(value, (bool, int, str, list, dict, type(None))) else str(value)
