"""What is asked in benchmarks/reads.py: each endpoint, who asks, and the plain SQL of the same question."""

import re
from dataclasses import dataclass

from django.db import connection

from clinic.models import AuditEvent, Clinic, Doctor
from patients import phones
from patients.models import Patient
from scheduling.models import Appointment


@dataclass(frozen=True)
class Case:
    """`sql` are the statements of the same question, parameters as %(name)s; None: the endpoint's own SELECTs."""

    path: str
    role: str
    sql: tuple | None = None


NAMED = "SELECT id, file_number, name, name_other_script, sex, born_on, phone FROM patients_patient WHERE merged_into_id IS NULL AND retired_at IS NULL"
TERMS = " AND array_to_tsvector(search_terms::text[]) @@ '{}'::tsquery LIMIT 200"
# A number may be a file's, an id's, or part of a phone's: nobody says which when it is typed.
NUMBERED = (
    NAMED
    + " AND (file_number = %({number})s OR national_id = %({number})s OR phone_grams @> %({grams})s::varchar[]) LIMIT 200"
)
BOOKED = "SELECT id, patient_id, doctor_id, during, minutes, state, reason, notes, source, created_at FROM scheduling_appointment WHERE clinic_id = %(clinic)s"
SEEN = "SELECT v.id, v.patient_id, p.file_number, p.name, v.doctor_id, u.name, v.state, v.started_at, v.completed_at, i.number, i.total, i.paid FROM visits_visit v JOIN patients_patient p ON p.id = v.patient_id JOIN clinic_doctor d ON d.id = v.doctor_id JOIN clinic_user u ON u.id = d.user_id LEFT JOIN billing_invoice i ON i.id = v.invoice_id WHERE v.clinic_id = %(clinic)s"
TRAIL = "SELECT a.id, a.at, a.user_id, u.name, a.roles, a.action, a.result, a.subject_type, a.subject_id, a.patient_id, a.facts, a.address FROM clinic_auditevent a LEFT JOIN clinic_user u ON u.id = a.user_id WHERE a.clinic_id = %(clinic)s"


def numbered(name):
    """The names of the two values of NUMBERED."""
    return {"number": name, "grams": f"{name}_grams"}


def counted(rows, where="", order=" ORDER BY id DESC", limit=" LIMIT 20"):
    """A page and its count, as a person would write them."""
    table = unjoined(rows[rows.index(" FROM") :] + where)
    return (f"SELECT count(*){table}", f"{rows}{where}{order}{limit}")


def unjoined(rows):
    """The rows as they are counted: without tables that only give columns."""
    bare = re.sub(r" (?:LEFT )?JOIN \S+ \S+ ON \S+ = \S+", "", rows)
    return rows if "u." in bare else bare


def page(columns, rows, order, below="", limit=" LIMIT 20"):
    """A count, a page and, as `below` has it with {ids} for the page's ids, the rows that hang on it."""
    ids = f"SELECT t.id FROM {rows} ORDER BY {order}{limit}"
    found = (f"SELECT count(*) FROM {unjoined(rows)}", f"SELECT {columns} FROM {rows} ORDER BY {order}{limit}")
    return found + tuple(part.format(ids=f"(SELECT id FROM ({ids}) AS page)") for part in below.split(";") if part)


OF_PATIENT = "t.clinic_id = %(clinic)s AND t.patient_id = %(patient)s"
OF_CLINIC = "t.clinic_id = %(clinic)s"
VISIT = "t.id, t.patient_id, p.name, t.doctor_id, t.state, t.complaint, t.examination, t.plan, t.started_at, t.completed_at, t.version, t.appointment_id, t.invoice_id, k.letter, k.number"
VISITS = (
    "visits_visit t JOIN patients_patient p ON p.id = t.patient_id LEFT JOIN queues_token k ON k.id = t.token_id WHERE "
)
FINDINGS = "SELECT * FROM visits_diagnosis WHERE removed_at IS NULL AND visit_id IN {ids} ORDER BY is_primary DESC, id;SELECT v.* FROM visits_vitals v WHERE v.visit_id IN {ids} AND NOT EXISTS (SELECT 1 FROM visits_vitals n WHERE n.corrects_id = v.id) ORDER BY v.taken_at DESC"
ONE_VISIT = tuple(part.format(ids="(%(visit)s)") for part in FINDINGS.split(";"))
BILLS = "billing_invoice t WHERE "
LINES = "SELECT * FROM billing_invoiceline WHERE invoice_id IN {ids} ORDER BY position;SELECT c.* FROM billing_creditline c JOIN billing_invoiceline l ON l.id = c.line_id WHERE l.invoice_id IN {ids}"
ORDERS = "pharmacy_prescription t WHERE "
ORDERED = "SELECT i.*, m.generic_name, m.strength, m.form, (SELECT COALESCE(sum(r.quantity), 0) FROM pharmacy_dispenseline d JOIN pharmacy_dispensereturnline r ON r.line_id = d.id WHERE d.item_id = i.id) FROM pharmacy_prescriptionitem i JOIN pharmacy_medicine m ON m.id = i.medicine_id WHERE i.removed_at IS NULL AND i.prescription_id IN {ids} ORDER BY i.position"
DOCTORS = "clinic_doctor t JOIN clinic_user u ON u.id = t.user_id WHERE u.clinic_id = %(clinic)s AND t.is_active AND u.is_active"
USERS = "clinic_user t LEFT JOIN clinic_doctor d ON d.user_id = t.id WHERE t.clinic_id = %(clinic)s"
GROUPS = "SELECT ug.user_id, g.name FROM clinic_user_groups ug JOIN auth_group g ON g.id = ug.group_id WHERE ug.user_id IN {ids}"

