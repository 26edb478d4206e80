"""Which batches a quantity is taken from: the earliest to be removed first. Pure: no database."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Lot:
    """What the choice needs to know of a batch; quantities are base units."""

    pk: int
    remove_by: date
    expires_on: date
    on_hand: int
    state: str = "available"


def in_date(lot, today):
    """True while a batch is neither expired nor past its removal day."""
    return lot.remove_by > today and lot.expires_on > today


def usable(lot, today):
    """True when a batch may be given out: available, in stock and in date."""
    return lot.state == "available" and lot.on_hand > 0 and in_date(lot, today)


def place_of_returned(lot, *, restock, today):
    """Where what comes back of a batch goes: `shelf`, `quarantine` (it joins a batch that is held or recalled, of which
    nothing is given out) or `written_off` (out of date, or not fit to be given again: `restock` is False)."""
    if not restock or not in_date(lot, today):
        return "written_off"
    return "shelf" if lot.state == "available" else "quarantine"


def allocate(lots, quantity, *, today, chosen=None):
    """Take `quantity` from `lots`: a list of (pk, quantity), and what is missing.

    A `chosen` batch is honoured first and topped up by the rule; earliest removal first, then by pk; over as many
    batches as needed; never expired, held or recalled ones, even when chosen.
    """
    shelf = sorted(
        (lot for lot in lots if usable(lot, today)), key=lambda lot: (lot.pk != chosen, lot.remove_by, lot.pk)
    )
    taken, missing = [], quantity
    for lot in shelf:
        if missing == 0:
            break
        amount = min(lot.on_hand, missing)
        taken.append((lot.pk, amount))
        missing -= amount
    return taken, missing
