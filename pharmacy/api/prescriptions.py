"""`prescriptions/`: written on a visit, checked, signed, printed, billed."""

from contextlib import contextmanager
from types import SimpleNamespace

from django.db.models import Prefetch, Sum

from clinic import audit
from clinic.access import CLINICAL, Role
from clinic.api import PDF, Nothing, Pdf, Room, does, reads
from clinic.api.actions import taken
from clinic.errors import Refused
from patients.models import Patient
from pharmacy import operations, papers, queries
from pharmacy.api.given import (
    KeepGiven,
    LineReasonGiven,
    MoreLinesGiven,
    PaperAsked,
    PrescriptionCancelGiven,
    PrescriptionGiven,
    PrescriptionItemGiven,
    PrescriptionsAsked,
    SafetyCheckGiven,
)
from pharmacy.api.shown import CheckedItemShown, PrescriptionDetailShown, PrescriptionShown, SafetyCheckShown
from pharmacy.models import Medicine, Prescription, PrescriptionItem
from visits.models import Visit

WRITERS = (Role.DOCTOR,)
READERS = (Role.DOCTOR, Role.PHARMACIST, Role.PATIENT)
OF_PATIENT = (*CLINICAL, Role.PATIENT)
UNCLEAR = ["unclear", "improbable", "not_found", "quantity_reason", "retired", "visit_closed", "not_yours"]
# A check makes nothing; what is answered is worked out when the answer is written, so that a repeated key is harmless.
UNSAVED = SimpleNamespace(pk=0)


@contextmanager
def as_given():
    """Refusals name a part of a line as the body has it."""
    try:
        yield
    except Refused as error:
        error.field = error.field and error.field.replace("dose_amount", "dose")
        raise


class Written(Room):
    """What the rooms of prescriptions share."""

    def visible(self):
        items = PrescriptionItem.objects.filter(removed_at=None).select_related("medicine")
        items = items.annotate(came_back=Sum("dispense_lines__returns__quantity", default=0)).order_by("position", "pk")
        rows = Prescription.objects.visible_to(self.request.user).select_related("clinic", "visit")
        return rows.prefetch_related(Prefetch("items", items))

    def parts_of(self, given, place="items.{}.medicine"):
        """The lines of a body as `operations.add_item` takes them; a 400 at `place` for a medicine that is not there."""
        wanted = {row["medicine"] for row in given if "medicine" in row}
        known = {row.pk: row for row in Medicine.objects.filter(pk__in=wanted)}
        found = []
        for number, row in enumerate(given):
            row = dict(row)
            if "medicine" in row and row["medicine"] not in known:
                self.one_of(Medicine.objects.none(), None, place.format(number))
            if "medicine" in row:
                row["medicine"] = known[row["medicine"]]
            if "dose" in row:
                row["dose_amount"] = row.pop("dose")
            found.append(row)
        return found

    def by_patient(self, rows, pk):
        """Those of one person, whichever of their files they were written on; audited."""
        patient = self.found(Patient.objects.visible_to(self.request.user), pk=pk)
        audit.read(self.request, patient, patient_id=patient.pk, part="prescriptions")
        return rows.filter(patient__in=Patient.objects.family_ids(patient.pk))

    def chosen(self, rows, asked):
        """The rows that the query asks for."""
        wanted = {
            "visit": "visit", "doctor": "doctor", "status": "state", "date_from": "signed_at__date__gte",
            "date_to": "signed_at__date__lte",
        }  # fmt: skip
        return rows.filter(**{wanted[name]: asked[name] for name in wanted if name in asked})

    def item(self, pk):
        """One item as it is shown, with what speaks against it."""
        rows = self.visible().get(items=pk)
        views = {view.item.pk: view.alerts for view in queries.views_of(rows)}
        found = next((item for item in rows.items.all() if item.pk == pk), None)
        if found is None:  # taken off meanwhile
            raise PrescriptionItem.DoesNotExist
        found.alert_views = views.get(pk, [])
        return found

    def checked(self, patient, given, prescription, *, own=False, visit=None):
        """What speaks against `given` lines for a patient, beside those already on a prescription; a reading of the file."""
        audit.read(self.request, patient, patient_id=patient.pk, part="safety")
        items = self.parts_of(given)
        with as_given():
            return queries.checked(patient, items, prescription, own=own, visit=visit)


class PatientPrescriptions(Written):
    """The prescriptions of one patient."""

    name = "patient-prescriptions"

    @reads(OF_PATIENT, PrescriptionShown, asks=PrescriptionsAsked, many=True)
    def list(self, request, asked, patient_pk):
        """List a patient's prescriptions, the latest first."""
        return self.chosen(self.by_patient(self.visible(), patient_pk), asked)


