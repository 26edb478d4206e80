"""What can happen to a patient's file."""

from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.access import STAFF
from clinic.errors import Refused
from clinic.idempotency import claim, settle
from clinic.numbers import next_number
from clinic.operation import operation
from patients import file_number, phones, queries, unsettled
from patients.birth import OLDEST
from patients.models import EmergencyContact, LinkCode, Patient
from patients.operations.common import derive, in_use, locked, tell

OPTIONAL = {
    "second_phone",
    "email",
    "address",
    "blood_group",
    "language",
    "hearing_flag",
    "mobility_flag",
    "deceased_on",
}
FIELDS = {"name", "name_other_script", "sex", "born_on", "born_precision", "phone", "national_id", *OPTIONAL}
PHONES = {"phone", "second_phone", "contact_phone"}

OWN_FIELDS = {"phone", "second_phone", "email", "address", "language"}


@operation
def register(
    *,
    clinic,
    by,
    name,
    name_other_script="",
    sex="unknown",
    born_on=None,
    born_precision="day",
    phone="",
    national_id="",
    idempotency_key="",
    **optional,
):
    """Open a file for a new patient and return it, with a file number taken from the organisation's series.

    `optional` are fields named in OPTIONAL. The same key again gives the first patient. Likely duplicates never
    stop it. Refused: `missing_name`, `in_the_future` (born or deceased after today), `too_long_ago` (125 years),
    `not_a_phone` (letters in it).
    """
    values = {
        "name": name,
        "name_other_script": name_other_script,
        "sex": sex,
        "born_on": born_on,
        "born_precision": born_precision,
        "phone": phone,
        "national_id": national_id,
        **_only_known(optional, OPTIONAL),
    }
    done = claim(by=by, key=idempotency_key, operation="register", body={k: str(v) for k, v in values.items()})
    if done:
        return Patient.objects.get(pk=done)
    cleaned = _cleaned(values, clinic)
    _check_phones(cleaned)
    patient = Patient(**cleaned, created_by=by)
    derive(patient, clinic)
    patient.file_number = file_number.compose(next_number(None, "patient"))
    patient.save(force_insert=True)
    settle(by=by, key=idempotency_key, made=patient)
    audit.record(by, "register", patient, patient_id=patient.pk, clinic=clinic)
    live.publish(clinic, f"patient-{patient.pk}")
    return patient


@operation
def admit(*, clinic, by, contact=None, confirm_new=True, **facts):
    """Register a patient together with the person to call (`contact`: name, relation, phone); see `register`.

    Without `confirm_new` Refused `possible_duplicate` when a file is likely to be the same person's; `alternatives`
    are those files as {id, file_number, name, born_on, phone}. People at the desk see them while they type.
    """
    if not confirm_new:
        _refuse_duplicates(clinic, facts)
    patient = register(clinic=clinic, by=by, **facts)
    if contact and not patient.contacts.exists():
        add_contact(patient=patient, by=by, **contact)
    return patient


@operation
def update_patient(*, patient, by, version, **fields):
    """Change what is known of a patient; `fields` are names of FIELDS. Returns the patient.

    Patients change how they are reached (OWN_FIELDS), no more. Refused: `changed_meanwhile` when `version` is no
    longer the current one, `retired` for a merged or retired file, `missing_name`, `in_the_future`, `not_a_phone` for a
    changed phone with letters in it, `ask_the_desk` (403) for a patient who would change anything else.
    """
    fields = _only_known(fields, FIELDS)
    _check_own(by, fields)
    patient = locked(patient)
    if patient.version != version:
        raise Refused(
            _("Somebody else changed this file in the meantime. Yours is not saved yet: compare, then save again."),
            "changed_meanwhile",
        )
    current = {name: getattr(patient, name) for name in FIELDS}
    cleaned = _cleaned({**current, **fields}, by.clinic)
    changed = sorted(name for name in FIELDS if cleaned[name] != current[name])
    _check_phones({name: cleaned[name] for name in changed})
    if not changed:
        return patient
    for name in changed:
        setattr(patient, name, cleaned[name])
    derived = derive(patient, by.clinic)
    patient.version += 1
    patient.save(update_fields=[*changed, *derived, "version"])
    audit.record(by, "update_patient", patient, patient_id=patient.pk, fields=changed)
    tell(by, patient)
    return patient


