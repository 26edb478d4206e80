"""What the endpoints of prescriptions and dispensings answer."""

from rest_framework import serializers

from clinic.access import CLINICAL
from clinic.api import Moment, Num, Shown, Text
from pharmacy import queries, wording
from pharmacy.models import DispenseReturnLine, Medicine, Prescription


class SafetyAlertShown(Shown):
    """A warning of the safety checks, in the caller's language."""

    kind = serializers.CharField(help_text="allergy, duplicate, free_text_allergy, unchecked, controlled.")
    level = serializers.ChoiceField(choices=["stop", "ask", "note"], help_text="stop: not signed without a reason.")
    text = serializers.CharField()
    key = serializers.CharField(help_text="Names the alert: send it with the reason that answers a stop.")
    kept = serializers.BooleanField(help_text="Somebody kept the line with a reason.")


class WordingShown(Shown):
    """The patient's sentence."""

    en = serializers.CharField()
    ar = serializers.CharField()


class LineShown(Shown):
    """One medicine as it is to be taken. `dose` counts `unit`, `quantity` the medicine's base unit."""

    medicine = serializers.IntegerField(source="medicine_id")
    medicine_name = serializers.SerializerMethodField()
    dose = Num(source="dose_amount")
    unit = serializers.ChoiceField(source="dose_unit", choices=Medicine.Unit.choices)
    frequency = Text()
    duration_days = serializers.IntegerField(allow_null=True)
    as_needed = serializers.BooleanField()
    max_per_day = Num(allow_null=True)
    route = serializers.ChoiceField(choices=Medicine.Route.choices)
    instructions = Text()
    quantity = serializers.IntegerField()
    quantity_reason = Text()
    quantity_unit = Text(source="medicine.base_unit")
    may_substitute = serializers.BooleanField()
    line = serializers.SerializerMethodField(help_text="As it was typed, else the clinical line in one.")
    wording = serializers.SerializerMethodField()

    def get_medicine_name(self, item) -> str:
        return str(item.medicine)

    def get_line(self, item) -> str:
        return item.line or clinical_line(item)

    def get_wording(self, item) -> WordingShown():
        return {"en": wording.patient_en(item), "ar": wording.patient_ar(item)}


def clinical_line(item):
    """The clinical line of an item in one run of words."""
    strength, form, dose, rest = wording.clinical(item)
    return " — ".join(part for part in (f"{item.medicine.generic_name} {strength}".strip(), form, dose, rest) if part)


class PrescriptionItemShown(LineShown):
    """One medicine of a prescription."""

    id = serializers.IntegerField()
    dispensed = serializers.IntegerField()
    returned = serializers.IntegerField(source="came_back")
    closed_reason = Text(help_text="Why it is not given (again).")


class CheckedItemShown(PrescriptionItemShown):
    """One medicine of a prescription with what speaks against it (clinical staff only)."""

    alerts = SafetyAlertShown(many=True, source="alert_views")
    roles_of = {"alerts": CLINICAL}


class PrescriptionShown(Shown):
    """What a doctor orders on a visit."""

    id = serializers.IntegerField()
    visit = serializers.IntegerField(source="visit_id")
    patient = serializers.IntegerField(source="patient_id")
    doctor = serializers.IntegerField(source="doctor_id")
    status = serializers.ChoiceField(source="state", choices=Prescription.State.choices)
    items = serializers.SerializerMethodField()
    created_at = Moment()
    signed_at = Moment(allow_null=True)
    valid_until = serializers.DateField(allow_null=True, help_text="The last day on which it is dispensed.")
    cancelled_at = Moment(allow_null=True)
    cancel_reason = Text()
    version = serializers.IntegerField()

    def get_items(self, prescription) -> PrescriptionItemShown(many=True):
        return self.below(PrescriptionItemShown, prescription.items.all())


class PrescriptionDetailShown(PrescriptionShown):
    """A prescription with the safety alerts of its lines as of now (for clinical staff)."""

    items = serializers.SerializerMethodField()

    def get_items(self, prescription) -> CheckedItemShown(many=True):
        rows = list(prescription.items.all())
        clinical = self.context["request"].user.has_role(*CLINICAL)
        views = {view.item.pk: view.alerts for view in queries.views_of(prescription)} if clinical else {}
        for row in rows:
            row.alert_views = views.get(row.pk, [])
        return CheckedItemShown(rows, many=True, context=self.context).data


class CheckedLineShown(LineShown):
    """A medicine that was only checked."""

    alerts = SafetyAlertShown(many=True, source="alert_views")


class SafetyCheckShown(Shown):
    """What the safety checks say; nothing was saved."""

    items = CheckedLineShown(many=True)
    stopped = serializers.BooleanField(help_text="At least one line needs a reason before it is signed.")


class DispensedBatchShown(Shown):
    """What was taken from one batch."""

    line = serializers.IntegerField(source="pk", help_text="Name it when it comes back.")
    batch = serializers.IntegerField(source="batch_id")
    number = Text(source="batch.number")
    expires_on = serializers.DateField(source="batch.expires_on")
    quantity = serializers.IntegerField()
    returned = serializers.IntegerField(source="came_back")
    reason = Text(source="batch_reason")


class DispensedLineShown(Shown):
    """One prescribed medicine of a dispensing."""

    item = serializers.IntegerField()
    medicine = serializers.IntegerField(source="medicine.pk")
    quantity = serializers.IntegerField()
    returned = serializers.IntegerField()
    substitute_reason = Text()
    batches = DispensedBatchShown(many=True, source="lines")


class DispensingShown(Shown):
    """Medicines handed over at one time."""

    id = serializers.IntegerField()
    prescription = serializers.IntegerField(source="prescription_id")
    patient = serializers.IntegerField(source="patient_id")
    invoice = serializers.IntegerField(source="invoice_id", allow_null=True)
    lines = serializers.SerializerMethodField()
    at = Moment()
    by = serializers.IntegerField(source="by_id")
    by_name = Text(source="by.name")

    def get_lines(self, dispense) -> DispensedLineShown(many=True):
        return self.below(DispensedLineShown, queries.given(dispense))


class ReturnedLineShown(Shown):
    """What came back of one line, and where it went."""

    line = serializers.IntegerField(source="line_id")
    item = serializers.IntegerField(source="line.item_id")
    batch = serializers.IntegerField(source="line.batch_id")
    number = Text(source="line.batch.number")
    quantity = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=DispenseReturnLine.Outcome.choices)


class ReturnShown(Shown):
    """Medicines that came back at one time."""

    id = serializers.IntegerField()
    dispensing = serializers.IntegerField(source="dispense_id")
    patient = serializers.IntegerField(source="patient_id")
    lines = ReturnedLineShown(many=True)
    reason = Text()
    restock = serializers.BooleanField()
    credit_note = serializers.IntegerField(source="credit_note_id", allow_null=True)
    at = Moment()
    by = serializers.IntegerField(source="by_id")
