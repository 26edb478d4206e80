"""The screens keep still: nothing scrolls that should not, nothing moves under the hand, nothing typed is lost."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from patients import operations as patients
from queues import operations as lines
from tests.factories import clinic as people
from tests.factories import scheduling as times
from tests.factories import visits
from tests.stories import stage as scenery
from visits import operations as rooms

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
SCROLLS = """() => {
  const root = document.documentElement;
  return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight];
}"""
AT_REST = """async () => {
  await document.fonts.ready;
  while (document.querySelector(".htmx-request, .htmx-settling")) await new Promise(requestAnimationFrame);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
# What sticks out of the window sideways and is not inside something that scrolls by itself.
OUTSIDE = """() => [...document.querySelectorAll("main *, .topbar *, .rail *, .work-foot *")].filter((el) => {
  const box = el.getBoundingClientRect();
  if (!box.width || (box.right <= innerWidth + 1 && box.left >= -1)) return false;
  for (let up = el; up; up = up.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return false;
  return true;
}).slice(0, 3).map((el) => el.outerHTML.slice(0, 120))"""
EDGES = "() => [...document.querySelectorAll('#today th[scope=col]')].map((th) => th.getBoundingClientRect().left)"
SHIFT = """() => { window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: false }); }"""


def screens(stage):
    """(who, address, may the page scroll on a desktop) of the screens on which a shift is spent."""
    staff = stage.staff
    return [
        (staff["reception"], "/desk/"),
        (staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk])),
        (staff["pharmacist"], reverse("pharmacy:dispensing", args=[stage.prescription.pk])),
        (staff["till"], "/billing/"),
        (staff["reception"], "/calendar/"),
        (staff["nurse"], "/queue/"),
        (staff["manager"], "/day/"),
    ]


def test_nothing_scrolls_that_should_not(open_window, day):
    found = []
    for user, path in screens(day):
        window = open_window(user, "/health")
        for size, (width, height) in SIZES.items():
            window.page.set_viewport_size({"width": width, "height": height})
            window.open(path)
            window.page.evaluate(AT_REST)
            sideways, down = window.page.evaluate(SCROLLS)
            outside = window.page.evaluate(OUTSIDE)
            if sideways or outside or (size == "desktop" and down):
                found.append((path, size, sideways, down, outside))
        window.context.close()
    assert found == []


def test_the_columns_of_the_desk_stand_still(open_window, stage):
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.await_live()
    before = desk.page.evaluate(EDGES)
    desk.page.evaluate(SHIFT)
    for number, name in enumerate(["Abdulrahman Abdulaziz al-Mutairi al-Otaibi al-Qahtani", "Li", "Noura"]):
        patient = scenery.register(stage, name, phone=f"05000000{number}1")
        scenery.wait_for(stage, patient, doctor=number % 2)
        expect(desk.at(f"#today [data-patient='{patient.pk}']")).to_be_visible(timeout=6000)
        assert desk.page.evaluate(EDGES) == before
    assert desk.page.evaluate("window.shifted") <= 0.02


def test_the_calendar_has_a_column_for_every_doctor(open_window, stage):
    for number in range(24):
        people.doctor(clinic=stage.clinic, name=f"Doctor {number}")
    window = open_window(stage.staff["reception"], "/calendar/")
    edges = (
        "() => [...document.querySelectorAll('.cal-head')].map((head) => Math.round(head.getBoundingClientRect().left))"
    )
    lefts = window.page.evaluate(edges)
    assert [left - lefts[0] for left in lefts] == [172 * number for number in range(26)]


def typed(window, selector, text):
    """Type, put the caret into the middle; what is in the field with its caret and the focus."""
    window.page.click(selector)
    window.page.keyboard.type(text)
    window.page.keyboard.press("ArrowLeft")
    window.page.keyboard.press("ArrowLeft")
    return field(window)


def field(window):
    return window.page.evaluate(
        "() => { const el = document.activeElement; return [el.id, el.value, el.selectionStart, document.querySelector('.zone-body')?.scrollTop]; }"
    )


