"""What the composer, the worklist and the counter need, each in one go."""

from dataclasses import dataclass, field
from types import MappingProxyType

from django.db.models import Count, Prefetch, Q
from django.utils import timezone, translation

from clinic.errors import Refused
from patients.models import Patient
from pharmacy import alerts, doses, reading, safety, wording
from pharmacy.models import Prescription, PrescriptionItem
from pharmacy.operations import item_of
from pharmacy.operations.prescribing import placed
from queues import queries as queue_queries
from visits.models import Vitals


@dataclass
class ItemView:
    """A prescribed line as it is shown: the clinical line in parts, the patient's words, alerts.

    `ended` are the allergies in spite of which the line was kept and which are no longer on file.
    """

    item: PrescriptionItem
    strength: str
    form: str
    dose: str
    rest: str
    patient_en: str
    patient_ar: str
    alerts: list = field(default_factory=list)
    ended: list = field(default_factory=list)

    @property
    def quantity_text(self):
        """The quantity with its unit, in the language of the page: `15 tablets`."""
        return wording.quantity(self.item.quantity, self.item.medicine.base_unit, translation.get_language())

    @property
    def stops(self):
        return [alert for alert in self.alerts if alert.level == safety.STOP and not alert.kept]

    @property
    def kept(self):
        """What spoke against the line and was answered with a reason: all that a signed line still says."""
        return [alert for alert in self.alerts if alert.kept] + self.ended


@dataclass
class AlertView:
    """An alert in words; `kept` when somebody (`by`) kept the line with a `reason`, `key` names it when it is answered."""

    kind: str
    level: str
    text: str
    key: str
    kept: bool = False
    by: object = None
    reason: str = ""


def item_view(item, found=(), kept=MappingProxyType({})):
    """An item made ready for a template; `found` are its alerts, `kept` what `alerts.kept` found in the log."""
    strength, form, dose, rest = wording.clinical(item)
    open_rows = {key: row for key, row in kept.items() if key[0] == item.pk}
    shown = []
    for alert in found:
        row = open_rows.pop((item.pk, alert.kind, alerts.detail(alert)), None)
        shown.append(
            _alert_view(alert.kind, alert.level, alerts.sentence(alert, item.medicine), alerts.key(alert), row)
        )
    ended = [
        _alert_view(row.kind, row.level, alerts.logged_sentence(row), "", row)
        for row in open_rows.values()
        if row.kind == "allergy"
    ]
    return ItemView(item, strength, form, dose, rest, wording.patient_en(item), wording.patient_ar(item), shown, ended)


def _alert_view(kind, level, text, key, row):
    if row is None:
        return AlertView(kind, level, text, key)
    return AlertView(kind, level, text, key, True, row.by, row.reason)


@dataclass
class Composer:
    """The prescription panel of a consultation."""

    prescription: Prescription | None
    items: list
    signed: list
    last: Prescription | None
    last_items: list


def composer(visit):
    """The draft of a visit with its alerts, what is signed already, and the patient's last prescription to repeat."""
    rows = list(
        Prescription.objects.filter(visit=visit)
        .exclude(state=Prescription.State.CANCELLED)
        .prefetch_related(_items())
        .order_by("pk")
    )
    draft = next((row for row in rows if row.state == Prescription.State.DRAFT), None)
    last = None
    if not rows or (draft and not draft.items.all()):
        last = (
            Prescription.objects.filter(clinic=visit.clinic_id, signed_at__isnull=False)
            .filter(patient__any_of=Patient.objects.family_of(visit.patient.pk))
            .exclude(visit=visit)
            .prefetch_related(_items())
            .order_by("-signed_at")
            .first()
        )
    signed = _signed_views([row for row in rows if row is not draft])
    return Composer(
        draft, views_of(draft) if draft else [], signed, last, [item_view(i) for i in last.items.all()] if last else []
    )


def _signed_views(prescriptions):
    """The lines of what is signed; only where one was kept with a reason are the alerts looked for again."""
    kept = alerts.kept(*prescriptions) if prescriptions else {}
    asked = {row.prescription_id for row in kept.values()}
    shown = []
    for prescription in prescriptions:
        items = list(prescription.items.all())
        found = alerts.check_items(items, prescription) if prescription.pk in asked else {}
        shown += [item_view(item, found.get(item, ()), kept) for item in items]
    return shown


def _items():
    return Prefetch("items", PrescriptionItem.objects.filter(removed_at=None).select_related("medicine"))


def views_of(prescription, items=None):
    """The lines of a prescription, each with its alerts; `items` are its lines where they are at hand."""
    if items is None:
        items = list(prescription.items.filter(removed_at=None).select_related("medicine"))
    found = alerts.check_items(items, prescription)
    kept = alerts.kept(prescription)
    return [item_view(item, found[item], kept) for item in items]


def stops_of(item):
    """What still stops a line of a draft, as AlertViews."""
    return next((view.stops for view in views_of(item.prescription) if view.item.pk == item.pk), [])


def wording_views(prescription):
    """The lines of a prescription in words, without what speaks against them."""
    return [item_view(item) for item in prescription.items.filter(removed_at=None).select_related("medicine")]


@dataclass
class Checked:
    """Lines that were checked and not saved; `alert_views` of each item says what speaks against it."""

    items: list

    @property
    def stopped(self):
        return any(alert.level == safety.STOP and not alert.kept for item in self.items for alert in item.alert_views)


