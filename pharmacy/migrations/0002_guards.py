"""Guards that Django cannot declare: parents of the same patient and clinic, and no TRUNCATE of what is append-only."""

from django.db import migrations

SAME = [  # table, constraint, columns, parent, its columns
    ("pharmacy_prescription", "prescription_same_patient", "visit_id, patient_id, clinic_id", "visits_visit", "id, patient_id, clinic_id"),
    ("pharmacy_dispense", "dispense_same_patient", "prescription_id, patient_id, clinic_id", "pharmacy_prescription", "id, patient_id, clinic_id"),
    ("pharmacy_dispense", "dispense_invoice_same_patient", "invoice_id, patient_id, clinic_id", "billing_invoice", "id, patient_id, clinic_id"),
    ("pharmacy_safetyalert", "alert_same_patient", "prescription_id, patient_id, clinic_id", "pharmacy_prescription", "id, patient_id, clinic_id"),
    ("pharmacy_stockmove", "stock_move_same_medicine", "batch_id, medicine_id, clinic_id", "pharmacy_batch", "id, medicine_id, clinic_id"),
]

# pgtrigger's Protect cannot take TRUNCATE; like its triggers this one heeds pgtrigger.ignore().
APPEND_ONLY = ["pharmacy_stockmove", "pharmacy_dispense", "pharmacy_dispenseline", "pharmacy_safetyalert"]


class Migration(migrations.Migration):
    dependencies = [("pharmacy", "0001_initial"), ("clinic", "0002_guards")]

    operations = [
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {parent} ({keys})"
                " DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, columns, parent, keys in SAME
        ],
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_truncate()",
                f"DROP TRIGGER {table}_no_truncate ON {table}",
            )
            for table in APPEND_ONLY
        ],
    ]
