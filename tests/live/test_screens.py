"""The real screens in real windows: what one person does, the others see, and nothing moves."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from clinic.access import Role
from scheduling import operations as desk_operations
from tests.factories import clinic as people
from tests.factories import patients as files
from tests.factories import scheduling as times
from visits import operations as visits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SOON = 5_000  # milliseconds, on a machine that may run every test at once


@contextmanager
def window(browser, server, user, path):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies(server.browser_cookies(user))
    page = context.new_page()
    page.goto(f"{server.url}{path}")
    expect(page.locator("#live-state")).to_have_attribute("data-state", "live")
    yield page
    context.close()


@pytest.fixture
def doctor(clinic):
    doctor = people.doctor(clinic=clinic, name="Omar Haddad", room="3")
    times.hours(doctor=doctor, clinic=clinic)
    return doctor


@pytest.fixture
def reception(clinic):
    return people.user(Role.RECEPTION, clinic=clinic)


def arrive(clinic, doctor, by, name):
    patient = files.patient(clinic=clinic, by=by, name=name)
    return desk_operations.walk_in(clinic=clinic, patient=patient, doctor=doctor, by=by)


def test_desk_board_and_doctor_follow_each_other(server, browser, clinic, doctor, reception):
    display = people.user(Role.DISPLAY, clinic=clinic)
    first = arrive(clinic, doctor, reception, "Layla Hassan")
    with (
        window(browser, server, reception, "/desk/") as desk,
        window(browser, server, doctor.user, "/visits/") as room,
        window(browser, server, display, "/queue/board/") as board,
    ):
        second = arrive(clinic, doctor, reception, "Yusuf Farah")
        expect(desk.get_by_text(second.label).first).to_be_visible(timeout=SOON)
        expect(room.get_by_text(second.label).first).to_be_visible(timeout=SOON)
        visits.call_next(doctor=doctor, by=doctor.user)
        expect(board.get_by_text(first.label).first).to_be_visible(timeout=SOON)
        expect(desk.locator("#today .chip-called")).to_have_count(1, timeout=SOON)


def test_at_the_desk_a_row_in_hand_stays_where_it_is(server, browser, clinic, doctor, reception):
    for name in ("Layla Hassan", "Yusuf Farah", "Mona Saleh"):
        arrive(clinic, doctor, reception, name)
    with window(browser, server, reception, "/desk/") as desk:
        rows = desk.locator("#today [data-row]")
        expect(rows).to_have_count(3)
        order = rows.evaluate_all("rows => rows.map(row => row.id)")
        rows.nth(1).focus()
        in_hand = desk.evaluate("document.activeElement.id")
        new = arrive(clinic, doctor, reception, "Huda Nasser")
        expect(desk.locator("#order-changed")).to_be_visible(timeout=SOON)
        assert rows.evaluate_all("rows => rows.map(row => row.id)") == order
        assert desk.evaluate("document.activeElement.id") == in_hand
        expect(desk.locator("#count-waiting")).to_have_text("4")
        assert desk.locator("#today [tabindex='0']").count() == 1
        desk.keyboard.press("r")
        expect(desk.get_by_text(new.label).first).to_be_visible(timeout=SOON)
        expect(desk.locator(f"#{in_hand}")).to_be_focused()


def test_a_row_can_take_the_focus_as_soon_as_it_is_there(server, browser, clinic, doctor, reception):
    for name in ("Layla Hassan", "Yusuf Farah"):
        arrive(clinic, doctor, reception, name)
    with window(browser, server, reception, "/desk/") as desk:
        desk.evaluate(
            """() => {
                window.addEventListener("htmx:afterSwap", ({ target }) => {
                    if (target.id !== "desk-today") return;
                    document.querySelectorAll("#today [data-row]")[1].focus();
                    document.title = document.activeElement.id;
                });
                // A region that has just come hears nothing yet, so it is told more than once.
                setInterval(() => document.querySelector("#desk-today").dispatchEvent(new CustomEvent("live")), 300);
            }"""
        )
        expect(desk).to_have_title(re.compile(desk.locator("#today [data-row]").nth(1).get_attribute("id")))


def test_typing_at_the_desk_is_not_disturbed(server, browser, clinic, doctor, reception):
    with window(browser, server, reception, "/desk/") as desk:
        box = desk.locator("input[type=search]").first
        box.focus()
        desk.keyboard.type("Lay")
        new = arrive(clinic, doctor, reception, "Huda Nasser")
        expect(desk.locator("#desk-today").get_by_text(new.label).first).to_be_visible(timeout=SOON)
        desk.keyboard.type("la")
        expect(box).to_have_value("Layla")
        expect(box).to_be_focused()


def test_a_card_that_renews_its_figures_keeps_the_next_search(server, browser, clinic, doctor, reception):
    arrive(clinic, doctor, reception, "Huda Nasser")
    with window(browser, server, reception, "/desk/") as desk:
        box = desk.locator("#find")
        box.fill("Huda")
        desk.locator("#find-results [data-open]").first.click()
        expect(desk.locator("#card-balance")).not_to_have_text("…")
        expect(box).to_have_value("")
        box.fill("Layla")
        desk.evaluate(
            """() => {
                window.addEventListener("htmx:afterSettle", ({ target }) => { if (target.id === "card-balance") document.title = "renewed"; });
                document.querySelector("#card-balance").dispatchEvent(new CustomEvent("live", { bubbles: true }));
            }"""
        )
        expect(desk).to_have_title("renewed")
        expect(box).to_have_value("Layla")
