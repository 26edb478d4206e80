"""Guards that Django cannot declare: parents of the same patient and clinic."""

from django.db import migrations

SAME = [  # table, constraint, columns, parent, its columns
    ("scheduling_appointment", "appointment_token_same_clinic", "token_id, clinic_id", "queues_token", "id, clinic_id"),
]


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {parent} ({keys})"
                " DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} DROP CONSTRAINT {name}",
            )
            for table, name, columns, parent, keys in SAME
        ],
    ]
