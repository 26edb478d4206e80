"""Allergies and conditions of a patient: for those who treat, and for the patient."""

from clinic.access import CLINICAL
from clinic.api import Listing, Nothing, does, reads
from patients import operations
from patients.api.files import OfPatient
from patients.api.shapes import (
    KNOWS_CLINICAL,
    TREATING,
    AllergyGiven,
    AllergyShown,
    ConditionGiven,
    ConditionShown,
)
from patients.models import Allergy, Condition


class NewestFirst(Listing):
    orders = {"recorded": ("-recorded_at",)}


class PatientAllergies(OfPatient):
    """Allergies and intolerances of a patient, ended ones included."""

    name = "patient-allergies"

    def visible(self):
        return Allergy.objects.filter(patient__in=self.files()).select_related("recorded_by")

    @reads(KNOWS_CLINICAL, AllergyShown, asks=NewestFirst, many=True)
    def list(self, request, asked, patient_pk):
        """List the allergies. An empty list alone does not mean "none": see the patient's allergy_state."""
        rows = self.visible()
        self.note_reading("allergies")
        return rows

    @does(CLINICAL, AllergyGiven, AllergyShown, status=201, refuses=["already_recorded", "retired"])
    def create(self, request, given, patient_pk):
        """Record an allergy or intolerance; "no known allergies" ends with it."""
        return operations.record_allergy(patient=self.patient(), by=request.user, **given)

    @does(TREATING, Nothing, AllergyShown, at="end", refuses=["retired"])
    def end(self, request, given, patient_pk, pk):
        """Say that an allergy no longer holds. The row stays."""
        return operations.end_allergy(allergy=self.found(), by=request.user)


class PatientConditions(OfPatient):
    """Long-standing problems of a patient, resolved ones included."""

    name = "patient-conditions"

    def visible(self):
        return Condition.objects.filter(patient__in=self.files())

    @reads(KNOWS_CLINICAL, ConditionShown, asks=NewestFirst, many=True)
    def list(self, request, asked, patient_pk):
        """List the conditions."""
        rows = self.visible()
        self.note_reading("conditions")
        return rows

    @does(TREATING, ConditionGiven, ConditionShown, status=201, refuses=["retired"])
    def create(self, request, given, patient_pk):
        """Add a long-standing problem; the same active problem again answers with the first."""
        return operations.add_condition(patient=self.patient(), by=request.user, **given)

    @does(TREATING, Nothing, ConditionShown, at="resolve", refuses=["retired"])
    def resolve(self, request, given, patient_pk, pk):
        """Say that a problem is over. The row stays."""
        return operations.resolve_condition(condition=self.found(), by=request.user)
