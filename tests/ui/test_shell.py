"""The frame around every page: places by role, language and direction, weight."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation

from clinic.access import Role
from clinic.context import PLACES, places
from tests.ui.kit import render, user_of

FIRST_LOAD = 120 * 1024


def test_a_role_sees_its_own_places_only():
    words = {role: {place.name for place in places(user_of(role), "/")} for role in Role}
    expected = {role: {name for name, _word, _icon, roles in PLACES if role in roles} for role in Role}
    assert all(words[role] <= expected[role] for role in Role)
    assert words[Role.DISPLAY] == words[Role.PATIENT] == set()


def test_the_phones_bar_has_at_most_five():
    user = user_of(*Role)
    assert sum(not place.extra for place in places(user, "/")) <= 5


@pytest.mark.parametrize(("language", "direction", "sheet"), [("en", "ltr", "grid.min"), ("ar", "rtl", "grid.rtl.min")])
def test_language_decides_direction_and_sheet(language, direction, sheet):
    html = render("{% block main %}{% endblock %}", language=language)
    assert f'<html lang="{language}" dir="{direction}"' in html and sheet in html


def test_the_users_theme_is_on_the_root():
    html = render("{% block main %}{% endblock %}", user=user_of(Role.DOCTOR, theme="dark"))
    assert 'data-bs-theme="dark"' in html


def test_first_load_is_light():
    html = render("{% block main %}{% endblock %}")
    names = re.findall(r'(?:href|src)="/static/([^"?]+\.(?:css|js))"', html)
    seen, size = set(), 0
    while names:
        name = names.pop()
        path = finders.find(name)
        if name in seen or not path:
            continue
        seen.add(name)
        content = Path(path).read_bytes()
        size += len(gzip.compress(content, 9))
        if name.startswith("js/"):
            names += [
                f"js/{other}" for other in re.findall(rb'from "\./([\w.]+)"', content) for other in [other.decode()]
            ]
    assert len(seen) > 15
    assert size <= FIRST_LOAD


def test_the_frame_stays_short():
    for name in ("base.html", "base_plain.html", "base_board.html"):
        assert len((settings.BASE_DIR / "templates" / name).read_text().splitlines()) < 100


BANNER = {
    "name": "AL-HASSAN, Layla",
    "name_other_script": "ليلى الحسن",
    "born_text": "04-Mar-1988",
    "age_text": "38y",
    "sex_text": "Female",
    "file_number": "10-0482-7",
    "token": "A-013",
    "allergy_state": "known",
    "allergies": [("penicillin", "anaphylaxis", "Severe", False), ("dust", "", "", True)],
    "similar_count": 0,
    "deceased_on": None,
}
BLOCK = '{% block banner %}{% include "partials/patient_banner.html" %}{% endblock %}'


def banner_text(**changes):
    html = render(BLOCK, banner={**BANNER, **changes})
    section = re.search(r'<section class="banner.*?</section>', html, re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def test_the_banner_reads_name_born_sex_number_token():
    text = banner_text()
    order = [text.index(part) for part in ("AL-HASSAN, Layla", "04-Mar-1988 (38y)", "Female", "10-0482-7", "A-013")]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("state", "phrase"),
    [
        ("known", "Known allergies"),
        ("none", "No known allergies"),
        ("not_recorded", "Allergies not recorded"),
        ("unavailable", "Allergies unavailable"),
    ],
)
def test_the_allergy_state_is_one_of_four_phrases(state, phrase):
    text = banner_text(allergy_state=state)
    phrases = ["Known allergies", "No known allergies", "Allergies not recorded", "Allergies unavailable"]
    assert [p for p in phrases if p in text] == [phrase]


def test_a_role_without_clinical_access_sees_no_allergy_line():
    assert "llerg" not in banner_text(allergy_state="")


def test_unknown_reaction_and_unchecked_agent_are_said():
    text = banner_text()
    assert "penicillin — anaphylaxis" in text and "dust — reaction not known (not checked automatically)" in text


def test_look_alikes_and_death_are_marked():
    from datetime import date

    assert "2 similar names" in banner_text(similar_count=2)
    assert "Died 20-Nov-2026" in banner_text(deceased_on=date(2026, 11, 20))


@pytest.mark.parametrize("name", ["403", "404", "500", "offline"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_system_pages_need_nothing_of_the_request(name, language):
    with translation.override(language):
        html = render_to_string(f"{name}.html")
    assert f'lang="{language}"' in html and 'href="/" id="home"' in html
