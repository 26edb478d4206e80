"""The API's two readers in a real browser: they need nothing from outside, and Authorize signs in."""

import time

import pytest
from playwright.sync_api import expect

from clinic.api.pages import document
from tests.stories import stage as scenery

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser, house):
    """A page that notes which other hosts were reached and what went wrong in its scripts."""
    document()  # the first one takes a second or more
    context = browser.new_context(base_url=house.url, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(60_000)  # both readers draw a hundred and fifty operations
    page.outside, page.problems = [], []
    page.on("response", lambda answer: answer.url.startswith((house.url, "data:")) or page.outside.append(answer.url))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    context.close()


def test_swagger_signs_in_by_its_authorize_button(page):
    scenery.build("en")
    page.goto("/api/v1/docs/")
    page.locator("button.authorize").first.click()  # to look for a role in a page of this size takes seconds
    page.locator("#oauth_username").fill("reception")
    page.locator("#oauth_password").fill(scenery.PASSWORD)
    page.locator(".auth-btn-wrapper button", has_text="Authorize").click()
    expect(page.locator(".auth-container h6", has_text="Authorized")).to_be_visible()
    page.locator(".btn-done").click()
    listed = page.locator("#operations-appointments-appointments_list")
    listed.locator(".opblock-summary-control").click()
    listed.locator(".try-out__btn").click()
    listed.locator(".execute").click()
    expect(listed.locator(".live-responses-table .response-col_status").last).to_contain_text("200", timeout=20_000)
    assert (page.outside, page.problems) == ([], [])


def test_redoc_shows_every_operation_without_the_internet(page):
    scenery.build("en")
    names = [call["summary"] for path in document()["paths"].values() for call in path.values() if "summary" in call]
    assert len(names) >= 150
    page.goto("/api/v1/redoc/")
    deadline = time.monotonic() + 60
    while missing := page.evaluate("names => names.filter((name) => !document.body.textContent.includes(name))", names):
        assert time.monotonic() < deadline, missing
        page.wait_for_timeout(200)
    assert (page.outside, page.problems) == ([], [])