@operation
def add_contact(*, patient, by, name, phone, relation=""):
    """Note whom to call for a patient; returns the contact. Refused `missing_name`, `missing_phone`, `not_a_phone`."""
    patient = locked(patient)
    if not name.strip():
        raise Refused(_("Write the name of the person to call."), "missing_name", field="contact_name", status=422)
    if not phone.strip():
        raise Refused(_("Write the phone of the person to call."), "missing_phone", field="contact_phone", status=422)
    _check_phones({"contact_phone": phone})
    contact = EmergencyContact.objects.create(
        patient=patient,
        name=name.strip()[:200],
        phone=phones.tidy(phone, by.clinic.country)[:32],
        relation=relation.strip()[:60],
    )
    audit.record(by, "add_contact", contact, patient_id=patient.pk)
    tell(by, patient)
    return contact


@operation
def remove_contact(*, contact, by):
    """Take a person to call off the file, or off one joined to it. Returns the patient; a second time changes nothing.

    Refused `retired`.
    """
    patient = locked(in_use(contact.patient))
    gone, _by_model = EmergencyContact.objects.filter(pk=contact.pk).delete()
    if gone:
        audit.record(by, "remove_contact", None, patient_id=contact.patient_id, clinic=by.clinic)
        tell(by, patient)
    return patient


@operation
def retire_patient(*, patient, by, reason):
    """Close a file that should not be used any more (opened by mistake); nothing is erased. Returns the patient.

    Refused: `missing_reason`, `retired` for a file already closed or merged, `has_merged_files` while others lead
    to it, `has_account` while the patient signs in to it, `unsettled` while an appointment is to come, the patient
    stands in line, a visit is open or a bill is not paid (the words say which).
    """
    reason = " ".join((reason or "").split())[:300]
    if not reason:
        raise Refused(_("Say why this file is closed."), "missing_reason", field="reason", status=422)
    patient = locked(patient)
    if patient.merged.exists():
        raise Refused(_("Other files lead to this one. Take those apart first."), "has_merged_files")
    if patient.user_id:
        raise Refused(_("The patient signs in to this file. End the account first."), "has_account")
    if still := unsettled.said_of(patient):
        raise Refused(" ".join([_("This file is still needed."), *still]), "unsettled")
    patient.retired_at = timezone.now()
    patient.version += 1
    patient.save(update_fields=["retired_at", "version"])
    LinkCode.objects.filter(patient=patient, ended_at=None).update(ended_at=patient.retired_at)
    audit.record(by, "retire_patient", patient, patient_id=patient.pk, reason=reason)
    tell(by, patient)
    return patient


def _only_known(fields, known):
    unknown = set(fields) - known
    if unknown:
        raise TypeError(f"unknown fields of a patient: {', '.join(sorted(unknown))}")
    return fields


def _refuse_duplicates(clinic, facts):
    alike = queries.likely_duplicates(
        facts["name"], facts.get("born_on"), facts.get("phone", ""), country=clinic.country
    )
    if alike:
        raise Refused(
            _("A file that looks like this person exists already. Use it, or confirm that this is somebody new."),
            "possible_duplicate",
            alternatives=[
                {"id": r.pk, "file_number": r.file_number, "name": r.name, "born_on": r.born_on, "phone": r.phone}
                for r in alike
            ],
        )


def _check_own(by, fields):
    foreign = sorted(set(fields) - OWN_FIELDS)
    if foreign and not by.has_role(*STAFF):
        raise Refused(_("Ask the desk to change this."), "ask_the_desk", field=foreign[0], status=403)


def _check_phones(typed):
    for field, text in typed.items():
        if field in PHONES and text and phones.holds_letters(text):
            raise Refused(_("Write the phone in figures, without letters."), "not_a_phone", field=field, status=422)


def _cleaned(values, clinic):
    cleaned = {k: " ".join(v.split()) if isinstance(v, str) else v for k, v in values.items()}
    if not cleaned["name"]:
        raise Refused(_("Write the patient's name."), "missing_name", field="name", status=422)
    for name in ("born_on", "deceased_on"):
        if cleaned.get(name) and cleaned[name] > clinic.today():
            raise Refused(_("This day lies in the future."), "in_the_future", field=name, status=422)
        if cleaned.get(name) and cleaned[name].year < clinic.today().year - OLDEST:
            raise Refused(_("This would be more than 125 years ago."), "too_long_ago", field=name, status=422)
    for name in ("phone", "second_phone"):
        if cleaned.get(name):
            cleaned[name] = phones.tidy(cleaned[name], clinic.country)[:32]
    return cleaned
