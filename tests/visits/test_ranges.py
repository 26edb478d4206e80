"""Limits of measurements, by age; the sources stand in `visits/ranges.py`."""

from datetime import date
from decimal import Decimal

import pytest

from clinic.text import has_arabic
from visits import icd, measures, ranges
from visits.icd_words import COMMON

ADULT, TODDLER, INFANT, TEEN = 38 * 12, 18, 2, 14 * 12


@pytest.mark.parametrize(
    ("field", "value", "months", "level"),
    [
        ("systolic", 120, ADULT, ""),
        ("systolic", 139, ADULT, ""),
        ("systolic", 140, ADULT, "high"),
        ("systolic", 168, ADULT, "high"),
        ("systolic", 180, ADULT, "very_high"),
        ("systolic", 100, ADULT, "low"),
        ("systolic", 90, ADULT, "very_low"),
        ("diastolic", 104, ADULT, "high"),
        ("diastolic", 120, ADULT, "very_high"),
        ("systolic", 132, TEEN, "high"),
        ("systolic", 140, TEEN, "very_high"),
        ("systolic", 72, TODDLER, "low"),
        ("systolic", 71, TODDLER, "very_low"),
        ("pulse", 88, ADULT, ""),
        ("pulse", 101, ADULT, "high"),
        ("pulse", 131, ADULT, "very_high"),
        ("pulse", 50, ADULT, "low"),
        ("pulse", 40, ADULT, "very_low"),
        ("pulse", 130, TODDLER, ""),
        ("pulse", 130, 5 * 12, "high"),
        ("pulse", 180, TODDLER, "very_high"),
        ("pulse", 59, TODDLER, "very_low"),
        ("respiration", 16, ADULT, ""),
        ("respiration", 25, ADULT, "very_high"),
        ("respiration", 40, INFANT, ""),
        ("respiration", 61, INFANT, "very_high"),
        ("temperature", Decimal("37.1"), ADULT, ""),
        ("temperature", Decimal("38.1"), ADULT, "high"),
        ("temperature", Decimal("39.1"), ADULT, "very_high"),
        ("temperature", Decimal("38.0"), INFANT, "very_high"),
        ("temperature", Decimal("38.0"), TODDLER, ""),
        ("temperature", Decimal("38.5"), None, "high"),
        ("spo2", 97, ADULT, ""),
        ("spo2", 95, ADULT, "low"),
        ("spo2", 91, None, "very_low"),
        ("glucose", Decimal("5.5"), ADULT, ""),
        ("glucose", Decimal("3.8"), ADULT, "low"),
        ("glucose", Decimal("2.9"), ADULT, "very_low"),
        ("glucose", Decimal("11.1"), ADULT, "high"),
        ("pain", 7, ADULT, "high"),
        ("bmi", Decimal("27.4"), ADULT, ""),
        ("bmi", Decimal("30"), ADULT, "high"),
        ("bmi", Decimal("18.4"), ADULT, "low"),
        ("bmi", Decimal("15"), TODDLER, None),
        ("pulse", 88, None, None),
        ("systolic", 120, None, None),
        ("weight", Decimal("74"), ADULT, None),
        ("pulse", None, ADULT, None),
    ],
)
def test_levels(field, value, months, level):
    assert ranges.level(field, value, months) == level


@pytest.mark.parametrize(
    ("value", "level"), [(98, ""), (69, "low"), (53, "very_low"), (200, "high"), (301, "very_high")]
)
def test_glucose_in_mg_is_judged_by_the_same_limits(value, level):
    assert ranges.level("glucose", Decimal(value), ADULT, glucose_unit="mg/dL") == level


