"""A patient with a phone: sign in, book, see it, move it, call it off; in both languages, without an axe violation."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from clinic.access import Role
from patients import operations as files
from scheduling.models import Appointment
from tests.factories import clinic as people
from tests.factories import patients
from tests.factories import scheduling as times
from tests.stories.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PHONE = (390, 844)


def judged(window):
    """What axe finds on the page, and whether the page is wider than the phone."""
    window.page.wait_for_load_state("load")
    # At its end the bar below covers nothing; before, what it covers depends on how many times are free at this hour.
    window.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    found = Axe().run(window.page, options=OPTIONS).response["violations"]
    wider = window.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] + [wider] * bool(wider)


@pytest.fixture
def layla(db):
    """A patient with an account, and a doctor who works around the clock."""
    clinic = people.clinic()
    desk = people.user(Role.RECEPTION, clinic=clinic)
    doctor = people.doctor(clinic=clinic, specialties="Cardiology")
    times.hours(doctor=doctor, clinic=clinic)
    patient = patients.patient(clinic=clinic, by=desk, name_other_script="ليلى الحسن")
    account = people.user(Role.PATIENT, clinic=clinic, name="Layla", name_other_script="ليلى", username="layla")
    files.claim_file(code=files.issue_link_code(patient=patient, by=desk), user=account)
    return account


UNDER_THE_BAR = """() => { const bar = document.querySelector('.portal-nav').getBoundingClientRect();
  return [...document.querySelectorAll('main :is(a, button, input, select)')].filter((el) => { el.focus();
    const box = el.getBoundingClientRect(); return document.activeElement === el && box.height && box.bottom > bar.top + 1; }).map((el) => el.outerHTML.slice(0, 80)); }"""


def test_what_has_the_focus_is_never_under_the_bar(browser, house, layla):
    """On a short phone, where every page scrolls."""
    window = Window(browser, house, layla, reverse("clinic:portal_book"), size=(390, 500))
    window.at("#doctors a").first.click()
    expect(window.at("#times-save")).to_be_attached()
    assert window.page.evaluate(UNDER_THE_BAR) == []
    window.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_patient_books_moves_and_calls_off(language, browser, house, layla):
    layla.language = language
    layla.save(update_fields=["language"])
    window = Window(browser, house, path=reverse("clinic:sign_in"), size=PHONE)
    window.at("#id_username").fill("layla")
    window.at("#id_password").fill(people.PASSWORD)
    window.page.keyboard.press("Enter")
    expect(window.at("html")).to_have_attribute("lang", language)
    expect(window.at("#home-book")).to_be_visible()
    seen = {"home": judged(window)}
    window.at("#home-book").click()
    seen["doctors"] = judged(window)
    window.at("#doctors a").first.click()
    seen["times"] = judged(window)
    window.at(".portal-times label").nth(1).click()
    window.at("#times-save").click()
    expect(window.at("#appointments .portal-when")).to_have_count(1)
    booked = Appointment.objects.get()
    window.at(f"#appointment-{booked.pk}-open").click()
    seen["appointment"] = judged(window)
    window.at("#appointment-move").click()
    window.at(".portal-times label").nth(3).click()
    window.at("#times-save").click()
    expect(window.at("#appointments .portal-when")).to_have_count(1)
    moved = Appointment.objects.get()
    assert moved.starts_at > booked.starts_at
    window.at(f"#appointment-{booked.pk}-open").click()
    window.at("#cancel-save").click()
    expect(window.at("#appointments")).to_have_count(0)
    assert Appointment.objects.get().state == "cancelled"
    for name in ("prescriptions", "visits", "bills", "access"):
        window.open(reverse(f"clinic:portal_{name}"))
        seen[name] = judged(window)
    window.close()
    assert (seen, window.problems) == (dict.fromkeys(seen, []), [])
