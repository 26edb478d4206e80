"""Names, ages, days, hours and amounts as the screens write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import engines
from django.utils import translation

from clinic import display


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Layla Al-Hassan", "AL-HASSAN, Layla"),
        ("Layla Ahmad Al Hassan", "AL HASSAN, Layla Ahmad"),
        ("Mohammed bin Salman", "BIN SALMAN, Mohammed"),
        ("Huda Abdul Rahman", "ABDUL RAHMAN, Huda"),
        ("Anna van der Berg", "VAN DER BERG, Anna"),
        ("Grace", "Grace"),
        ("al Hassan", "AL HASSAN"),
        ("HASSAN, Layla", "HASSAN, Layla"),
        ("ليلى أحمد الحسن", "ليلى أحمد الحسن"),
        ("  Omar   Ali ", "ALI, Omar"),
        ("", ""),
    ],
)
def test_a_latin_name_begins_with_the_family_and_an_arabic_one_stays(stored, shown):
    assert display.formal_name(stored) == shown


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "AL-HASSAN, Layla", "ليلى الحسن"), ("ar", "ليلى الحسن", "AL-HASSAN, Layla")],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_the_interfaces_script_comes_first(language, first, second, swapped):
    names = ("Layla Al-Hassan", "ليلى الحسن")
    person = SimpleNamespace(name=names[swapped], name_other_script=names[not swapped])
    with translation.override(language):
        assert (display.patient_name(person), display.patient_name(person, other=True)) == (first, second)


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(1988, 3, 4), "38y"),
        (date(2024, 11, 20), "2y"),
        (date(2024, 11, 21), "23m"),
        (date(2026, 10, 23), "1m"),
        (date(2026, 10, 24), "27d"),
        (date(2026, 11, 20), "0d"),
        (None, ""),
    ],
)
def test_age_in_years_months_under_two_days_under_four_weeks(born, shown):
    assert display.age_text(born, date(2026, 11, 20)) == shown


def test_arabic_age_has_its_plural_forms():
    with translation.override("ar"):
        shown = [display.age_text(date(2026 - years, 1, 1), date(2026, 11, 20)) for years in (2, 5, 38)]
    assert shown == ["سنتان", "5 سنوات", "38 سنة"]


def test_a_day_has_its_month_in_letters_and_a_moment_is_on_the_clinics_clock():
    late = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    with translation.override("ar"):
        assert display.day_text(date(2026, 11, 20)) == "20-Nov-2026"
    from django.utils import timezone

    with timezone.override("Asia/Riyadh"):
        assert (display.day_text(late), display.clock_text(late)) == ("21-Nov-2026", "01:30")


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [("1250", "SAR", "1,250.00 SAR"), ("1.5", "KWD", "1.500 KWD"), ("-3", "SAR", "-3.00 SAR"), ("7", None, "7")],
)
def test_an_amount_has_its_currencys_decimals(value, currency, shown):
    assert display.amount_text(Decimal(value), currency) == shown


@pytest.mark.parametrize(
    ("tag", "html"),
    [
        ("{% ltr '050 123 4567' %}", '<bdi dir="ltr">050 123 4567</bdi>'),
        ("{% ltr hostile class='code' %}", '<bdi dir="ltr" class="code">&lt;b&gt;</bdi>'),
        ("{% day d %}", '<bdi dir="ltr">20-Nov-2026</bdi>'),
        ("{% day none %}{% clock none %}{% amount none %}{% wait none %}", ""),
        ("{% key 'Ctrl+Enter' %}", '<kbd dir="ltr" aria-hidden="true">Ctrl ↵</kbd>'),
        ("{% live 'desk' 'station-3' '' %}", 'data-live="desk station-3"'),
        ("{% wait 6 40 %}", '<bdi class="wait">6 min</bdi>'),
    ],
)
def test_tags(tag, html):
    template = engines["django"].from_string("{% load clinic %}" + tag)
    assert template.render({"d": date(2026, 11, 20), "none": None, "hostile": "<b>"}) == html


STATES = [
    "asked",
    "booked",
    "waiting",
    "called",
    "with_doctor",
    "pharmacy",
    "to_pay",
    "done",
    "no_show",
    "cancelled",
    "left",
]


def test_each_state_has_its_own_form_word_and_an_icon():
    template = engines["django"].from_string("{% load clinic %}{% state_chip state %}")
    chips = [template.render({"state": state}) for state in STATES]
    assert len(set(chips)) == len(STATES)
    assert all("<svg" in chip and 'class="chip-word"' in chip for chip in chips)


def test_a_long_wait_says_so_in_words():
    template = engines["django"].from_string("{% load clinic %}{% wait 41 40 %}")
    assert "Long wait" in template.render() and "wait-long" in template.render()
