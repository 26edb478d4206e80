"""After every swap focus is somewhere useful, and nothing typed is lost when something goes wrong."""

import json

import pytest

PANEL = (
    '<div data-panel><button id="close" type="button" data-close hx-get="/empty/" hx-target="#context">Close</button>'
    '<form method="post" action="/save/" hx-post="/save/" hx-target="#context" hx-disabled-elt="find button">'
    '<input id="name" name="name" aria-label="Name" data-focus><button id="save" data-primary>Save</button></form></div>'
)
PAGE = (
    '{% block main %}<h1>Page</h1><section class="zone"><button id="new" data-key="F2" hx-get="/panel/" hx-target="#context">New</button>'
    '<button id="self" hx-post="/self/" hx-swap="outerHTML">Self</button>'
    '<table class="rows" id="list" data-list aria-label="L"><tbody id="rows"><tr data-row id="r1"><td><button id="gone-1" hx-post="/gone/" hx-target="#r1" hx-swap="delete">x</button></td></tr>'
    '<tr data-row id="r2"><td>two</td></tr></tbody></table>'
    '<div id="region" hx-get="/region/" hx-trigger="live" hx-swap="outerHTML">old</div></section>'
    '<section id="context" class="zone"></section>{% endblock %}'
)
TOAST = {"HX-Trigger": json.dumps({"toast": {"text": "Called B-008 FARAH, Yusuf.", "undo": "/undo/", "level": "ok"}})}
ERROR = '<div class="error-summary" id="form-errors" tabindex="-1" data-focus>Please put this right</div>' + PANEL
ANSWERS = {
    "/panel/": (200, {}, PANEL),
    "/empty/": (200, {}, ""),
    "/self/": (200, TOAST, '<button id="self" hx-post="/self/" hx-swap="outerHTML">Again</button>'),
    "/gone/": (200, {}, ""),
    "/undo/": (204, {}, ""),
    "/save/": (422, {}, ERROR),
    "/region/": (
        200,
        {},
        '<div id="region" hx-get="/region/" hx-trigger="live" hx-swap="outerHTML">new<p data-focus tabindex="-1" id="steal">x</p></div>',
    ),
}


@pytest.fixture
def page(open_page):
    return open_page(PAGE, answers=dict(ANSWERS))


def test_a_new_panel_takes_focus_and_escape_gives_it_back(page):
    page.page.focus("#new")
    page.press("F2")
    page.page.wait_for_selector("#name:focus")
    inside = page.focus()
    page.press("Escape")
    page.page.wait_for_selector("#name", state="detached")
    page.page.wait_for_timeout(50)
    assert (inside, page.focus()) == ("name", "new")


def test_a_button_that_replaces_itself_keeps_focus(page):
    page.page.focus("#self")
    page.press("Enter")
    page.page.wait_for_selector("text=Again")
    assert page.focus() == "self"


def test_when_the_row_goes_its_neighbour_has_focus(page):
    page.page.focus("#gone-1")
    page.press("Enter")
    page.page.wait_for_selector("#r1", state="detached")
    page.page.wait_for_selector("#r2:focus")


def test_a_live_answer_never_takes_focus(page):
    page.page.focus("#new")
    page.page.evaluate("htmx.trigger('#region', 'live')")
    page.page.wait_for_selector("#steal")
    page.page.wait_for_timeout(50)
    assert page.focus() == "new"


def test_an_error_answer_is_shown_and_has_focus(page):
    page.press("F2")
    page.page.wait_for_selector("#name:focus")
    page.press("Control+Enter")
    page.page.wait_for_selector("#form-errors")
    page.page.wait_for_timeout(50)
    assert page.focus() == "form-errors"


def test_the_toast_repeats_the_name_and_undo_posts(page):
    page.page.click("#self")
    page.page.wait_for_selector(".toast")
    text = page.page.inner_text(".toast p")
    page.page.click(".toast-undo")
    page.page.wait_for_selector(".toast", state="detached")
    assert (text, page.asked("/undo/")) == ("Called B-008 FARAH, Yusuf.", 1)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_whole_page_instead_of_a_fragment_leaves_the_panel_alone(page, status):
    page.press("F2")
    page.page.fill("#name", "typed")
    page.answers["/save/"] = (status, {}, "<!doctype html><html><body>Long page</body></html>")
    page.press("Control+Enter")
    page.page.wait_for_selector(".toast-danger")
    assert page.page.input_value("#name") == "typed"


def test_after_the_session_ends_the_person_signs_in_over_the_page_and_the_request_is_sent_again(page):
    page.press("F2")
    page.page.fill("#name", "typed")
    page.answers["/save/"] = (401, {"HX-Trigger": json.dumps({"sign-in": {"url": "/in/"}})}, "")
    page.answers["/in/"] = (
        200,
        {},
        '<form id="si" hx-post="/in/done/" hx-swap="none"><input id="pw" aria-label="p"><button id="go">Go</button></form>',
    )
    page.answers["/in/done/"] = (204, {"HX-Trigger": json.dumps({"signed-in": {"user": 1, "token": "fresh"}})}, "")
    page.press("Control+Enter")
    page.page.wait_for_selector("#sign-in-dialog[open] #pw")
    page.answers["/save/"] = (200, {}, "<p id=saved>Saved</p>")
    page.page.click("#go")
    page.page.wait_for_selector("#saved")
    last = [request for request in page.requests if request.path == "/save/"][-1]
    assert (page.page.locator("dialog[open]").count(), last.headers["x-csrftoken"], last.body) == (
        0,
        "fresh",
        "name=typed",
    )


def test_somebody_else_signing_in_gets_a_page_of_their_own(page):
    page.page.evaluate("window.kept = true")
    page.page.evaluate("document.dispatchEvent(new CustomEvent('signed-in', {detail: {user: 2, token: 'x'}}))")
    page.page.wait_for_event("load")


