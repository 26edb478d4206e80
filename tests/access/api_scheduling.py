"""Who may call which endpoint of scheduling, and the sample object its address names."""

from clinic.access import STAFF, Role

M, D, R = Role.MANAGER, Role.DOCTOR, Role.RECEPTION
ALL = (*STAFF, Role.PATIENT)
KEEP_HOURS, KEEP_EXCEPTIONS = (M, D), (M, D, R)
MAY_STEP, MAY_BOOK = (M, D, R), (M, D, R, Role.PATIENT)
OF_DOCTOR = {"doctor_pk": "doctor"}

TABLE = {
    ("doctor-availability-list", "get"): (KEEP_HOURS, OF_DOCTOR),
    ("doctor-availability-list", "post"): (KEEP_HOURS, OF_DOCTOR),
    ("doctor-availability-detail", "delete"): (KEEP_HOURS, {**OF_DOCTOR, "pk": "hours"}),
    ("doctor-exceptions-list", "get"): (KEEP_EXCEPTIONS, OF_DOCTOR),
    ("doctor-exceptions-list", "post"): (KEEP_EXCEPTIONS, OF_DOCTOR),
    ("doctor-exceptions-detail", "delete"): (KEEP_EXCEPTIONS, {**OF_DOCTOR, "pk": "exception"}),
    ("doctor-slots-list", "get"): (None, OF_DOCTOR),
    ("appointments-list", "get"): (MAY_BOOK, ""),
    ("appointments-list", "post"): (MAY_BOOK, ""),
    ("appointments-detail", "get"): (MAY_BOOK, "appointment"),
    ("appointments-detail", "patch"): (MAY_BOOK, "appointment"),
    ("appointments-detail", "delete"): (MAY_BOOK, "appointment"),
    ("appointments-confirm", "post"): (MAY_STEP, "appointment"),
    ("appointments-check-in", "post"): (MAY_STEP, "appointment"),
    ("appointments-cancel", "post"): (MAY_BOOK, "appointment"),
    ("appointments-miss", "post"): (MAY_STEP, "appointment"),
    ("appointments-complete", "post"): (MAY_STEP, "appointment"),
    ("patient-appointments-list", "get"): (ALL, {"patient_pk": "patient"}),
}
