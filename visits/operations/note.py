"""What is written on a visit: the doctor's note and diagnoses, and the dated notes of all who treat."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.access import Role
from clinic.errors import Refused
from clinic.operation import operation
from visits import icd
from visits.models import Diagnosis, Note
from visits.operations.room import SECOND_CLICK, into_room, locked, not_yours, own, publish

LONGEST = 8000


@operation
def save_note(*, visit, by, version, complaint, examination, plan):
    """Save the note as a draft. The first words begin the service.

    Refuses when the visit is finished (`visit_closed`), another doctor's (`not_yours`), or was saved elsewhere since
    `version` (`changed`, 409; nothing is written, so that both texts can be shown).
    """
    visit = own(visit, by)
    words = {"complaint": complaint, "examination": examination, "plan": plan}
    changed = [name for name, text in words.items() if getattr(visit, name) != text]
    if not changed:
        return visit
    if visit.version != version:
        raise Refused(_("This note was saved in another window. Look at both before going on."), "changed")
    for name in changed:
        setattr(visit, name, words[name])
    visit.version += 1
    visit.saved_at = timezone.now()
    visit.save(update_fields=[*changed, "version", "saved_at"])
    into_room(visit, by)
    audit.record(by, "save_note", visit, fields=changed, version=visit.version)
    publish(visit)
    return visit


@operation
def add_note(*, visit, by, category, text, corrects=None):
    """Add a dated note of one `Note.Category` to an open visit; `corrects` names the note of this visit it replaces.

    By its doctor, whose first words begin the service, or by a nurse. The same words again within a minute return
    what is there. Refuses an empty text (`empty`), one of more than 8,000 letters (`too_long`), an unknown category,
    a finished visit (`visit_closed`), another doctor's (`not_yours`), and a second correction (`already_corrected`).
    """
    visit = locked(visit)
    own_visit = visit.doctor.user_id == by.pk
    if not own_visit and not by.has_role(Role.NURSE):
        raise not_yours(visit)
    text = _note_text(category, text)
    same = visit.notes.filter(by=by, category=category, text=text, corrects=corrects, corrected_by=None)
    present = same.filter(at__gt=timezone.now() - SECOND_CLICK).last()
    if present:
        return present
    if corrects is not None:
        _check_corrects(visit, corrects)
    note = Note.objects.create(visit=visit, by=by, category=category, text=text, corrects=corrects)
    if own_visit:
        into_room(visit, by)
    replaced = {"corrects": corrects.pk} if corrects else {}
    audit.record(by, "add_note", note, patient_id=visit.patient_id, clinic=visit.clinic, visit=visit.pk, **replaced)
    publish(visit)
    return note


def _note_text(category, text):
    if category not in Note.Category.values:
        raise Refused(_("Choose what kind of note this is."), "unknown_category", field="category", status=422)
    text = text.strip()
    if not text:
        raise Refused(_("Write the note."), "empty", field="text", status=422)
    if len(text) > LONGEST:
        raise Refused(_("Not saved: the text is too long."), "too_long", field="text", status=422)
    return text


def _check_corrects(visit, wrong):
    if wrong.visit_id != visit.pk:
        raise Refused(_("This note belongs to another visit."), "other_visit", field="corrects", status=422)
    if Note.objects.filter(corrects=wrong).exists():
        raise Refused(_("This note was corrected already. Reload to see it."), "already_corrected")


@operation
def add_diagnosis(*, visit, by, text, code="", primary=False, certainty=Diagnosis.Certainty.CONFIRMED):
    """Add what was found; the first one is the primary one. The same text again returns what is there.

    A known ICD-10 `code` brings its own text. Refuses an empty text (`empty`), a finished visit or another doctor's.
    """
    visit = own(visit, by)
    text = (" ".join(text.split()) or icd.description(code))[:300]
    if not text:
        raise Refused(_("Write the diagnosis."), "empty", field="text", status=422)
    present = list(visit.diagnoses.filter(removed_at=None))
    same = next((found for found in present if found.text.casefold() == text.casefold()), None)
    if same:
        return same
    primary = primary or not any(found.is_primary for found in present)
    if primary:
        visit.diagnoses.filter(is_primary=True, removed_at=None).update(is_primary=False)
    diagnosis = Diagnosis.objects.create(
        clinic=visit.clinic,
        patient=visit.patient,
        visit=visit,
        by=by,
        text=text,
        code=code[:10],
        is_primary=primary,
        certainty=certainty,
    )
    into_room(visit, by)
    audit.record(by, "add_diagnosis", diagnosis, visit=visit.pk, code=diagnosis.code)
    publish(visit)
    return diagnosis


@operation
def remove_diagnosis(*, diagnosis, by):
    """Take a diagnosis off an open visit (it stays on file, marked removed); the next one becomes the primary one."""
    visit = own(diagnosis.visit, by)
    diagnosis = Diagnosis.objects.select_for_update(no_key=True).get(pk=diagnosis.pk)
    if diagnosis.removed_at:
        return diagnosis
    was_primary = diagnosis.is_primary
    diagnosis.removed_at, diagnosis.is_primary = timezone.now(), False
    diagnosis.save(update_fields=["removed_at", "is_primary"])
    following = visit.diagnoses.filter(removed_at=None).first() if was_primary else None
    if following:
        following.is_primary = True
        following.save(update_fields=["is_primary"])
    audit.record(by, "remove_diagnosis", diagnosis, visit=visit.pk)
    publish(visit)
    return diagnosis


@operation
def make_primary(*, diagnosis, by):
    """Let this diagnosis of an open visit be the primary one."""
    visit = own(diagnosis.visit, by)
    diagnosis = Diagnosis.objects.select_for_update(no_key=True).get(pk=diagnosis.pk)
    if diagnosis.removed_at or diagnosis.is_primary:
        return diagnosis
    visit.diagnoses.filter(is_primary=True, removed_at=None).update(is_primary=False)
    diagnosis.is_primary = True
    diagnosis.save(update_fields=["is_primary"])
    audit.record(by, "make_primary", diagnosis, visit=visit.pk)
    publish(visit)
    return diagnosis
