"""The staff's queue board at the size of a clinic's screen: looking into one row hides no line."""

import pytest

from clinic.access import Role
from tests.factories import clinic as people
from tests.factories import queues as make
from tests.live_server import server  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# What of a line, its foot with *Call next* included, is cut by the window or lies under the panel.
HIDDEN = """() => { const panel = document.querySelector('#queue-panel').getBoundingClientRect();
  return [...document.querySelectorAll('.queue-column')].filter((el) => { const box = el.getBoundingClientRect();
    return box.left < 0 || box.right > innerWidth || box.bottom > panel.top; }).map((el) => el.id); }"""
CLEAR = """() => { const row = document.querySelector('.queue-row.skipped'), name = document.createRange();
  name.selectNodeContents(row.querySelector('.person'));
  const a = name.getBoundingClientRect(), b = row.querySelector('.btn').getBoundingClientRect();
  return a.bottom <= b.top || a.right + 4 <= b.left || b.right + 4 <= a.left; }"""


@pytest.fixture
def board(browser, server):  # noqa: F811
    """Five lines, in the first of which the last of twelve waits and somebody with a long name did not come."""
    clinic = people.clinic()
    sara = people.user(Role.RECEPTION, clinic=clinic, name="Sara Haddad")
    stations = [make.station(clinic=clinic, letter=letter) for letter in "ABCDE"]
    entries = [make.entry(station=stations[0], by=sara) for _ in range(12)]
    patient = make.patient(name="Abdulrahman Alqahtanialotaibi")
    missed = make.entry(station=stations[0], by=sara, patient=patient)
    missed.state, missed.called_at, missed.call_count = "skipped", missed.joined_at, 1
    missed.save()
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies(server.browser_cookies(sara))
    page = context.new_page()
    page.goto(server.url + "/queue/")
    yield page, entries
    context.close()


def test_the_panel_hides_no_line_and_not_its_own_row(board):
    page, entries = board
    page.click(f"#open-{entries[-1].pk}")
    page.wait_for_selector("#entry-panel")
    page.evaluate(
        "id => htmx.trigger(document.getElementById(id).closest('[data-live]'), 'live')", f"entry-{entries[-1].pk}"
    )
    page.wait_for_timeout(600)
    row = page.locator(f"#entry-{entries[-1].pk}").bounding_box()
    foot = page.locator(".queue-column .zone-foot").first.bounding_box()
    assert (page.evaluate(HIDDEN), row["y"] + row["height"] <= foot["y"] + 1) == ([], True)


def test_a_name_does_not_touch_the_way_back_into_the_line(board):
    assert board[0].evaluate(CLEAR)
