"""Hands and eyes: what newcomers stumbled over, each once."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.stories import stage as scenery

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PHONE = (390, 844)
AT_WORK = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"
# Whether two elements of a row lie over each other, and whether each button lies inside the table.
COVERED = """row => {
  const money = row.querySelector("td.num > bdi")?.getBoundingClientRect() ?? { left: -1, right: -1 };
  const table = row.closest("table").getBoundingClientRect();
  return [...row.querySelectorAll(".desk-acts .btn")].map((button) => {
    const box = button.getBoundingClientRect();
    return [box.right > money.left && box.left < money.right, box.left >= table.left && box.right <= table.right];
  });
}"""
# How much of an element stands between the bars of a small window, from 0 to 1.
IN_SIGHT = """element => {
  const box = element.getBoundingClientRect();
  const top = Math.max(box.top, document.getElementById("patient-banner").getBoundingClientRect().bottom);
  const bottom = Math.min(box.bottom, document.querySelector(".rail").getBoundingClientRect().top);
  return (bottom - top) / box.height;
}"""


def comes_into_sight(window, found, tries=30):
    """True as soon as an element stands whole between the bars, which scrolling takes a moment to do."""
    for _try in range(tries):
        if found.evaluate(IN_SIGHT) == 1:
            return True
        window.page.wait_for_timeout(100)
    return False


def test_the_buttons_of_a_row_cover_no_money(open_window, day):
    desk = open_window(day.staff["reception"], "/desk/")
    for which in (":has(td.num > bdi)", ":has([id$=-swap])"):  # somebody who owes, and the row with the most buttons
        row = desk.at(f"#today [data-row]{which}").first
        row.locator("[data-open]").focus()
        expect(row.locator(".desk-acts .btn").first).to_be_visible()
        assert {tuple(found) for found in row.evaluate(COVERED)} == {(False, True)}


def test_the_card_follows_a_number_that_was_given_to_another(open_window, stage):
    other = scenery.register(stage, "Nada Tawil", phone="0504445566")
    desk = open_window(stage.staff["reception"], "/desk/")
    row = desk.at(f"#today [data-patient='{stage.patients['Amal Nasr'].pk}']")
    row.locator("[data-open]").focus()
    row.locator("[id$=-swap]").click()
    expect(desk.at("#change-find")).to_be_focused()
    expect(desk.at(AT_WORK)).to_have_count(0)
    desk.at("#change-find").fill("nada")
    desk.page.locator(f"#book-pick-{other.pk}").click()
    expect(desk.at(f"#card-{other.pk}")).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "name"), [("سلطان البحري", "سلطان البحري"), ("0556677889", ""), ("٠٣/٠٥/١٩٨٨", ""), ("A1234567", "")]
)
def test_who_was_not_found_is_registered_under_what_was_typed(open_window, stage, typed, name):
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.at("#find").fill(typed)
    expect(desk.at("#find-none")).to_be_visible()
    desk.page.keyboard.press("F2")
    expect(desk.at("#id_name")).to_be_focused()
    expect(desk.at("#id_name")).to_have_value(name)
    expect(desk.at("#id_phone")).to_have_value("")
    desk.page.keyboard.type("Omar")
    expect(desk.at("#id_name")).to_have_value("Omar")


@pytest.mark.parametrize("by", ["arrows", "mouse"])
def test_a_diagnosis_chosen_from_the_list_leaves_the_hands_in_its_box(open_window, stage, by):
    doctor = open_window(stage.staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk]))
    doctor.at("#dx-q").fill("migr")
    expect(doctor.at("#dx-list [data-open]").first).to_be_visible()
    expect(doctor.at(AT_WORK)).to_have_count(0)
    if by == "mouse":
        doctor.page.locator("#dx-list [data-open]").first.click()
    else:
        doctor.page.keyboard.press("ArrowDown")
        doctor.page.keyboard.press("Enter")
    expect(doctor.at(".dx-list > li")).to_have_count(2)
    expect(doctor.at("#dx-q")).to_be_focused()
    expect(doctor.at("#dx-q")).to_have_value("")


def test_on_a_phone_the_patient_and_the_warning_stay_in_sight(open_window, stage):
    address = reverse("visits:visit", args=[stage.visit.pk])
    phone = open_window(stage.staff["doctor1"], address, size=PHONE)
    phone.at("#line-text").fill("amox 500 1-1-1 5d")
    expect(phone.at("#line-found")).to_contain_text("amox")
    phone.page.keyboard.press("Enter")
    warning = phone.at(".rx-card.stop .note-box, .rx-card.stop .alert, .rx-card.stop [role=alert]").first
    expect(warning).to_be_visible()
    expect(phone.at("#patient-banner")).to_be_in_viewport(ratio=1)
    assert comes_into_sight(phone, warning)
    phone.page.keyboard.press("F9")
    expect(phone.at("#finish-why")).to_be_visible()
    assert comes_into_sight(phone, phone.at("#finish-why"))


def test_waiting_minutes_pass_by_themselves(open_window, stage):
    window = open_window(stage.staff["pharmacist"], "/pharmacy/", clock=True)
    window.await_live()
    with window.page.expect_request(lambda request: request.headers.get("hx-target") == "worklist") as asked:
        window.page.clock.run_for(61_000)
    assert asked.value.method == "GET"