CASES = [
    # patients: searching is what a desk does all day
    Case("patients/", "reception", counted(NAMED)),
    Case("patients/?offset=5000", "reception", counted(NAMED, limit=" LIMIT 20 OFFSET 5000")),
    Case("patients/?q=mohammed", "reception", (f"{NAMED} AND name_words @> ARRAY['mohammed']::varchar[] LIMIT 200",)),
    Case("patients/?q=محمد حداد", "reception", (f"{NAMED} AND name_words @> ARRAY['محمد','حداد']::varchar[] LIMIT 200",)),
    Case("patients/?q=moh had", "reception", (f"{NAMED}{TERMS.format('moh:* & had:*')}",)),
    Case("patients/?q=muhamad hadad", "reception", (f"{NAMED}{TERMS.format('~mhmd:* & ~hdd:*')}",)),
    Case("patients/?q=fatma kahtani", "reception", (f"{NAMED}{TERMS.format('~ftm:* & ~khtn:*')}",)),
    Case("patients/?q=xyzzy plugh", "reception", (f"{NAMED}{TERMS.format('(xyzzy:* | ~ksz:*) & (plugh:* | ~blg:*)')}",)),
    Case("patients/?q={phone}", "reception", (NUMBERED.format(**numbered("phone")),)),
    Case("patients/?q={file_number}", "reception", (NUMBERED.format(**numbered("file_number")),)),
    Case("patients/?q={national_id}", "reception", (NUMBERED.format(**numbered("national_id")),)),
    Case("patients/?q={email}", "reception", (f"{NAMED} AND lower(email) LIKE %(email)s || '%%' AND email <> '' LIMIT 200",)),
    Case("patients/?q=hypertension", "reception", (f"{NAMED}{TERMS.format('hypertension:* | ~hbrtnsn:*')}",)),  # nobody is called so
    Case("patients/?q=gastritis", "doctor", ("SELECT p.id, p.name FROM patients_patient p WHERE EXISTS (SELECT 1 FROM patients_condition c WHERE c.patient_id = p.id AND c.state = 'active' AND array_to_tsvector(c.search_terms::text[]) @@ 'gastritis:*'::tsquery) LIMIT 200",)),
    Case("patients/?born_on=1980-01-02", "reception", counted(NAMED, " AND born_on = '1980-01-02'")),
    Case("patients/{patient}/", "reception", ("SELECT * FROM patients_patient WHERE id = %(patient)s",)),
    Case("patients/{patient}/allergies/", "doctor", page("t.*, u.name", "patients_allergy t JOIN clinic_user u ON u.id = t.recorded_by_id WHERE t.patient_id = %(patient)s", "t.recorded_at DESC")),
    Case("patients/{patient}/conditions/", "doctor", page("t.*", "patients_condition t WHERE t.patient_id = %(patient)s", "t.recorded_at DESC")),
    Case("patients/{patient}/contacts/", "reception", page("t.*", "patients_emergencycontact t WHERE t.patient_id = %(patient)s", "t.id")),
    Case("patients/{patient}/appointments/", "reception", counted(BOOKED, " AND patient_id = %(patient)s", " ORDER BY wall_date, during")),
    Case("patients/{patient}/visits/", "doctor", page(VISIT, VISITS + OF_PATIENT, "t.started_at DESC, t.id DESC", FINDINGS)),
    Case("patients/{patient}/prescriptions/", "doctor", page("t.*", ORDERS + OF_PATIENT, "t.created_at DESC, t.id DESC", ORDERED)),
    Case("patients/{patient}/invoices/", "reception", page("t.*", BILLS + OF_PATIENT, "t.id DESC", LINES)),
    Case("patients/{patient}/access-log/", "manager", page("t.*, u.name", "clinic_auditevent t LEFT JOIN clinic_user u ON u.id = t.user_id WHERE t.patient_id = %(patient)s AND t.result = 'ok'", "t.at DESC, t.id DESC")),
    # appointments
    Case("appointments/", "reception", counted(BOOKED, order=" ORDER BY wall_date, during")),
    Case("appointments/?date_from={today}&date_to={today}", "reception", counted(BOOKED, " AND wall_date = %(today)s", " ORDER BY wall_date, during")),
    Case("appointments/?doctor={doctor}&date_from={today}", "doctor", counted(BOOKED, " AND doctor_id = %(doctor)s AND wall_date >= %(today)s", " ORDER BY wall_date, during")),
    Case("appointments/?patient={patient}", "reception", counted(BOOKED, " AND patient_id = %(patient)s", " ORDER BY wall_date, during")),
    Case("appointments/{appointment}/", "reception", (BOOKED + " AND id = %(appointment)s",)),
    Case("doctors/{doctor}/slots/?days=7", "reception"),
    Case("doctors/{doctor}/availability/", "doctor"),
    Case("doctors/{doctor}/exceptions/", "reception"),
    # the house
    Case("departments/", "reception", ("SELECT count(*) FROM clinic_department", "SELECT id, name, name_other_script, is_active FROM clinic_department ORDER BY name, id LIMIT 20")),
    Case("doctors/", "reception", page("t.*, u.name", DOCTORS, "u.name, t.id")),
    Case("doctors/?q=Omar", "reception", ("SELECT count(*) FROM clinic_doctor d JOIN clinic_user u ON u.id = d.user_id WHERE u.clinic_id = %(clinic)s AND u.name ILIKE '%%omar%%'", "SELECT d.*, u.name FROM clinic_doctor d JOIN clinic_user u ON u.id = d.user_id WHERE u.clinic_id = %(clinic)s AND u.name ILIKE '%%omar%%' ORDER BY u.name LIMIT 20")),
    Case("doctors/specialties/", "reception"),
    Case("doctors/{doctor}/", "reception", ("SELECT d.*, u.* FROM clinic_doctor d JOIN clinic_user u ON u.id = d.user_id WHERE d.id = %(doctor)s",)),
    Case("doctors/{doctor}/status/", "reception", ("SELECT d.status, d.status_since FROM clinic_doctor d JOIN clinic_user u ON u.id = d.user_id WHERE d.id = %(doctor)s",)),
    Case("users/", "manager", page("t.*, d.id", USERS, "t.name, t.id", GROUPS)),
    Case("users/?q=doctor1", "manager"),
    # lines
    Case("queue/today/?station={station}", "reception"),
    Case("queue/summary/?date={today}", "manager"),
    # visits
    Case("visits/", "doctor", page(VISIT, VISITS + OF_CLINIC, "t.started_at DESC, t.id DESC", FINDINGS)),
    Case("visits/?patient={patient}", "doctor", page(VISIT, VISITS + OF_PATIENT, "t.started_at DESC, t.id DESC", FINDINGS)),
    Case("visits/{visit}/", "doctor", (f"SELECT {VISIT} FROM {VISITS} t.id = %(visit)s", *ONE_VISIT)),
    Case("visits/{visit}/diagnoses/", "doctor", page("t.*", "visits_diagnosis t WHERE t.visit_id = %(visit)s", "t.id")),
    Case("visits/{visit}/vitals/", "doctor", page("t.*", "visits_vitals t WHERE t.visit_id = %(visit)s", "t.taken_at DESC")),
    # the pharmacy
    Case("medicines/?q=para", "pharmacist"),
    Case("medicines/?low_stock=true", "pharmacist"),
    Case("batches/", "pharmacist", page("t.*, m.generic_name", "pharmacy_batch t JOIN pharmacy_medicine m ON m.id = t.medicine_id WHERE " + OF_CLINIC, "t.remove_by, t.id")),
    Case("stock-moves/", "pharmacist", page("t.*", "pharmacy_stockmove t WHERE " + OF_CLINIC, "t.at DESC, t.id DESC")),
    Case("stock/low/", "pharmacist"),
    Case("stock/expiring/", "pharmacist"),
    Case("prescriptions/", "pharmacist", page("t.*", ORDERS + OF_CLINIC, "t.created_at DESC, t.id DESC", ORDERED)),
    Case("prescriptions/{prescription}/", "pharmacist"),
    Case("dispensings/", "pharmacist", page("t.*, u.name", "pharmacy_dispense t JOIN clinic_user u ON u.id = t.by_id WHERE " + OF_CLINIC, "t.id", "SELECT l.*, m.generic_name, b.number FROM pharmacy_dispenseline l JOIN pharmacy_medicine m ON m.id = l.medicine_id JOIN pharmacy_batch b ON b.id = l.batch_id WHERE l.dispense_id IN {ids}")),
    # money
    Case("invoices/", "reception", page("t.*", BILLS + OF_CLINIC, "t.id DESC", LINES)),
    Case("invoices/?status=pending", "reception", page("t.*", BILLS + OF_CLINIC + " AND t.state = 'pending'", "t.id DESC", LINES)),
    Case("invoices/{invoice}/", "reception", ("SELECT * FROM billing_invoice WHERE id = %(invoice)s", *(part.format(ids="(%(invoice)s)") for part in LINES.split(";")))),
    Case("payments/", "reception", page("t.*, i.number, i.currency", "billing_payment t JOIN billing_invoice i ON i.id = t.invoice_id WHERE " + OF_CLINIC, "t.id DESC")),
    Case("services/", "reception", page("t.*", "billing_service t WHERE t.clinic_id = %(clinic)s", "t.name, t.id")),
    # reports
    Case("reports/daily-summary/", "manager"),
    Case("reports/stats/", "manager"),
    Case("reports/visit-history/", "manager", counted(SEEN.replace("SELECT v.id", "SELECT v.id"), order=" ORDER BY v.id DESC")),
    Case("reports/visit-history/?patient={patient}", "manager", counted(SEEN, " AND v.patient_id = %(patient)s", " ORDER BY v.id DESC")),
    Case("reports/visit-history/?date_from={today}", "manager", counted(SEEN, " AND v.started_at >= %(today)s::date::timestamp AT TIME ZONE 'Asia/Riyadh'", " ORDER BY v.id DESC")),
    Case("reports/stock-movements/", "manager", page("t.*, m.generic_name, m.base_unit, b.number, u.name", "pharmacy_stockmove t JOIN pharmacy_medicine m ON m.id = t.medicine_id JOIN pharmacy_batch b ON b.id = t.batch_id JOIN clinic_user u ON u.id = t.by_id WHERE " + OF_CLINIC, "t.id DESC")),
    Case("reports/audit-log/", "manager", counted(TRAIL, order=" ORDER BY a.id DESC")),
    Case("reports/audit-log/?patient={patient}", "manager", counted(TRAIL, " AND a.patient_id = %(patient)s", " ORDER BY a.id DESC")),
]  # fmt: skip


