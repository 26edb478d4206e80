"""What of a name is stored for the search: folded words, the folded whole, and keys by sound."""

from clinic.text import fold, sound_keys, words

SOUND = "~"  # before a key, so that no word begins like one


def _unique(values):
    return list(dict.fromkeys(values))


def _alone(name):
    """The key of each word by itself, so that Rahman finds Abd al-Rahman."""
    return [key for word in words(name) for key in sound_keys(word)]


def search_fields(name, name_other_script=""):
    """The values of the columns that the search of a patient of these names looks at.

    `search_terms` holds words and marked keys together, so that "begins so or sounds so" asks one index.
    """
    both = [part for part in (name, name_other_script) if part]
    plain = _unique(word[:100] for part in both for word in (*words(part), *fold(part).split()))
    keys = _unique(key[:60] for part in both for key in (*sound_keys(part), *_alone(part)))
    return {
        "name_words": plain,
        "name_folded": " ".join(fold(part) for part in both)[:420],
        "sound_keys": keys,
        "search_terms": plain + [SOUND + key for key in keys],
    }