def test_what_is_typed_survives_what_others_do(open_window, stage):
    """A live change of the very patient comes while the desk registers, the doctor writes and the till counts."""
    layla, by = stage.visit.patient, stage.staff["doctor1"]
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.page.keyboard.press("F2")
    doctor = open_window(by, reverse("visits:visit", args=[stage.visit.pk]))
    unpaid = scenery.bill_of(stage.prescription.patient)
    till = open_window(stage.staff["till"], "/billing/")
    till.page.click(f"#due-{unpaid.pk}-open")
    expect(till.at("#pay-submit")).to_be_visible()
    for window in (desk, doctor, till):
        window.await_live()
    were = {
        desk: typed(desk, "#id_name", "Layla Hass"),
        doctor: typed(doctor, "#id_examination", "clear"),
        till: typed(till, "#id_received", "200"),
    }
    newcomer = scenery.register(stage, "Salma Idris", phone="0509998877")
    scenery.wait_for(stage, newcomer)
    rooms.record_vitals(visit=stage.visit, by=stage.staff["nurse"], pulse=71)
    patients.record_allergy(patient=layla, by=by, substance="latex", reaction="rash")
    scenery.pay(stage, stage.prescription.patient, part="10.00")
    expect(desk.at(f"#today [data-patient='{newcomer.pk}']")).to_be_visible(timeout=6000)
    expect(doctor.at("#visit-vitals")).to_contain_text("71", timeout=6000)
    expect(doctor.at("#banner-allergies")).to_contain_text("latex", timeout=6000)
    expect(till.at(f"#due-{unpaid.pk}")).to_contain_text("105.00", timeout=6000)
    assert {window: field(window) for window in were} == were


def test_a_change_between_pressing_and_letting_go_loses_no_click(open_window, stage):
    """The button under the finger stays until the finger is gone; then the page catches up."""
    doctor = open_window(stage.staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk]))
    doctor.await_live()
    doctor.page.hover("#vitals-add")
    doctor.page.mouse.down()
    rooms.record_vitals(visit=stage.visit, by=stage.staff["nurse"], pulse=71)
    doctor.page.wait_for_timeout(1500)
    doctor.page.mouse.up()
    expect(doctor.at("#id_pressure")).to_be_visible()
    expect(doctor.at("#visit-vitals")).to_contain_text("71", timeout=6000)


def test_back_shows_a_whole_fresh_page(open_window, stage):
    desk = open_window(stage.staff["reception"], "/desk/")
    record = reverse("patients:record", args=[stage.visit.patient_id])
    answer = desk.open(record)
    assert "no-store" in answer.headers["cache-control"]
    desk.open("/patients/")
    scenery.wait_for(stage, scenery.register(stage, "Salma Idris", phone="0509998877"))
    desk.page.go_back()
    desk.page.go_back()
    expect(desk.at(".topbar")).to_be_visible()
    expect(desk.at("#today")).to_contain_text("IDRIS")


def test_a_conflict_and_a_broken_answer_keep_what_was_typed(open_window, stage):
    """409 on the note, 422 on the registration, 500 and no connection on the till: the words are still there."""
    doctor = open_window(stage.staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk]))
    other = open_window(stage.staff["doctor1"], reverse("visits:visit", args=[stage.visit.pk]))
    with other.answered("/note/"):
        other.page.fill("#id_plan", "Rest")
    with doctor.answered("/note/"):
        doctor.page.fill("#id_plan", "Walk")
        doctor.page.keyboard.press("Control+s")
    expect(doctor.at("#id_plan")).to_have_value("Walk")
    expect(doctor.at("#visit-note")).to_contain_text("Rest")
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.page.keyboard.press("F2")
    desk.page.fill("#id_name", "Salma Idris")
    with desk.answered("/patients/register/"):
        desk.page.keyboard.press("Control+Enter")
    expect(desk.at("#form-errors")).to_be_focused()
    expect(desk.at("#id_name")).to_have_value("Salma Idris")
    desk.page.route("**/patients/register/", lambda route: route.fulfill(status=500, body="<html>broken</html>"))
    desk.page.fill("#id_phone", "0501231231")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.at("#toasts")).not_to_be_empty()
    expect(desk.at("#id_phone")).to_have_value("0501231231")


def test_taken_slots_are_seen_by_who_is_choosing(open_window, stage):
    """Somebody else takes the slot first: the form stays, with the nearest free times."""
    desk = open_window(stage.staff["reception"], "/desk/")
    amal, salma = stage.entry.token.patient, scenery.register(stage, "Salma Idris", phone="0509998877")
    desk.open(f"/appointments/book/?patient={amal.pk}")
    chosen = desk.at(".slot input:checked").get_attribute("value")
    starts_at = times.morrow(stage.clinic).fromisoformat(chosen.replace("Z", "+00:00"))
    times.appointment(
        clinic=stage.clinic, doctor=stage.doctors[0], patient=salma, by=stage.staff["reception"], starts_at=starts_at
    )
    desk.page.click("#book-go")
    expect(desk.at("[id^=alternative-]")).to_have_count(3)


