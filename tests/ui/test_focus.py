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


COVERED = """() => { const toast = document.querySelector('.toast').getBoundingClientRect();
  const over = (el) => { const box = el.getBoundingClientRect(); return box.left < toast.right && box.right > toast.left && box.top < toast.bottom && box.bottom > toast.top; };
  return [...document.querySelectorAll('.work, .topbar :is(a, button:not(.toast *), summary, .live-state, .top-clock)')].filter(over).map((el) => el.id || el.className); }"""


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_toast_lies_over_nothing_that_one_wants_next(open_page, language):
    kit = open_page(PAGE, answers=dict(ANSWERS), language=language)
    kit.page.click("#self")
    kit.page.wait_for_selector(".toast-undo")
    kit.page.wait_for_timeout(200)  # until it has come in
    assert kit.page.evaluate(COVERED) == []


def test_of_several_toasts_the_newest_is_seen_and_then_the_one_before(page):
    for text in ("First", "Second"):
        page.page.evaluate("text => document.dispatchEvent(new CustomEvent('toast', {detail: {text}}))", text)
    seen = page.page.locator(".toast >> visible=true")
    newest = seen.all_inner_texts()
    seen.locator(".toast-close").click()
    assert ([text.split()[0] for text in newest], seen.inner_text().split()[0]) == (["Second"], "First")


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
    page = open_page(NOTE, answers={"/note/": (200, {"X-Version": "8"}, "")}, clock=True)
    page.page.keyboard.type("abc")
    page.page.clock.run_for(1200)
    early = page.comes_to("/note/", 0)
    page.page.clock.run_for(800)
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
    assert (page.comes_to("/note/", 1), page.page.input_value("#text")) == (1, "abcd")


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


REMARK = FINISH.replace(
    "</section>",
    '<details id="more"><summary>More</summary><form id="remark" hx-post="/remark/" hx-target="#more" hx-swap="outerHTML" data-unsent="Add or clear this note first.">'
    '<textarea id="words" name="words" aria-label="Words"></textarea>'
    "<button data-primary>Add</button></form></details></section>",
    1,
)


@pytest.fixture
def remark(open_page):
    """A visit in which somebody has typed a remark and folded it away without adding it."""
    page = open_page(
        REMARK, answers={"/finish/": (200, {}, "Finished"), "/remark/": (200, {}, '<p id="added">Added</p>')}
    )
    page.page.click("#more > summary")
    page.page.fill("#words", "asked for a letter")
    page.page.click("#more > summary")
    return page


@pytest.mark.parametrize("finish", ["key", "button"])
def test_words_that_were_not_added_stop_the_finish_and_have_focus(remark, finish):
    if finish == "key":
        remark.press("F9")
    else:
        remark.page.click("#done")
    remark.page.wait_for_selector("text=Add or clear this note first.")
    assert (remark.focus(), remark.page.input_value("#words"), remark.asked("/finish/")) == (
        "words",
        "asked for a letter",
        0,
    )


@pytest.mark.parametrize("way", ["added", "cleared"])
def test_once_the_words_are_added_or_cleared_the_visit_is_finished_at_once(remark, way):
    remark.press("F9")
    remark.page.wait_for_selector("text=Add or clear this note first.")
    if way == "added":
        remark.press("Control+Enter")
        remark.page.wait_for_selector("#added")
    else:
        remark.page.fill("#words", "")
        remark.page.wait_for_selector("#unsent-words", state="detached")
    remark.press("F9")
    remark.page.wait_for_selector("text=Finished")
    assert remark.asked("/finish/") == 1


def test_leaving_the_page_asks_about_words_that_were_not_added(remark):
    asked = []
    remark.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    remark.page.reload()
    assert asked == ["beforeunload"]


VALUES = '<form id="{}" data-unsent="Save {} first."{}><input id="{}-in" name="v" aria-label="V" value="{}"><button>Save</button></form>'


@pytest.mark.parametrize(
    "state, typed, stops",
    [
        ("", "", False),
        ("", "9", True),
        (" data-refused", "", True),
        (' data-chosen="7"', "", True),
        (' data-chosen=""', "", False),
    ],
    ids=["as it was", "changed", "refused", "a medicine is chosen", "none is chosen"],
)
def test_values_that_were_not_saved_stop_the_finish(open_page, state, typed, stops):
    form = VALUES.format("values", "values", state, "values", "" if "chosen" in state else "5")
    body = FINISH.replace("</section>", f"{form}</section>", 1)
    page = open_page(body, answers={"/finish/": (200, {}, "Finished")})
    if typed:
        page.page.fill("#values-in", typed)
    page.press("F9")
    page.page.wait_for_selector("text=Save values first." if stops else "text=Finished")
    assert page.asked("/finish/") == (0 if stops else 1)
    if stops:
        assert page.focus() == "values-in"


@pytest.mark.parametrize("reason, stands", [("", 0), ("in a hurry", 1)], ids=["no reason typed", "a reason typed"])
def test_reasons_against_a_finish_go_once_something_else_was_done(open_page, reason, stands):
    why = '<div id="finish-why">There is no diagnosis.<input name="reason" aria-label="Because"></div><form id="dx" hx-post="/dx/" hx-target="#dx" hx-swap="outerHTML"><button id="add">Add</button></form></section>'
    page = open_page(
        FINISH.replace("</section>", why, 1),
        answers={"/dx/": (200, {}, '<p id="added">Added</p>')},
    )
    page.page.fill("#finish-why input", reason)
    page.page.click("#add")
    page.page.wait_for_selector("#added")
    assert page.page.locator("#finish-why").count() == stands


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
    page.comes_to("/note/", 2)
    by_itself, by_hand = [request.body for request in saves(page)]
    assert ("\r\n\r\n7\r\n" in by_itself, "version=8" in by_hand) == (True, True)


def test_a_visit_is_not_finished_over_a_note_that_was_refused(open_page):
    page = open_page(BY_HAND, answers={"/note/": (409, {}, "Both texts"), "/finish/": (200, {}, "Finished")})
    page.page.keyboard.type("abc")
    with page.page.expect_response("**/note/"):
        page.press("Control+s")
    page.press("F9")
    page.comes_to("/note/", 2)
    assert (page.comes_to("/finish/", 0), page.page.input_value("#text")) == (0, "abc")
