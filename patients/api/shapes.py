"""What goes in and out about a patient."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clinic.access import CLINICAL, Role
from clinic.api import Day, Given, Listing, Moment, Shown, Text, Whole
from clinic.text import to_western_digits
from patients.birth import OLDEST
from patients.models import Allergy, Patient

FILES = (Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.MANAGER)
READERS = (*FILES, Role.PHARMACIST, Role.PATIENT)
TREATING = (Role.DOCTOR, Role.NURSE)
KNOWS_CLINICAL = (*CLINICAL, Role.PATIENT)
KNOWS_IDENTITY = (*FILES, Role.PATIENT)
TOLD_APART = _("Write a phone, a birth date or an age.")
LANGUAGES = [("en", "English"), ("ar", "العربية")]


class Digits(Text):
    """A number as people write it; Arabic-Indic figures become 0-9."""

    def to_internal_value(self, data):
        return to_western_digits(super().to_internal_value(data))


def years(born_on, on):
    """Full years between two days."""
    return max(on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day)), 0)


class PatientShown(Shown):
    """A patient. A file merged into another says which in `merged_into`; its own values stay as they were."""

    roles_of = {"blood_group": KNOWS_CLINICAL, "allergy_state": KNOWS_CLINICAL, "national_id": KNOWS_IDENTITY}
    id = serializers.IntegerField()
    file_number = Text()
    name = Text()
    name_other_script = Text()
    sex = serializers.ChoiceField(choices=Patient.Sex.choices)
    born_on = serializers.DateField(allow_null=True)
    born_precision = serializers.ChoiceField(
        choices=Patient.Precision.choices, help_text="How much of born_on is known; estimated comes from an age."
    )
    age = serializers.SerializerMethodField(help_text="Full years today, or at death; null when not known.")
    phone = Text()
    second_phone = Text()
    email = Text()
    national_id = Text(help_text="Reception, managers, doctors, nurses and the patient.")
    address = Text()
    blood_group = Text(help_text="Those who treat, and the patient.")
    language = Text()
    allergy_state = serializers.SerializerMethodField(
        help_text="known, none (somebody asked) or not_recorded. Those who treat, and the patient."
    )
    hearing_flag = serializers.BooleanField()
    mobility_flag = serializers.BooleanField()
    deceased_on = serializers.DateField(allow_null=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    retired_at = Moment(allow_null=True)
    created_at = Moment()
    version = serializers.IntegerField(help_text="Send it back as If-Match, or in the body, with a PATCH.")

    def get_age(self, patient) -> int | None:
        today = self.context["request"].user.clinic.today()
        return years(patient.born_on, patient.deceased_on or today) if patient.born_on else None

    def get_allergy_state(self, patient) -> str:
        if patient.has_allergy:
            return "known"
        return "none" if (patient.merged_into or patient).no_known_allergies_at else "not_recorded"


class PersonGiven(Given):
    """What may be written about a patient."""

    name = Text(max_length=200)
    name_other_script = Text(max_length=200, required=False, allow_blank=True)
    sex = serializers.ChoiceField(choices=Patient.Sex.choices, required=False)
    born_on = Day(required=False, allow_null=True)
    age = Whole(
        min_value=0, max_value=OLDEST, required=False, help_text="Years, when no birth date is known: an estimate."
    )
    phone = Digits(max_length=32, required=False, allow_blank=True)
    second_phone = Digits(max_length=32, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    national_id = Digits(max_length=40, required=False, allow_blank=True)
    address = Text(max_length=300, required=False, allow_blank=True)
    blood_group = serializers.ChoiceField(choices=Patient.BloodGroup.choices, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, allow_blank=True)
    hearing_flag = serializers.BooleanField(required=False)
    mobility_flag = serializers.BooleanField(required=False)

    def validate(self, given):
        """A birth date or an age, not both."""
        if given.get("born_on") and "age" in given:
            raise serializers.ValidationError({"age": [_("Give a birth date or an age, not both.")]})
        return given


class PatientGiven(PersonGiven):
    """A new patient: a name, and one of phone, birth date or age."""

    example = {"name": "محمد العبدالله", "sex": "male", "born_on": "1990-05-04", "phone": "0501234567"}
    confirm_new = serializers.BooleanField(
        default=False, help_text="True: somebody has looked at the candidates, and this is another person."
    )

    def validate(self, given):
        given = super().validate(given)
        if not given.get("phone") and not given.get("born_on") and "age" not in given:
            raise serializers.ValidationError({"born_on": [TOLD_APART]})
        return given


class PatientChangeGiven(PersonGiven):
    """Changes. A patient's own account changes phones, e-mail, address and language only."""

    version = Whole(min_value=1, help_text="The version that was read; or the header If-Match.")
    deceased_on = Day(required=False, allow_null=True)

    def validate(self, given):
        if "version" not in given:
            raise serializers.ValidationError({"version": [_("Say which version was read: If-Match, or this field.")]})
        return super().validate(given)


