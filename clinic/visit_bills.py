"""The bill of a visit, asked for after the fact: completing makes it, unless the consultation had no price then."""

from django.utils.translation import gettext as _

from billing import operations as billing
from billing.models import Invoice
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from patients.models import Patient
from visits.models import Visit


@operation
def bill_visit(*, visit, by):
    """The live bill of a completed visit; when it has none the consultation is charged now, at the price of today.

    Asking twice gives the same bill. Refused: `visit_open`, `visit_cancelled`, `missing_price`.
    """
    visit = lock(Visit, visit.pk, "clinic", "patient", "doctor", "invoice")
    if visit.state == Visit.State.OPEN:
        raise Refused(_("The visit is still open: its bill is made when it is finished."), "visit_open")
    if visit.state == Visit.State.CANCELLED:
        raise Refused(_("The patient did not come: there is nothing to charge."), "visit_cancelled")
    if visit.invoice is not None and visit.invoice.state != Invoice.State.CANCELLED:
        return visit.invoice
    # A completed visit is frozen, so a later bill is known by the charge on it.
    source = f"visit:{visit.pk}"
    files = Patient.objects.family_of(visit.patient_id)
    known = Invoice.objects.filter(clinic=visit.clinic_id, patient__any_of=files, lines__source=source)
    invoice = known.exclude(state=Invoice.State.CANCELLED).first()
    if invoice is None:
        invoice = billing.draft_invoice(clinic=visit.clinic, patient=visit.patient, by=by, mode=Invoice.Mode.AUTO)
        billing.charge_consultation(invoice=invoice, doctor=visit.doctor, by=by, source=source)
    return invoice
