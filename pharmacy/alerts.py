"""The safety check on real rows: gathers what `safety.check` needs, words its alerts, keeps them in the log."""

from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import display
from clinic.errors import Refused
from patients.models import Allergy, Patient
from pharmacy import safety
from pharmacy.current import taken_before
from pharmacy.models import Ingredient, PrescriptionItem, SafetyAlert


def substances_of(medicines):
    """Medicine id -> its Substances with all classes above them, for many medicines in one query."""
    found = {medicine.pk: [] for medicine in medicines}
    contained = ArrayAgg("medicines", filter=Q(medicines__in=list(found)), default=Value([]))
    tree = {row.pk: row for row in Ingredient.objects.annotate(contained=contained)}
    for ingredient in tree.values():
        for medicine_id in ingredient.contained:
            found[medicine_id].append(_substance(ingredient, tree))
    return found


def _substance(ingredient, tree):
    codes, above = {ingredient.code}, ingredient
    while above.parent_id and tree[above.parent_id].code not in codes:
        above = tree[above.parent_id]
        codes.add(above.code)
    return safety.Substance(ingredient.code, ingredient.name, frozenset(codes))


def known_allergies(patient_id):
    """The person's active allergies as plain records, whichever of their files they were written on."""
    files = Patient.objects.family_of(patient_id)
    rows = Allergy.objects.active().filter(patient__any_of=files).order_by("pk")
    return [safety.KnownAllergy(a.substance, a.substance_code, a.reaction, a.severity, a.kind) for a in rows]


def check_items(items, prescription):
    """Item -> alerts, for the items of one prescription: each against the allergies, against the items before it, and
    against what the person takes of other prescriptions, signed before this one."""
    items, whose = list(items), prescription.patient_id
    found = check_in_order(
        items, patient_id=whose, visit_id=prescription.visit_id, signed_at=prescription.signed_at
    )  # fmt: skip
    return dict(zip(items, found, strict=True))


def check_in_order(items, *, patient_id, visit_id=None, signed_at=None):
    """The same as a list in the order of `items`, which need not be saved; `signed_at` is None for a draft."""
    lines = taken_before(patient_id, signed_at=signed_at) if items else []
    substances = substances_of([item.medicine for item in [*items, *lines]])
    taken = [_taken(line, substances[line.medicine_id], visit_id) for line in lines]
    allergies = known_allergies(patient_id)
    found = []
    for index, item in enumerate(items):
        others = [(str(other.medicine), substances[other.medicine_id]) for other in items[:index]]
        found.append(
            safety.check(
                substances[item.medicine_id],
                allergies=allergies,
                others=others,
                taken=taken,
                is_controlled=item.medicine.is_controlled,
            )
        )
    return found


def _taken(line, substances, visit_id):
    prescription = line.prescription
    day = timezone.localtime(prescription.signed_at, prescription.clinic.zone).date().isoformat()
    return safety.Taken(str(line.medicine), tuple(substances), day, prescription.visit_id == visit_id)


def detail(alert):
    """The stable words by which an alert is known again in the log."""
    return " / ".join(str(value) for value in alert.facts.values() if value not in (True, False, ""))[:300]


def key(alert):
    """The alert's name for whoever answers it: its kind and its `detail`."""
    return f"{alert.kind}: {detail(alert)}"


def sentence(alert, medicine):
    """What the prescriber or the pharmacist reads, in the language of the screen."""
    facts = alert.facts
    if alert.kind == "allergy":
        reaction = facts["reaction"] or _("reaction not known")
        if facts["severe"]:
            reaction = _("%(reaction)s (severe)") % {"reaction": reaction}
        first = _("Allergy: %(substance)s — %(reaction)s.") % {"substance": facts["substance"], "reaction": reaction}
        if facts["same"]:
            return first
        second = _("%(ingredient)s belongs to %(substance)s.")
        return f"{first} {second % {'ingredient': facts['ingredient'], 'substance': facts['substance']}}"
    if "day" in facts:
        words = _("%(ingredient)s was prescribed already on %(day)s: %(other)s.")
        return words % {**facts, "day": display.day_text(date.fromisoformat(facts["day"]))}
    if alert.kind == "duplicate":
        return _("%(ingredient)s is already on this prescription, in %(other)s.") % facts
    if alert.kind == "free_text_allergy":
        return _("Allergy to %(substance)s is written as free text: not checked automatically.") % facts
    if alert.kind == "unchecked":
        return _("Not checked: the ingredients of %(medicine)s are not recorded.") % {"medicine": medicine}
    return _("%(medicine)s is a controlled medicine.") % {"medicine": medicine}


def log(item, alerts, *, by, stage, outcome, reason=""):
    """Append the alerts of an item to the log nobody can edit."""
    prescription = item.prescription
    SafetyAlert.objects.bulk_create(
        SafetyAlert(
            clinic_id=prescription.clinic_id,
            patient_id=prescription.patient_id,
            prescription=prescription,
            item=item,
            medicine_id=item.medicine_id,
            kind=alert.kind,
            level=alert.level,
            stage=stage,
            outcome=outcome,
            detail=detail(alert),
            reason=reason,
            by=by,
        )
        for alert in alerts
    )


def kept(*prescriptions):
    """(item id, kind, detail) -> its row in the log, with who kept it and why, of every alert that was overridden."""
    rows = SafetyAlert.objects.filter(prescription__in=prescriptions, outcome=SafetyAlert.Outcome.OVERRIDDEN)
    return {(row.item_id, row.kind, row.detail): row for row in rows.select_related("by").order_by("pk")}


def logged_sentence(row):
    """What is read of a row of the log about an allergy that is no longer on file: its words of that day."""
    return _("Allergy: %(words)s.") % {"words": row.detail}


def unread(item, alert):
    """The refusal of a stop that nobody answered, naming it so that it can be read and answered."""
    words = sentence(alert, item.medicine)
    stop = {"item": item.pk, "stop": key(alert), "text": words}
    return Refused(words, "safety_stop", alternatives=[stop])


def open_stops(prescription):
    """[(item, alert)] that still stop this prescription: neither removed nor kept with a reason."""
    items = PrescriptionItem.objects.filter(prescription=prescription, removed_at=None).select_related(
        "medicine", "prescription"
    )
    overridden = kept(prescription)
    return [
        (item, alert)
        for item, alerts in check_items(items, prescription).items()
        for alert in alerts
        if alert.needs_reason and (item.pk, alert.kind, detail(alert)) not in overridden
    ]
