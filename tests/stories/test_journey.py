"""One patient's way through the whole house, with five windows open; nobody at the desk has a mouse.

Every action is followed by a look at the other windows: they show it within a second of its answer. The same story
runs in Arabic, on an Arabic keyboard.
"""

import pytest
from playwright.sync_api import expect

from billing.models import Invoice, Payment
from patients.models import Patient
from pharmacy.models import Batch
from queues.models import Token
from scheduling.models import Appointment
from tests.stories import stage as scenery
from tests.stories.window import Clock, Hand, Window, shows
from visits.models import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone, pytest.mark.django_db(transaction=True)]
HOMES = {"desk": "reception", "doctor": "doctor1", "pharmacy": "pharmacist", "till": "till", "board": "display"}
RESTING = {"desk", "doctor"}  # whose key is pressed twice
# What is typed at the desk: part of a name in either script, and a new patient who sounds like one on file.
TYPED = {
    "en": {
        "booked": "hass",
        "walk_in": "نصر",
        "new": "Muhammed Aly",
        "born": "38y",
        "to_book": "yusuf",
    },
    "ar": {
        "booked": "حسن",
        "walk_in": "nasr",
        "new": "محمد علي",
        "born": "٣٨y",
        "to_book": "يوسف",
    },
}


class Journey:
    """The five windows, the desk's keyboard, and what the story remembers on its way."""

    def __init__(self, browser, house, stage):
        self.stage, self.words = stage, TYPED[stage.language]
        self.open = {name: Window(browser, house, path="/sign-in/", clock=name in RESTING) for name in HOMES}
        self.desk, self.doctor, self.pharmacy = self.open["desk"], self.open["doctor"], self.open["pharmacy"]
        self.till, self.board = self.open["till"], self.open["board"]
        self.hand = Hand(self.desk, stage.language)

    def sign_in(self):
        """Everybody signs in and lands on their own screen."""
        for name, username in HOMES.items():
            page = self.open[name].page
            page.fill("#id_username", username)
            page.fill("#id_password", scenery.PASSWORD)
            page.press("#id_password", "Enter")
        self.board.page.wait_for_url("**/queue/board/")
        self.board.page.click("#board-start-button")
        self.till.page.wait_for_url("**/desk/")
        self.till.open("/billing/")
        expect(self.desk.at("#desk-today")).to_be_visible()
        expect(self.doctor.at("#home-next")).to_be_focused()
        expect(self.pharmacy.at("#worklist")).to_be_visible()
        for window in self.open.values():
            window.await_live(settle=0)
        self.desk.page.wait_for_timeout(700)

    def row(self, patient):
        """The selector of a patient's newest row on the desk."""
        token = Token.objects.filter(patient=patient).order_by("pk").last()
        appointment = Appointment.objects.filter(patient=patient).order_by("pk").last()
        return f"#appt-{appointment.pk}" if appointment else f"#token-{token.pk}"

    def label(self, patient):
        """The number that was given to a patient."""
        return Token.objects.filter(patient=patient).order_by("pk").last().label

    def find(self, text, patient):
        """At the desk: some letters and Enter; the patient's card stands there."""
        self.hand.tab_to("find")
        with self.hand.at_most(2):
            self.hand.type(text)
            self.hand.press("Enter")
            expect(self.desk.at(f"#card-{patient.pk}")).to_be_visible()

    def prints(self, window, text):
        """The printer of a window got a paper with this text."""
        for _turn in range(120):
            if any(text in paper for paper in window.page.evaluate("window.printed ?? []")):
                return True
            window.page.wait_for_timeout(50)
        return False

    def rest(self, window=None):
        """A second press of the same key within 1.5 s is a slip of the hand: wait as a person does, on the page's clock."""
        (window or self.desk).page.clock.fast_forward(1600)


@pytest.fixture(params=["en", "ar"])
def journey(request, browser, house):
    made = Journey(browser, house, scenery.build(request.param))
    yield made
    for window in made.open.values():
        window.context.close()


def people(stage):
    """Who is on file, who is booked, and somebody who waits for the other doctor already."""
    layla = scenery.register(stage, "Layla al-Hassan", "ليلى الحسن", phone="0501112233")
    scenery.register(stage, "Mohammed Ali", "محمد علي", phone="0504445566")
    amal = scenery.register(stage, "Amal Nasr", "أمل نصر", phone="0507778899")
    yusuf = scenery.register(stage, "Yusuf Darwish", "يوسف درويش", phone="0502223344")
    scenery.book(stage, layla)
    for name in ("Badr Salem", "Hala Karam", "Rami Tawil"):
        scenery.wait_for(stage, scenery.register(stage, name), doctor=1)
    return layla, amal, yusuf


def test_a_patient_walks_through_the_house(journey):
    layla, amal, yusuf = people(journey.stage)
    journey.sign_in()
    checks_in_who_is_booked(journey, layla)
    books(journey, yusuf)
    takes_a_walk_in(journey, amal)
    registers(journey)
    sees(journey, layla)
    prescribes(journey, layla)
    finishes(journey, layla, then=amal)
    dispenses(journey, layla)
    pays(journey, layla)
    assert [problem for window in journey.open.values() for problem in window.problems] == []
    Clock.judge()