def test_who_was_just_registered_stands_beside_the_table_and_can_be_booked(open_window, stage):
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.page.keyboard.press("F2")
    desk.at("#id_name").fill("Newcomer Walker")
    desk.at("#id_phone").fill("0507771234")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.at("#patient-card")).to_contain_text("WALKER")
    desk.page.keyboard.press("Control+KeyB")
    expect(desk.at("#context")).to_contain_text("Book")
    expect(desk.at("#book-go, #book-form").first).to_be_visible()


def test_a_key_pressed_the_moment_a_patient_is_there_is_not_overtaken(open_window, stage):
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.at("#find").fill("yusuf")
    desk.page.click("#find-results [data-open]")
    expect(desk.at("#card-book")).to_be_visible()
    desk.page.wait_for_load_state("networkidle")
    other = stage.patients["Amal Nasr"].pk
    desk.page.evaluate(
        "id => { document.dispatchEvent(new CustomEvent('patient-selected', {detail: {id}}));"
        " document.getElementById('card-book').click(); }",
        other,
    )
    expect(desk.at("#book-form")).to_be_visible()
    desk.page.wait_for_load_state("networkidle")
    expect(desk.at("#book-form")).to_be_visible()


@pytest.mark.parametrize("came_before", [False, True])
def test_who_was_just_checked_in_is_seen_in_a_long_table(open_window, stage, came_before):
    late = scenery.register(stage, "Zaynab Taha", phone="0511112222")
    if came_before:
        lines.serve(entry=scenery.wait_for(stage, late).entries.get(), by=stage.staff["reception"])
    for number in range(20):
        patient = scenery.register(stage, f"Patient Number{number}", phone=f"05100000{number:02d}")
        scenery.wait_for(stage, patient, doctor=number % 2)
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.await_live()
    desk.page.evaluate("document.querySelector('#desk-scroll').scrollTop = 0")
    desk.at("#find").fill("Zaynab")
    desk.page.keyboard.press("Enter")
    expect(desk.at("#patient-card")).to_contain_text("TAHA")
    expect(desk.at("#walk-in-go")).to_be_visible()
    desk.page.keyboard.press("F4")
    rows = desk.at(f"#today [data-patient='{late.pk}']")
    expect(rows).to_have_count(1 + came_before)
    expect(rows.last).to_be_in_viewport(ratio=0.9, timeout=6000)


def test_on_a_phone_no_field_of_the_note_lies_over_the_next(open_window, stage):
    patient, doctor = scenery.register(stage, "Nada Tawil"), stage.doctors[1]
    visits.completed(doctor=doctor, patient=patient, plan="Walk every day.\nLess salt.\nCome again in a month.")
    visit = visits.begun(doctor=doctor, patient=patient)
    path = reverse("visits:visit", args=[visit.pk])
    phone = open_window(stage.staff["doctor2"], path, size=SIZES["phone"])
    expect(phone.at(".last-plan")).to_contain_text("Less salt.")
    too_tall = (
        "parts => parts.filter((part) => part.scrollHeight > part.clientHeight + 1).map((part) => part.className)"
    )
    assert phone.page.locator(".note-body > *:visible").evaluate_all(too_tall) == []


def test_a_bill_on_its_way_does_not_cover_the_receipt(open_window, stage):
    patient, held = stage.patients["Badr Salem"], []
    desk = open_window(stage.staff["reception"], "/desk/")
    desk.at("#find").fill("Badr")
    desk.page.keyboard.press("Enter")
    expect(desk.at(f"#card-{patient.pk}")).to_be_visible()
    desk.page.click("#card-pay")
    expect(desk.at("#pay-submit")).to_be_visible()
    address = reverse("billing:patient_pay", args=[patient.pk])
    desk.page.route(f"**{address}", lambda route: held.append(route))
    desk.page.click("#card-pay")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.at("#paid-note")).to_be_visible()
    with desk.page.expect_response("**/pay/"):
        held[0].continue_()
    desk.page.evaluate(AT_REST)
    expect(desk.at("#paid-note")).to_be_visible()
