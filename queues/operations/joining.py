"""Numbers, and getting into a line."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.numbers import next_number
from clinic.operation import operation
from patients.models import Patient
from queues import order
from queues.models import Entry, Token
from queues.operations.common import close_left_over, lock_entry, lock_station, note, place_of, require, write

Category = Entry.Category


@operation
def issue_token(*, clinic, letter, patient=None, by):
    """Give the next number of `letter` today; gap-free, and possible before the patient is known."""
    day = clinic.today()
    token = Token(clinic=clinic, day=day, letter=letter, patient=patient, issued_by=by)
    token.number = next_number(clinic, f"token:{day.isoformat()}:{letter}")
    token.save(force_insert=True)
    audit.record(by, "issue_token", token, patient_id=token.patient_id, token=token.label)
    return token


@operation
def join(*, token, station, by, category=Category.NORMAL, emergency_reason="", booked_at=None):
    """Put a token into a station's line as from now.

    `booked_at` is the start of the appointment, None for a walk-in. Refused `already_in_line` when the token stands
    in a line, `station_closed`, `reason_needed` for an emergency without a reason.
    """
    station = lock_station(station.pk)
    if not station.is_active or station.clinic_id != token.clinic_id:
        raise Refused(_("This station is closed today."), "station_closed")
    close_left_over(station, by)
    reason = _emergency_reason(category, emergency_reason)
    now = timezone.now()
    entry = Entry(
        clinic_id=token.clinic_id,
        token=token,
        station=station,
        category=category,
        emergency_reason=reason,
        booked_at=booked_at,
        joined_at=now,
        due_at=order.due_time(order.Rules.of(station.clinic), joined_at=now, booked_at=booked_at, category=category),
    )
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("%(token)s already stands in a line.") % {"token": token.label}, "already_in_line") from error
    note(entry, "join", by, category=category, reason=reason)
    return entry


@operation
def walk_in(*, station, patient, by, category=Category.NORMAL, emergency_reason=""):
    """Give a patient a number of this station's own and put them into its line. Returns the entry.

    For stations without a doctor; a doctor's line is `scheduling.walk_in`, which knows the bookings. Refused
    `already_in_line`, `file_closed`, `deceased`, and as `join`.
    """
    station = lock_station(station.pk)
    patient = lock(Patient, patient.pk)
    if patient.merged_into_id or patient.retired_at:
        raise Refused(_("This file is closed. Open the file it was joined to."), "file_closed", field="patient")
    if patient.deceased_on:
        raise Refused(_("This patient is recorded as deceased."), "deceased", field="patient")
    close_left_over(station, by)
    here = (
        Entry.objects.live()
        .filter(station=station, token__patient__any_of=Patient.objects.family_of(patient.pk))
        .select_related("token")
        .first()
    )
    if here:
        raise Refused(_("%(token)s already stands in a line.") % {"token": here.token.label}, "already_in_line")
    token = issue_token(clinic=station.clinic, letter=station.letter, patient=patient, by=by)
    entry = join(token=token, station=station, by=by, category=category, emergency_reason=emergency_reason)
    audit.record(by, "walk_in", token, token=token.code, station=station.letter, category=category)
    live.publish(station.clinic, "desk", f"patient-{patient.pk}")
    return entry


@operation
def set_category(*, entry, by, category, reason=""):
    """Give somebody in the line a priority, or take it away; the due time follows the rule from their own arrival.

    Refused `reason_needed` for an emergency without a reason, `state_changed` once they are no longer waiting.
    """
    entry = lock_entry(entry)
    require(entry, Entry.State.WAITING, Entry.State.SKIPPED)
    reason = _emergency_reason(category, reason)
    rules = order.Rules.of(entry.station.clinic)
    due = order.due_in_category(place_of(entry), rules, category)
    fields = {"category": category, "emergency_reason": reason, "due_at": due}
    return write(entry, "set_category", by, fields, category=category, reason=reason)


@operation
def assign_patient(*, token, patient, by):
    """Say whose number this is, or correct it. The stays of the token follow."""
    token = Token.objects.select_for_update(no_key=True, of=("self",)).select_related("clinic").get(pk=token.pk)
    before = token.patient_id
    if before == patient.pk:
        return token
    token.patient = patient
    token.save(update_fields=["patient"])
    audit.record(by, "assign_patient", token, patient_id=patient.pk, token=token.label, before=before)
    stations = Entry.objects.filter(token=token).values_list("station_id", flat=True)
    live.publish(token.clinic, "desk", *{f"station-{pk}" for pk in stations})
    return token


def _emergency_reason(category, reason):
    reason = (reason or "").strip()
    if category != Category.EMERGENCY:
        return ""
    if not reason:
        raise Refused(_("Say why this is an emergency."), "reason_needed", field="emergency_reason", status=422)
    return reason[:200]