NOTE = """{% block main %}<h1>Note</h1><form id="note" method="post" data-autosave="/note/">{% csrf_token %}<input type="hidden" name="version" value="7">
<textarea id="text" name="text" aria-label="Text" data-focus></textarea><span data-save-state></span></form><button id="elsewhere" data-save>Save</button>{% endblock %}"""


def saves(page):
    return [request for request in page.requests if request.path == "/note/"]


def test_a_draft_saves_itself_two_seconds_after_typing_stops(open_page):
    page = open_page(NOTE, answers={"/note/": (200, {"X-Version": "8"}, "")})
    page.page.keyboard.type("abc")
    page.page.wait_for_timeout(1200)
    early = len(saves(page))
    page.page.wait_for_selector("[data-state=saved]")
    assert (early, len(saves(page)), page.page.input_value("[name=version]")) == (0, 1, "8")


def test_a_draft_saves_itself_on_leaving_the_field(open_page):
    page = open_page(NOTE, answers={"/note/": (204, {}, "")})
    page.page.keyboard.type("abc")
    page.press("Tab")
    page.page.wait_for_selector("[data-state=saved]")
    assert len(saves(page)) == 1


def test_a_draft_that_could_not_be_saved_says_so_and_is_retried_by_hand(open_page):
    page = open_page(NOTE, answers={"/note/": (500, {}, "")})
    page.page.keyboard.type("abc")
    page.press("Tab")
    page.page.wait_for_selector("[data-state=failed]")
    page.answers["/note/"] = (204, {}, "")
    page.page.click("text=Retry")
    page.page.wait_for_selector("[data-state=saved]")
    assert page.page.input_value("#text") == "abc"


def test_a_conflict_stops_saving_and_keeps_the_text(open_page):
    page = open_page(NOTE, answers={"/note/": (409, {}, "<p>Dr Noor changed this note at 10:41.</p>")})
    page.page.keyboard.type("abc")
    page.press("Tab")
    page.page.wait_for_selector("text=Dr Noor changed this note")
    page.page.focus("#text")
    page.page.keyboard.type("d")
    page.press("Tab")
    page.page.wait_for_timeout(200)
    assert (len(saves(page)), page.page.input_value("#text")) == (1, "abcd")


def test_the_theme_changes_without_leaving_the_page(page):
    page.page.evaluate("window.kept = true")
    page.page.click("#user-menu-button")
    page.page.click("#theme-button")
    theme = page.page.get_attribute("html", "data-bs-theme")
    assert (theme, page.page.evaluate("window.kept")) == ("dark", True)


FINISH = """{% load static %}{% block main %}<h1>Visit</h1><section class="zone" id="note-zone">
<form id="note" method="post" data-autosave="/note/" data-save-state-in="#state">{% csrf_token %}</form>
<textarea id="text" name="text" form="note" aria-label="Text" data-focus></textarea><span id="state"></span></section>
<form id="finish" method="post" hx-post="/finish/" hx-target="#why" data-saves-first="#note">{% csrf_token %}<button id="done" data-key="F9">Finish</button><p id="why"></p></form>{% endblock %}
{% block scripts %}<script type="module" src="{% static "js/consult.js" %}"></script>{% endblock %}"""
WATCH = "document.addEventListener('htmx:beforeSend', () => { window.noteHeld = document.querySelector('#note-zone').inert; })"


def test_while_a_visit_is_being_finished_its_note_takes_no_words(open_page):
    page = open_page(FINISH, answers={"/note/": (204, {}, ""), "/finish/": (422, {}, "Not finished yet")})
    page.page.evaluate(WATCH)
    page.page.keyboard.type("abc")
    page.press("F9")
    page.page.wait_for_selector("text=Not finished yet")
    assert (page.page.evaluate("window.noteHeld"), saves(page)[0].body.count("abc")) == (True, 1)


def test_a_refused_finish_gives_the_note_back(open_page):
    page = open_page(FINISH, answers={"/note/": (204, {}, ""), "/finish/": (422, {}, "Not finished yet")})
    page.press("F9")
    page.page.wait_for_selector("text=Not finished yet")
    page.page.wait_for_selector("#text:focus")
    page.page.keyboard.type("more")
    assert page.page.input_value("#text") == "more"


BY_HAND = FINISH.replace(
    ' data-autosave="/note/"', ' action="/note/" data-autosave="/note/" hx-post="/note/" hx-swap="none"'
).replace(
    "{% csrf_token %}</form>",
    '{% csrf_token %}<input type="hidden" name="version" value="7"></form><button id="keep" form="note" data-save>Save</button>',
    1,
)


def test_a_save_by_hand_waits_for_the_one_that_is_under_way(open_page):
    page = open_page(BY_HAND, answers={"/note/": (200, {"X-Version": "8"}, "")})
    page.page.keyboard.type("abc")
    page.page.evaluate("document.querySelector('#text').blur(); document.querySelector('#keep').click()")
    page.page.wait_for_timeout(500)
    by_itself, by_hand = [request.body for request in saves(page)]
    assert ("\r\n\r\n7\r\n" in by_itself, "version=8" in by_hand) == (True, True)


def test_a_visit_is_not_finished_over_a_note_that_was_refused(open_page):
    page = open_page(BY_HAND, answers={"/note/": (409, {}, "Both texts"), "/finish/": (200, {}, "Finished")})
    page.page.keyboard.type("abc")
    page.press("Control+s")
    page.page.wait_for_timeout(300)
    page.press("F9")
    page.page.wait_for_timeout(500)
    assert (page.asked("/finish/"), page.page.input_value("#text")) == (0, "abc")
