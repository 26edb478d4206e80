"""The waiting-room display and the staff's queue board in a real browser against the real server."""

import pytest
from playwright.sync_api import expect

from clinic.access import Role
from queues import operations
from queues.models import Entry
from tests.browser import browser  # noqa: F401
from tests.factories import clinic as people
from tests.factories import queues as make
from tests.live_server import server  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COUNT_SOUNDS = "window.sounds = []; HTMLMediaElement.prototype.play = async function () { window.sounds.push(performance.now()); };"


@pytest.fixture
def clinic(server):  # noqa: F811
    return people.clinic()


@pytest.fixture
def sara(clinic):
    return people.user(Role.RECEPTION, clinic=clinic, name="Sara Haddad")


@pytest.fixture
def station(clinic):
    return make.station(clinic=clinic)


@pytest.fixture
def open_as(browser, server):  # noqa: F811
    """A page of the server as somebody sees it; every context is closed after the test."""
    contexts = []

    def opened(user, path, size=(1920, 1080), clock=False):
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        contexts.append(context)
        context.add_cookies(server.browser_cookies(user))
        page = context.new_page()
        if clock:
            page.clock.install()
        page.add_init_script(COUNT_SOUNDS)
        page.goto(server.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def wall(open_as, clinic):
    """The display after somebody has pressed its start button; its clock can be moved on."""
    page = open_as(people.user(Role.DISPLAY, clinic=clinic), "/queue/board/", clock=True)
    page.click("#board-start-button")
    expect(page.locator("#board-start")).to_be_hidden()
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live")
    return page


def sounds(page):
    return page.evaluate("window.sounds.length")


def test_the_start_button_plays_a_test(wall):
    wall.clock.run_for(5_000)
    assert sounds(wall) == 1


def test_a_call_is_shown_at_once_and_sounds_twice_four_seconds_apart(wall, station, sara):
    make.entry(station=station, by=sara)
    operations.call_next(station=station, by=sara)
    expect(wall.locator("#board-token")).to_have_text("A-001", timeout=2000)
    expect(wall.locator(".board-where[lang=ar]")).to_have_text("توجّه إلى الغرفة 3")
    wall.clock.run_for(5_000)
    times = wall.evaluate("window.sounds.slice(1)")
    assert len(times) == 2
    assert 3900 <= times[1] - times[0] <= 4700


def test_a_recall_sounds_again(wall, station, sara):
    make.entry(station=station, by=sara)
    entry = operations.call_next(station=station, by=sara)
    expect(wall.locator("#board-token")).to_have_text("A-001", timeout=2000)
    wall.clock.run_for(9_000)
    before = sounds(wall)
    shown = wall.locator(".board-now")
    call = shown.get_attribute("data-call")
    operations.recall(entry=entry, by=sara)
    expect(shown).not_to_have_attribute("data-call", call, timeout=2000)
    wall.clock.run_for(2_000)
    assert (before, sounds(wall)) == (3, 4)


def test_the_call_leaves_the_large_place_when_the_person_comes_in(wall, station, sara):
    make.entry(station=station, by=sara)
    entry = operations.call_next(station=station, by=sara)
    expect(wall.locator("#board-token")).to_have_text("A-001", timeout=2000)
    operations.begin(entry=entry, by=sara)
    expect(wall.locator("#board-token")).to_have_count(0, timeout=3000)
    expect(wall.locator(".board-past li").first).to_contain_text("A-001")


def test_a_display_that_hears_nothing_says_so_and_recovers(wall):
    wall.context.set_offline(True)
    wall.evaluate("window.WebSocket.prototype.send = () => {}")
    wall.clock.run_for(14_000)
    expect(wall.locator(".board-stale")).to_be_hidden()
    wall.clock.run_for(15_000)
    expect(wall.locator(".board-stale")).to_be_visible()
    assert "Please listen for your number." in wall.locator(".board-stale").inner_text()
    wall.context.set_offline(False)
    expect(wall.locator(".board-stale")).to_be_hidden(timeout=15_000)


def test_f9_calls_the_next_of_my_station(open_as, clinic, station, sara):
    make.entry(station=station, by=sara, patient=make.patient(name="Layla Hassan"))
    nurse = people.user(Role.NURSE, clinic=clinic, name="Maryam Saleh")
    page = open_as(nurse, "/queue/", size=(1366, 768))
    page.keyboard.press("F9")
    expect(page.locator(".toast")).to_contain_text("Called A-001 HASSAN, Layla to room 3.")
    expect(page.locator(f"#station-{station.pk} .queue-token")).to_have_text("A-001")
    page.click(".toast-undo")
    expect(page.locator(f"#station-{station.pk} .queue-token")).to_have_count(0)
    assert Entry.objects.get().state == "waiting"


def test_another_desk_sees_the_call(open_as, station, sara):
    make.entry(station=station, by=sara)
    page = open_as(sara, "/queue/", size=(1366, 768))
    expect(page.locator("#live-state")).to_contain_text("Live")
    operations.call_next(station=station, by=sara)
    expect(page.locator(f"#station-{station.pk} .queue-token")).to_have_text("A-001", timeout=2000)


def test_the_panel_opens_with_enter_and_closes_with_escape(open_as, station, sara):
    entry = make.entry(station=station, by=sara)
    page = open_as(sara, "/queue/", size=(1366, 768))
    page.focus(f"#entry-{entry.pk}")
    page.keyboard.press("Enter")
    expect(page.locator("#entry-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#entry-panel")).to_have_count(0)
    expect(page.locator(f"#entry-{entry.pk}")).to_be_focused()
