"""The environment of the tests; loaded as a pytest plugin before the settings are read (see pyproject.toml)."""

import os

os.environ["CLINIC_TESTING"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
os.environ["SECRET_KEY"] = "for-the-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ["LINK_KEY"] = "for-the-tests-only-links-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ["TOKEN_KEY"] = "for-the-tests-only-tokens-0123456789-abcdefghijklmnopqrstuvwxyz"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
# Tests that run side by side on one Redis must not hear each other; processes that a test starts must.
os.environ.setdefault("REDIS_PREFIX", f"test-{os.getpid()}")
# Playwright keeps an event loop running in the test's thread; the database calls there are still synchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure(config):
    """Compile stale catalogues once, before the workers start: many tests read Arabic answers."""
    if not hasattr(config, "workerinput"):
        from clinic import catalogues

        catalogues.compile_stale()
