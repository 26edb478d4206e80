"""Whether a doctor has written about the holder of a number.

Visits are kept on a floor above; it makes itself known here when the house starts, and this floor only asks.
"""

_keeper = None


def use(keeper):
    """Ask `keeper` from now on: anything with `any_with(token)`."""
    global _keeper
    _keeper = keeper


def any_with(token):
    """True when a doctor has written or ordered something for whoever came with the token."""
    return _keeper is not None and _keeper.any_with(token)
