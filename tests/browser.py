"""The machine's own Chromium for browser stories: the fixture `browser`, which tests/conftest.py gives to all tests.

One for the whole session: two Playwrights in one process refuse to start. Without a Chromium the stories are skipped,
and bin/test says so in a line of its own.
"""

import os
import shutil

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 10_000  # ms: a slow machine is not a wrong page
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path():
    """The path of a Chromium on this machine, None when there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Shared:
    """The one Playwright of the process and its Chromium, however many modules ask for it."""

    playwright = chromium = None
    users = 0


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium for the whole session; each test opens its own contexts."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    if not Shared.users:
        Shared.playwright = sync_playwright().start()
        Shared.chromium = Shared.playwright.chromium.launch(executable_path=path, args=QUIET)
    Shared.users += 1
    yield Shared.chromium
    Shared.users -= 1
    if not Shared.users:
        Shared.chromium.close()
        Shared.playwright.stop()
