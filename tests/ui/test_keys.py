"""Keys and lists in a real browser: one tab stop, physical keys, slips of the hand, Enter that never submits by accident."""

import pytest

ROWS = """
<table class="rows" id="today" data-list aria-label="Today"><thead><tr><th>Patient</th><th>Acts</th></tr></thead><tbody>
{% for n in "123" %}<tr id="row-{{ n }}" data-row><th scope="row"><a id="open-{{ n }}" data-open href="#x" hx-get="/open/{{ n }}/" hx-target="#context">Patient {{ n }}</a></th>
<td class="row-acts"><button id="in-{{ n }}" type="button" data-row-key="KeyC" hx-post="/in/{{ n }}/" hx-swap="none">Check in</button></td></tr>{% endfor %}
</tbody></table>"""
DESK = (
    "{% block main %}<h1>Desk</h1>"
    '<input id="find" aria-label="Find" data-focus data-picks="#found" hx-get="/find/" name="q"'
    ' hx-trigger="input changed delay:150ms" hx-target="#found">'
    '<div id="found" data-results></div>'
    '<button id="check-in" data-key="F4" hx-post="/check-in/" hx-swap="none">Check in {% key "F4" %}</button>'
    '<button id="book" data-key="Ctrl+B" hx-post="/book/" hx-swap="none">Book</button>'
    + ROWS
    + '<section id="context" class="zone"></section>{% endblock %}'
)
FORM = """{% block main %}<h1>Form</h1><form id="reg" method="post" action="/save/" hx-post="/save/" hx-swap="none">{% csrf_token %}
<input id="a" name="a" aria-label="A" data-focus><input id="b" name="b" aria-label="B"><select id="c" name="c" aria-label="C"><option>1</option></select>
<button id="other" type="button">Other</button><button id="save" data-primary>Save</button></form>{% endblock %}"""
OK = (204, {}, "")


def found(request):
    rows = "".join(
        f'<li class="item" data-row id="f-{n}"><a data-open href="#" hx-get="/open/{n}/" hx-target="#context">{n}</a></li>'
        for n in ("7", "8")
    )
    return 200, {}, f'<ul class="list" data-list id="found-list">{rows}</ul>'


ANSWERS = {
    "/find/": found,
    "/check-in/": OK,
    "/book/": OK,
    "/save/": OK,
    **{f"/in/{n}/": OK for n in "123"},
    **{f"/open/{n}/": (200, {}, f"<p id=opened>Opened {n}</p>") for n in "12378"},
}


@pytest.fixture
def desk(open_page):
    return open_page(DESK, answers=ANSWERS)


def test_focus_starts_where_the_work_starts(desk):
    assert desk.focus() == "find"


def test_a_list_is_one_tab_stop_and_arrows_move_in_it(desk):
    desk.page.focus("#book")
    desk.press("Tab")
    seen = [desk.focus()]
    for key in ("ArrowDown", "End", "ArrowUp", "Home", "ArrowRight", "ArrowLeft"):
        desk.press(key)
        seen.append(desk.focus())
    assert seen == ["row-1", "row-2", "row-3", "row-2", "row-1", "open-1", "row-1"]
    assert desk.page.evaluate("document.querySelectorAll('#today [tabindex=\"0\"]').length") == 1


def test_enter_opens_the_row_and_marks_it(desk):
    desk.page.focus("#row-2")
    desk.press("Enter")
    desk.page.wait_for_selector("text=Opened 2")
    assert desk.page.get_attribute("#row-2", "aria-current") == "true"
    assert desk.focus() == "row-2"


def test_a_letter_acts_in_the_focused_row_only(desk):
    desk.press("c")
    desk.page.focus("#row-3")
    desk.press("c")
    desk.comes_to("/in/3/", 1)
    assert [request.path for request in desk.requests if request.path.startswith("/in/")] == ["/in/3/"]


def test_the_physical_key_counts_on_an_arabic_layout(desk):
    desk.page.focus("#row-2")
    desk.physical("KeyC", "ؤ")
    assert desk.comes_to("/in/2/", 1) == 1


