"""The arithmetic of a bill."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.sums import bill_sum, line_sum, notes_for
from clinic.money import quantize

D = Decimal


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "rate", "currency", "expected"),
    [
        (1, "200", "0", "15", "SAR", ("200.00", "200.00", "30.00", "230.00")),
        (15, "1.25", "0", "15", "SAR", ("18.75", "18.75", "2.81", "21.56")),
        (30, "0.125", "0", "0", "SAR", ("3.75", "3.75", "0.00", "3.75")),
        (1, "2.665", "0", "0", "SAR", ("2.67", "2.67", "0.00", "2.67")),
        (1, "100", "20", "15", "SAR", ("100.00", "80.00", "12.00", "92.00")),
        (1, "100", "100", "15", "SAR", ("100.00", "0.00", "0.00", "0.00")),
        (1, "1.2345", "0", "5", "KWD", ("1.235", "1.235", "0.062", "1.297")),
        (1, "150.5", "0", "10", "JPY", ("151", "151", "15", "166")),
    ],
)
def test_line_sum(quantity, price, discount, rate, currency, expected):
    found = line_sum(quantity, D(price), D(discount), D(rate), currency)
    assert tuple(str(part) for part in (found.gross, found.net, found.tax, found.total)) == expected


amounts = st.decimals(min_value=0, max_value=99999, places=3)


@given(st.lists(st.tuples(st.integers(1, 500), amounts, st.integers(0, 100), st.sampled_from([0, 5, 15])), max_size=8))
def test_the_parts_always_make_the_total(lines):
    made = []
    for quantity, price, percent, rate in lines:
        gross = quantize(price * quantity, "SAR")
        discount = quantize(gross * percent / 100, "SAR")
        one = line_sum(quantity, price, discount, D(rate), "SAR")
        assert one.total == one.net + one.tax
        made.append(type("Line", (), {"net": one.net, "discount": discount, "tax": one.tax, "total": one.total}))
    whole = bill_sum(made)
    assert whole.total == whole.subtotal - whole.discount + whole.tax == sum((m.total for m in made), D(0))


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("150.00", ["200.00", "500.00", "1000.00"]),
        ("251.56", ["260.00", "300.00", "500.00"]),
        ("0.00", []),
        ("10.00", ["50.00", "100.00", "500.00"]),
    ],
)
def test_notes(due, expected):
    assert [str(note) for note in notes_for(D(due), "SAR")] == expected
