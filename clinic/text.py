"""Words in two scripts: folding for search, keys by sound, digits, and which name to show."""

import re
import unicodedata
from functools import lru_cache

ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_STEERING = re.compile(r"[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_FOLD = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ؤ": "و",
        "ئ": "ي",
        "ء": "",
        "ک": "ك",
        "ـ": "",
    }
)
# Consonant classes shared by both scripts; vowels and glides are dropped, since spellings differ most there.
_ARABIC_SOUND = str.maketrans(
    {
        "ب": "b", "ت": "t", "ط": "t", "ث": "s", "س": "s", "ص": "s", "ج": "j", "ح": "h", "خ": "k", "ه": "h",
        "د": "d", "ض": "d", "ذ": "z", "ز": "z", "ظ": "z", "ر": "r", "ش": "c", "غ": "g", "ف": "f", "ق": "k",
        "ك": "k", "ل": "l", "م": "m", "ن": "n", "پ": "b", "چ": "c", "ڤ": "f", "گ": "j",
        "ا": "", "و": "", "ي": "", "ع": "",
    }
)  # fmt: skip
_LATIN_PAIRS = [
    ("sch", "c"), ("tch", "c"), ("sh", "c"), ("ch", "c"), ("kh", "k"), ("gh", "g"), ("th", "s"), ("dh", "d"), ("ph", "f"), ("ck", "k"),
]  # fmt: skip
_LATIN_SOUND = str.maketrans(
    {
        "q": "k",
        "c": "k",
        "x": "ks",
        "v": "f",
        "p": "b",
        "g": "j",
        "a": "",
        "e": "",
        "i": "",
        "o": "",
        "u": "",
        "y": "",
        "w": "",
    }
)
_OPEN = set("aeiouاع")
_DOUBLED = re.compile(r"(.)\1+")
_SERVANT = {"abd", "abdul", "abdel", "abdal", "abdu", "abdol", "عبد"}
_PARTICLES = {"al", "el", "ال", "abu", "abo", "ابو", "bin", "ibn", "بن", "ابن", "bint", "بنت"}


def has_arabic(value):
    """True when the text holds a letter of the Arabic script."""
    return bool(ARABIC.search(value or ""))


def without_marks(value):
    """`value` without the invisible marks that steer the writing direction on a page."""
    return _STEERING.sub("", value)


def to_western_digits(value):
    """Arabic-Indic and Persian digits as 0-9, with the Arabic decimal and thousands marks; the rest unchanged."""
    return (value or "").translate(_DIGITS).replace("٫", ".").replace("٬", ",")


def fold(value):
    """Lower case, no accents or marks, one form of each Arabic letter, western digits, single spaces."""
    return " ".join(filter(None, map(_folded, (value or "").split())))


@lru_cache(maxsize=8192)
def _folded(word):
    """One word of a text; kept, because a search folds hundreds of names, which are made of the same few words."""
    text = unicodedata.normalize("NFKD", to_western_digits(word)).lower()
    text = "".join(c for c in text if not unicodedata.combining(c)).translate(_FOLD)
    return " ".join(re.findall(r"[^\W_]+", text))


def without_article(word):
    """A folded Arabic word without its article; one of four letters or fewer may only look as if it had one."""
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


def words(value):
    """The folded words of a name, with the Arabic article split off."""
    found = []
    for word in fold(value).split():
        found.append(without_article(word))
    return [w for w in found if w not in _PARTICLES] or found


def _sound_of(word):
    word = _DOUBLED.sub(r"\1", word)  # doubling is written in Latin letters and left out in Arabic
    if has_arabic(word):
        # A closing heh is most often a folded teh marbuta, which Latin spellings end in a vowel.
        word = word[:-1] if word.endswith("ه") and len(word) > 2 else word
        key = word.translate(_ARABIC_SOUND)
    else:
        for pair, sound in _LATIN_PAIRS:
            word = word.replace(pair, sound.upper())
        key = word.translate(_LATIN_SOUND).lower()
    key = key[:-1] if key.endswith("h") and len(key) > 1 else key  # a closing h is often left out: Salih, Fatimah
    return f"a{key}" if len(key) == 1 and word[0] in _OPEN else key  # Ali is not Lee


def sounded(value):
    """[(words, key)] of a name, in order. Abd, Abdul and عبد are joined to the word that follows, as they are
    written together as often as apart; a word of vowels only has no key.
    """
    found, rest = [], words(value)
    while rest:
        word = rest.pop(0)
        if word in _SERVANT and rest:
            following = rest.pop(0)
            found.append(((word, following), _DOUBLED.sub(r"\1", "bdl" + _sound_of(following).removeprefix("a"))))
        else:
            key = _sound_of(word)
            found.append(((word,), _DOUBLED.sub(r"\1", key) if key.startswith("bdl") else key))
    return found


def sound_keys(value):
    """A consonant key for each word, the same for Mohamed, Muhammad and محمد. A filter for candidates, never identity."""
    return list(dict.fromkeys(key for _words, key in sounded(value) if key))


def name_in(thing, language):
    """The name of a person or thing in the script of `language`, or the only one there is."""
    first, second = thing.name, thing.name_other_script
    if not second:
        return first
    wants_arabic = language.startswith("ar")
    return first if has_arabic(first) == wants_arabic else second