class Prescriptions(Written):
    """Prescriptions. A signed one is never changed: it is cancelled, or dispensed and returned."""

    name = "prescriptions"

    def shown(self, gives, thing, *, many=False):
        """A page of prescriptions is a reading of their patients' records; that of one patient is noted by `list` itself."""
        if many and "patient" not in self.request.query_params:
            thing = list(thing)
            audit.note_reading(self.request, thing, part="prescriptions")
        return super().shown(gives, thing, many=many)

    @reads(READERS, PrescriptionShown, asks=PrescriptionsAsked, many=True)
    def list(self, request, asked):
        """List prescriptions, the latest first.

        A patient's account sees its own signed ones.
        """
        rows = self.chosen(self.visible(), asked)
        if "patient" in asked:
            known = Patient.objects.visible_to(request.user).filter(pk=asked["patient"]).exists()
            return self.by_patient(rows, asked["patient"]) if known else rows.none()
        return rows

    @reads(READERS, PrescriptionDetailShown)
    def retrieve(self, request, asked, pk):
        """One prescription, for clinical staff with its safety alerts as of now."""
        return self.opened()

    @does(WRITERS, PrescriptionGiven, PrescriptionDetailShown, status=201, refuses=UNCLEAR)
    def create(self, request, given):
        """Prescribe on an open visit.

        The lines join the visit's draft when there is one. All of them are written, or none.
        """
        visit = self.one_of(Visit.objects.visible_to(request.user), given["visit"], "visit")
        items = self.parts_of(given["items"])
        with as_given():
            return operations.prescribe(visit=visit, by=request.user, items=items)

    @does(
        WRITERS,
        PrescriptionItemGiven,
        CheckedItemShown,
        status=201,
        at="items",
        fetch=lambda room, pk: room.item(pk),
        refuses=UNCLEAR,
    )
    def items(self, request, given, pk):
        """Add a medicine to a draft."""
        found = self.found()
        (parts,) = self.parts_of([given], place="medicine")
        with as_given():
            return operations.add_item(visit=found.visit, prescription=found, by=request.user, **parts)

    @does(WRITERS, Nothing, PrescriptionDetailShown, at="sign", refuses=["safety_stop", "empty", "cancelled"])
    def sign(self, request, given, pk):
        """Sign a draft: the pharmacy sees it from now on. Signing again changes nothing."""
        return operations.sign(prescription=self.found(), by=request.user)

    @does(
        WRITERS, PrescriptionCancelGiven, PrescriptionDetailShown, at="cancel", refuses=["already_dispensed", "reason"]
    )
    def cancel(self, request, given, pk):
        """Cancel a prescription of which nothing was handed over; a signed one needs a reason."""
        return operations.cancel_prescription(
            prescription=self.found(), by=request.user, reason=given.get("reason", "")
        )

    @reads(READERS, PDF, asks=PaperAsked, at="print", refuses=["not_signed"])
    def print(self, request, asked, pk):
        """The signed prescription as an A5 PDF."""
        found = self.found()
        paper = papers.prescription_pdf(found, user=request.user, language=asked.get("language"))
        audit.record(request.user, "print", found)
        return Pdf(paper)

    @does(
        WRITERS,
        MoreLinesGiven,
        SafetyCheckShown,
        at="check",
        fetch=lambda room, pk: room.checked_beside(),
        refuses=UNCLEAR,
    )
    def check(self, request, given, pk):
        """Check a prescription's lines, and others beside them, without saving anything."""
        self.found()
        return UNSAVED

    def checked_beside(self):
        found = self.found()
        return self.checked(found.patient, taken(self.request, MoreLinesGiven, False).get("items", []), found, own=True)


class Checks(Written):
    """Safety checks before anything is written."""

    name = "prescriptions"

    @does(WRITERS, SafetyCheckGiven, SafetyCheckShown, fetch=lambda room, pk: room.checked_for(), refuses=UNCLEAR)
    def check_lines(self, request, given):
        """Check medicines against a patient without saving anything."""
        return UNSAVED

    def checked_for(self):
        given = taken(self.request, SafetyCheckGiven, False)
        if "visit" in given:
            rows = Visit.objects.visible_to(self.request.user).select_related("patient")
            visit = self.one_of(rows, given["visit"], "visit")
            draft = Prescription.objects.filter(visit=visit, state="draft").first()
            return self.checked(visit.patient, given["items"], draft, visit=visit)
        patient = self.one_of(Patient.objects.visible_to(self.request.user), given["patient"], "patient")
        return self.checked(patient, given["items"], None)


class Items(Written):
    """Lines of a prescription."""

    name = "prescription-items"

    def addressed(self):
        mine = Prescription.objects.visible_to(self.request.user).filter(pk=self.kwargs["prescription_pk"])
        rows = PrescriptionItem.objects.filter(prescription__in=mine, removed_at=None, pk=self.kwargs["pk"])
        return rows.exists()

    def line(self):
        """The line that the address names."""
        found = self.found(pk=self.kwargs["prescription_pk"])
        rows = PrescriptionItem.objects.filter(prescription=found, removed_at=None)
        rows = rows.select_related("medicine", "prescription__visit__clinic", "prescription__visit__doctor__user")
        return self.found(rows, pk=self.kwargs["pk"])

    @does(WRITERS, Nothing, PrescriptionDetailShown, refuses=["already_signed", "not_yours"])
    def destroy(self, request, given, prescription_pk, pk):
        """Take a line off a draft. It stays in the record as removed."""
        return operations.remove_item(item=self.line(), by=request.user).prescription

    @does(
        WRITERS,
        KeepGiven,
        CheckedItemShown,
        fetch=lambda room, pk: room.item(pk),
        refuses=["already_signed", "safety_stop"],
    )
    def keep(self, request, given, prescription_pk, pk):
        """Keep a line that safety checks stop; the reason stands in the log of alerts.

        It answers the `stops` that are named, by the `key` of their alerts. Another one that stands meanwhile is
        `safety_stop`; `alternatives` says which, in words.
        """
        return operations.keep_item(item=self.line(), by=request.user, reason=given["reason"], stops=given["stops"])

    @does(
        (Role.PHARMACIST,),
        LineReasonGiven,
        CheckedItemShown,
        fetch=lambda room, pk: room.item(pk),
        refuses=["not_signed", "already_dispensed"],
    )
    def not_given(self, request, given, prescription_pk, pk):
        """Close a line that is not given (again), with the reason."""
        return operations.not_given(item=self.line(), by=request.user, reason=given["reason"])
