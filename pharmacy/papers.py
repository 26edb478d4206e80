"""The prescription as a document: every text ready to print. What is printed of a dose stands in `wording`."""

from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic import display, pdf
from clinic.access import CLINICAL
from clinic.errors import Refused
from patients.queries import banner
from pharmacy import queries
from pharmacy.models import Prescription


def prescription_pdf(prescription, *, user, language=None):
    """The A5 paper (bytes) of a signed prescription in `language` (`en`, `ar`; None: the one that is active).

    The patient's allergies and weight stand on it only for clinical staff. Refused (`not_signed`) for a draft and for
    a cancelled one.
    """
    if prescription.state in (Prescription.State.DRAFT, Prescription.State.CANCELLED):
        raise Refused(_("This prescription is not signed."), "not_signed")
    with translation.override(language or get_language()):
        return pdf.render("prescription", prescription_data(prescription, user=user))


def prescription_data(prescription, *, user):
    """What `templates/pdf/prescription.typ` prints."""
    clinic, patient, doctor = prescription.clinic, prescription.patient, prescription.doctor
    who = banner(patient, user=user)
    born = f"{who.born_text} ({who.age_text})" if who.age_text else who.born_text
    at = timezone.localtime(prescription.signed_at, clinic.zone).replace(tzinfo=None)
    return {
        "language": "ar" if (get_language() or "en").startswith("ar") else "en",
        "title": _("Prescription"),
        "clinic": [text for text in (clinic.name, clinic.name_other_script) if text],
        "contact": [text for text in (clinic.address,) if text],
        "phone": clinic.phone,
        "date": [_("Date"), display.day_text(at)],
        "number": [_("No."), str(prescription.pk)],
        "patient": [
            text for text in (display.patient_name(patient), display.patient_name(patient, other=True)) if text
        ],
        "facts": [[_("Born"), born], [_("File no."), patient.file_number]],
        "sex": [_("Sex"), str(who.sex_text)],
        "weight": _weight(patient) if user.has_role(*CLINICAL) else [],
        "allergies": _allergies(who) if user.has_role(*CLINICAL) else "",
        "items": [_item(view) for view in queries.wording_views(prescription) if not view.item.closed_reason],
        "doctor": display.staff_name(doctor),
        "licence": [_("Licence"), doctor.licence_number] if doctor.licence_number else [],
        "signature": _("Signature"),
    }


def _weight(patient):
    found = queries.last_weight(patient)
    return [_("Weight"), f"{found.weight.normalize():f} kg", display.day_text(found.taken_at)] if found else []


def _allergies(who):
    if who.allergy_state == "known":
        named = "; ".join(" — ".join(part for part in row[:3] if part) for row in who.allergies)
        return f"{_('Known allergies')}: {named}"
    return _("No known allergies") if who.allergy_state == "none" else _("Allergies not recorded")


def _item(view):
    """One medicine: its clinical line in parts (always English), the patient's sentence twice, the quantity."""
    medicine = view.item.medicine
    return {
        "generic": medicine.tall_man or medicine.generic_name,
        "brand": medicine.brand,
        "strength": view.strength,
        "form": view.form,
        "dose": view.dose,
        "rest": view.rest,
        "en": view.patient_en,
        "ar": view.patient_ar,
        "quantity": [_("Quantity"), view.quantity_text],
    }
