"""Who: patients, the people to call for them, their conditions and their allergies."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Collate, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import STAFF, Role
from clinic.models import User

# A file that leads to another leads to one in use, and nothing leads to it: the way is always one step.
NO_CHAINS = """
    PERFORM 1 FROM patients_patient
        WHERE id = NEW.merged_into_id AND merged_into_id IS NULL AND retired_at IS NULL FOR SHARE;
    IF NOT FOUND OR EXISTS (SELECT 1 FROM patients_patient WHERE merged_into_id = NEW.id) THEN
        RAISE EXCEPTION 'a file is merged into one in use, and never onwards'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'patient_merged_into_a_file_in_use';
    END IF;
    RETURN NEW;
"""
TEXT_ARRAY = "%(function)s((%(expressions)s)::text[])"


class Files(Func):
    """The ids of every file of the person whose file `named_by` names: an array, which PostgreSQL makes once.

    Two look-ups joined by UNION: for the same with OR, the database reads every patient there is. Written out, because
    Django takes longer to put it together than PostgreSQL to answer it, and nearly every question asks for it.
    """

    template = (
        "ARRAY(WITH used AS (SELECT coalesce(merged_into_id, id) AS id FROM patients_patient"
        " WHERE %(named_by)s = %(expressions)s) SELECT id FROM used UNION ALL"
        " SELECT id FROM patients_patient WHERE merged_into_id = ANY (ARRAY(SELECT id FROM used)))"
    )
    output_field = ArrayField(models.BigIntegerField())


class PatientQuerySet(models.QuerySet):
    def current(self):
        """Patients who have not been merged into another or retired."""
        return self.filter(merged_into=None, retired_at=None)

    def family(self, patient):
        """Every file of one person, whichever of them `patient` is: the file in use and all merged into it.

        Rows keep the file they were written on. What shows or checks "everything of this patient" asks
        `filter(patient__any_of=Patient.objects.family_of(patient.pk))`, never `filter(patient=patient)`.
        """
        root = patient.merged_into_id or patient.pk
        return self.filter(Q(pk=root) | Q(merged_into=root))

    def family_of(self, patient_id):
        """The ids of every file of the person to whom the file `patient_id` belongs: an array for `any_of`."""
        return Files(Value(patient_id), named_by="id")

    def family_ids(self, patient_id):
        """The same as a list, [] when there is no such file: one question more.

        With one id, which is nearly always, rows then come in the order of the index that begins with the patient.
        """
        found = Patient.objects.filter(pk=patient_id).values_list(self.family_of(patient_id), flat=True).first()
        return sorted(found or [])

    def own_ids(self, user):
        """The ids of every file of the person whose account `user` is, for `any_of`; none for anybody else."""
        return Files(Value(user.pk), named_by="user_id")

    def own(self, user):
        """Every file of the person whose account `user` is; none for anybody else."""
        return self.filter(pk__any_of=self.own_ids(user))

    def visible_to(self, user):
        """Patients belong to the organisation: every member of staff; a patient sees only themself."""
        if user.has_role(*STAFF):
            return self
        if user.has_role(Role.PATIENT):
            return self.own(user)
        return self.none()


class Patient(models.Model):
    """A person cared for. Only a name and one of phone, birth date or age are asked for."""

    class Sex(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        UNKNOWN = "unknown", _("Not known")

    class Precision(models.TextChoices):
        DAY = "day", _("Day")
        MONTH = "month", _("Month")
        YEAR = "year", _("Year")
        ESTIMATED = "estimated", _("Estimated from the age")

    class BloodGroup(models.TextChoices):
        A_POS = "A+", "A+"
        A_NEG = "A-", "A-"
        B_POS = "B+", "B+"
        B_NEG = "B-", "B-"
        AB_POS = "AB+", "AB+"
        AB_NEG = "AB-", "AB-"
        O_POS = "O+", "O+"
        O_NEG = "O-", "O-"

    file_number = models.CharField(_("file number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_other_script = models.CharField(_("name in the other script"), max_length=200, blank=True)
    sex = models.CharField(_("sex"), max_length=7, choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField(_("born"), null=True, blank=True)
    born_precision = models.CharField(max_length=9, choices=Precision, default=Precision.DAY)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    phone_digits = models.CharField(max_length=32, blank=True, editable=False)
    second_phone = models.CharField(_("second phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    national_id = models.CharField(_("national id"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    blood_group = models.CharField(_("blood group"), max_length=3, choices=BloodGroup, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True, choices=[("en", "English"), ("ar", "العربية")])
    hearing_flag = models.BooleanField(_("hard of hearing"), default=False)
    mobility_flag = models.BooleanField(_("needs help to walk"), default=False)
    deceased_on = models.DateField(_("deceased on"), null=True, blank=True)
    no_known_allergies_at = models.DateTimeField(null=True, blank=True)
    no_known_allergies_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="patient")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    retired_at = models.DateTimeField(null=True, blank=True)
    name_words = ArrayField(models.CharField(max_length=100), default=list, editable=False)
    name_folded = models.CharField(max_length=420, default="", editable=False)
    sound_keys = ArrayField(models.CharField(max_length=60), default=list, editable=False)
    search_terms = ArrayField(models.CharField(max_length=101), default=list, editable=False)
    phone_grams = ArrayField(models.CharField(max_length=4), default=list, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [
            GinIndex(fields=["name_words"], name="patient_name_words"),
            GinIndex(fields=["sound_keys"], name="patient_sound_keys"),
            GinIndex(fields=["phone_grams"], name="patient_phone_grams"),
            # A text-search vector answers "words that begin with" from one index, without any extension.
            GinIndex(
                Func("search_terms", function="array_to_tsvector", template=TEXT_ARRAY), name="patient_search_terms"
            ),
            models.Index(fields=["phone_digits"], name="patient_phone", opclasses=["text_pattern_ops"]),
            # Byte order, the same in every database, for lists sorted by name.
            models.Index(Collate("name_folded", "C"), "id", name="patient_by_name"),
            models.Index(OpClass(Lower("email"), "text_pattern_ops"), name="patient_email", condition=~Q(email="")),
            models.Index(fields=["born_on"], name="patient_born_on"),
            # Files in use: counted and paged without touching the table.
            models.Index(fields=["id"], name="patient_in_use", condition=Q(merged_into=None, retired_at=None)),
            # "Registered these thirty days": files lie in the order of their registration, so a few blocks tell.
            BrinIndex(fields=["created_at"], name="patient_created"),
            models.Index(fields=["national_id"], name="patient_national_id", condition=~Q(national_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="patient_has_a_name", condition=~Q(name=""), violation_error_message=_("Write the patient's name.")
            ),
            models.CheckConstraint(
                name="patient_not_merged_into_self",
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")),
                violation_error_message=_("A patient cannot be merged into the same file."),
            ),
            models.CheckConstraint(
                name="patient_no_known_allergies_by_somebody",
                condition=Q(no_known_allergies_at=None, no_known_allergies_by=None)
                | Q(no_known_allergies_at__isnull=False, no_known_allergies_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="patient_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="patient_merged_into_a_file_in_use",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("merged_into_id"),
                condition=pgtrigger.Q(new__merged_into__isnull=False),
                func=NO_CHAINS,
            ),
        ]

    def __str__(self):
        return f"{self.file_number}"


class EmergencyContact(models.Model):
    """Whom to call for a patient."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=200)
    relation = models.CharField(_("relation"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=32)

    class Meta:
        verbose_name = _("emergency contact")
        verbose_name_plural = _("emergency contacts")


class ConditionQuerySet(models.QuerySet):
    def of(self, patient):
        """The problems of a person, on whichever of their files they were written (see `family`)."""
        return self.filter(patient__any_of=Patient.objects.family_of(patient.pk))


class Condition(models.Model):
    """A long-standing problem."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        RESOLVED = "resolved", _("Resolved")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="conditions")
    code = models.CharField(_("ICD-10 code"), max_length=10, blank=True)
    text = models.CharField(_("problem"), max_length=300)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ACTIVE)
    since = models.CharField(_("since"), max_length=20, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    search_terms = ArrayField(models.CharField(max_length=300), default=list, editable=False)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        indexes = [
            GinIndex(
                Func("search_terms", function="array_to_tsvector", template=TEXT_ARRAY), name="condition_search_terms"
            ),
        ]


class AllergyQuerySet(models.QuerySet):
    def active(self):
        """Allergies that hold."""
        return self.filter(is_active=True)

    def of(self, patient):
        """The allergies of a person, on whichever of their files they were written (see `family`)."""
        return self.filter(patient__any_of=Patient.objects.family_of(patient.pk))


class Allergy(models.Model):
    """A substance a patient must not have. `substance_code` is an ingredient's code; empty means free text, not checked."""

    class Kind(models.TextChoices):
        ALLERGY = "allergy", _("Allergy")
        INTOLERANCE = "intolerance", _("Intolerance")

    class Severity(models.TextChoices):
        SEVERE = "severe", _("Severe")
        MODERATE = "moderate", _("Moderate")
        MILD = "mild", _("Mild")
        UNKNOWN = "unknown", _("Not known")

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergies")
    substance = models.CharField(_("substance"), max_length=120)
    substance_code = models.CharField(max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind, default=Kind.ALLERGY)
    reaction = models.CharField(_("reaction"), max_length=120, blank=True)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.UNKNOWN)
    is_active = models.BooleanField(_("active"), default=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = AllergyQuerySet.as_manager()

    class Meta:
        verbose_name = _("allergy")
        verbose_name_plural = _("allergies")
        constraints = [
            models.CheckConstraint(name="allergy_names_a_substance", condition=~Q(substance="")),
            models.UniqueConstraint(
                fields=["patient", "substance"],
                condition=Q(is_active=True),
                name="allergy_once_for_a_substance",
                violation_error_message=_("This allergy is already recorded."),
            ),
        ]
        triggers = [pgtrigger.Protect(name="allergy_never_deleted", operation=pgtrigger.Delete)]


class LinkCode(models.Model):
    """A one-time code with which a patient's own account claims the file; only its keyed hash is kept."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="link_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, replaced by a newer one, or the file was merged
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at=None), name="link_code_one_live_for_a_patient"
            ),
            models.CheckConstraint(
                name="link_code_claimed_is_ended", condition=Q(claimed_by=None) | Q(ended_at__isnull=False)
            ),
        ]
        triggers = [pgtrigger.Protect(name="link_code_never_deleted", operation=pgtrigger.Delete)]


class Merge(models.Model):
    """Two files of one person: `duplicate` leads to `kept` until somebody undoes it. Rows of both stay where they are.

    `filled` names the blanks of `kept` that took the duplicate's value; `no_allergies` is what `kept` had asserted
    before, {"at", "by"}, when the duplicate's allergies made it untrue; `account` went from the duplicate to `kept`.
    """

    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    duplicate = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merged_by")
    reason = models.CharField(max_length=300, blank=True)
    filled = models.JSONField(default=list)
    no_allergies = models.JSONField(default=dict)
    account = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"], condition=Q(undone_at=None), name="merge_once_for_a_duplicate"
            ),
            models.CheckConstraint(
                name="merge_undone_by_somebody",
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]
        triggers = [pgtrigger.Protect(name="merge_never_deleted", operation=pgtrigger.Delete)]
