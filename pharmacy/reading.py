"""From a typed line to a medicine of the catalogue and its dose."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Q, Sum, When
from django.utils.translation import gettext as _

from clinic.errors import Refused
from clinic.text import fold
from pharmacy import doses
from pharmacy.models import Medicine


@dataclass(frozen=True)
class Line:
    """A typed line understood: a medicine and its dose in dose units."""

    medicine: Medicine
    dose_amount: Decimal
    frequency: str
    duration_days: int | None
    as_needed: bool
    max_per_day: Decimal | None


def find_medicines(text, *, clinic=None, limit=8):
    """Active medicines whose generic name (either script), brand or barcode begins a word with each typed word.

    Annotated with `stock_on_hand` of `clinic` when given. Fewer than two letters find nothing.
    """
    words = fold(text).split()
    if sum(len(word) for word in words) < 2:
        return []
    found = Medicine.objects.active()
    for word in words:
        found = found.filter(Q(search_text__startswith=word) | Q(search_text__contains=f" {word}") | Q(barcode=word))
    if clinic is not None:
        found = found.annotate(stock_on_hand=Sum("stock__on_hand", filter=Q(stock__clinic=clinic), default=0))
    begins = Case(When(search_text__startswith=words[0], then=0), default=1)
    return list(found.order_by(begins, "generic_name", "strength_amount", "pk")[:limit])


def read_line(line, *, medicine=None):
    """Understand a typed line, for a `medicine` already picked or for the one it names.

    Refused (`unclear`, `not_found`) in words that say what to write.
    """
    parsed = doses.parse_line(line if medicine is None else f"x {line}")
    if parsed.unread:
        raise Refused(_("Not understood: %(word)s") % {"word": " ".join(parsed.unread)}, "unclear", field="line")
    if medicine is None:
        medicine = _choose(parsed)
    dose = doses.dose_of(parsed, medicine)
    if (
        dose is None
        and parsed.frequency
        and parsed.number is None
        and parsed.mass_mg is None
        and medicine.dose_unit != "mL"
    ):
        dose = Decimal(1)
    return Line(medicine, dose, parsed.frequency, parsed.days, parsed.as_needed, parsed.max_per_day)


def dose_in_units(medicine, amount, unit, frequency):
    """`amount` of `unit` (a mass, or the medicine's own dose unit; empty means that) as dose units of `medicine`.

    Without an amount a pattern such as 1-1-1 says it. None when nothing does. Refused (`unclear`) for a unit the
    medicine is not counted in.
    """
    if amount is None:
        parts = doses.pattern(frequency) if doses.is_frequency(frequency) else None
        return max(parts) if parts else None
    unit = doses.unit_code(unit)
    if not unit or unit == medicine.dose_unit:
        return amount
    strength = doses.strength_mg(medicine) or doses.concentration(medicine)
    if unit.lower() in doses.MASS_IN_MG and strength:
        return (amount * doses.MASS_IN_MG[unit.lower()] / strength).quantize(doses.ROUNDING)
    raise Refused(_("%(medicine)s is not measured in this unit.") % {"medicine": medicine}, "unclear", field="unit")


def _choose(parsed):
    found = find_medicines(parsed.words, limit=20)
    if not found:
        raise Refused(_("No medicine is called “%(name)s”.") % {"name": parsed.words}, "not_found", field="line")
    if parsed.unit:
        found = [m for m in found if m.dose_unit == parsed.unit] or found
    wanted = parsed.mass_mg or parsed.number
    if wanted is not None:
        same = [m for m in found if doses.strength_mg(m) == wanted or m.strength_amount == wanted]
        found = same or found
    found = _likeliest(found, parsed)
    if len(found) > 1:
        names = ", ".join(f"{medicine} {medicine.get_form_display()}" for medicine in found[:4])
        raise Refused(_("Which one? %(names)s") % {"names": names}, "unclear", field="line")
    return found[0]


def _likeliest(found, parsed):
    """Those that begin with the typed words rather than hold them (paracetamol before codeine with paracetamol), and
    of these the ones whose units can make up a typed amount in halves (1 g is two tablets of 500 mg)."""
    first = fold(parsed.words)
    found = [m for m in found if m.search_text.startswith(first)] or found
    mass = parsed.mass_mg or parsed.number
    if mass is None or parsed.amount is not None:
        return found
    strengths = ((m, doses.strength_mg(m)) for m in found)
    return [m for m, strength in strengths if strength and (mass / strength * 2) % 1 == 0] or found
