"""Prescribing: lines on a draft, their alerts, and the signature with which the visit ends."""

from contextlib import contextmanager
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.models import Doctor
from clinic.operation import operation
from patients.models import Patient
from pharmacy import alerts, doses, wording
from pharmacy.models import Medicine, Prescription, PrescriptionItem, SafetyAlert
from pharmacy.operations.charges import draft_bill
from pharmacy.reading import dose_in_units, read_line
from queues import operations as queue_operations
from visits import operations as visit_operations
from visits.models import Visit

Stage, Outcome = SafetyAlert.Stage, SafetyAlert.Outcome
MOST_UNITS = 100_000
PARTS = ("dose_amount", "frequency", "duration_days")


def _draft_of(visit, *, by):
    """The visit's draft, locked and read again; made when there is none. It is the doctor's who has the visit now.

    Refused once the visit is completed, or when it is another doctor's. Locks the visit before the draft, as `finish`
    does: a draft that was signed while we waited for it stays locked although it no longer matches, and whoever held
    the visit then waited for us in a circle.
    """
    visit = _own(visit.pk, by)
    if visit.state != Visit.State.OPEN:
        raise Refused(_("This visit is closed. Open a new visit to prescribe."), "visit_closed")
    draft, _made = Prescription.objects.get_or_create(
        visit=visit,
        state=Prescription.State.DRAFT,
        defaults={"clinic_id": visit.clinic_id, "patient_id": visit.patient_id, "doctor_id": visit.doctor_id},
    )
    draft = Prescription.objects.select_for_update(no_key=True, of=("self",)).get(pk=draft.pk)
    if draft.doctor_id != visit.doctor_id:
        draft.doctor_id = visit.doctor_id
        draft.save(update_fields=["doctor"])
    return draft


def _own(visit_id, by):
    """The visit, locked and read again; refused (`not_yours`) when it is another doctor's by now."""
    visit = lock(Visit, visit_id, "clinic", "doctor__user")
    if visit.doctor.user_id != by.pk:
        raise Refused(_("This visit is with %(doctor)s. You can read it.") % {"doctor": visit.doctor.name}, "not_yours")
    return visit


def _locked_item(item, *, by):
    """The item under its prescription's lock, both read again. Refused once signed, or when it is another doctor's.

    Locks the visit first, as everybody who writes on its prescription does.
    """
    visit = _own(item.prescription.visit_id, by)
    prescription = Prescription.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.prescription_id)
    prescription.visit = visit
    if prescription.state != Prescription.State.DRAFT:
        raise Refused(_("This prescription is already signed."), "already_signed")
    item = PrescriptionItem.objects.select_related("medicine").get(pk=item.pk)
    item.prescription = prescription
    return item


def _say(visit_id, clinic):
    live.publish(clinic, f"visit-{visit_id}")


@operation
def add_item(*, visit, by, line="", medicine=None, dose_amount=None, unit="", frequency="", duration_days=None,
             as_needed=False, max_per_day=None, route="", instructions="", quantity=None, quantity_reason="",
             may_substitute=True, prescription=None):  # fmt: skip
    """Add one medicine to the visit's draft prescription, by a typed `line` or by parts; returns the item.

    `dose_amount` counts dose units of the medicine, or is in `unit` (`mg`, `g`, `mL`); `quantity` counts base units
    (computed when None; another one needs `quantity_reason`); `route` is the medicine's own when empty. Refused:
    `unclear` with what is missing, `improbable`, `not_found`, `quantity_reason`, `visit_closed`, `retired`, and
    `already_signed` when `prescription` is named and no longer the visit's draft. Alerts are logged as shown; a stop
    keeps the prescription from being signed until the line is removed or kept with a reason.
    """
    item = item_of(
        line=line, medicine=medicine, dose_amount=dose_amount, unit=unit, frequency=frequency,
        duration_days=duration_days, as_needed=as_needed, max_per_day=max_per_day, route=route,
        instructions=instructions, quantity=quantity, quantity_reason=quantity_reason, may_substitute=may_substitute,
    )  # fmt: skip
    draft = _draft_of(visit, by=by)
    if prescription is not None and prescription.pk != draft.pk:
        raise Refused(_("This prescription is already signed."), "already_signed")
    visit_operations.begin(visit=visit, by=by)
    last = draft.items.order_by("-position").values_list("position", flat=True).first() or 0
    item.prescription, item.position = draft, last + 1
    item.save(force_insert=True)
    _log_shown(draft, item, by=by)
    facts = {"medicine": item.medicine_id, "quantity": item.quantity}
    audit.record(by, "add_item", item, patient_id=draft.patient_id, clinic=visit.clinic, **facts)
    _say(visit.pk, visit.clinic)
    return item


