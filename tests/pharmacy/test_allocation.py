"""Which batches a quantity is taken from, as a table."""

from datetime import date, timedelta

import pytest

from pharmacy.allocation import Lot, allocate

TODAY = date(2026, 11, 20)


def lot(pk, days, on_hand, state="available", expires=None):
    return Lot(pk, TODAY + timedelta(days=days), TODAY + timedelta(days=expires or days), on_hand, state)


@pytest.mark.parametrize(
    ("lots", "quantity", "chosen", "taken", "missing"),
    [
        ([lot(1, 90, 10), lot(2, 30, 10)], 5, None, [(2, 5)], 0),
        ([lot(1, 90, 10), lot(2, 30, 10)], 15, None, [(2, 10), (1, 5)], 0),
        ([lot(1, 90, 10), lot(2, 30, 10)], 25, None, [(2, 10), (1, 10)], 5),
        ([lot(2, 30, 10), lot(1, 30, 10)], 5, None, [(1, 5)], 0),
        ([lot(1, 0, 10)], 5, None, [], 5),
        ([lot(1, -1, 10)], 5, None, [], 5),
        ([lot(1, 10, 10, "recalled"), lot(2, 20, 10, "on_hold"), lot(3, 30, 3)], 5, None, [(3, 3)], 2),
        ([lot(1, 90, 10), lot(2, 30, 10)], 5, 1, [(1, 5)], 0),
        ([lot(1, 90, 3), lot(2, 30, 10)], 5, 1, [(1, 3), (2, 2)], 0),
        ([lot(1, -1, 9), lot(2, 30, 10)], 5, 1, [(2, 5)], 0),
        ([], 1, None, [], 1),
    ],
)
def test_earliest_removal_first_and_a_choice_is_honoured(lots, quantity, chosen, taken, missing):
    assert allocate(lots, quantity, today=TODAY, chosen=chosen) == (taken, missing)
