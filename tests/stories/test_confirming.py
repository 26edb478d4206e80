"""Confirming line after line at the pharmacy's counter by the keyboard alone, and reading a usual dose to its end."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from pharmacy import operations
from tests.factories import pharmacy as shelf
from tests.stories import stage as scenery
from visits import operations as rooms

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LINES = ("para 500 1-1-1 5d", "ibup 500 1-1-1 5d", "ceti 500 od 5d")
# Whether an element lies within the list it stands in.
INSIDE = """element => {
  const [box, list] = [element, element.closest(".list")].map((each) => each.getBoundingClientRect());
  return box.left >= list.left && box.right <= list.right;
}"""


@pytest.fixture
def counter(open_window, transactional_db):
    """A pharmacist with a prescription of three lines in hand; the window and the boxes of the lines."""
    stage = scenery.build()
    for name in ("ibuprofen", "cetirizine"):
        shelf.batch(clinic=stage.clinic, medicine=shelf.medicine(generic_name=name), by=stage.staff["pharmacist"])
    patient, doctor = scenery.register(stage, "Amal Nasr"), stage.doctors[0]
    scenery.wait_for(stage, patient)
    visit = rooms.begin(visit=rooms.call_next(doctor=doctor, by=doctor.user), by=doctor.user)
    items = [operations.add_item(visit=visit, by=doctor.user, line=line) for line in LINES]
    operations.finish(visit=visit, by=doctor.user, reason="test")
    window = open_window(stage.staff["pharmacist"], reverse("pharmacy:dispensing", args=[items[0].prescription_id]))
    return window, [window.at(f"#id_confirm-{item.pk}") for item in items]


def test_space_goes_from_line_to_line_and_then_to_complete(counter):
    window, boxes = counter
    for box in boxes:
        expect(box).to_be_focused()
        window.page.keyboard.press("Space")
        expect(box).to_be_checked()
    expect(window.at("#dispense-now")).to_be_focused()


def test_a_line_that_is_confirmed_already_is_passed_over(counter):
    window, (first, second, third) = counter
    second.focus()
    window.page.keyboard.press("Space")
    first.focus()
    window.page.keyboard.press("Space")
    expect(third).to_be_focused()


def test_unchecking_stays(counter):
    window, (first, _second, _third) = counter
    window.page.keyboard.press("Space")
    first.focus()
    window.page.keyboard.press("Space")
    expect(first).to_be_focused()
    expect(first).not_to_be_checked()


def test_nothing_confirmed_leads_back_to_the_first_box(counter):
    window, (first, *_rest) = counter
    window.at("#more-" + first.get_attribute("id").removeprefix("id_confirm-")).focus()
    with window.answered("/dispense/"):
        window.page.keyboard.press("Control+Enter")
    expect(window.at("#form-errors[role=alert]")).to_contain_text("Confirm at least one line.")
    expect(first).to_be_focused()


def test_a_usual_dose_is_read_to_its_end(open_window, day):
    visit = reverse("visits:visit", args=[day.visit.pk])
    doctor = open_window(day.doctors[0].user, visit)
    doctor.at("#line-text").press_sequentially("para")
    doctor.at("[id^=medicine-open-]").first.click()
    dose = doctor.at("[id^=dose-] .item-sub bdi")
    expect(dose).to_be_visible()
    assert dose.evaluate(INSIDE)