def item_of(*, line="", medicine=None, dose_amount=None, unit="", frequency="", duration_days=None, as_needed=False,
            max_per_day=None, route="", instructions="", quantity=None, quantity_reason="", may_substitute=True):  # fmt: skip
    """The unsaved item of a typed `line` or of parts, with its quantity; nothing is written. Refused as `add_item`."""
    with _as_written(line):
        if line:
            parts = read_line(line, medicine=medicine)
            medicine, dose_amount, frequency = parts.medicine, parts.dose_amount, parts.frequency
            duration_days, as_needed, max_per_day = parts.duration_days, parts.as_needed, parts.max_per_day
        else:
            frequency = doses.frequency_code(frequency)
            dose_amount = dose_in_units(medicine, dose_amount, unit, frequency)
        if not medicine.is_active:
            raise Refused(_("%(medicine)s is no longer in the catalogue.") % {"medicine": medicine}, "retired")
        if route and route not in Medicine.Route.values:
            raise Refused(_("This route is not known."), "unclear", field="route")
        computed = _quantity(medicine, dose_amount, frequency, duration_days, as_needed, max_per_day)
        return PrescriptionItem(
            medicine=medicine, dose_amount=dose_amount, dose_unit=medicine.dose_unit, frequency=frequency,
            duration_days=duration_days, as_needed=as_needed, max_per_day=max_per_day, route=route or medicine.route,
            instructions=instructions, quantity=_chosen(quantity, computed, quantity_reason),
            quantity_reason=quantity_reason, may_substitute=may_substitute, line=line[:200],
        )  # fmt: skip


@contextmanager
def _as_written(line):
    """What cannot be meant is wrong in itself (422), not against the state of things; a typed `line` is wrong as a whole."""
    try:
        yield
    except Refused as error:
        error.status = error.status if error.code == "retired" else 422
        error.field = "line" if line and error.field in PARTS else error.field
        raise


@contextmanager
def placed(number):
    """Refusals of one line name the field as the list of items has it."""
    try:
        yield
    except Refused as error:
        error.field = f"items.{number}.{error.field}" if error.field else None
        raise


def _chosen(quantity, computed, reason):
    """The quantity asked for, where it differs from the computed one with its reason."""
    if quantity is None or quantity == computed:
        return computed
    if not reason.strip():
        raise Refused(
            _("The computed quantity is %(quantity)s. Say why you change it.") % {"quantity": computed},
            "quantity_reason",
            field="quantity",
        )
    if not 1 <= quantity <= MOST_UNITS:
        raise Refused(_("Write a quantity above zero."), "quantity", field="quantity")
    return quantity


def _quantity(medicine, dose_amount, frequency, days, as_needed, max_per_day):
    _check_dose(medicine, dose_amount, frequency, max_per_day)
    if days is not None and not 1 <= days <= doses.MOST_DAYS:
        raise Refused(_("The duration lies between 1 and 366 days."), "unclear", field="duration_days")
    quantity = doses.quantity(
        medicine,
        amount=Decimal(dose_amount),
        frequency=frequency,
        days=days,
        as_needed=as_needed,
        max_per_day=max_per_day,
    )
    if quantity is None:
        raise Refused(_("Write for how long, for example 5d or 2w."), "unclear", field="duration_days")
    if quantity > MOST_UNITS:
        raise Refused(
            _("This quantity is not possible: %(quantity)s.") % {"quantity": f"{quantity:,}"},
            "unclear",
            field="duration_days",
        )
    return quantity


def _check_dose(medicine, dose_amount, frequency, max_per_day):
    if not dose_amount or dose_amount <= 0:
        raise Refused(_("Write the dose, for example 500 or 10mL."), "unclear", field="dose_amount")
    if not doses.is_plausible(dose_amount, medicine.dose_unit):
        raise Refused(
            _("%(dose)s at once cannot be meant. Check the line.")
            % {"dose": wording.amount_en(dose_amount, medicine.dose_unit)},
            "improbable",
            field="dose_amount",
        )
    if not doses.is_frequency(frequency) or len(frequency) > 20:
        raise Refused(_("Write how often, for example 1-1-1, bid or q6h."), "unclear", field="frequency")
    parts = doses.pattern(frequency)
    if parts and abs(max(parts) - dose_amount) > doses.ROUNDING:
        raise Refused(
            _("%(frequency)s says how much is taken each time, and the dose says something else. Write one of them.")
            % {"frequency": frequency},
            "unclear",
            field="frequency",
        )
    if max_per_day is not None and max_per_day <= 0:
        raise Refused(_("Write a quantity above zero."), "unclear", field="max_per_day")


def _log_shown(draft, item, *, by):
    items = draft.items.filter(removed_at=None).select_related("medicine")
    found = alerts.check_items(items, draft)
    item.prescription = draft
    alerts.log(item, found[item], by=by, stage=Stage.PRESCRIBING, outcome=Outcome.SHOWN)


@operation
def remove_item(*, item, by):
    """Take a line off the draft; the second time changes nothing. Refused when the prescription is signed."""
    item = _locked_item(item, by=by)
    if item.removed_at:
        return item
    item.removed_at = timezone.now()
    item.save(update_fields=["removed_at"])
    items = item.prescription.items.select_related("medicine")
    stops = [alert for alert in alerts.check_items(items, item.prescription).get(item, []) if alert.needs_reason]
    alerts.log(item, stops, by=by, stage=Stage.PRESCRIBING, outcome=Outcome.REMOVED)
    visit = item.prescription.visit
    audit.record(by, "remove_item", item, patient_id=visit.patient_id, clinic=visit.clinic, medicine=item.medicine_id)
    _say(visit.pk, visit.clinic)
    return item