def checked(patient, lines, prescription=None, *, own=False, visit=None):
    """What speaks against `lines` (dicts as `operations.add_item` takes them) for a patient; nothing is written.

    The lines of `prescription` count as already there; with `own` they are in the answer too. `visit` is where they
    would be prescribed, when there is no prescription yet. Refused as `item_of`.
    """
    rows = prescription.items.filter(removed_at=None).select_related("medicine") if prescription else []
    before = list(rows)
    new = []
    for number, line in enumerate(lines):
        with placed(number):
            new.append(item_of(**line))
    # An unsaved row is nobody's key, so the alerts are asked for by place.
    visit_id, signed_at = (
        (prescription.visit_id, prescription.signed_at) if prescription else (visit and visit.pk, None)
    )
    found = alerts.check_in_order([*before, *new], patient_id=patient.pk, visit_id=visit_id, signed_at=signed_at)
    kept = alerts.kept(prescription) if prescription else {}
    for item, its in zip([*before, *new], found, strict=True):
        item.alert_views = item_view(item, its, kept).alerts
    return Checked([*before, *new] if own else new)


def preview(line):
    """A typed line as it would be added: the item unsaved, in words, with its quantity; None while it is incomplete."""
    medicine = line.medicine
    if not line.dose_amount or not doses.is_frequency(line.frequency):
        return None
    if not doses.is_plausible(line.dose_amount, medicine.dose_unit):
        return None
    quantity = doses.quantity(
        medicine,
        amount=line.dose_amount,
        frequency=line.frequency,
        days=line.duration_days,
        as_needed=line.as_needed,
        max_per_day=line.max_per_day,
    )
    if quantity is None:
        return None
    item = PrescriptionItem(
        medicine=medicine, dose_amount=line.dose_amount, dose_unit=medicine.dose_unit, frequency=line.frequency,
        duration_days=line.duration_days, as_needed=line.as_needed, max_per_day=line.max_per_day, route=medicine.route,
        quantity=quantity,
    )  # fmt: skip
    return item_view(item)


def dose_views(medicine, lines, patient):
    """The usual doses of a medicine for the patient's age, each as (typed line, preview)."""
    years = age_in_years(patient)
    shown = []
    for row in lines:
        if years is not None and not row.from_age <= years <= row.to_age:
            continue
        try:
            view = preview(reading.read_line(row.line, medicine=medicine))
        except Refused:
            continue
        if view:
            shown.append((row, view))
    return shown


def age_in_years(patient):
    """Whole years from the birth date; None when it is not known."""
    if patient.born_on is None:
        return None
    today, born = timezone.localdate(), patient.born_on
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def parts_of(text):
    """A typed line as (the words of the product, the rest: its dose)."""
    parsed = doses.parse_line(text)
    return parsed.words, parsed.rest


@dataclass
class WorkRow:
    """A prescription waiting in the pharmacy."""

    prescription: Prescription
    patient: object
    token: str
    entry_state: str
    items: int
    minutes: int
    invoice_state: str
    is_part: bool
    category: str
    category_word: str
    turn: tuple


def worklist(clinic, *, limit=300):
    """Prescriptions to dispense: who is called, who waits in the pharmacy's line (in its order), then by age.

    Partly dispensed ones come last; those whose days are over are not there.
    """
    rows = (
        Prescription.objects.to_dispense(clinic)
        .select_related("patient", "doctor__user", "visit__token", "visit__invoice")
        .annotate(item_count=Count("items", filter=Q(items__removed_at=None)))
        .order_by("state", "signed_at")[:limit]
    )
    rows = list(rows)
    entries = queue_queries.entries_of([row.visit.token for row in rows if row.visit.token_id])
    now = timezone.now()
    shown = [_work_row(row, entries.get(row.visit.token_id), now) for row in rows]
    return sorted(shown, key=lambda r: (r.is_part, *r.turn, r.prescription.signed_at))


def _work_row(prescription, entry, now):
    here = entry is not None and entry.station.kind == "pharmacy"
    invoice = prescription.visit.invoice
    state = entry.state if here else ""
    turn = (
        (1, queue_queries.turn_of(entry)) if state == "waiting" else (0 if state in ("called", "with_staff") else 2, ())
    )
    return WorkRow(
        prescription=prescription,
        patient=prescription.patient,
        token=prescription.visit.token.label if prescription.visit.token_id else "",
        entry_state=state,
        items=prescription.item_count,
        minutes=int((now - prescription.signed_at).total_seconds() // 60),
        invoice_state=invoice.state if invoice else "",
        is_part=prescription.state == Prescription.State.PARTLY_DISPENSED,
        category=entry.category if here else "",
        category_word=entry.get_category_display() if here and entry.category != "normal" else "",
        turn=turn,
    )


@dataclass
class Label:
    """What stands on one label."""

    line: object
    quantity: str
    words: str
    arabic: bool


def label_rows(made):
    """One label for each medicine of a dispensing, in the patient's language (else the screen's)."""
    language = made.patient.language or translation.get_language()
    by_item = {}
    for line in made.lines.select_related("item", "medicine").order_by("pk"):
        by_item.setdefault(line.item_id, []).append(line)
    shown = []
    for lines in by_item.values():
        item, medicine = lines[0].item, lines[0].medicine
        item.medicine = medicine
        quantity = wording.amount_en(sum(line.quantity for line in lines), medicine.base_unit)
        shown.append(Label(lines[0], quantity, wording.patient(item, language), language.startswith("ar")))
    return shown


def last_weight(patient):
    """The last weight measured (vitals row) of a child under 12, else None."""
    years = age_in_years(patient)
    if years is None or years >= 12:
        return None
    return (
        Vitals.objects.filter(
            patient__any_of=Patient.objects.family_of(patient.pk), weight__isnull=False, corrected_by=None
        )
        .order_by("-taken_at")
        .first()
    )
