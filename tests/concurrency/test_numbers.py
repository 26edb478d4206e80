"""Numbers under sixteen writers of whom one in ten rolls back: 1..n, no gap, no double."""

from clinic.models import Counter
from clinic.numbers import next_number
from clinic.operation import operation
from queues.models import Token
from queues.operations import issue_token
from tests.concurrency.crowd import rush, tally

WRITERS = 16
EACH = 25


class Spilled(Exception):
    """The operation failed after it had its number."""


@operation
def give_token(*, clinic, by, spill):
    token = issue_token(clinic=clinic, letter="A", by=by)
    if spill:
        raise Spilled
    return token


@operation
def give_receipt(*, clinic, spill):
    number = next_number(clinic, "receipt:2026")
    if spill:
        raise Spilled
    return number


def several(dice, give):
    """EACH calls of give(spill=...), a tenth of them spilled; returns what was given."""
    plans = [[dice.random() < 0.1 for _ in range(EACH)] for _ in range(WRITERS)]

    def writer(number):
        given = []
        for spill in plans[number]:
            try:
                given.append(give(number, spill))
            except Spilled:
                continue
        return given

    outcomes = rush(WRITERS, writer)
    assert tally(outcomes) == {"ok": WRITERS}
    expected = sum(not spill for plan in plans for spill in plan)
    return [given for outcome in outcomes for given in outcome], expected


def test_tokens_have_no_gap(clinic, crowd, dice):
    tokens, expected = several(dice, lambda number, spill: give_token(clinic=clinic, by=crowd[number], spill=spill))
    assert sorted(token.number for token in tokens) == list(range(1, expected + 1))
    assert sorted(Token.objects.values_list("number", flat=True)) == list(range(1, expected + 1))


def test_receipts_have_no_gap(clinic, crowd, dice):
    numbers, expected = several(dice, lambda number, spill: give_receipt(clinic=clinic, spill=spill))
    assert sorted(numbers) == list(range(1, expected + 1))
    assert Counter.objects.get(clinic=clinic, series="receipt:2026").value == expected


def test_each_letter_and_each_clinic_counts_for_itself(clinic, crowd):
    letters = ["A", "B"]
    outcomes = rush(WRITERS, lambda number: issue_token(clinic=clinic, letter=letters[number % 2], by=crowd[number]))
    numbers = {letter: sorted(token.number for token in outcomes if token.letter == letter) for letter in letters}
    assert numbers == {"A": list(range(1, 9)), "B": list(range(1, 9))}
