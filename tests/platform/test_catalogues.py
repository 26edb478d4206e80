"""The message tool finds what is visible and says what is out of step."""

import gettext

import pytest
from babel.messages.catalog import Catalog

from clinic import catalogues

TEMPLATE = """{% load i18n %}{% translate "Save" %}{% translate "May" context "month" %}
{% blocktranslate count n=n trimmed %}
  one {{ n }} patient
{% plural %}
  {{ n }} patients
{% endblocktranslate %}{{ _("Hello (x)") }}{{ v|default:_("none") }}{% include "x" with a=_("Label") b="no" %}"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small project: `clinic` with one Python file and one template of `patients`."""
    monkeypatch.setattr(catalogues, "BASE", tmp_path)
    monkeypatch.setattr(catalogues, "APPS", ("clinic", "patients"))
    (tmp_path / "clinic").mkdir()
    (tmp_path / "clinic" / "a.py").write_text("x = _('Book')\ny = ngettext('%(n)s day', '%(n)s days', n)\n")
    (tmp_path / "templates" / "patients").mkdir(parents=True)
    (tmp_path / "templates" / "patients" / "x.html").write_text(TEMPLATE)
    return tmp_path


def write(house, app, *entries):
    path = catalogues.po_path(app, "ar")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(f'msgid "{msgid}"\nmsgstr "{msgstr}"\n' for msgid, msgstr in entries))


def test_templates_give_up_every_string(house):
    assert [(found.ids, found.context) for found in catalogues.extract_app("patients")] == [
        ("Save", None),
        ("May", "month"),
        (("one %(n)s patient", "%(n)s patients"), None),
        ("Hello (x)", None),
        ("none", None),
        ("Label", None),
    ]


def test_merging_keeps_translations_and_sets_old_ones_aside(house):
    write(house, "clinic", ("Book", "احجز"), ("Gone", "ذهب"))
    catalogues.merge("clinic", "ar")
    catalog = catalogues.load("clinic", "ar")
    assert catalog.get("Book").string == "احجز"
    assert list(catalog.obsolete) == ["Gone"]
    assert len(catalog.get("%(n)s day").string) == 6


def test_pruning_drops_what_is_gone(house):
    write(house, "clinic", ("Book", "احجز"), ("Gone", "ذهب"))
    catalogues.merge("clinic", "ar", prune=True)
    assert catalogues.load("clinic", "ar").obsolete == {}


def test_merging_twice_changes_nothing(house):
    catalogues.merge("clinic", "ar")
    first = catalogues.po_path("clinic", "ar").read_bytes()
    catalogues.merge("clinic", "ar")
    assert catalogues.po_path("clinic", "ar").read_bytes() == first


def test_what_is_out_of_step_is_named(house):
    write(house, "clinic", ("Book", ""), ("Gone", "ذهب"))
    assert catalogues.problems(("clinic",)) == [
        "clinic/ar: empty: 'Book'",
        "clinic/ar: missing: '%(n)s day'",
        "clinic/ar: obsolete: 'Gone'",
    ]


@pytest.mark.parametrize(
    ("msgid", "msgstr", "said"),
    [
        ("%(n)s of %(m)s", "%(n)s من", ["placeholders ['%(m)s', '%(n)s'] became ['%(n)s']: '%(n)s of %(m)s'"]),
        ("Room 3", "غرفة ٣", ["digits are 0-9 on every screen: 'Room 3'"]),
        ("Call next", "Call next", ["still English: 'Call next'"]),
        ("PDF", "PDF", []),
        ("Hello {name}", "أهلا {name}", []),
    ],
)
def test_a_wrong_translation_is_named(msgid, msgstr, said):
    catalog = Catalog()
    message = catalog.add(msgid, msgstr)
    assert catalogues._message_problems(message, message, 6) == said


def test_one_word_has_one_translation(house):
    (house / "patients" / "locale").mkdir(parents=True)
    (house / "patients" / "a.py").write_text("x = _('Book')\n")
    write(house, "clinic", ("Book", "احجز"))
    write(house, "patients", ("Book", "حجز"))
    assert [line for line in catalogues.problems() if "otherwise" in line] == [
        "patients/ar: translated otherwise in clinic: 'Book' (حجز / احجز)"
    ]


@pytest.mark.parametrize(
    ("number", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (103, 3)]
)
def test_arabic_counts_in_six_forms_in_django_s_order(number, form):
    assert gettext.c2py(catalogues.PLURALS["ar"])(number) == form


def test_compiling_makes_what_is_newer(house):
    write(house, "clinic", ("Book", "احجز"))
    assert [catalogues.compile_stale(), catalogues.compile_stale()] == [1, 0]
    assert catalogues.po_path("clinic", "ar").with_suffix(".mo").exists()
