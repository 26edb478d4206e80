"""The JSON door of the visits: `visits/`, what hangs below one, and `patients/{id}/visits/`.

Completing one also signs its prescription, which is a floor above: `clinic.api_counter`.
"""

from visits.api.parts import VisitAddenda, VisitDiagnoses, VisitNotes, VisitVitals
from visits.api.visits import PatientVisits, Visits

ROOMS = [
    ("visits/<int:visit_pk>/notes", VisitNotes),
    ("visits/<int:visit_pk>/vitals", VisitVitals),
    ("visits/<int:visit_pk>/diagnoses", VisitDiagnoses),
    ("visits/<int:visit_pk>/addenda", VisitAddenda),
    ("patients/<int:patient_pk>/visits", PatientVisits),
    ("visits", Visits),
]