def checks_in_who_is_booked(journey, layla):
    """R1, R3: found by part of the name; the row and one letter; the number stands on every screen."""
    desk, hand = journey.desk, journey.hand
    assert desk.focus() == "find"
    journey.find(journey.words["booked"], layla)
    row = journey.row(layla).removeprefix("#")
    with hand.at_most(2):
        hand.choose_row("today", row)
        with desk.answered("/check-in/"):
            hand.press("KeyC")
    label = journey.label(layla)
    shows(journey.doctor, "#home-line", label)
    shows(desk, f"#{row} .chip-waiting")
    shows(journey.board, ".board-lines", "1")
    expect(desk.at("#context .token-label")).to_have_text(label)
    assert journey.prints(desk, label)
    assert desk.focus() == "find"


def books(journey, yusuf):
    """R4: the first free slot, computed; taken at once on the desk's own table."""
    desk, hand = journey.desk, journey.hand
    journey.find(journey.words["to_book"], yusuf)
    with hand.at_most(3):
        hand.press("Ctrl+KeyB")
        expect(desk.at("#book-form .slot input:checked")).to_be_focused()
        with desk.answered("/appointments/book/"):
            hand.press("Ctrl+Enter")
    made = Appointment.objects.get(patient=yusuf)
    shows(desk, f"#appt-{made.pk} .chip-booked")
    shows(desk, "#context .token-time")
    assert made.state == Appointment.State.CONFIRMED


def takes_a_walk_in(journey, amal):
    """R6: find, F4; the shorter line is proposed."""
    desk, hand = journey.desk, journey.hand
    with hand.at_most(3):
        journey.find(journey.words["walk_in"], amal)
        expect(desk.at("#walk-in-go")).to_be_visible()
        with desk.answered("/desk/walk-in/"):
            hand.press("F4")
    label = journey.label(amal)
    shows(journey.doctor, "#home-line", label)
    shows(desk, f"{journey.row(amal)} .chip-waiting")
    shows(journey.board, ".board-lines", "2")


def registers(journey):
    """R7: a new patient; who looks alike is shown while typing, and nothing is lost by that."""
    desk, hand, words = journey.desk, journey.hand, journey.words
    journey.rest()
    with hand.at_most(6):  # F2, name, sex, age, F4, and the proposed doctor is confirmed
        hand.press("F2")
        expect(desk.at("#id_name")).to_be_focused()
        hand.type(words["new"])
        expect(desk.at("#likely-duplicates")).to_be_visible()
        hand.tab_to("sex")
        hand.press("ArrowUp")
        hand.tab_to("id_birth")
        hand.type(words["born"])
        with desk.answered("/patients/register/"):
            hand.press("F4")
        expect(desk.at("#walk-in-go")).to_be_visible()
        with desk.answered("/desk/walk-in/"):
            hand.press("Ctrl+Enter")
    newcomer = Patient.objects.order_by("pk").last()
    years = (journey.stage.clinic.today() - newcomer.born_on).days // 365
    assert (newcomer.name, newcomer.sex in ("male", "female"), years in (37, 38)) == (words["new"], True, True)
    shows(journey.doctor, "#home-line", journey.label(newcomer))
    shows(desk, f"{journey.row(newcomer)} .chip-waiting")
    return newcomer


def sees(journey, layla):
    """D1, D3: F9 calls and opens; measured, written, asked."""
    doctor, page = journey.doctor, journey.doctor.page
    with doctor.answered("/visits/call-next/"):
        page.keyboard.press("F9")
    label = journey.label(layla)
    shows(journey.board, "#board-token", label)
    shows(journey.desk, f"{journey.row(layla)} .chip-called")
    expect(doctor.at("#patient-banner .banner-facts")).to_contain_text(label)
    expect(doctor.at("#id_complaint")).to_be_focused()
    expect(doctor.at(".allergy-not_recorded")).to_be_visible()
    with doctor.answered("/begin/"):
        page.click("#visit-begin")
    shows(journey.desk, f"{journey.row(layla)} .chip-with-doctor")
    with doctor.answered("/note/"):
        page.locator("#id_complaint").fill("Headache since Monday")
    expect(doctor.at("#save-state[data-state=saved]")).to_be_visible()
    assert Visit.objects.get(patient=layla).complaint == "Headache since Monday"
    page.click("#vitals-add")
    page.fill("#id_pressure", "168/104")
    page.fill("#id_pulse", "88")
    with doctor.answered("/vitals/"):
        page.keyboard.press("Control+Enter")
    expect(doctor.at("#visit-vitals .vital.high, #visit-vitals .vital.very_high").first).to_contain_text("168/104")
    page.click("#allergy-add")
    page.fill("#id_substance", "penicillin")
    page.select_option("#id_severity", "severe")
    with doctor.answered("/allergies/add/"):
        page.keyboard.press("Control+Enter")
    expect(doctor.at(".allergy-known")).to_contain_text("penicillin")