@pytest.mark.parametrize(
    ("systolic", "diastolic", "level"),
    [(120, 80, ""), (168, 104, "high"), (150, 125, "very_high"), (150, 58, "high"), (88, 60, "very_low")],
)
def test_a_pressure_is_as_bad_as_its_worse_half(systolic, diastolic, level):
    assert ranges.pressure_level(systolic, diastolic, ADULT) == level


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"pulse": 88}, []),
        ({"pulse": 9}, ["pulse"]),
        ({"temperature": Decimal("98.6")}, ["temperature"]),
        ({"spo2": 101}, ["spo2"]),
        ({"systolic": 80, "diastolic": 120}, ["systolic"]),
        ({"systolic": 120}, ["systolic"]),
        ({"pain": 11, "weight": Decimal(700)}, ["weight", "pain"]),
        ({"glucose": Decimal(400)}, ["glucose"]),
    ],
)
def test_what_cannot_be(values, wrong):
    assert ranges.impossible(values) == wrong


@pytest.mark.parametrize(
    ("values", "months", "odd"),
    [
        ({"pulse": 18}, ADULT, ["pulse"]),
        ({"pulse": 150}, INFANT, []),
        ({"weight": Decimal("7.4")}, ADULT, ["weight"]),
        ({"weight": Decimal("11")}, TODDLER, []),
        ({"weight": Decimal("74")}, TODDLER, ["weight"]),
        ({"height": Decimal("17")}, ADULT, ["height"]),
        ({"glucose": Decimal("40")}, ADULT, ["glucose"]),
        ({"spo2": 74, "systolic": 120, "diastolic": 80}, None, ["spo2"]),
    ],
)
def test_what_is_asked_about(values, months, odd):
    assert ranges.improbable(values, months) == odd


@pytest.mark.parametrize(
    ("born_on", "months"),
    [(date(2026, 11, 20), 0), (date(2026, 10, 21), 0), (date(2026, 10, 20), 1), (date(1988, 3, 4), 464), (None, None)],
)
def test_age_in_completed_months(born_on, months):
    assert ranges.age_in_months(born_on, date(2026, 11, 20)) == months


@pytest.mark.parametrize(
    ("weight", "height", "bmi"),
    [(Decimal("74"), Decimal("164.3"), Decimal("27.4")), (Decimal("60"), None, None), (None, Decimal("170"), None)],
)
def test_bmi(weight, height, bmi):
    assert ranges.bmi(weight, height) == bmi


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("74.00"), "74"), (Decimal("37.10"), "37.1"), (100, "100"), (Decimal("0.50"), "0.5")]
)
def test_figures_have_no_trailing_zero(value, text):
    assert measures.plain(value) == text


def test_every_child_age_has_a_band():
    months = range(0, ranges.ADULT * 12)
    fields = ("pulse", "respiration", "systolic", "diastolic")
    assert [(field, age) for field in fields for age in months if ranges.band(field, age) is None] == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("I10", "I10"),
        ("i1", "I10"),
        ("hypertens essential", "I10"),
        ("migraine", "G43.9"),
        ("htn", "I10"),
        ("diabetes type 2", "E11.9"),
        ("ضغط", "I10"),
        ("السكري الثاني", "E11.9"),
        ("سكري ثان", "E11.9"),
        ("التهاب اللوز", "J03.9"),
        ("إنفلونزا", "J11.1"),
        ("x", None),
        ("zzzz", None),
        ("", None),
    ],
)
def test_icd_search(text, first):
    found = icd.search(text)
    assert (found[0][0] if found else None) == first


def test_what_doctors_say_is_said_of_codes_that_exist():
    assert [code for code in COMMON if not icd.description(code)] == []


def test_every_common_code_has_a_name_in_arabic():
    assert [code for code in COMMON if not has_arabic(icd.arabic_name(code))] == []


def test_icd_descriptions():
    assert (icd.description("i10"), icd.description("nonsense")) == ("Essential (primary) hypertension", "")


@pytest.mark.parametrize(
    ("field", "unit", "limits"),
    [
        ("pulse", "", (51, 100)),
        ("temperature", "", (Decimal("36.1"), Decimal("38.0"))),
        ("spo2", "", (96, None)),
        ("glucose", "mg/dL", (70, 199)),
        ("pain", "", (None, 6)),
        ("weight", "", None),
    ],
)
def test_the_usual_range_in_words(field, unit, limits):
    assert ranges.usual(field, ADULT, glucose_unit=unit) == limits
