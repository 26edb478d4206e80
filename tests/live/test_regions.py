"""Every live region of every template keeps the rules that let it be swapped under a person's eyes."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
TOPICS = {"desk", "board", "pharmacy", "day", "stock"}
FAMILIES = {"station-", "visit-", "prescription-", "invoice-", "patient-", "calendar-", "doctor-"}
# An input that a person can type into; hidden ones and buttons may be swapped.
TYPED = re.compile(r"<(textarea|select)\b|<input\b(?![^>]*type=[\"'](hidden|submit|button)[\"'])", re.IGNORECASE)
INCLUDE = re.compile(r"{%\s*include\s+[\"']([^\"']+)[\"']")


def live_tags():
    """(template, the whole start tag of a live region)"""
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = path.read_text()
        for found in re.finditer(r"{%\s*live\b", text):
            start = text.rfind("<", 0, found.start())
            yield pytest.param(path, start_tag(text, start), id=f"{path.relative_to(TEMPLATES)}")


def start_tag(text, start):
    """The tag that begins at `start`, with the template's own tags inside it."""
    tag = re.compile(r"<(?:{%.*?%}|{{.*?}}|[^>{]|{(?![%{]))*>", re.DOTALL)
    return tag.match(text, start).group()


def with_includes(path, seen=None):
    """The text of a template and of everything it includes by a fixed name."""
    seen = set() if seen is None else seen
    if path in seen or not path.exists():
        return ""
    seen.add(path)
    text = path.read_text()
    return text + "".join(with_includes(TEMPLATES / name, seen) for name in INCLUDE.findall(text))


@pytest.mark.parametrize(("path", "tag"), list(live_tags()))
def test_a_live_region_fetches_itself(path, tag):
    assert re.search(r"\bid=", tag), "a stable id finds the region again after its swap"
    assert "hx-get=" in tag
    assert re.search(r'hx-trigger="live\b', tag)
    assert 'hx-swap="outerHTML"' in tag
    assert "hx-target=" not in tag


@pytest.mark.parametrize(("path", "tag"), list(live_tags()))
def test_a_live_region_names_topics_that_are_published(path, tag):
    arguments = re.search(r"{%\s*live\s+(.*?)%}", tag).group(1)
    for literal, joined in re.findall(r"[\"']([^\"']+)[\"'](\|add:)?", arguments):
        if joined:
            assert literal in FAMILIES
        else:
            assert literal in TOPICS, f"{literal!r}: a family is joined to its id with |add:"


@pytest.mark.parametrize(("path", "tag"), list(live_tags()))
def test_a_live_region_holds_nothing_to_type_into(path, tag):
    found = TYPED.search(with_includes(path))
    assert not found, found.group()


def test_there_are_live_regions():
    assert len(list(live_tags())) >= 8
