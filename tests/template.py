"""A migrated database which each process of a test run copies, instead of migrating its own.

`python -m tests.template` makes it anew and prints its name; bin/test hands that on as CLINIC_TEST_TEMPLATE.
It stays until the next run replaces it.
"""

import django
from django.db import connection


def make():
    """Make the database, dropping one left by an earlier run; its name."""
    connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_template"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()  # nobody may copy a database while somebody is in it
    return name


if __name__ == "__main__":
    from tests import environment  # noqa: F401  the settings of the tests

    django.setup()
    print(make())
