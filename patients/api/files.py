"""Files: list and search, register, change, retire, join; contacts; who opened the record."""

from django.db.models.functions import Collate
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from clinic import audit
from clinic.access import Role
from clinic.api import Listing, Nothing, Room, does, reads
from patients import birth, operations, queries
from patients.api.shapes import (
    FILES,
    KNOWS_CLINICAL,
    READERS,
    TOLD_APART,
    AccessEntryShown,
    ContactGiven,
    ContactShown,
    MergeGiven,
    PatientChangeGiven,
    PatientGiven,
    PatientsAsked,
    PatientShown,
    RetireGiven,
)
from patients.models import EmergencyContact, Patient

BEST = 200
DESK = (Role.MANAGER, Role.RECEPTION)
LONGEST_ID = 18
KEPT = ["retired", "has_merged_files", "has_account", "unsettled"]


def facts_of(given, today):
    """The fields of a patient that a body gives; an age becomes an estimated birth date."""
    facts = {name: value for name, value in given.items() if name not in ("age", "confirm_new", "version")}
    if "age" in given:
        born = birth.read(f"{given['age']}y", today)
        facts |= {"born_on": born.born_on, "born_precision": born.precision}
    elif "born_on" in given:
        facts["born_precision"] = Patient.Precision.DAY
    return facts


class Best:
    """Found patients, best first, read from the database only as far as a page shows them."""

    def __init__(self, keys, rows):
        self.keys, self.rows = keys, rows

    def __len__(self):
        return len(self.keys)

    def __getitem__(self, part):
        wanted = self.keys[part]
        found = {patient.pk: patient for patient in self.rows.filter(pk__in=wanted)}
        return [found[pk] for pk in wanted if pk in found]


class OfPatient(Room):
    """Rows of one patient, on whichever of the person's files they were written."""

    def patient(self):
        """The patient the address names, 404 for none or not yours."""
        return self.found(Patient.objects.visible_to(self.request.user), pk=self.kwargs["patient_pk"])

    def files(self):
        """Every file of the person."""
        return Patient.objects.family(self.patient())

    def note_reading(self, part):
        """One line in the audit trail for what is about to be shown."""
        audit.read(self.request, None, patient_id=self.kwargs["patient_pk"], part=part)


