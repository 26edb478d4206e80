"""File numbers and telephone numbers."""

import pytest

from patients import file_number, phones


@pytest.mark.parametrize(
    ("number", "text"), [(1, "10-0001-7"), (482, "10-0482-9"), (899_999, "99-9999-6"), (900_000, "100-0000-8")]
)
def test_compose(number, text):
    assert file_number.compose(number) == text


@pytest.mark.parametrize("typed", ["10-0001-7", "1000017", "10 0001 7", "١٠-٠٠٠١-٧", "10\u20130001\u20137"])
def test_parse_accepts_the_ways_of_typing(typed):
    assert file_number.parse(typed) == "10-0001-7"


@pytest.mark.parametrize("typed", ["10-0001-8", "10-0010-7", "", "abc", "12345", "0501234567890", "10-0001-7x"])
def test_parse_refuses_slips(typed):
    assert file_number.parse(typed) is None


def test_every_single_slip_is_caught():
    right = file_number.compose(4821)
    digits = right.replace("-", "")
    slips = [digits[:i] + d + digits[i + 1 :] for i in range(len(digits)) for d in "0123456789" if d != digits[i]]
    assert [slip for slip in slips if file_number.parse(slip)] == []


@pytest.mark.parametrize(
    ("typed", "country", "searchable", "tidy"),
    [
        ("0501234567", "SA", "0501234567 966501234567", "050 123 4567"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "0501234567 966501234567", "050 123 4567"),
        ("+966501234567", "SA", "0501234567 966501234567", "050 123 4567"),
        ("12 34", "SA", "1234", "12 34"),
        ("ask at the shop", "SA", "", "ask at the shop"),
        ("0501234567", "", "0501234567", "0501234567"),
    ],
)
def test_phones(typed, country, searchable, tidy):
    assert phones.search_digits(typed, country) == searchable
    assert phones.tidy(typed, country) == tidy


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "0501234567",
        "٠٥٠ ١٢٣",
        "+966 (50) 123-4567",
        "011.555/0100",
        "011 555 0100 ext. 12",
        "0115550100x12",
        "12 #3",
    ]
    + ["\u200e0501234567\u200f", "٠١١٥٥٥ تحويلة ١٢"],
)
def test_what_is_a_number(typed):
    assert not phones.holds_letters(typed)


@pytest.mark.parametrize("typed", ["12ab", "ask at the shop", "0501234567 mother", "ext 12 home", "٠٥٠ أم", "12 ext"])
def test_letters_are_no_number(typed):
    assert phones.holds_letters(typed)


def test_grams_are_every_run_of_four():
    assert phones.grams("12345 2345") == ["1234", "2345"]
    assert phones.grams("123") == []
