"""The rooms of this floor for programs: the hours doctors keep, their free times, and the appointments in them."""

from scheduling.api.appointments import Appointments, PatientAppointments
from scheduling.api.hours import Exceptions, Hours, Slots

ROOMS = [
    ("doctors/<int:doctor_pk>/availability", Hours),
    ("doctors/<int:doctor_pk>/exceptions", Exceptions),
    ("doctors/<int:doctor_pk>/slots", Slots),
    ("appointments", Appointments),
    ("patients/<int:patient_pk>/appointments", PatientAppointments),
]