class Patients(Room):
    """Patients of the organisation; a patient's account sees its own file."""

    name = "patients"

    def visible(self):
        rows = Patient.objects.visible_to(self.request.user).select_related("merged_into")
        return rows.alias(sort_name=Collate("name_folded", "C"))

    def shown(self, gives, thing, *, many=False):
        """Whether there is an allergy is asked for the rows that are shown, by who may read it: for all is a scan."""
        if gives is PatientShown:
            thing = list(thing) if many else thing
            rows = thing if many else [thing]
            allergic = queries.allergic(rows) if self.request.user.has_role(*KNOWS_CLINICAL) else set()
            for row in rows:
                row.has_allergy = (row.merged_into_id or row.pk) in allergic
        return super().shown(gives, thing, many=many)

    @reads(READERS, PatientShown, asks=PatientsAsked, many=True)
    def list(self, request, asked):
        """List or search the patients.

        Files in use only. Newest first without a search; a search has its own order unless another is asked for.
        """
        wanted = {name: asked[name] for name in ("sex", "born_on") if name in asked}
        rows = self.visible().filter(merged_into=None, retired_at=None, **wanted)
        text = asked.get("q", "").strip()
        if not text:
            return rows
        keys = self.best(text, wanted)
        return rows.filter(pk__in=keys) if asked.get("ordering") else Best(keys, rows)

    def best(self, text, wanted):
        """The ids that `text` finds, best first; a bare number may also be an id."""
        user = self.request.user
        patients = Patient.objects.current().visible_to(user).filter(**wanted)
        keys = queries.best_ids(text, user=user, limit=BEST, patients=patients)
        if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
            keys = [*patients.filter(pk=int(text)).values_list("pk", flat=True), *keys]
        return list(dict.fromkeys(keys))

    @reads(READERS, PatientShown)
    def retrieve(self, request, asked, pk):
        """One patient."""
        patient = self.found()
        audit.read(request, patient, patient_id=patient.pk, part="details")
        return patient

    @does(FILES, PatientGiven, PatientShown, status=201, refuses=["possible_duplicate"])
    def create(self, request, given):
        """Register a patient.

        409 `possible_duplicate` when a file is likely to be the same person's, with those files as `alternatives`
        {id, file_number, name, born_on, phone}; `confirm_new` registers all the same.
        """
        clinic = request.user.clinic
        facts = facts_of(given, clinic.today())
        return operations.admit(clinic=clinic, by=request.user, confirm_new=given["confirm_new"], **facts)

    @does((*FILES, Role.PATIENT), PatientChangeGiven, PatientShown, changes=True, refuses=["retired"])
    def partial_update(self, request, given, pk):
        """Change what is known of a patient.

        412 when somebody was faster. A patient's own account changes how it is reached, no more.
        """
        found, facts = self.found(), facts_of(given, request.user.clinic.today())
        known = [facts.get(name, getattr(found, name)) for name in ("phone", "born_on")]
        if (found.phone or found.born_on) and not any(known):
            raise ValidationError({"born_on": [TOLD_APART]})
        return operations.update_patient(patient=found, by=request.user, version=given["version"], **facts)

    @does(FILES, Nothing, PatientShown, refuses=KEPT)
    def destroy(self, request, given, pk):
        """Close a file that was opened by mistake. Nothing is erased; `retire/` takes the reason with it."""
        return operations.retire_patient(patient=self.found(), by=request.user, reason=_("Closed by another program"))

    @does(FILES, RetireGiven, PatientShown, at="retire", refuses=KEPT)
    def retire(self, request, given, pk):
        """Close a file that was opened by mistake. Nothing is erased: it leaves the lists and takes no more entries.

        409 `unsettled` while an appointment is to come, the patient stands in line, a visit is open or a bill is not
        paid; `detail` says which.
        """
        return operations.retire_patient(patient=self.found(), by=request.user, reason=given["reason"])

    @does(DESK, MergeGiven, PatientShown, at="merge", refuses=["retired", "same_file", "has_merged_files"])
    def merge(self, request, given, pk):
        """Say that two files are one person's; answers with the file that is kept.

        Nothing moves: the other file leads to the kept one, whose blanks are filled, and lists show the rows of both.
        """
        this, field = self.found(), "into" if "into" in given else "duplicate"
        other = self.one_of(Patient.objects.visible_to(request.user), given[field], field)
        duplicate, into = (this, other) if field == "into" else (other, this)
        return operations.merge_patients(duplicate=duplicate, into=into, by=request.user, reason=given["reason"])

    @does(DESK, Nothing, PatientShown, at="unmerge", refuses=["not_merged"])
    def unmerge(self, request, given, pk):
        """Take this merged file apart from the one it leads to; both are as they were before."""
        return operations.unmerge_patient(patient=self.found(), by=request.user)

    @does(
        (Role.DOCTOR, Role.NURSE, Role.PHARMACIST),
        Nothing,
        PatientShown,
        at="no-known-allergies",
        refuses=["has_allergies"],
    )
    def no_known_allergies(self, request, given, pk):
        """Note that the patient was asked and knows of no allergy."""
        return operations.assert_no_known_allergies(patient=self.found(), by=request.user)

    @reads((Role.MANAGER, Role.PATIENT), AccessEntryShown, asks=Listing, many=True, at="access-log")
    def access_log(self, request, asked, pk):
        """Who opened or changed the record, newest first."""
        patient = self.found()
        audit.record(request.user, "read_audit", patient, patient_id=patient.pk)
        return newest_first(queries.access_log(patient))


def newest_first(rows):
    """`rows` as they are sorted already."""
    rows.keeps_order = True
    return rows


class PatientContacts(OfPatient):
    """People to call for a patient."""

    name = "patient-contacts"

    def visible(self):
        return EmergencyContact.objects.filter(patient__in=self.files())

    @reads(READERS, ContactShown, many=True)
    def list(self, request, asked, patient_pk):
        """List the people to call."""
        return self.visible()

    @does(FILES, ContactGiven, ContactShown, status=201, refuses=["retired"])
    def create(self, request, given, patient_pk):
        """Note somebody to call."""
        return operations.add_contact(patient=self.patient(), by=request.user, **given)

    @does(FILES)
    def destroy(self, request, given, patient_pk, pk):
        """Take somebody off the list of people to call; the audit trail keeps that it was done."""
        operations.remove_contact(contact=self.found(), by=request.user)
