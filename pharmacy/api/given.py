"""What the endpoints of prescriptions and dispensings take."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clinic.api import Day, Given, Listing, Num, Text, Whole
from pharmacy.models import Medicine, Prescription

MOST_LINES = 40
MOST_STOPS = 100
PARTS = ("dose", "unit", "frequency", "duration_days", "as_needed", "max_per_day")


def stops(**more):
    """The stops that a reason answers; one that is not named was not read, and is refused."""
    return serializers.ListField(
        child=Text(max_length=400), max_length=MOST_STOPS, help_text="`key` of each safety alert that was read.", **more
    )


class PrescriptionItemGiven(Given):
    """One medicine: its parts, or one typed `line` (`amox 500 1-1-1 5d`) instead of them."""

    line = Text(max_length=200, required=False, help_text="Medicine, dose, frequency, days in one line.")
    medicine = Whole(min_value=1, required=False)
    dose = Num(max_digits=8, decimal_places=3, required=False, min_value=0)
    unit = Text(max_length=20, required=False, allow_blank=True, help_text="mg, g, mL, tablet; else its dose unit.")
    frequency = Text(max_length=20, required=False, help_text="1-1-1, q6h, od, bid, tid, qid, hs, am, stat, weekly.")
    duration_days = Whole(min_value=1, max_value=366, required=False, allow_null=True)
    as_needed = serializers.BooleanField(required=False)
    max_per_day = Num(max_digits=8, decimal_places=3, required=False, allow_null=True)
    route = serializers.ChoiceField(choices=Medicine.Route.choices, required=False)
    instructions = Text(max_length=300, required=False, allow_blank=True)
    quantity = Whole(
        min_value=1, max_value=100_000, required=False, allow_null=True, help_text="Base units; else it is computed."
    )
    quantity_reason = Text(max_length=200, required=False, allow_blank=True)
    may_substitute = serializers.BooleanField(required=False)

    def validate(self, given):
        if "line" in given:
            both = {name: [_("Not together with `line`.")] for name in PARTS if name in given}
            if both:
                raise serializers.ValidationError(both)
        elif "medicine" not in given:
            raise serializers.ValidationError({"medicine": [_("Name a medicine, or write a `line`.")]})
        return given


class PrescriptionGiven(Given):
    """Medicines on a visit."""

    example = {
        "visit": 23,
        "items": [
            {"medicine": 5, "dose": 1, "unit": "tablet", "frequency": "1-1-1", "duration_days": 5},
            {"line": "amox 500 1-1-1 7d"},
        ],
    }
    visit = Whole(min_value=1)
    items = PrescriptionItemGiven(many=True, max_length=MOST_LINES, min_length=1)


class SafetyCheckGiven(Given):
    """Medicines to be checked against a patient, or against the patient of a visit and what is drafted there."""

    patient = Whole(min_value=1, required=False)
    visit = Whole(min_value=1, required=False)
    items = PrescriptionItemGiven(many=True, max_length=MOST_LINES, min_length=1)

    def validate(self, given):
        if ("patient" in given) == ("visit" in given):
            raise serializers.ValidationError({"patient": [_("Name a patient or a visit, one of them.")]})
        return given


class MoreLinesGiven(Given):
    """Medicines to be checked beside those of the prescription."""

    items = PrescriptionItemGiven(many=True, max_length=MOST_LINES, required=False)


class PrescriptionCancelGiven(Given):
    """Why."""

    reason = Text(max_length=200, required=False, allow_blank=True)


class LineReasonGiven(Given):
    """Why; it is kept."""

    reason = Text(max_length=200)


class KeepGiven(LineReasonGiven):
    """Why a line is kept, in spite of which stops."""

    example = {"reason": "Tolerated last year", "stops": ["allergy: penicillin / rash / amoxicillin"]}
    stops = stops()


class PrescriptionsAsked(Listing):
    """Which prescriptions."""

    patient = Whole(min_value=1, required=False)
    visit = Whole(min_value=1, required=False)
    doctor = Whole(min_value=1, required=False)
    status = serializers.ChoiceField(choices=Prescription.State.choices, required=False)
    date_from = Day(required=False, help_text="Signed on or after.")
    date_to = Day(required=False)
    ordering = serializers.ChoiceField(choices=["created", "-created"], required=False, help_text="Else -created.")

    def sorted(self, rows, asked):
        turned = asked.get("ordering") != "created"
        return rows.order_by("-created_at", "-pk") if turned else rows.order_by("created_at", "pk")


class PaperAsked(Given):
    """In which language."""

    language = serializers.ChoiceField(choices=["en", "ar"], required=False, help_text="Else as Accept-Language says.")


class DispenseLineGiven(Given):
    """What is handed over of one prescribed medicine."""

    item = Whole(min_value=1)
    quantity = Whole(min_value=1, max_value=100_000, help_text="Base units.")
    batch = Whole(min_value=1, required=False, allow_null=True, help_text="Else earliest first.")
    reason = Text(max_length=200, required=False, allow_blank=True, help_text="Why this batch, or another medicine.")
    substitute = Whole(min_value=1, required=False, allow_null=True, help_text="Another medicine.")
    substitute_reason = Text(max_length=200, required=False, allow_blank=True)
    override_reason = Text(
        max_length=200, required=False, allow_blank=True, help_text="In spite of the stops in `override_stops`."
    )
    override_stops = stops(required=False)


def each_once(name, rows):
    """Refuse a body that names the same thing in two lines."""
    named = [row[name] for row in rows if row.get(name) is not None]
    if len(named) != len(set(named)):
        raise serializers.ValidationError({"lines": [_("The same line stands here twice.")]})


class DispensingGiven(Given):
    """What is handed over."""

    example = {"prescription": 9, "lines": [{"item": 17, "quantity": 15}, {"item": 18, "quantity": 21}]}
    prescription = Whole(min_value=1)
    lines = DispenseLineGiven(many=True, max_length=MOST_LINES, min_length=1)

    def validate(self, given):
        each_once("item", given["lines"])
        return given


class ReturnLineGiven(Given):
    """What comes back: a dispensed `line`, or an `item`, with its `batch` where there were several."""

    line = Whole(min_value=1, required=False)
    item = Whole(min_value=1, required=False)
    batch = Whole(min_value=1, required=False)
    quantity = Whole(min_value=1, max_value=100_000)

    def validate(self, given):
        if ("line" in given) == ("item" in given) or ("line" in given and "batch" in given):
            raise serializers.ValidationError({"line": [_("Name a line, or an item with its batch.")]})
        return given


class ReturnGiven(Given):
    """What comes back, why, and whether it is fit for the shelf."""

    lines = ReturnLineGiven(many=True, max_length=MOST_LINES * 5, min_length=1)
    reason = Text(max_length=200)
    restock = serializers.BooleanField(
        default=False, help_text="true: unopened and well kept, back to its batch; false: written off."
    )

    def validate(self, given):
        each_once("line", given["lines"])
        return given


class DispensingsAsked(Listing):
    """Which dispensings."""

    prescription = Whole(min_value=1, required=False)
    patient = Whole(min_value=1, required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)
    orders = {"id": ("pk",), "at": ("at",)}
