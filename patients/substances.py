"""What a written substance is called in the catalogue of who checks medicines.

That catalogue stands on a floor above; it makes itself known here when the house starts, and this floor only asks.
"""

_catalogue = None


def use(catalogue):
    """Ask `catalogue` from now on: anything with `code_of(text)` and `names()`."""
    global _catalogue
    _catalogue = catalogue


def code_of(text):
    """The code of the substance that the text names, "" when nobody knows it: then it is free text, not checked."""
    return _catalogue.code_of(text) if _catalogue else ""


def names():
    """Names of substances to propose while one is typed."""
    return _catalogue.names() if _catalogue else []
