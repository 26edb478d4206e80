"""Allergies and long-standing problems. Those of a merged file are changed under the lock of the file in use."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Refused
from clinic.operation import operation
from clinic.text import fold, has_arabic, words
from patients import substances
from patients.models import Allergy, Condition
from patients.operations.common import in_use, locked, tell


@operation
def record_allergy(*, patient, by, substance, substance_code="", kind="allergy", reaction="", severity="unknown"):
    """Record an allergy or intolerance; returns it. "No known allergies" ends with it.

    `substance_code` is an ingredient's code; without one it is looked up by the words, and when no ingredient is
    called so, the substance stays free text and is not checked. Refused: `missing_substance`, `already_recorded`,
    `retired`.
    """
    patient = locked(patient)
    substance = " ".join((substance or "").split())[:120]
    if not substance:
        raise Refused(_("Write what the patient must not have."), "missing_substance", field="substance", status=422)
    if not has_arabic(substance):
        substance = substance.lower()  # agents are written in lower case (PAB-0064, MEDi-001)
    if Allergy.objects.of(patient).active().filter(substance__iexact=substance).exists():
        raise Refused(_("This allergy is already recorded."), "already_recorded", field="substance")
    substance_code = substance_code or substances.code_of(substance)
    allergy = Allergy.objects.create(
        patient=patient,
        substance=substance,
        substance_code=substance_code,
        kind=kind,
        reaction=" ".join((reaction or "").split())[:120],
        severity=severity,
        recorded_by=by,
    )
    if patient.no_known_allergies_at:
        patient.no_known_allergies_at = patient.no_known_allergies_by = None
        patient.save(update_fields=["no_known_allergies_at", "no_known_allergies_by"])
    audit.record(by, "record_allergy", allergy, patient_id=patient.pk, severity=severity, coded=bool(substance_code))
    tell(by, patient)
    return allergy


@operation
def end_allergy(*, allergy, by):
    """Say that an allergy no longer holds; the row stays, with who and when. A second time changes nothing."""
    patient = locked(in_use(allergy.patient))
    allergy = Allergy.objects.select_for_update(no_key=True, of=("self",)).select_related("patient").get(pk=allergy.pk)
    if not allergy.is_active:
        return allergy
    allergy.is_active, allergy.ended_by, allergy.ended_at = False, by, timezone.now()
    allergy.save(update_fields=["is_active", "ended_by", "ended_at"])
    audit.record(by, "end_allergy", allergy, patient_id=allergy.patient_id)
    tell(by, patient)
    return allergy


@operation
def assert_no_known_allergies(*, patient, by):
    """Note that the patient was asked and knows of no allergy; returns the patient.

    Refused `has_allergies` while an allergy is recorded.
    """
    patient = locked(patient)
    if Allergy.objects.of(patient).active().exists():
        raise Refused(_("An allergy is recorded. End it first if it does not hold."), "has_allergies")
    patient.no_known_allergies_at, patient.no_known_allergies_by = timezone.now(), by
    patient.save(update_fields=["no_known_allergies_at", "no_known_allergies_by"])
    audit.record(by, "assert_no_known_allergies", patient, patient_id=patient.pk)
    tell(by, patient)
    return patient


@operation
def add_condition(*, patient, by, text, code="", since=""):
    """Add a long-standing problem; returns it. The same active problem again gives the first. Refused `missing_text`."""
    patient = locked(patient)
    text = " ".join((text or "").split())[:300]
    if not text:
        raise Refused(_("Write the problem."), "missing_text", field="text", status=422)
    same = Condition.objects.of(patient).filter(state=Condition.State.ACTIVE, text__iexact=text, code=code).first()
    if same:
        return same
    terms = list(dict.fromkeys(fold(f"{text} {code}").split() + words(text) + [fold(code).replace(" ", "")]))
    condition = Condition.objects.create(
        patient=patient, text=text, code=code, since=since[:20], recorded_by=by, search_terms=[t for t in terms if t]
    )
    audit.record(by, "add_condition", condition, patient_id=patient.pk, code=code)
    tell(by, patient)
    return condition


@operation
def resolve_condition(*, condition, by):
    """Say that a problem is over; a second time changes nothing. Returns the condition."""
    patient = locked(in_use(condition.patient))
    condition = Condition.objects.get(pk=condition.pk)
    if condition.state == Condition.State.RESOLVED:
        return condition
    condition.state = Condition.State.RESOLVED
    condition.resolved_by, condition.resolved_at = by, timezone.now()
    condition.save(update_fields=["state", "resolved_by", "resolved_at"])
    audit.record(by, "resolve_condition", condition, patient_id=condition.patient_id)
    tell(by, patient)
    return condition
