"""A guard that Django cannot declare: no TRUNCATE of what is append-only."""

from django.db import migrations

# pgtrigger's Protect cannot take TRUNCATE; like its triggers this one heeds pgtrigger.ignore().
APPEND_ONLY = ["clinic_auditevent"]

FUNCTION = """
    CREATE OR REPLACE FUNCTION clinic_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('pgtrigger.ignore', true) IS NOT NULL AND current_setting('pgtrigger.ignore', true) <> '' THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION clinic_refuse_truncate"),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_truncate()",
                f"DROP TRIGGER {table}_no_truncate ON {table}",
            )
            for table in APPEND_ONLY
        ],
    ]
