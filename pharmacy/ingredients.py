"""From a written substance to an ingredient, so that an allergy noted in words is checked like a chosen one."""

from django.utils.translation import get_language

from clinic.text import fold, name_in
from pharmacy.models import Ingredient, Medicine

ENDINGS = ("ات", "s")  # penicillins and penicillin, in both scripts


def _stem(text):
    found = []
    for word in fold(text).split():
        word = word[2:] if word.startswith("ال") and len(word) > 5 else word
        ending = next((ending for ending in ENDINGS if word.endswith(ending) and len(word) > len(ending) + 3), "")
        found.append(word.removesuffix(ending))
    return " ".join(found)


def code_of(text):
    """The code of the ingredient, class or single-ingredient brand that the text names; "" when it names none."""
    wanted = _stem(text)
    if not wanted:
        return ""
    for ingredient in Ingredient.objects.all():
        if wanted in {_stem(ingredient.name), _stem(ingredient.name_other_script), _stem(ingredient.code)}:
            return ingredient.code
    return _code_of_brand(wanted)


def _code_of_brand(wanted):
    codes = set()
    for medicine in Medicine.objects.exclude(brand="").prefetch_related("ingredients"):
        if _stem(medicine.brand) == wanted:
            codes |= {ingredient.code for ingredient in medicine.ingredients.all()}
    return codes.pop() if len(codes) == 1 else ""


def names():
    """All ingredients and classes, as the user's language names them."""
    return sorted(name_in(ingredient, get_language()) for ingredient in Ingredient.objects.all())
