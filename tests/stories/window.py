"""A window of the clinic in a browser, and the hand of somebody who has no mouse."""

import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

WITHIN = 1.0  # seconds in which every other window shows what was done
PATIENCE = 6_000  # ms after which it is not late but wrong
# What the browser and htmx write to the console when an answer is a 4xx on purpose, or a search is replaced by a newer
# one (a request that could not be sent says htmx:sendError as well).
EXPECTED = ("Failed to load resource", "Response Status Error Code", "htmx:afterRequest", "htmx:sendAbort")
# Headless there is no printer: note what would be printed, and tell the page that it was.
PRINTS = "window.print = () => { (window.printed ??= []).push(document.querySelector('#print-root')?.innerText ?? ''); dispatchEvent(new Event('afterprint')); };"

# Whether a page shows what is looked for: so many of a selector, or the first of them, visible, with a text.
SHOWN = """([selector, text, count]) => {
  const found = document.querySelectorAll(selector);
  if (count !== null) return found.length === count;
  if (!found.length || !found[0].checkVisibility({visibilityProperty: true})) return false;
  return text === null || found[0].textContent.includes(text);
}"""


class Window:
    """One browser window of one person; complaints of the browser are kept in `problems`.

    With `clock` the time on its page can be moved on: `window.page.clock.run_for(ms)`.
    """

    def __init__(self, browser, house, user=None, path="/", *, size=(1366, 768), clock=False, **options):
        self.house, self.problems = house, []
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=house.url, reduced_motion="reduce", **options
        )
        self.context.add_init_script(PRINTS)
        if user:
            self.context.add_cookies(house.browser_cookies(user))
        self.page = self.context.new_page()
        if clock:
            self.page.clock.install()
        self.page.set_default_timeout(10_000)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)
        self.open(path)

    def _note(self, message):
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.problems.append(f"{self.page.url}: {message.text}")

    def open(self, path):
        """Go to an address by hand; the answer."""
        answer = self.page.goto(path)
        self.page.wait_for_load_state("load")
        return answer

    def at(self, selector):
        """What is at a selector."""
        return self.page.locator(selector)

    def focus(self):
        """The id of the focused element, "body" when there is none."""
        return self.page.evaluate("document.activeElement === document.body ? 'body' : document.activeElement.id")

    def await_live(self, settle=700):
        """Wait until the page hears of changes: a heartbeat came, and `settle` ms later the next one too."""
        expect(self.at("#live-state[data-state=live], #board[data-state=live]").first).to_be_attached()
        self.page.wait_for_timeout(settle)

    @contextmanager
    def answered(self, address=""):
        """Wait for the answer of a POST (to an address that contains `address`) caused inside."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "POST" and address in answer.url
        ) as caught:
            yield caught
        Clock.start()

    def close(self):
        """Close the window; anything the browser complained about fails the story."""
        self.context.close()
        assert self.problems == []


class Clock:
    """When the last action was answered, and how long each other window took to show it."""

    began = 0.0
    took: list = []

    @classmethod
    def start(cls):
        cls.began = time.monotonic()

    @classmethod
    def judge(cls):
        """Every window was right within a second."""
        took, cls.took = cls.took, []
        late = [f"{what}: {seconds:.2f} s" for seconds, what in took if seconds > WITHIN]
        if late:
            pytest.fail("shown later than a second after the answer: " + "; ".join(late), pytrace=False)


def shows(window, selector, text=None, *, count=None):
    """`window` shows `text` at `selector`; how long that took since the last answer is judged at the end.

    Looked for every 20 ms: Playwright's own `expect` looks after 100, 350, 850 and 1,850 ms.
    """
    window.page.wait_for_function(SHOWN, arg=[selector, text, count], polling=20, timeout=PATIENCE)
    Clock.took.append((time.monotonic() - Clock.began, f"{selector} {text or ''}"))


# Arabic letters on the physical keys that the screens use.
ARABIC = {
    "KeyB": "لا",
    "KeyC": "ؤ",
    "KeyP": "ح",
    "KeyX": "ء",
    "KeyV": "ر",
    "KeyM": "ة",
    "KeyU": "ع",
    "KeyR": "ق",
    "KeyK": "ن",
}
CODES = {"Enter": 13, "F2": 113, "F4": 115, "F8": 119, "F9": 120}


class Hand:
    """A keyboard and nothing else, on an English or an Arabic layout; counts interactions.

    One shortcut, one filled field, or one choice from a list counts one.
    """

    def __init__(self, window, layout="en"):
        self.window, self.layout, self.count = window, layout, 0
        self.wire = window.context.new_cdp_session(window.page)

    def press(self, keys, *, counts=True):
        """Press a key by its place on the keyboard: F4, Ctrl+KeyB, Enter, KeyC."""
        *held, code = keys.split("+")
        modifiers = 2 if "Ctrl" in held else 0
        letter = code.removeprefix("Key").lower()
        key = (
            ARABIC.get(code, letter)
            if self.layout == "ar" and code.startswith("Key")
            else letter
            if code.startswith("Key")
            else code
        )
        number = CODES.get(code) or (ord(letter.upper()) if len(letter) == 1 else 0)
        if not code.startswith("Key") and not held:
            self.window.page.keyboard.press(code)
        else:
            event = {"code": code, "key": key, "windowsVirtualKeyCode": number, "modifiers": modifiers}
            self.wire.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **event})
            self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})
        self.count += counts

    def type(self, text):
        """Type into whatever has the focus: one filled field."""
        if text.isascii():
            self.window.page.keyboard.type(text, delay=15)
        else:
            self.window.page.keyboard.insert_text(text)
        self.count += 1

    def tab_to(self, name):
        """Walk with Tab to the control with this id or name (walking is no interaction, choosing is)."""
        for _step in range(80):
            here = self.window.page.evaluate("[document.activeElement.id, document.activeElement.name ?? '']")
            if name in here:
                return
            self.window.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {name}")

    def choose_row(self, table, row):
        """Choose a row of a table with Tab and arrows: one choice from a list."""
        page = self.window.page
        for _step in range(80):
            if page.evaluate("list => document.activeElement.closest(list) !== null", f"#{table}"):
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Home")
        for _step in range(80):
            if self.window.focus() == row:
                self.count += 1
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {row}")

    @contextmanager
    def at_most(self, goal):
        """Do a job in at most `goal` interactions."""
        before = self.count
        yield
        assert self.count - before <= goal, f"{self.count - before} interactions, the goal is {goal}"
