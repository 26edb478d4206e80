"""One patient: the banner, the record, what of it may be read by whom."""

from dataclasses import dataclass
from datetime import date

from django.db import DatabaseError
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic import display
from clinic.access import CLINICAL, Role
from clinic.models import AuditEvent
from clinic.text import name_in, sound_keys
from patients.birth import written as born_text
from patients.models import Allergy, Condition, EmergencyContact, Merge, Patient
from patients.queries.finding import row


@dataclass(frozen=True)
class Banner:
    """Who this is: what stands on top of every single-patient page. `allergies` is None for who may not read them.

    Each is (substance, reaction, the word for a severe one or "", whether nothing checks it automatically).
    """

    patient_id: int
    name: str
    name_other_script: str
    born_text: str
    age_text: str
    sex_text: str
    file_number: str
    token: str
    allergy_state: str
    allergies: list | None
    allergy_note: str
    allergy_url: str
    similar_count: int
    deceased_on: date | None
    age_at_death_text: str
    photo_url: str = ""


def allergies_by_severity(patient):
    """The active allergies of a person, on whichever of their files they were written, most severe first."""
    order = Case(
        *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Allergy.Severity.values)),
        output_field=IntegerField(),
    )
    return Allergy.objects.of(patient).active().select_related("recorded_by").order_by(order, "pk")


def allergic(patients):
    """The ids, of their files in use, of those of some people who have an active allergy on any of their files."""
    roots = {patient.merged_into_id or patient.pk for patient in patients}
    files = Patient.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots))
    holding = files.filter(Exists(Allergy.objects.active().filter(patient=OuterRef("pk"))))
    return set(holding.values_list(Coalesce("merged_into", "pk"), flat=True))


def allergy_state(patient):
    """(state, active allergies, most severe first); state is known, none, not_recorded or unavailable."""
    try:
        found = list(allergies_by_severity(patient))
    except DatabaseError:
        return "unavailable", []
    if found:
        return "known", found
    in_use = patient.merged_into or patient
    return ("none" if in_use.no_known_allergies_at else "not_recorded"), []


def access_log(patient):
    """Who opened or changed anything of this person, newest first: rows of the audit trail with their users."""
    files = Patient.objects.family_ids(patient.pk)
    events = AuditEvent.objects.filter(patient_id__in=files, result=AuditEvent.Result.OK)
    return events.select_related("user").order_by("-at", "-pk")


def may_read_clinical(user):
    """True for who may read clinical content, allergies included: doctors, nurses and pharmacists."""
    return user.has_role(*CLINICAL)


def similar_count(patient):
    """How many other files have a first and last name that sound the same and a birth year within two; at most 9."""
    keys = sound_keys(patient.name)
    if len(keys) < 2:
        return 0
    alike = Patient.objects.current().filter(sound_keys__contains=[keys[0], keys[-1]]).exclude(pk=patient.pk)
    if patient.born_on:
        year = patient.born_on.year
        near = Q(born_on__year__gte=year - 2, born_on__year__lte=year + 2)
        alike = alike.filter(near | Q(born_on=None))
    return len(alike.values_list("pk")[:9])


def banner(patient, *, user, token="", allergy_url=""):
    """The banner of `patient` for `user`; reception and cashier get no clinical content."""
    state, allergies, note = "", None, ""
    if may_read_clinical(user):
        state, found = allergy_state(patient)
        allergies = [
            (allergy.substance, _reaction(allergy), _if_severe(allergy), not allergy.substance_code)
            for allergy in found
        ]
        note = _no_allergies_note(patient) if state == "none" else ""
    dead = patient.deceased_on
    age = display.age_text(patient.born_on, user.clinic.today())
    return Banner(
        patient_id=patient.pk,
        name=display.patient_name(patient),
        name_other_script=display.patient_name(patient, other=True),
        born_text=born_text(patient.born_on, patient.born_precision),
        age_text="" if dead else age,
        sex_text=patient.get_sex_display(),
        file_number=patient.file_number,
        token=token,
        allergy_state=state,
        allergies=allergies,
        allergy_note=note,
        allergy_url=allergy_url,
        similar_count=similar_count(patient),
        deceased_on=dead,
        age_at_death_text=display.age_text(patient.born_on, dead) if dead and patient.born_on else "",
    )


