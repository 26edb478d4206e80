"""`dispensings/`: what was handed over, and what comes back."""

from clinic import audit
from clinic.access import Role
from clinic.api import Room, does, reads
from clinic.api.errors import placed
from patients.models import Patient
from pharmacy import operations, queries
from pharmacy.api.given import DispensingGiven, DispensingsAsked, ReturnGiven
from pharmacy.api.shown import DispensingShown, ReturnShown
from pharmacy.models import Prescription

MAY_DISPENSE = (Role.PHARMACIST,)
MAY_READ = (Role.PHARMACIST, Role.DOCTOR)
OUT = ["already_dispensed", "not_signed", "expired", "out_of_stock", "too_much", "closed", "reason", "batch_unusable",
       "no_substitution", "safety_stop", "missing_price"]  # fmt: skip


class Dispensings(Room):
    """Dispensings. They are never changed: what comes back is a return."""

    name = "dispensings"

    def visible(self):
        return queries.dispensings(self.request.user)

    def shown(self, gives, thing, *, many=False):
        """A page of dispensings is a reading of their patients' records; that of one patient is noted by `list` itself."""
        if many and "patient" not in self.request.query_params:
            thing = list(thing)
            audit.note_reading(self.request, thing, part="dispensings")
        return super().shown(gives, thing, many=many)

    @reads(MAY_READ, DispensingShown, asks=DispensingsAsked, many=True)
    def list(self, request, asked):
        """List dispensings, of one prescription, patient or time."""
        rows = self.visible()
        if "patient" in asked:
            patient = Patient.objects.visible_to(request.user).filter(pk=asked["patient"]).first()
            if patient is None:
                return rows.none()
            audit.read(request, patient, patient_id=patient.pk, part="dispensings")
            rows = rows.filter(patient__in=Patient.objects.family_ids(patient.pk))
        wanted = {"prescription": "prescription", "date_from": "at__date__gte", "date_to": "at__date__lte"}
        return rows.filter(**{wanted[name]: asked[name] for name in wanted if name in asked})

    @reads(MAY_READ, DispensingShown)
    def retrieve(self, request, asked, pk):
        """One dispensing."""
        return self.opened()

    @does(MAY_DISPENSE, DispensingGiven, DispensingShown, status=201, key=True, refuses=OUT)
    def create(self, request, given):
        """Hand over medicines of a signed prescription.

        The earliest batch is taken first, over as many batches as it needs. The shelf falls, the charge is on the
        bill and the patient leaves the pharmacy's line in one step, or nothing happens.
        """
        rows = Prescription.objects.visible_to(request.user)
        prescription = self.one_of(rows, given["prescription"], "prescription")
        items = prescription.items.filter(removed_at=None)
        for number, row in enumerate(given["lines"]):
            self.one_of(items, row["item"], f"lines.{number}.item")
        with placed("lines", {row["item"]: number for number, row in enumerate(given["lines"])}):
            return operations.dispense(
                prescription=prescription, by=request.user, lines=[handed(row) for row in given["lines"]]
            )

    @does(
        MAY_DISPENSE,
        ReturnGiven,
        ReturnShown,
        status=201,
        key=True,
        at="return",
        fetch=lambda room, pk: queries.returns(room.request.user).get(pk=pk),
        refuses=["too_much", "which_batch", "reason"],
    )
    def return_(self, request, given, pk):
        """Take medicines back.

        Never more than was given and not yet returned; back to its own batch or written off. The bill follows.
        """
        found, places = self.found(), {}
        for number, row in enumerate(given["lines"]):
            names = {"pk": "line", "item": "item", "batch": "batch"}
            meant = found.lines.filter(**{field: row[name] for field, name in names.items() if name in row})
            if not meant:
                self.one_of(meant, None, f"lines.{number}.{'line' if 'line' in row else 'item'}")
            places |= {line.pk: number for line in meant}
        with placed("lines", places):
            return operations.return_dispensed(
                dispense=found, by=request.user, lines=[dict(row) for row in given["lines"]],
                reason=given["reason"], restock=given["restock"],
            )  # fmt: skip


def handed(row):
    """A line of the body as `operations.dispense` takes it; one `reason` serves for batch and for substitution."""
    row = dict(row)
    if row.get("substitute") and not row.get("substitute_reason"):
        row["substitute_reason"] = row.get("reason", "")
    return row
