"""Accessibility of every component at once: axe, two languages, two themes, two sizes."""

from datetime import date
from types import SimpleNamespace

import pytest

from clinic.access import Role
from tests.axe import RULES, axe, shade
from tests.ui.kit import user_of
from tests.ui.test_display import STATES
from tests.ui.test_shell import BANNER
from visits.measures import Measure

BODY = """
{% block banner %}{% include "partials/patient_banner.html" %}{% endblock %}
{% block main %}<div class="zones zones-desk">
<section class="zone" aria-labelledby="h1"><header class="zone-head"><h2 id="h1">{% trans "Actions" %}</h2></header><div class="zone-body">
  <label class="form-label" for="f">{% trans "Phone" %}</label><input class="form-control" id="f" placeholder="050 123 4567" data-focus>
  <div class="btn-row"><button class="btn btn-primary" data-key="F4">{% trans "Print" %} {% key "F4" %}</button><button class="btn">{% trans "Close" %}</button><button class="btn btn-danger">{% trans "Undo" %}</button><button class="btn btn-quiet">{% trans "More" %}</button></div>
  <div class="note-box stop" role="alert">{% icon "octagon-alert" %}<div><b>penicillin</b> x</div></div><div class="note-box ask">{% icon "info" %}<div><b>x</b> y</div></div><div class="note-box ok">{% icon "check" %}<div>x</div></div>
  <dl class="facts"><dt>{% trans "Born" %}</dt><dd>{% day day %}</dd></dl>
  <ul class="vitals">{% for box in boxes %}{% include "visits/_vital.html" %}{% endfor %}</ul>
</div></section>
<section class="zone" aria-labelledby="h2"><header class="zone-head"><h2 id="h2">{% trans "Waiting" %}</h2></header>
  <dl class="counters"><div class="counter"><dt>waiting</dt><dd>5</dd></div><div class="counter warn"><dt>longest</dt><dd>41</dd></div></dl>
  <div class="zone-body flush"><table class="rows" id="t" data-list aria-label="T"><thead><tr><th>Token</th><th>Patient</th><th>Status</th><th>Wait</th><th class="num">To pay</th></tr></thead><tbody>
  {% for state in states %}<tr data-row id="r{{ forloop.counter }}"{% if forloop.first %} aria-current="true"{% endif %}><td>{% ltr "A-013" class="code" %}</td><th scope="row" class="name"><a data-open href="#x">{% person_name person %}</a></th><td>{% state_chip state %}</td><td>{% wait 41 40 %}</td><td class="num">{% amount 150 "SAR" bare=True %}</td></tr>{% endfor %}</tbody></table></div></section>
<section class="zone" aria-labelledby="h3"><header class="zone-head"><h2 id="h3">Chips</h2>{% chip "ok" "check" "Paid" %}{% chip "warn" "coins" "Unpaid" %}{% chip "danger" "x" "Old" %}{% chip "info" "info" "New" %}{% chip "violet" "pill" "Rx" %}{% chip "quiet" "" "Draft" %}</header><div class="zone-body">
  <div class="error-summary" tabindex="-1"><h3>{% trans "Please put this right" %}</h3><ul><li><a href="#f">x</a>: y</li></ul></div>
  <div class="sum"><div>Fee <b class="num">1.00</b></div><div class="sum-total">Total <b class="num">1.00</b></div></div>
  <bdi dir="ltr" class="rx-line"><b class="rx-generic">amlodipine</b> <span class="rx-dose">dose</span> <b>10 mg</b></bdi><p class="rx-patient">x</p>
  <div class="empty">{% icon "coffee" %}<p>x</p><p class="muted">y</p></div></div></section>
</div>{% endblock %}"""

BOXES = [
    Measure("pressure", "BP", "168/104", "mmHg", "high", "High", range_text="90/60 to 139/89"),
    Measure("weight", "Weight", "74", "kg", taken_at=date(2026, 9, 2)),
    Measure("spo2", "SpO2", "84", "%", "very_low", "Very low"),
]


def context(**banner):
    return {
        "banner": {**BANNER, **banner},
        "states": STATES,
        "boxes": BOXES,
        "day": date(2026, 11, 20),
        "person": SimpleNamespace(name="Layla Al-Hassan", name_other_script="ليلى الحسن"),
    }


def violations(page, theme="light"):
    """What axe finds: each rule with its first elements."""
    shade(page, theme)
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in axe(page, RULES[theme])]


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_violation(open_page, language, size):
    user = user_of(Role.MANAGER, Role.RECEPTION)
    page = open_page(BODY, size=size, language=language, user=user, **context(similar_count=2)).page
    assert {theme: violations(page, theme) for theme in RULES} == {"light": [], "dark": []}


@pytest.mark.parametrize("opened", ["palette", "key-sheet", "menu"])
def test_no_violation_with_a_dialog_open(open_page, opened):
    page = open_page(BODY, **context(allergy_state="not_recorded", deceased_on=date(2026, 11, 1)))
    page.page.click("#user-menu-button") if opened == "menu" else page.press(
        "F1" if opened == "key-sheet" else "Control+k"
    )
    assert violations(page.page) == []


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_sideways_scroll(open_page, language):
    page = open_page(BODY, language=language, **context()).page
    for width in (320, 390, 768, 1024, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 768})
        assert (width, page.evaluate("document.documentElement.scrollWidth") <= width) == (width, True)