def _reaction(allergy):
    if allergy.kind == Allergy.Kind.INTOLERANCE:
        return _("%(reaction)s (intolerance)") % {"reaction": allergy.reaction or _("reaction not known")}
    return allergy.reaction


def _if_severe(allergy):
    return allergy.get_severity_display() if allergy.severity == Allergy.Severity.SEVERE else ""


def _no_allergies_note(patient):
    by = patient.no_known_allergies_by
    return _("noted by %(who)s on %(day)s") % {
        "who": name_in(by, get_language() or "en") if by else "",
        "day": display.day_text(patient.no_known_allergies_at),
    }


def read_back(born):
    """A typed birth date or age in letters, as (`04-Mar-1988` or "", `38y`); None when there is none."""
    if born is None:
        return None
    return born_text(born.born_on, born.precision), display.age_text(born.born_on)


def summary_context(patient, *, user):
    """Problems and allergies, for who may read them."""
    if not may_read_clinical(user):
        return {"patient": patient, "clinical": False}
    state, allergies = allergy_state(patient)
    conditions = list(Condition.objects.of(patient).order_by("state", "-pk"))
    return {
        "patient": patient,
        "clinical": True,
        "treats": user.has_role(Role.DOCTOR, Role.NURSE),
        "state": state,
        "allergies": allergies,
        "active": [c for c in conditions if c.state == "active"],
        "resolved": [c for c in conditions if c.state != "active"],
    }


def at_desk(user):
    """True for who books, checks in and takes payments."""
    return user.has_role(Role.RECEPTION, Role.MANAGER)


def card_context(patient, *, user, fresh=False):
    """The selected patient beside the desk; `fresh` when the card takes the focus."""
    return {
        "patient": patient,
        "row": row(patient),
        "similar_count": similar_count(patient),
        "fresh": fresh,
        "at_desk": at_desk(user),
    }


def record_context(patient, *, user):
    """Everything the record page shows of its own floor."""
    allergy_url = reverse("patients:allergies", args=[patient.pk]) if may_read_clinical(user) else ""
    merges = Merge.objects.filter(kept=patient, undone_at=None).select_related("duplicate", "by").order_by("pk")
    return {
        **summary_context(patient, user=user),
        "row": row(patient),
        "banner": banner(patient, user=user, allergy_url=allergy_url),
        "contacts": list(
            EmergencyContact.objects.filter(patient__any_of=Patient.objects.family_of(patient.pk)).order_by("pk")
        ),
        "may_edit": user.has_role(Role.RECEPTION, Role.NURSE, Role.DOCTOR, Role.MANAGER),
        "merges": list(merges),
        "at_desk": at_desk(user),
    }


def side_by_side(first, second):
    """What is known of two files, line by line: (label, first's, second's, True where both say something different)."""
    rows = row(first), row(second)
    lines = [
        (_("Name"), first.name, second.name),
        (_("Name in the other script"), first.name_other_script, second.name_other_script),
        (_("Born"), *(one.born_text or one.age_text for one in rows)),
        (_("Sex"), *(one.sex_text if one.sex != Patient.Sex.UNKNOWN else "" for one in rows)),
        (_("Phone"), first.phone, second.phone),
        (_("Second phone"), first.second_phone, second.second_phone),
        (_("National id"), first.national_id, second.national_id),
        (_("E-mail"), first.email, second.email),
        (_("Address"), first.address, second.address),
        (_("Deceased on"), *(display.day_text(one.deceased_on) if one.deceased_on else "" for one in (first, second))),
        (_("File opened"), display.day_text(first.created_at), display.day_text(second.created_at)),
        (_("Own account"), *(_("Yes") if one.user_id else "" for one in (first, second))),
    ]
    return [(label, one, two, bool(one and two and one != two)) for label, one, two in lines if one or two]
