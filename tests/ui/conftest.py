"""Pages of the shell, opened and closed for each test."""

import pytest

from tests.ui.kit import Kit, render


@pytest.fixture(autouse=True)
def places_that_lead_nowhere(settings):
    """The frame's links exist, whatever the screens behind them are doing."""
    settings.ROOT_URLCONF = "tests.ui.places"


@pytest.fixture
def open_page(browser):
    """Open a page made of template blocks; closes it after the test and fails on any complaint of the browser."""
    opened = []

    def open_one(body, *, answers=None, size=(1366, 768), clock=False, options=None, **context):
        html = render(body, **context)
        opened.append(Kit(browser, html, answers=answers, size=size, clock=clock, **(options or {})))
        return opened[-1]

    yield open_one
    for kit in opened:
        kit.close()
