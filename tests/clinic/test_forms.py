"""What the fields of every form take for a number."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from clinic.forms import DecimalTextField, IntegerTextField


@pytest.mark.parametrize(
    ("field", "typed", "number"),
    [
        (DecimalTextField(), " 10.50 ", Decimal("10.50")),
        (DecimalTextField(), "١٠.٥", Decimal("10.5")),
        (DecimalTextField(), "١٠٫٥", Decimal("10.5")),
        (IntegerTextField(), "۱۲", 12),
    ],
)
def test_a_number_is_read_in_the_figures_of_every_keyboard(field, typed, number):
    assert field.clean(typed) == number


@pytest.mark.parametrize("typed", ["1_0", "1e3", "1E3", "NaN", "0x10", "10,5.0"])
@pytest.mark.parametrize("field", [DecimalTextField(), IntegerTextField()])
def test_what_nobody_would_write_is_no_number(field, typed):
    with pytest.raises(ValidationError):
        field.clean(typed)