@operation
def keep_item(*, item, by, reason, stops):
    """Keep a line with a reason in spite of the `stops` that were read (as `alerts.key` names them); both are logged.

    Refused without a reason (`reason`), and with `safety_stop` when another stop has come up that is not named.
    """
    if not reason.strip():
        raise Refused(_("Say why it is kept."), "reason", field="reason")
    item = _locked_item(item, by=by)
    standing = [alert for other, alert in alerts.open_stops(item.prescription) if other.pk == item.pk]
    for alert in standing:
        if alerts.key(alert) not in stops:
            raise alerts.unread(item, alert)
    alerts.log(item, standing, by=by, stage=Stage.PRESCRIBING, outcome=Outcome.OVERRIDDEN, reason=reason.strip()[:200])
    visit = item.prescription.visit
    audit.record(by, "keep_item", item, patient_id=visit.patient_id, clinic=visit.clinic, reason=reason.strip()[:200])
    _say(visit.pk, visit.clinic)
    return item


@operation
def repeat_last(*, visit, by, items):
    """Add the chosen `items` of an earlier prescription of the same patient to this visit's draft; returns the new ones.

    A quantity that was chosen with a reason comes along with it; any other is computed anew. Refused as `add_item`.
    """
    made = []
    files = set(Patient.objects.family(visit.patient).values_list("pk", flat=True))
    for old in items:
        if old.prescription.patient_id not in files:
            raise Refused(_("This line belongs to another patient."), "not_found", status=404)
        made.append(
            add_item(visit=visit, by=by, medicine=old.medicine, dose_amount=old.dose_amount, frequency=old.frequency,
                     duration_days=old.duration_days, as_needed=old.as_needed, max_per_day=old.max_per_day,
                     route=old.route, instructions=old.instructions, may_substitute=old.may_substitute,
                     quantity=old.quantity if old.quantity_reason else None, quantity_reason=old.quantity_reason)
        )  # fmt: skip
    return made


@operation
def sign(*, prescription, by):
    """Sign a draft for the doctor who has the visit; signing again changes nothing.

    Its event `prescription.ready` follows when it is dispensed. Refused: `not_yours`, `cancelled`, `empty`,
    `safety_stop` while a stop has no reason.
    """
    visit = _own(Prescription.objects.only("visit_id").get(pk=prescription.pk).visit_id, by)
    prescription = lock(Prescription, prescription.pk, "clinic", "visit__doctor__user")
    if prescription.state == Prescription.State.CANCELLED:
        raise Refused(_("This prescription is cancelled."), "cancelled")
    if prescription.state != Prescription.State.DRAFT:
        return prescription
    if not prescription.items.filter(removed_at=None).exists():
        raise Refused(_("There is nothing on this prescription."), "empty")
    stops = alerts.open_stops(prescription)
    if stops:
        raise Refused(alerts.sentence(stops[0][1], stops[0][0].medicine), "safety_stop")
    prescription.state = Prescription.State.SIGNED
    prescription.signed_at, prescription.signed_by = timezone.now(), by
    prescription.doctor = visit.doctor
    prescription.version += 1
    prescription.save(update_fields=["state", "doctor", "signed_at", "signed_by", "version"])
    audit.record(by, "sign", prescription)
    live.publish(prescription.clinic, "pharmacy", f"prescription-{prescription.pk}", f"visit-{prescription.visit_id}")
    return prescription


@operation
def finish(*, visit, by, reason=""):
    """End the visit: sign its draft prescription, complete it, and send the patient to the pharmacy or home.

    To the pharmacy when a medicine is still owed. The consultation joins the draft bill of medicines that were given
    out before; the visit's prescriptions are locked, as whoever gives out of them does first. Refused as `sign` and `visits.complete` refuse (`safety_stop`, `incomplete` until a reason is given).
    """
    lock(Doctor, visit.doctor_id)
    lock(Visit, visit.pk)
    rows = Prescription.objects.select_for_update(no_key=True, of=("self",)).filter(visit=visit).order_by("pk")
    written = list(rows.exclude(state=Prescription.State.CANCELLED))
    draft = next((row for row in written if row.state == Prescription.State.DRAFT), None)
    if draft and draft.items.filter(removed_at=None).exists():
        sign(prescription=draft, by=by)
    owed = Prescription.objects.filter(visit=visit, state__in=Prescription.OPEN).exists()
    send_to = queue_operations.ensure_pharmacy_station(clinic=visit.clinic, by=by) if owed else None
    bill = draft_bill(row.invoice_id for row in written)
    visit = visit_operations.complete(visit=visit, by=by, reason=reason, send_to=send_to, invoice=bill)
    late = Prescription.objects.filter(visit=visit, state=Prescription.State.DRAFT).exclude(
        pk=draft.pk if draft else None
    )
    if late.filter(items__removed_at=None, items__isnull=False).exists():
        raise Refused(_("A medicine was added just now. Look at the prescription and finish again."), "changed")
    return visit
