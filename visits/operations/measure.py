"""What is measured: vitals and their corrections."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Doctor
from clinic.operation import operation
from patients.models import Patient
from queues.models import Entry, Token
from queues.operations.common import lock_entry
from visits import ranges
from visits.models import Vitals
from visits.operations.room import SECOND_CLICK, into_room, locked, open_visit, publish


@operation
def record_vitals(*, visit, by, confirmed=(), **values):
    """Record measurements taken now. `values` are fields of Vitals; `confirmed` names fields already asked about.

    Refuses no value at all (`empty`), a value that cannot be (`impossible`, field), and, once, one that is improbable
    (`improbable`; `alternatives` names the fields, which the second try carries in `confirmed`). Written by the
    visit's doctor it begins the service; a nurse measures while the patient waits. Limits: `visits.ranges`. The same
    values again within a minute, by the same hand, return what is there.
    """
    visit = locked(visit)
    measured = _checked(visit, values, confirmed)
    same = {name: measured.get(name) for name in ranges.FIELDS}
    recent = visit.vitals.filter(by=by, taken_at__gt=timezone.now() - SECOND_CLICK, corrects=None, corrected_by=None)
    present = recent.filter(**same).first()
    if present:
        return present
    vitals = Vitals.objects.create(clinic=visit.clinic, patient=visit.patient, visit=visit, by=by, **measured)
    if visit.doctor.user_id == by.pk:
        into_room(visit, by)
    audit.record(by, "record_vitals", vitals, visit=visit.pk, fields=sorted(measured), confirmed=sorted(confirmed))
    publish(visit)
    return vitals


@operation
def measure_waiting(*, entry, patient_id, doctor, by, confirmed=(), **values):
    """Measure somebody who stands in line: the visit is opened with the first values.

    `patient_id` is whom the form named. Refuses as `record_vitals` does, `no_patient` when the number has no patient
    or nobody is to see them, and `changed_meanwhile` when the desk has given it to another patient or it has left.
    """
    token = entry.token
    if doctor is None or (token.patient_id is None and patient_id is None):
        raise Refused(_("This number has no patient or no doctor yet. Ask the desk."), "no_patient")
    lock(Doctor, doctor.pk)  # before the visit, as who calls this person in just now has done
    if Token.objects.values_list("patient", flat=True).get(pk=token.pk) != patient_id:
        raise _another_patient()
    visit = open_visit(patient=Patient.objects.get(pk=patient_id), doctor=doctor, by=by, token=token)
    vitals = record_vitals(visit=visit, by=by, confirmed=confirmed, **values)
    # The line comes after the visit. Whoever gives the number to somebody else waits for this, or has finished: then
    # nothing of the above has happened.
    entry = lock_entry(entry)
    if entry.token.patient_id != patient_id or entry.state not in Entry.LIVE:
        raise _another_patient()
    return vitals


def _another_patient():
    message = _("This number now belongs to another patient, or has left the line. Open it again from the line.")
    return Refused(message, "changed_meanwhile")


@operation
def correct_vitals(*, vitals, by, confirmed=(), **values):
    """Replace wrong measurements by a new row that points to the old one; both stay on file.

    Refuses as `record_vitals` does, and when the row was corrected already (`already_corrected`).
    """
    visit = locked(vitals.visit)
    if Vitals.objects.filter(corrects=vitals).exists():
        raise Refused(_("These values were corrected already. Reload to see them."), "already_corrected")
    measured = _checked(visit, values, confirmed)
    correction = Vitals.objects.create(
        clinic=visit.clinic,
        patient=visit.patient,
        visit=visit,
        by=by,
        corrects=vitals,
        taken_at=vitals.taken_at,
        **measured,
    )
    audit.record(by, "correct_vitals", correction, visit=visit.pk, corrects=vitals.pk)
    publish(visit)
    return correction


def _checked(visit, values, confirmed):
    measured = {name: value for name, value in values.items() if value is not None}
    unknown = set(measured) - set(ranges.FIELDS)
    if unknown:
        raise TypeError(f"not a measurement: {sorted(unknown)}")
    if not measured:
        raise Refused(_("Write at least one value."), "empty", status=422)
    unit = visit.clinic.glucose_unit
    wrong = ranges.impossible(measured, glucose_unit=unit)
    if wrong:
        raise Refused(_impossible(wrong[0]), "impossible", field=wrong[0], alternatives=wrong, status=422)
    months = ranges.age_in_months(visit.patient.born_on, visit.clinic.today())
    odd = [name for name in ranges.improbable(measured, months, glucose_unit=unit) if name not in confirmed]
    if odd:
        raise Refused(_asked(odd, measured), "improbable", field=odd[0], alternatives=odd, status=422)
    return measured


def _impossible(field):
    if field in ("systolic", "diastolic"):
        return _("This blood pressure cannot be. Write it as 120/80.")
    return _("This value of %(name)s cannot be. Look again.") % {"name": Vitals._meta.get_field(field).verbose_name}


def _asked(fields, values):
    named = ", ".join(f"{Vitals._meta.get_field(name).verbose_name} {values[name]}" for name in fields)
    return _("Unusual: %(values)s. Is this correct?") % {"values": named}
