"""What was ordered on a visit, which is as good as written.

Orders are kept on a floor above; it makes itself known here when the house starts, and this floor only asks.
"""

_keeper = None


def use(keeper):
    """Ask `keeper` from now on: anything with `any_on(visit)`."""
    global _keeper
    _keeper = keeper


def any_on(visit):
    """True when something was ordered on the visit and not taken back."""
    return _keeper is not None and _keeper.any_on(visit)