def samples():
    """What the addresses and the SQL name."""
    clinic = Clinic.objects.get(name="Many Years Clinic")
    doctor = Doctor.objects.order_by("pk").first()
    middle = Patient.objects.count() // 2
    person = Patient.objects.exclude(national_id="").exclude(email="").filter(pk__gte=middle).order_by("pk").first()
    figures = person.phone_digits.split(" ")[0]
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0].split(" ")[0]

    def last(table, where="true"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT max(id), count(*) FROM {table} WHERE {where}")
            return cursor.fetchone()

    visit, visits = last("visits_visit")
    invoice, invoices = last("billing_invoice")
    return {
        "users": {role: role for role in ("manager", "reception", "nurse", "pharmacist")} | {"doctor": "doctor1"},
        "clinic": clinic.pk,
        "today": clinic.today().isoformat(),
        "doctor": doctor.pk,
        "station": doctor.stations.first().pk,
        "patient": 1,  # came most often
        "appointment": Appointment.objects.order_by("pk").last().pk,
        "visit": visit,
        "invoice": invoice,
        "prescription": last("pharmacy_prescription")[0],
        "phone": figures,
        "phone_grams": phones.grams(figures),
        "file_number": person.file_number,
        "file_number_grams": phones.grams("".join(filter(str.isdigit, person.file_number))),
        "national_id": person.national_id,
        "national_id_grams": phones.grams(person.national_id),
        "email": person.email,
        "patients": Patient.objects.count(),
        "appointments": Appointment.objects.count(),
        "visits": visits,
        "invoices": invoices,
        "events": AuditEvent.objects.count(),
        "postgres": postgres,
    }
