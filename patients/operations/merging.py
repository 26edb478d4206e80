"""Two files of one person: joined without moving a row, and taken apart again exactly.

The duplicate leads to the kept file; visits, bills and everything else stay on the file they were written on and are
read through `Patient.objects.family`. Only blanks of the kept file are filled, and the merge notes which.
"""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Refused
from clinic.operation import operation
from patients.models import LinkCode, Merge, Patient
from patients.operations.common import derive, tell

# What counts as blank, and goes back to blank when the files are taken apart.
BLANK = {
    "name_other_script": "",
    "sex": Patient.Sex.UNKNOWN,
    "born_on": None,
    "phone": "",
    "second_phone": "",
    "email": "",
    "national_id": "",
    "address": "",
    "blood_group": "",
    "language": "",
    "hearing_flag": False,
    "mobility_flag": False,
    "deceased_on": None,
}


@operation
def merge_patients(*, duplicate, into, by, reason=""):
    """Say that `duplicate` is a second file of the person of `into`; returns `into`, its blanks filled.

    A second time changes nothing. The duplicate's account code ends; its account goes to the kept file, unless
    that has one: then each keeps its own, and both see everything.
    Refused: `same_file`, `retired` when either was merged elsewhere or retired, `has_merged_files` when others
    lead to the duplicate already (then merge the other way round, or take those apart first).
    """
    if duplicate.pk == into.pk:
        raise Refused(_("This is the same file. Choose another one."), "same_file", field="duplicate")
    duplicate, into = _locked(duplicate.pk, into.pk)
    if duplicate.merged_into_id == into.pk:
        return into
    _check_free(duplicate, into)
    filled = [name for name in BLANK if getattr(into, name) == BLANK[name] != getattr(duplicate, name)]
    merge = Merge(kept=into, duplicate=duplicate, by=by, reason=" ".join(reason.split())[:300], filled=filled)
    _take_values(into, duplicate, filled)
    touched = _join_allergies(into, duplicate, merge)
    if duplicate.user_id and not into.user_id:
        merge.account, duplicate.user = duplicate.user, None
    duplicate.merged_into = into
    duplicate.version += 1
    duplicate.save(update_fields=["merged_into", "version", *_account(merge)])
    into.user = merge.account or into.user
    _save(into, by, *filled, *touched, *_account(merge))
    LinkCode.objects.filter(patient=duplicate, ended_at=None).update(ended_at=timezone.now())
    merge.save(force_insert=True)
    for patient in (duplicate, into):
        audit.record(by, "merge_patients", merge, patient_id=patient.pk, reason=merge.reason, fields=filled)
    tell(by, duplicate, into)
    return into


@operation
def unmerge_patient(*, patient, by):
    """Take the merged file `patient` out again, as it was; returns it.

    The file it led to gives back what it had taken, unless somebody has written another value there since.
    Refused `not_merged` for a file that leads nowhere.
    """
    kept_id = Patient.objects.values_list("merged_into", flat=True).get(pk=patient.pk)
    patient, kept = _locked(patient.pk, kept_id or patient.pk)
    merge = Merge.objects.filter(duplicate=patient, kept=kept, undone_at=None).first()
    if merge is None or patient.merged_into_id != kept.pk:
        raise Refused(_("This file is not joined to another."), "not_merged")
    given_back = _give_values_back(kept, patient, merge.filled)
    touched = _part_allergies(kept, merge)
    if moved := _account(merge) if kept.user_id == merge.account_id else []:
        kept.user, patient.user = None, merge.account
    _save(kept, by, *given_back, *touched, *moved)
    patient.merged_into = None
    patient.version += 1
    patient.save(update_fields=["merged_into", "version", *moved])
    merge.undone_at, merge.undone_by = timezone.now(), by
    merge.save(update_fields=["undone_at", "undone_by"])
    for one in (patient, kept):
        audit.record(by, "unmerge_patient", merge, patient_id=one.pk, fields=given_back)
    tell(by, patient, kept)
    return patient


def _locked(first, second):
    """Both files, read again under locks taken in the order of their keys."""
    rows = Patient.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=[first, second]).order_by("pk")
    found = {row.pk: row for row in rows}
    return found[first], found[second]


def _check_free(duplicate, into):
    for patient in (duplicate, into):
        if patient.merged_into_id or patient.retired_at:
            raise Refused(_("This file was merged into another or retired. Use the other file."), "retired")
    if duplicate.merged.exists():
        raise Refused(
            _("Other files lead to this one already. Join the two the other way round, or take those apart first."),
            "has_merged_files",
        )


def _take_values(into, duplicate, filled):
    for name in filled:
        setattr(into, name, getattr(duplicate, name))
    if "born_on" in filled:
        into.born_precision = duplicate.born_precision


def _give_values_back(kept, duplicate, filled):
    untouched = [name for name in filled if getattr(kept, name) == getattr(duplicate, name)]
    for name in untouched:
        setattr(kept, name, BLANK[name])
    if "born_on" in untouched:
        kept.born_precision = Patient.Precision.DAY
    return untouched


def _join_allergies(into, duplicate, merge):
    """ "No known allergies" holds for both files or for neither; what was asserted before is kept in the merge."""
    asserted = into.no_known_allergies_at
    if asserted and duplicate.allergies.active().exists():
        merge.no_allergies = {"at": asserted.isoformat(), "by": into.no_known_allergies_by_id}
        into.no_known_allergies_at = into.no_known_allergies_by = None
    elif not asserted and duplicate.no_known_allergies_at and not into.allergies.active().exists():
        merge.no_allergies = {"at": None, "by": None}
        into.no_known_allergies_at = duplicate.no_known_allergies_at
        into.no_known_allergies_by_id = duplicate.no_known_allergies_by_id
    return ["no_known_allergies_at", "no_known_allergies_by"] if merge.no_allergies else []


def _part_allergies(kept, merge):
    before = merge.no_allergies
    if not before:
        return []
    if before["at"] is None:
        if kept.no_known_allergies_at != merge.duplicate.no_known_allergies_at:
            return []
        kept.no_known_allergies_at = kept.no_known_allergies_by = None
    elif kept.no_known_allergies_at or kept.allergies.filter(recorded_at__gte=merge.at).exists():
        return []  # asked again since
    else:
        kept.no_known_allergies_at = datetime.fromisoformat(before["at"])
        kept.no_known_allergies_by_id = before["by"]
    return ["no_known_allergies_at", "no_known_allergies_by"]


def _account(merge):
    """The column of the account, if the merge moves one.

    It is unique: to write it locks the file against every new row that refers to it, changed or not.
    """
    return ["user"] if merge.account_id else []


def _save(patient, by, *fields):
    precision = ["born_precision"] if "born_on" in fields else []
    patient.version += 1
    patient.save(update_fields=[*fields, *precision, *derive(patient, by.clinic), "version"])
