"""What hangs below one visit: dated notes, measurements, diagnoses, addenda."""

from contextlib import contextmanager

from clinic import audit
from clinic.access import Role
from clinic.api import Nothing, Room, does, reads
from clinic.errors import Refused
from visits import operations, queries
from visits.api.shapes import (
    AddendumGiven,
    AddendumShown,
    DiagnosisGiven,
    DiagnosisShown,
    NoteGiven,
    NoteShown,
    RowsAsked,
    VitalsAsked,
    VitalsGiven,
    VitalsShown,
)
from visits.api.visits import NURSING, READERS
from visits.models import Visit

DOCTOR = (Role.DOCTOR,)
CLOSED = ["visit_closed", "not_yours"]


class Part(Room):
    """Rows of one visit that the caller may see."""

    def visit(self):
        """The visit the address names; 404 when the caller may not see it."""
        return self.found(Visit.objects.visible_to(self.request.user), pk=self.kwargs["visit_pk"])

    def addressed(self):
        return bool(self.visit()) and super().addressed()

    def read(self, part):
        """The visit, its reading noted."""
        found = self.visit()
        audit.read(self.request, found, patient_id=found.patient_id, part=part)
        return found

    def visible(self):
        return getattr(self.visit(), self.rows).all()


class VisitNotes(Part):
    """Dated notes of a visit."""

    name = "visits-notes"
    rows = "notes"

    @reads(NURSING, NoteShown, asks=RowsAsked, many=True)
    def list(self, request, asked, visit_pk):
        """List the notes as they stand, in the order of their writing; what was corrected is left out."""
        return queries.notes(self.read("notes"))

    @does(NURSING, NoteGiven, NoteShown, status=201, refuses=[*CLOSED, "already_corrected"])
    def create(self, request, given, visit_pk):
        """Add a note to an open visit: its doctor or a nurse. Notes are never changed, only corrected."""
        visit = self.visit()
        corrects = self.one_of(visit.notes, given["corrects"], "corrects") if "corrects" in given else None
        return operations.add_note(
            visit=visit, by=request.user, category=given["category"], text=given["text"], corrects=corrects
        )


class VisitVitals(Part):
    """Measurements of a visit."""

    name = "visits-vitals"
    rows = "vitals"

    def visible(self):
        return queries.for_visit(self.visit().vitals)

    @reads(READERS, VitalsShown, asks=VitalsAsked, many=True)
    def list(self, request, asked, visit_pk):
        """List the measurements, newest first."""
        rows = queries.for_visit(self.read("vitals").vitals).order_by("-taken_at", "-pk")
        staff = request.user.has_role(*NURSING)
        return list(rows if asked["with_corrected"] and staff else rows.filter(corrected_by=None))

    @does(NURSING, VitalsGiven, VitalsShown, status=201, refuses=["visit_closed"])
    def create(self, request, given, visit_pk):
        """Record measurements taken now.

        A value that cannot be is refused (400 `impossible`); one that is improbable is asked about once (400
        `improbable`, `alternatives` name the fields): repeat with `confirmed`.
        """
        with fields_named():
            return operations.record_vitals(visit=self.visit(), by=request.user, **given)

    @does(NURSING, VitalsGiven, VitalsShown, status=201, at="correct", refuses=["visit_closed", "already_corrected"])
    def correct(self, request, given, visit_pk, pk):
        """Replace wrong measurements by a new row; both stay on file.

        Send all values: what is left out counts as not measured.
        """
        with fields_named():
            return operations.correct_vitals(vitals=self.found(), by=request.user, **given)


class VisitDiagnoses(Part):
    """Diagnoses of a visit."""

    name = "visits-diagnoses"
    rows = "diagnoses"

    def visible(self):
        return self.visit().diagnoses.filter(removed_at=None)

    @reads(READERS, DiagnosisShown, asks=RowsAsked, many=True)
    def list(self, request, asked, visit_pk):
        """List what was found, the primary diagnosis first."""
        return queries.diagnoses(self.read("diagnoses"))

    @does(DOCTOR, DiagnosisGiven, DiagnosisShown, status=201, refuses=CLOSED)
    def create(self, request, given, visit_pk):
        """Add a diagnosis to one's own open visit; the first is the primary one."""
        return operations.add_diagnosis(visit=self.visit(), by=request.user, **given)

    @does(DOCTOR, Nothing, None, refuses=CLOSED)
    def destroy(self, request, given, visit_pk, pk):
        """Take a diagnosis off an open visit; it stays on file, marked removed."""
        return operations.remove_diagnosis(diagnosis=self.found(self.standing()), by=request.user)

    @does(DOCTOR, Nothing, DiagnosisShown, at="primary", refuses=CLOSED)
    def primary(self, request, given, visit_pk, pk):
        """Let this diagnosis be the primary one."""
        return operations.make_primary(diagnosis=self.found(self.standing()), by=request.user)

    def standing(self):
        """Diagnoses with what the operations lock."""
        return self.visible().select_related("visit__doctor__user")


class VisitAddenda(Part):
    """Words added to a completed visit."""

    name = "visits-addenda"
    rows = "addenda"

    @reads(READERS, AddendumShown, asks=RowsAsked, many=True)
    def list(self, request, asked, visit_pk):
        """List the addenda, the oldest first."""
        return list(self.read("addenda").addenda.all())

    @does(DOCTOR, AddendumGiven, AddendumShown, status=201, refuses=["visit_open"])
    def create(self, request, given, visit_pk):
        """Add words to a completed visit, signed with one's name and the time."""
        return operations.add_addendum(visit=self.visit(), by=request.user, text=given["text"])


@contextmanager
def fields_named():
    """The alternatives of a refused measurement are the names of its fields: {"field": "pulse"}."""
    try:
        yield
    except Refused as error:
        if error.code in ("improbable", "impossible"):
            error.alternatives = [{"field": name} for name in error.alternatives]
        raise