class RetireGiven(Given):
    """Why a file is closed."""

    reason = Text()


class PatientsAsked(Listing):
    """The query of the list of patients."""

    q = Text(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Any part of the name in either script, four or more figures of a phone, file number, national id, id, "
        "e-mail, birth date; for those who treat also an active condition's words or code. The best 200 are listed, "
        "best first, and count says how many of these there are.",
    )
    sex = serializers.ChoiceField(choices=Patient.Sex.choices, required=False)
    born_on = Day(required=False)
    orders = {"created": ("pk",), "name": ("sort_name",), "born_on": ("born_on",)}
    usual = "-created"


class MergeGiven(Given):
    """The other file: `into` keeps that one, `duplicate` keeps this one."""

    into = Whole(min_value=1, required=False)
    duplicate = Whole(min_value=1, required=False)
    reason = Text(required=False, allow_blank=True, default="")

    def validate(self, given):
        if ("into" in given) == ("duplicate" in given):
            raise serializers.ValidationError({"into": [_("Give either into or duplicate.")]})
        return given


class AccessEntryShown(Shown):
    """Somebody opened or changed the record."""

    id = serializers.IntegerField()
    at = Moment()
    name = Text(source="user.name", default="", help_text="Empty for what the system did by itself.")
    name_other_script = Text(source="user.name_other_script", default="")
    roles = serializers.SerializerMethodField(help_text="The roles they had then.")
    action = Text(help_text="read, or the operation.")
    part = serializers.SerializerMethodField(help_text="Which part of the record was read.")

    def get_roles(self, event) -> list[str]:
        return event.roles.split(",") if event.roles else []

    def get_part(self, event) -> str:
        return str(event.facts.get("part", ""))


class ContactShown(Shown):
    """Whom to call for a patient."""

    id = serializers.IntegerField()
    name = Text()
    relation = Text()
    phone = Text()


class ContactGiven(Given):
    """Whom to call for a patient."""

    name = Text(max_length=200)
    relation = Text(max_length=60, required=False, allow_blank=True, default="")
    phone = Digits(max_length=32)


class AllergyShown(Shown):
    """An allergy or intolerance. Without a `substance_code` medicines are not checked against it automatically."""

    id = serializers.IntegerField()
    substance = Text()
    substance_code = Text()
    kind = serializers.ChoiceField(choices=Allergy.Kind.choices)
    reaction = Text()
    severity = serializers.ChoiceField(choices=Allergy.Severity.choices)
    is_active = serializers.BooleanField()
    recorded_at = Moment()
    recorded_by = Text(source="recorded_by.name")
    ended_at = Moment(allow_null=True)


class AllergyGiven(Given):
    """An allergy or intolerance."""

    substance = Text(max_length=120)
    kind = serializers.ChoiceField(choices=Allergy.Kind.choices, default=Allergy.Kind.ALLERGY)
    reaction = Text(max_length=120, required=False, allow_blank=True, default="")
    severity = serializers.ChoiceField(choices=Allergy.Severity.choices, default=Allergy.Severity.UNKNOWN)


class ConditionShown(Shown):
    """A long-standing problem."""

    id = serializers.IntegerField()
    code = Text(help_text="ICD-10, empty for free text.")
    text = Text()
    state = Text(help_text="active or resolved.")
    since = Text()
    recorded_at = Moment()
    resolved_at = Moment(allow_null=True)


class ConditionGiven(Given):
    """A long-standing problem."""

    text = Text(max_length=300)
    code = Text(max_length=10, required=False, allow_blank=True, default="")
    since = Text(max_length=20, required=False, allow_blank=True, default="")
