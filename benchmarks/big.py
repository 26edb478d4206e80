"""A clinic of many years: a million patients, half a million appointments, and what follows from them, in minutes.

    DATABASE_URL=postgres://.../clinic_big python benchmarks/big.py [--patients 1000000] [--appointments 500000]

Migrates the database of DATABASE_URL, refuses one that already holds patients, and fills it by plain SQL past the
operations. The columns that searching looks at are made by the same Python functions as in `patients.operations`, once
for each distinct name, and joined to the rows in SQL; at the end a sample of rows is compared with what the operations
would have written. Every constraint and foreign key holds; guards that allow a row only while its visit or bill is
open are off while history is written.
"""

import argparse
import random
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tests.environment  # noqa: E402, F401, I001

import django  # noqa: E402

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import big_base, big_names  # noqa: E402
from clinic.models import Counter  # noqa: E402
from patients import file_number, names  # noqa: E402
from patients.models import Patient  # noqa: E402
from patients.operations import common  # noqa: E402

ZONE = "Asia/Riyadh"
SLOTS_A_DAY = 32  # quarters of an hour from 08:00 to 16:00
DAYS_AHEAD = 20
CHECKED = 300


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--patients", type=int, default=1_000_000)
    options.add_argument("--appointments", type=int, default=500_000)
    asked = options.parse_args()
    call_command("migrate", verbosity=0)
    if Patient.objects.exists():
        sys.exit("This database holds patients already. Name an empty one in DATABASE_URL.")
    started = time.monotonic()
    base = big_base.make(ZONE)
    facts = {
        "n": asked.patients,
        "appointments": asked.appointments,
        "slots": SLOTS_A_DAY,
        "doctors": len(base.doctors),
        "doctor_ids": [doctor.pk for doctor in base.doctors],
        "clinic": base.clinic.pk,
        "reception": base.reception.pk,
        "pharmacist": base.pharmacist.pk,
        "medicines": [medicine.pk for medicine in base.medicines],
        "batches": [batch.pk for batch in base.batches],
        "stations": [station.pk for station in base.stations],
        "zone": ZONE,
    }
    days = -(-asked.appointments // (facts["doctors"] * SLOTS_A_DAY))
    first = base.clinic.today().toordinal() - days + DAYS_AHEAD
    facts["start"] = base.clinic.today().fromordinal(first)
    facts["today"] = base.clinic.today()
    with connection.cursor() as cursor:
        fill(cursor, facts)
    check(base.clinic)
    print(f"all: {time.monotonic() - started:.0f} s; compared {CHECKED} files with the operations: the same")


def fill(cursor, facts):
    """Everything, floor by floor."""
    cursor.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
    cursor.execute("SELECT setseed(0.42)")
    step("names", load_names, cursor, facts)
    with without_indexes(cursor, "patients_patient"):
        step("patients", lambda: insert(cursor, "patients.Patient", PATIENTS, PATIENTS_FROM, facts))
    Counter.objects.update_or_create(clinic=None, series="patient", defaults={"value": facts["n"]})
    for name, columns, source in big_base.HISTORY:
        model = apps.get_model(name)
        with without_guards(cursor, model._meta.db_table):
            step(name, lambda n=name, c=columns, s=source: insert(cursor, n, c, s, facts))
    step("shelves", cursor.execute, big_base.AFTER)
    step("statistics", cursor.execute, "VACUUM ANALYZE")


def step(name, work, *arguments):
    began = time.monotonic()
    made = work(*arguments)
    count = f"{made:>10,} rows" if isinstance(made, int) else " " * 15
    print(f"{name:28} {count} {time.monotonic() - began:6.1f} s", flush=True)


# --- patients --------------------------------------------------------------------------------------------------------

PATIENTS = {
    "id": "g",
    "file_number": "f.file_number",
    "name": "name.name",
    "name_other_script": "name.other",
    "sex": "name.sex",
    "born_on": "date '1932-01-01' + (random() * 33000)::int",
    "phone": "phone.written",
    "phone_digits": "phone.digits",
    "phone_grams": """ARRAY(SELECT DISTINCT substr(run, at, 4)
        FROM unnest(string_to_array(phone.digits, ' ')) run, generate_series(1, length(run) - 3) at ORDER BY 1)""",
    "national_id": "CASE WHEN g %% 5 < 3 THEN (1000000000 + g)::text ELSE '' END",
    "email": "CASE WHEN g %% 4 = 0 THEN 'p' || g || '@example.com' ELSE '' END",
    "name_words": "name.name_words",
    "name_folded": "name.name_folded",
    "sound_keys": "name.sound_keys",
    "search_terms": "name.search_terms",
    "created_at": "now() - (%(n)s - g) * (interval '1100 days' / %(n)s)",
    "created_by_id": "%(reception)s",
}
# Families share telephones; some names are much commoner than others.
PATIENTS_FROM = """
    generate_series(1, %(n)s) g
    JOIN big_file f ON f.n = g
    JOIN big_pick pick ON pick.who = g
    JOIN big_name name ON name.n = pick.name
    CROSS JOIN LATERAL (SELECT lpad((g / 2 %% 10000000)::text, 7, '0') AS own) typed
    CROSS JOIN LATERAL (SELECT
        '05' || substr(typed.own, 1, 1) || ' ' || substr(typed.own, 2, 3) || ' ' || substr(typed.own, 5, 3) || '0' AS written,
        '05' || typed.own || '0 9665' || typed.own || '0' AS digits) phone
"""


def load_names(cursor, facts):
    """big_name: every distinct name with its search columns; big_file: file numbers; big_pick: who is called what."""
    random.seed(42)
    cursor.execute("""
        CREATE TEMP TABLE big_name (n int PRIMARY KEY, name text, other text, sex text,
            name_words text[], name_folded text, sound_keys text[], search_terms text[]);
        CREATE TEMP TABLE big_file (n int PRIMARY KEY, file_number text)""")
    made = list(big_names.people())
    random.shuffle(made)
    with cursor.copy("COPY big_name FROM STDIN") as copy:
        for number, (name, other, sex) in enumerate(made):
            found = names.search_fields(name, other)
            columns = ("name_words", "name_folded", "sound_keys", "search_terms")
            copy.write_row([number, name, other, sex, *(found[column] for column in columns)])
    with cursor.copy("COPY big_file FROM STDIN") as copy:
        for number in range(1, facts["n"] + 1):
            copy.write_row([number, file_number.compose(number)])
    cursor.execute(
        "CREATE TEMP TABLE big_pick AS SELECT g AS who, floor(power(random(), 2) * %s)::int AS name"
        " FROM generate_series(1, %s) g",
        [len(made), facts["n"]],
    )
    cursor.execute("ANALYZE big_name; ANALYZE big_file; ANALYZE big_pick")
    return len(made)


def check(clinic):
    """Compare a sample of rows with what the operations derive; stops at a difference."""
    columns = ("name_words", "name_folded", "sound_keys", "search_terms", "phone_digits", "phone_grams")
    last = Patient.objects.order_by("pk").last().pk
    picked = random.sample(range(1, last + 1), min(CHECKED, last))
    for patient in Patient.objects.filter(pk__in=picked):
        stored = {column: getattr(patient, column) for column in columns}
        common.derive(patient, clinic)
        derived = {column: getattr(patient, column) for column in columns}
        if stored != derived or patient.file_number != file_number.compose(patient.pk):
            sys.exit(f"patient {patient.pk} is not as the operations write it:\n{stored}\n{derived}")


# --- plain inserts ---------------------------------------------------------------------------------------------------


def insert(cursor, name, columns, source, facts):
    """INSERT ... SELECT `columns` ({column: SQL}) FROM `source`; every column not named gets its model's default."""
    model = apps.get_model(name)
    values, filled = dict(columns), dict(facts)
    for field in model._meta.concrete_fields:
        if field.column not in values and not field.primary_key and not field.generated:
            parameter = f"default_{field.column}"
            values[field.column] = f"%({parameter})s::{field.db_type(connection).split(' GENERATED')[0]}"
            default = timezone.now() if field.default is timezone.now else field.get_default()
            filled[parameter] = field.get_db_prep_save(default, connection)
    table = model._meta.db_table
    # One pass for each table: the parameters are filled on our side.
    sql = f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source}"
    cursor.execute(sql, filled)
    made = cursor.rowcount
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest((SELECT max(id) FROM {table}), 1))"
    )
    cursor.execute(f"ANALYZE {table}")
    return made


@contextmanager
def without_indexes(cursor, table):
    """Drop the indexes of `table` that carry no constraint, and make them again at the end."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [table],
    )
    indexes = cursor.fetchall()
    with transaction.atomic():
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    for name, definition in indexes:
        step(f"  index {name}"[:28], cursor.execute, definition)


@contextmanager
def without_guards(cursor, table):
    """Let history be written: triggers of our own are off, foreign keys and constraints are not."""
    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


if __name__ == "__main__":
    main()
