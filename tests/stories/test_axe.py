"""Every screen and its main states under axe: two languages, two themes, no violation."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clinic import setup
from tests.axe import RULES, axe, shade
from tests.factories import pharmacy as shelf
from tests.stories import stage as scenery
from tests.stories.window import Window
from visits import operations as visits

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOOK = object()
# Zones that look exactly as when they were judged before are left out; then these rules, which want the whole page, are too.
OF_WHOLE_PAGES = ("bypass", "heading-order", "landmark-one-main", "page-has-heading-one", "region")
ZONES = """theme => [...document.querySelectorAll('.zone[id], body > header')].map((zone, number) => {
  zone.dataset.judged ??= zone.id || `zone-${number}`;
  return [`[data-judged="${zone.dataset.judged}"]`, theme + zone.outerHTML.replace(/ (data-judged|aria-busy)="[^"]*"/g, "")];
})"""


class Look:
    """Collects what axe finds on the screens of one person after another."""

    def __init__(self, browser, house):
        self.browser, self.house, self.found, self.windows, self.seen = browser, house, [], {}, set()
        self.looked = False

    def window(self, user):
        """The window of a user, opened once."""
        key = user.pk if user else None
        if key not in self.windows:
            self.windows[key] = Window(self.browser, self.house, user, "/health")
        return self.windows[key]

    def at(self, user, path, *steps, status=200):
        """Open `path`, do the steps, look in both themes: at the end, and at each LOOK among the steps.

        A step is a selector to click, (selector, text) to type, or "key:" and the name of a key.
        """
        window = self.window(user)
        answer = window.open(path)
        if answer.status != status:
            self.found.append((path, f"answered {answer.status}"))
            return
        before = ""
        for step in [*steps, LOOK]:
            if step is LOOK:
                self.judge(window, f"{path} {before}")
            else:
                self.do(window, step)
            before = step

    def do(self, window, step):
        """One step by hand, once the page has come to rest, and a moment for its answer."""
        rest = window.at(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")
        try:
            if isinstance(step, tuple):
                window.page.locator(step[0]).first.wait_for(timeout=10_000)
            expect(rest).to_have_count(0)
            if isinstance(step, tuple):
                window.page.locator(step[0]).first.fill(step[1], timeout=10_000)
            elif step.startswith("key:"):
                window.page.keyboard.press(step[4:])
            else:
                window.page.locator(step).first.click(timeout=10_000)
        except Exception as error:
            self.found.append((window.page.url, f"{step}: {str(error).splitlines()[0]}"))
        window.page.wait_for_timeout(180 if isinstance(step, tuple) else 30)  # what is typed is asked for after 150

    def judge(self, window, where):
        """Run axe in both themes once everything has been answered, and keep what it finds."""
        expect(window.at(".htmx-request")).to_have_count(0)
        for theme, rules in RULES.items():
            shade(window.page, theme)
            own = len(window.problems)
            known, rules = self.known(window, theme, rules)
            first, self.looked = not self.looked, True
            violations = axe(window.page, {**rules, "preload": first}, known)  # every page has the same style sheets
            del window.problems[own:]  # axe itself sets styles, which our policy forbids and reports
            for rule in violations:
                nodes = " | ".join(node["html"][:160] + " " + reason(node) for node in rule["nodes"][:3])
                self.found.append((where, theme, rule["id"], nodes))

    def known(self, window, theme, rules):
        """What axe may leave out (None = nothing), and the rules for what is left."""
        zones = window.page.evaluate(ZONES, theme)
        known = [[selector] for selector, look in zones if look in self.seen]
        self.seen |= {look for _selector, look in zones}
        if not known:
            return None, rules
        without = {name: {"enabled": False} for name in OF_WHOLE_PAGES} if theme == "light" else {}
        return {"exclude": known}, {**rules, "rules": without}

    def all_good(self):
        """Nothing was found, and no browser complained."""
        self.found += [("console", problem) for window in self.windows.values() for problem in window.problems]
        if self.found:
            pytest.fail("\n" + "\n".join(" · ".join(found) for found in self.found), pytrace=False)


def reason(node):
    """What axe says about one element, where it says more than the name of the rule."""
    return next((check["message"][:140] for check in node["any"] if check["id"] == "color-contrast"), "")


@pytest.fixture
def look(browser, house):
    made = Look(browser, house)
    yield made
    for window in made.windows.values():
        window.context.close()


def test_the_desk_and_the_calendar(look, day):
    desk, patient = day.staff["reception"], day.patients["Layla al-Hassan"]
    chosen = "#find-results [data-open]"
    look.at(desk, "/desk/", ("#find", "al"), "key:ArrowDown", LOOK, ("#find", "hass"), chosen, LOOK, "#card-book", LOOK,
            "#card-pay", LOOK, ("#find", "yusuf"), chosen, "#card-check-in")  # fmt: skip
    look.at(
        desk, "/desk/", "#new-patient", "#register-save", LOOK, ("#id_name", "Leila Alhasan"), "#register-more-button"
    )
    look.at(desk, "/desk/", "#today [data-row]", "key:F1", LOOK, "key:Escape", "#palette-button", LOOK, "key:Escape",
            "#user-menu-button")  # fmt: skip
    look.at(desk, "/calendar/", LOOK, "[data-cell]")
    look.at(desk, reverse("patients:record", args=[patient.pk]))
    look.at(desk, reverse("patients:edit", args=[patient.pk]))
    look.at(desk, "/patients/?q=al")
    look.at(desk, "/patients/register/")
    look.all_good()


def test_the_lines_and_the_display(look, day):
    token = day.tokens["Layla al-Hassan"]
    look.at(day.staff["nurse"], "/queue/")
    look.at(day.staff["nurse"], reverse("queues:entry", args=[day.entry.pk]))
    look.at(day.staff["nurse"], reverse("visits:nurse_vitals", args=[day.entry.pk]))
    look.at(day.staff["display"], "/queue/board/", LOOK, "#board-start-button")
    look.at(day.staff["reception"], reverse("queues:slip", args=[token.pk]))
    look.at(None, reverse("queues:my_place", args=[token.place_code]))
    look.all_good()


def test_the_consultation(look, day):
    doctor, visit = day.staff["doctor1"], reverse("visits:visit", args=[day.visit.pk])
    look.at(day.staff["doctor2"], "/visits/")
    scenery.wait_for(day, scenery.register(day, "Nada Tawil"), doctor=1)
    look.at(day.staff["doctor2"], "/visits/")
    called = visits.call_next(doctor=day.doctors[1], by=day.staff["doctor2"])
    look.at(day.staff["doctor2"], reverse("visits:visit", args=[called.pk]))
    look.at(
        doctor, visit, LOOK, "#vitals-add", ("#id_pulse", "900"), "#vitals-save", LOOK, "#vitals-close", "#allergy-add"
    )
    look.at(day.staff["nurse"], visit, "#note-add-open", "#note-add-save")
    look.at(doctor, visit, ("#line-text", "para"), LOOK, ("#line-text", "amox 500 1-1-1 5d"), "#line-take",
            "[id^=stop-keep-]", LOOK, ("#dx-q", "hyper"), LOOK, "#visit-finish", LOOK, ("#dx-q", ""), "#visit-finish")  # fmt: skip
    look.at(doctor, reverse("visits:visit", args=[day.done.pk]))
    look.at(doctor, reverse("visits:history", args=[day.visit.patient_id]))
    look.at(doctor, reverse("patients:record", args=[day.visit.patient_id]))
    look.at(doctor, reverse("pharmacy:composer", args=[day.visit.pk]))
    look.all_good()


def test_the_pharmacy(look, day):
    pharmacist, hand = day.staff["pharmacist"], reverse("pharmacy:dispensing", args=[day.prescription.pk])
    look.at(pharmacist, "/pharmacy/")
    brand = shelf.medicine(generic_name=day.prescription.items.first().medicine.generic_name, brand="Fevadol")
    shelf.batch(clinic=day.clinic, medicine=brand, by=pharmacist)
    look.at(pharmacist, hand, LOOK, "[id^=more-]", "[id^=instead-]", "#dispense-now")
    look.at(pharmacist, reverse("pharmacy:not_given", args=[day.prescription.items.first().pk]))
    look.at(pharmacist, reverse("pharmacy:print", args=[day.prescription.pk]))
    look.at(pharmacist, reverse("pharmacy:labels", args=[day.dispense.pk]))
    look.at(pharmacist, "/pharmacy/stock/")
    look.at(pharmacist, "/pharmacy/stock/receive/", "#receive-save")
    medicine, batch = day.medicines["paracetamol"], day.medicines["paracetamol"].batches.get()
    look.at(pharmacist, reverse("pharmacy:shelf", args=[medicine.pk]))
    counted = (f"#id_counted-{batch.pk}", "7")
    look.at(pharmacist, reverse("pharmacy:count", args=[medicine.pk]), counted, "#count-next")
    look.at(pharmacist, reverse("pharmacy:batch", args=[batch.pk]))
    look.at(pharmacist, reverse("pharmacy:return_dispensed", args=[day.dispense.pk]), "#return-save")
    look.all_good()


def test_the_till_and_the_manager(look, day):
    till, manager = day.staff["till"], day.staff["manager"]
    look.at(till, "/billing/", LOOK, "#till-table [data-open]", LOOK, "#charge-more-button")
    look.at(till, "/billing/?show=paid")
    look.at(till, reverse("billing:invoice", args=[day.payment.invoice_id]))
    look.at(till, reverse("billing:receipt", args=[day.payment.pk]))
    look.at(manager, "/day/")
    look.at(manager, "/audit/")
    look.at(manager, "/password/")
    look.at(manager, "/nowhere/", status=404)
    look.at(till, "/audit/", status=403)
    look.at(manager, "/admin/")
    look.at(manager, reverse("admin:billing_service_changelist"))
    look.at(manager, reverse("admin:billing_service_add"))
    look.at(manager, reverse("admin:patients_patient_changelist"))
    look.at(None, "/forgot-password/")
    look.at(None, "/reset-password/", "#reset-keep", status=200)
    look.at(None, "/sign-in/", LOOK, ("#id_username", "x"), ("#id_password", "y"), "#sign-in-button")
    look.all_good()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_first_run(look, language, transactional_db):
    setup.issue_code()
    window = look.window(None)
    window.context.set_extra_http_headers({"Accept-Language": language})
    look.at(None, "/setup/")
    look.all_good()