def test_a_letter_with_nothing_to_do_in_the_row_says_why(open_page):
    words = '<p hidden data-no-key="KeyM" data-stands="here left">Take it back first.</p><p hidden data-no-key="KeyM">Only booked.</p>'
    rows = DESK.replace('id="row-{{ n }}"', 'id="row-{{ n }}"{% if n == "2" %} data-stands="here"{% endif %}')
    desk = open_page(rows.replace("<section", words + "<section"), answers=ANSWERS)
    for row, key in (("1", "m"), ("2", "m"), ("3", "v")):
        desk.page.focus(f"#row-{row}")
        desk.press(key)
    assert desk.page.locator(".toast p").all_text_contents() == ["Only booked.", "Take it back first."]
    assert desk.focus() == "row-3"


def test_letters_can_be_switched_off(desk):
    desk.page.evaluate("document.body.dataset.letterKeys = 'no'")
    desk.page.focus("#row-2")
    desk.press("c")
    assert desk.comes_to("/in/2/", 0) == 0


def test_a_second_f4_within_a_second_and_a_half_is_a_slip(open_page):
    desk = open_page(DESK, answers=ANSWERS, clock=True)
    desk.press("F4")
    desk.press("F4")
    assert desk.comes_to("/check-in/", 1) == 1
    desk.page.clock.fast_forward(1500)
    desk.press("F4")
    assert desk.comes_to("/check-in/", 2) == 2


def test_a_shortcut_works_while_typing_and_its_focus_stays(desk):
    desk.page.keyboard.type("omar")
    desk.press("Control+b")
    assert (desk.comes_to("/book/", 1), desk.focus(), desk.page.input_value("#find")) == (1, "find", "omar")


def test_typing_then_enter_at_once_waits_for_the_answer_and_opens_the_first(desk):
    desk.page.keyboard.type("om")
    desk.press("Enter")
    desk.page.wait_for_selector("text=Opened 7")
    assert desk.asked("/find/") == 1


def test_of_several_people_whom_nobody_has_seen_yet_enter_opens_none(open_page):
    page = open_page(DESK.replace(' data-picks="#found"', ' data-one data-picks="#found"'), answers=ANSWERS)
    page.page.keyboard.type("om")
    page.press("Enter")
    page.page.wait_for_selector("#f-7:focus")
    assert page.asked("/open/7/") == 0
    page.press("Enter")
    page.page.wait_for_selector("text=Opened 7")


def test_of_several_people_who_can_be_seen_enter_opens_the_first(open_page):
    page = open_page(DESK.replace(' data-picks="#found"', ' data-one data-picks="#found"'), answers=ANSWERS)
    page.page.keyboard.type("om")
    page.page.wait_for_selector("#f-7")
    page.page.wait_for_timeout(100)
    page.press("Enter")
    page.page.wait_for_selector("text=Opened 7")


def test_what_was_refused_may_be_pressed_again_at_once(desk):
    desk.answers = {**ANSWERS, "/check-in/": (422, {}, "")}
    for _ in range(2):
        with desk.page.expect_response("**/check-in/"):
            desk.press("F4")
        desk.page.evaluate("new Promise((done) => setTimeout(done))")  # until the refusal has been heard
    assert desk.asked("/check-in/") == 2


# Does something the moment an element is there, before the browser does anything else.
AT_ONCE = """([selector, typed]) => void new MutationObserver((_changes, watch) => {
  const found = document.querySelector(selector);
  if (!found) return;
  watch.disconnect();
  if (typed) { found.value = typed; found.dispatchEvent(new Event("input", { bubbles: true })); } else found.click();
}).observe(document.body, { childList: true, subtree: true })"""


def test_a_form_can_be_sent_the_moment_it_is_there(open_page):
    form = '<form id="new" method="post" action="/whole/" hx-post="/save/" hx-swap="none"><button data-primary>Save</button></form>'
    page = open_page(DESK, answers={**ANSWERS, "/open/1/": (200, {}, form)})
    page.page.evaluate(AT_ONCE, ["#new button", ""])
    page.page.click("#open-1")
    assert (page.comes_to("/save/", 1), page.asked("/whole/")) == (1, 0)


def test_what_is_typed_the_moment_a_search_is_there_is_searched_for(open_page):
    search = '<input id="new" name="q" hx-get="/find/" hx-trigger="input changed" hx-target="#found">'
    page = open_page(DESK, answers={**ANSWERS, "/open/1/": (200, {}, search)})
    page.page.evaluate(AT_ONCE, ["#new", "om"])
    page.page.click("#open-1")
    assert page.comes_to("/find/", 1) == 1


