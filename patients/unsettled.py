"""What still stands open on a file, so that it is not closed yet.

Appointments, lines, visits and bills are kept on the floors above; each makes itself known here when the house starts,
and this floor only asks.
"""

_keepers = []


def use(keeper):
    """Ask `keeper` too from now on: anything with `said_of(patient)`, a sentence that says what is open, "" for nothing."""
    _keepers.append(keeper)


def said_of(patient):
    """A sentence for each thing that is still open on the file; none when all is settled."""
    return [said for keeper in _keepers if (said := keeper.said_of(patient))]