def prescribes(journey, layla):
    """D4: one typed line; the quantity is computed; what the allergy forbids is stopped."""
    doctor, page = journey.doctor, journey.doctor.page
    expect(doctor.at("#allergy-panel")).to_have_count(0)
    type_line(doctor, "amox 500 1-1-1 5d")
    expect(doctor.at("#composer-lines .rx-card.stop .note-box.stop")).to_contain_text("penicillin")
    expect(doctor.at("#composer-lines .rx-meta")).to_contain_text("15")
    page.keyboard.press("F9")
    expect(doctor.at("#finish-why")).to_be_visible()
    assert Visit.objects.get(patient=layla).state == "open"
    with doctor.answered("/remove/"):
        page.locator("[id^=stop-remove-]").click()
    expect(doctor.at("#composer-lines .rx-card")).to_have_count(0)
    type_line(doctor, "para 500 1-1-1 5d")
    expect(doctor.at("#composer-lines .rx-card")).to_have_count(1)
    expect(doctor.at("#composer-lines .rx-card.stop")).to_have_count(0)
    expect(doctor.at("#composer-lines .rx-meta")).to_contain_text("15")


def type_line(doctor, line):
    """The composer, by keyboard: the line, then Enter on what was understood."""
    page = doctor.page
    page.click("#line-text")
    page.keyboard.type(line, delay=10)
    with doctor.answered("/add/"):
        page.keyboard.press("Enter")


def finishes(journey, layla, *, then):
    """D5: refused once, inline; with a reason it ends and the next one is called, on every screen."""
    doctor, page = journey.doctor, journey.doctor.page
    journey.rest(doctor)
    with doctor.answered("/finish/"):
        page.keyboard.press("F9")
    expect(doctor.at("#finish-reason")).to_be_focused()
    page.keyboard.type("Seen again on Thursday")
    journey.rest(doctor)
    with doctor.answered("/finish/"):
        page.keyboard.press("F9")
    row = journey.row(layla)
    shows(journey.pharmacy, "#worklist-rows", journey.label(layla))
    shows(journey.board, "#board-token", journey.label(then))
    shows(journey.desk, f"{row} .chip-pharmacy")
    shows(journey.desk, f"{journey.row(then)} .chip-called")
    shows(journey.desk, f"{row} td.num", "115.00")
    shows(journey.till, "#till-table", "115.00")
    expect(doctor.at("#patient-banner .banner-facts")).to_contain_text(journey.label(then))
    done = Visit.objects.get(patient=layla)
    assert (done.state, done.finish_reason) == ("completed", "Seen again on Thursday")


def dispenses(journey, layla):
    """P2: called, confirmed, completed; the shelf is emptier and the bill is longer."""
    pharmacy, page = journey.pharmacy, journey.pharmacy.page
    with pharmacy.answered("/pharmacy/next/"):
        page.keyboard.press("F9")
    shows(journey.board, "#board-token", journey.label(layla))
    expect(pharmacy.at(".rx-form [type=checkbox]")).to_be_focused()
    page.keyboard.press("Space")
    with pharmacy.answered("/dispense/"):
        page.keyboard.press("Control+Enter")
    shows(journey.desk, f"{journey.row(layla)} .chip-to-pay")
    shows(journey.till, "#till-table", "123.63")
    shows(journey.desk, f"{journey.row(layla)} td.num", "123.63")
    shows(pharmacy, "#worklist-rows", count=0)
    expect(pharmacy.at("#dispense-done")).to_be_visible()
    assert Batch.objects.get(medicine=journey.stage.medicines["paracetamol"]).on_hand == 85


def pays(journey, layla):
    """R2: F8, Ctrl+Enter; a receipt with a number; whoever presses second takes nothing more."""
    desk, hand, till = journey.desk, journey.hand, journey.till
    till.page.locator("#till-table [data-open]").first.click()
    expect(till.at("#pay-submit")).to_be_visible()
    journey.find(journey.words["booked"], layla)
    with hand.at_most(2):
        hand.press("F8")
        expect(desk.at("#pay-submit")).to_be_visible()
        with desk.answered("/pay/"):
            hand.press("Ctrl+Enter")
    bill = Invoice.objects.get(patient=layla)
    shows(journey.till, "#till-table", count=0)
    shows(desk, f"{journey.row(layla)} .chip-done")
    payment = Payment.objects.get()
    expect(desk.at("#paid-note")).to_contain_text(payment.receipt_number)
    assert journey.prints(desk, payment.receipt_number)
    assert (bill.state, bill.due, payment.amount) == ("paid", 0, bill.total)
    hand.press("Ctrl+Enter", counts=False)
    with till.answered("/pay/"):
        till.page.keyboard.press("Control+Enter")
    expect(till.at("#pay-refused")).to_be_visible()
    assert Payment.objects.count() == 1