@pytest.mark.parametrize("where", ["body", "main"])
def test_the_arrow_leads_from_nothing_in_hand_into_the_first_list(open_page, where):
    page = open_page("{% block main %}<h1>Rows</h1>" + ROWS + "{% endblock %}", answers=ANSWERS)
    page.page.evaluate(
        "document.activeElement.blur()" if where == "body" else "document.getElementById('main').focus()"
    )
    page.press("ArrowDown")
    assert page.focus() == "row-1"


def test_the_arrow_leads_from_the_box_into_the_results_and_back(desk):
    desk.page.keyboard.type("om")
    desk.page.wait_for_selector("#f-7")
    desk.press("ArrowDown")
    first = desk.focus()
    desk.press("ArrowUp")
    assert (first, desk.focus()) == ("f-7", "find")


def test_enter_in_a_form_of_several_fields_moves_on_and_never_submits(open_page):
    page = open_page(FORM, answers=ANSWERS)
    page.page.keyboard.type("1")
    seen = []
    for _ in range(3):
        page.press("Enter")
        seen.append(page.focus())
    assert (seen, page.asked("/save/")) == (["b", "c", "save"], 0)


def test_control_enter_presses_the_primary_action_once(open_page):
    page = open_page(FORM, answers=ANSWERS)
    page.press("Control+Enter")
    assert page.comes_to("/save/", 1) == 1


def test_control_enter_in_a_form_never_presses_another_forms_action(open_page):
    cancel = """<form method="post" action="/cancel/" hx-post="/cancel/" hx-swap="none">{% csrf_token %}
      <input id="why" name="why" aria-label="Why"><button id="cancel">Cancel the bill</button></form>{% endblock %}"""
    page = open_page(FORM.replace("{% endblock %}", cancel), answers={**ANSWERS, "/cancel/": OK})
    page.page.keyboard.type("1")
    page.page.focus("#why")
    page.press("Control+Enter")
    assert (page.comes_to("/cancel/", 1), page.asked("/save/")) == (1, 0)


def test_the_palette_finds_a_command_and_runs_it(desk):
    desk.press("Control+k")
    assert desk.focus() == "palette-input"
    desk.page.keyboard.type("book")
    desk.press("Enter")
    assert (desk.comes_to("/book/", 1), desk.page.locator("dialog[open]").count()) == (1, 0)


def test_the_palette_shows_each_commands_key_and_escape_returns(desk):
    desk.press("Control+k")
    text = desk.page.inner_text("#palette-commands")
    desk.press("Escape")
    assert "Check in" in text and "F4" in text
    assert desk.focus() == "find"


def test_the_key_sheet_lists_this_screens_keys(desk):
    desk.press("F1")
    text = desk.page.inner_text("#key-list")
    assert all(part in text for part in ("Check in", "F4", "Ctrl B"))


def test_a_question_is_asked_before_what_cannot_be_undone(open_page):
    body = '{% block main %}<h1>x</h1><button id="go" data-confirm="Close the session?" hx-post="/save/" hx-swap="none">Close</button>{% endblock %}'
    page = open_page(body, answers=ANSWERS)
    page.page.click("#go")
    assert (page.focus(), page.asked("/save/")) == ("confirm-no", 0)
    page.press("Enter")
    assert (page.focus(), page.asked("/save/")) == ("go", 0)
    page.page.click("#go")
    page.page.click("#confirm-yes")
    assert page.comes_to("/save/", 1) == 1


def test_quick_amounts_and_change_are_exact(open_page):
    body = (
        '{% block main %}<h1>Till</h1><input id="amt" aria-label="Amount"><button id="q" type="button" data-fills="amt"'
        ' data-value="200">200</button><output data-change-of="#amt" data-due="150.10"></output>{% endblock %}'
    )
    page = open_page(body)
    page.page.click("#q")
    first = page.page.inner_text("output")
    page.page.fill("#amt", "١٥٠٫٣٠")
    assert (first, page.page.inner_text("output")) == ("49.90", "0.20")


def test_a_grid_moves_in_two_directions_and_mirrors_in_arabic(open_page):
    cells = "".join(
        f"<div data-row>{''.join(f'<button id=c{r}{c} data-cell>{r}{c}</button>' for c in '12')}</div>" for r in "12"
    )
    page = open_page(
        '{% block main %}<h1>x</h1><div id="g" data-list="grid">' + cells + "</div>{% endblock %}", language="ar"
    )
    page.page.focus("#c11")
    seen = []
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.press(key)
        seen.append(page.focus())
    assert seen == ["c12", "c22", "c21", "c11"]
