"""How the database is emptied between tests that commit, how it goes, and how much was written to it."""

from django.db import connection, transaction

# What migrating wrote and no test changes.
STANDING = ("auth_permission", "django_content_type", "django_migrations")


def empty():
    """Delete the rows of the tables that hold some; False where the database's user may not switch triggers off.

    Django truncates every table and writes its permissions anew, which takes ten times as long.
    """
    assert connection.settings_dict["NAME"].startswith("test_"), "this is not a database of the tests"
    names = [name for name in connection.introspection.table_names() if name not in STANDING]
    held = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(held)
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')
    return True


def drop(name, verbosity):
    """Drop a test database; a connection that a server's thread has left open would hold Django up for five seconds."""
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def written(quiet=()):
    """Rows inserted, changed or deleted so far by this connection outside the tables `quiet`, also what was rolled back.

    As pg_stat_xact_user_tables says it, but without its dozen other columns.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)"
            " + pg_stat_get_xact_tuples_deleted(oid)), 0) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s)",
            [list(quiet)],
        )
        return cursor.fetchone()[0]
