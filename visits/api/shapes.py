"""What goes in and out at the visits' door. Units: mmHg, /min, °C, %, /min, kg, cm, the clinic's glucose unit, 0 to 10."""

from rest_framework import serializers

from clinic.access import CLINICAL
from clinic.api import Day, Given, Listing, Moment, Num, Shown, Text, Whole, Words
from visits import measures, ranges
from visits.models import Diagnosis, Note, Visit

LONGEST = 8000
CODES = {"high", "low", "very_high", "very_low"}


class Measured(serializers.Serializer):
    """The ten measurements; absent or null: not measured."""

    systolic = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="mmHg")
    diastolic = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="mmHg")
    pulse = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="/min")
    temperature = Num(max_digits=4, decimal_places=1, min_value=0, required=False, allow_null=True, help_text="°C")
    spo2 = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="%")
    respiration = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="/min")
    weight = Num(max_digits=6, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="kg")
    height = Num(max_digits=5, decimal_places=1, min_value=0, required=False, allow_null=True, help_text="cm")
    glucose = Num(
        max_digits=5, decimal_places=1, min_value=0, required=False, allow_null=True, help_text="The clinic's unit."
    )
    pain = Whole(min_value=0, max_value=999, required=False, allow_null=True, help_text="0 to 10")


class VitalsGiven(Measured, Given):
    """Measurements taken now."""

    example = {"systolic": 128, "diastolic": 84, "pulse": 76, "temperature": 38.4, "weight": 71, "height": 178}
    confirmed = serializers.ListField(
        child=serializers.ChoiceField(choices=ranges.FIELDS),
        required=False,
        help_text="Names of improbable values that were asked about (`improbable`) and are right.",
    )


class VitalsShown(Measured, Shown):
    """Measurements of one moment."""

    roles_of = {"by": CLINICAL, "corrects": CLINICAL, "corrected_by": CLINICAL}

    id = serializers.IntegerField()
    bmi = Num(allow_null=True, required=False, help_text="kg/m2, where weight and height were measured together.")
    flags = serializers.DictField(child=serializers.ChoiceField(choices=sorted(CODES)), help_text="Name -> level.")
    taken_at = Moment()
    by = serializers.IntegerField(source="by_id")
    corrects = serializers.IntegerField(source="corrects_id", allow_null=True)
    corrected_by = serializers.SerializerMethodField(help_text="The row that took its place.")

    def get_corrected_by(self, row) -> int | None:
        later = getattr(row, "corrected_by", None) if "corrected_by" in row._state.fields_cache else None
        return later.pk if later else None

    def to_representation(self, row):
        visit = row.visit
        months = ranges.age_in_months(visit.patient.born_on, visit.started_at.astimezone(visit.clinic.zone).date())
        row.bmi = ranges.bmi(row.weight, row.height)
        row.flags = measures.flags(row, months, visit.clinic.glucose_unit)
        return super().to_representation(row)


class DiagnosisShown(Shown):
    """What was found."""

    roles_of = {"by": CLINICAL}

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="ICD-10; empty for free text.")
    text = serializers.CharField()
    primary = serializers.BooleanField(source="is_primary")
    certainty = serializers.ChoiceField(choices=Diagnosis.Certainty.choices)
    at = Moment()
    by = serializers.IntegerField(source="by_id")


class DiagnosisGiven(Given):
    """An ICD-10 code, a text, or both."""

    example = {"code": "J02.9", "text": "Acute pharyngitis"}
    code = Text(max_length=10, required=False, default="", allow_blank=True)
    text = Text(max_length=300, required=False, default="", allow_blank=True, help_text="May be left out with a code.")
    primary = serializers.BooleanField(required=False, default=False)
    certainty = serializers.ChoiceField(choices=Diagnosis.Certainty.choices, default=Diagnosis.Certainty.CONFIRMED)


class NoteShown(Shown):
    """A dated remark."""

    id = serializers.IntegerField()
    category = serializers.ChoiceField(choices=Note.Category.choices)
    text = serializers.CharField()
    at = Moment()
    by = serializers.IntegerField(source="by_id")
    corrects = serializers.IntegerField(source="corrects_id", allow_null=True)


class NoteGiven(Given):
    """A remark of one kind."""

    example = {"category": "observation", "text": "Red throat, no exudate"}
    category = serializers.ChoiceField(choices=Note.Category.choices)
    text = Words(max_length=LONGEST)
    corrects = Whole(
        required=False, min_value=1, help_text="The note of this visit that these words replace; both stay on file."
    )


class AddendumShown(Shown):
    """Words added to a completed visit."""

    roles_of = {"by": CLINICAL}

    id = serializers.IntegerField()
    text = serializers.CharField()
    at = Moment()
    by = serializers.IntegerField(source="by_id")


class AddendumGiven(Given):
    """Words to add."""

    text = Words(max_length=LONGEST)


class VisitShown(Shown):
    """What happened in the room."""

    roles_of = {"version": CLINICAL}

    id = serializers.IntegerField()
    patient = serializers.IntegerField(source="patient_id")
    doctor = serializers.IntegerField(source="doctor_id")
    appointment = serializers.IntegerField(source="appointment_id", allow_null=True)
    token = serializers.CharField(source="token.label", default=None, allow_null=True)
    status = serializers.ChoiceField(source="state", choices=Visit.State.choices)
    complaint = serializers.CharField()
    examination = serializers.CharField()
    plan = serializers.CharField()
    diagnoses = DiagnosisShown(source="findings", many=True)
    vitals = VitalsShown(source="measured", many=True, help_text="As they stand after corrections, newest first.")
    started_at = Moment()
    completed_at = Moment(allow_null=True)
    version = serializers.IntegerField()


class VisitGiven(Given):
    """Whose visit, with whom, for which place in line or appointment."""

    example = {"entry": 41}
    patient = Whole(min_value=1, required=False, help_text="May be left out with the other two.")
    doctor = Whole(min_value=1, required=False, help_text="Without it: theirs, else you.")
    appointment = Whole(min_value=1, required=False)
    entry = Whole(min_value=1, required=False)


class VisitDraftGiven(Given):
    """The note of an open visit."""

    complaint = Words(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    examination = Words(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    plan = Words(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    version = Whole(min_value=1)


class VisitsAsked(Listing):
    """Which visits; days are the clinic's, by when the visit was started."""

    patient = Whole(required=False, min_value=1)
    doctor = Whole(required=False, min_value=1)
    status = serializers.ChoiceField(choices=Visit.State.choices, required=False)
    date = Day(required=False)
    date_from = Day(required=False)
    date_to = Day(required=False)
    orders = {"newest": ("-started_at", "-pk"), "started_at": ("started_at",)}


class RowsAsked(Listing):
    """A list whose order is fixed."""


class VitalsAsked(RowsAsked):
    """Which measurements of the visit."""

    with_corrected = serializers.BooleanField(required=False, default=False, help_text="Also what was corrected.")
