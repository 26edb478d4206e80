"""One typed line read into a dose, and the quantity that the dose needs. Pure: no database.

`amox 500 1-1-1 5d`, `para 1g q6h prn max 8 5d`, `10mL tid 7d`: product words first, then in any order a strength or
a dose, a frequency, `prn`, `max N`, and a duration. Digits of every keyboard are welcome.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from clinic.text import to_western_digits

# Times a day of each code; the codes are what prescribers type, never what is shown (ISMP list of error-prone abbreviations).
TIMES = {"od": 1, "bid": 2, "tid": 3, "qid": 4, "hs": 1, "am": 1, "stat": 1}
ALIASES = {
    "qd": "od", "daily": "od", "bd": "bid", "tds": "tid", "qds": "qid", "nocte": "hs", "night": "hs", "mane": "am",
    "morning": "am", "once": "stat", "يوميا": "od", "مرتين": "bid", "ليلا": "hs", "صباحا": "am",
}  # fmt: skip
PRN = {"prn", "sos", "asneeded", "عند", "اللزوم"}
DAYS = {"d": 1, "day": 1, "days": 1, "w": 7, "wk": 7, "week": 7, "weeks": 7, "m": 30, "month": 30, "months": 30,
        "يوم": 1, "يوما": 1, "ايام": 1, "أيام": 1, "اسبوع": 7, "أسبوع": 7, "اسابيع": 7, "أسابيع": 7, "شهر": 30}  # fmt: skip
MASS_IN_MG = {"mg": Decimal(1), "g": Decimal(1000), "gm": Decimal(1000), "mcg": Decimal("0.001"), "microgram": Decimal("0.001"),
              "micrograms": Decimal("0.001"), "مجم": Decimal(1), "ملجم": Decimal(1), "جم": Decimal(1000)}  # fmt: skip
UNITS = {
    "ml": "mL", "مل": "mL", "tab": "tablet", "tabs": "tablet", "tablet": "tablet", "tablets": "tablet", "cap": "capsule",
    "caps": "capsule", "capsule": "capsule", "capsules": "capsule", "drop": "drop", "drops": "drop", "gtt": "drop", "puff": "puff",
    "puffs": "puff", "supp": "suppository", "sachet": "sachet", "sachets": "sachet", "قرص": "tablet", "نقط": "drop", "بخة": "puff",
}  # fmt: skip
MOST_DAYS = 366
ROUNDING = Decimal("0.001")  # a dose is kept to three decimals: a third of a tablet is 0.333
MOST_AT_ONCE = {
    "mL": Decimal(100),
    "drop": Decimal(40),
    "puff": Decimal(12),
    "tablet": Decimal(16),
    "capsule": Decimal(16),
}
_NUMBER = r"(?:\d+/\d+|\d+(?:\.\d+)?|½)"
_PATTERN = re.compile(rf"^{_NUMBER}(?:-{_NUMBER}){{1,3}}$")
_AMOUNT = re.compile(rf"^({_NUMBER})([a-zA-Z\u0600-\u06ff%]*)$")
_EVERY = re.compile(r"^q(\d{1,2})h?$")


@dataclass(frozen=True)
class Parsed:
    """A typed line: what was asked for, in parts; None where it was silent."""

    words: str = ""
    number: Decimal | None = None  # a bare number after the words: a strength, or a dose
    mass_mg: Decimal | None = None
    amount: Decimal | None = None  # in `unit`, or in the medicine's dose unit
    unit: str | None = None
    frequency: str = ""
    days: int | None = None
    as_needed: bool = False
    max_per_day: Decimal | None = None
    unread: tuple = ()
    rest: str = ""  # the line without its product words


def number(text):
    """`1`, `0.5`, `1/2` or `½` as a Decimal; None when it is no number."""
    text = text.replace("½", "1/2")
    try:
        if "/" in text:
            over, under = text.split("/")
            return Decimal(over) / Decimal(under)
        return Decimal(text)
    except (InvalidOperation, ValueError, ArithmeticError):
        return None


def parse_line(line):
    """Read one typed line. Never raises: what could not be read stands in `unread`."""
    tokens = to_western_digits(line).replace("،", " ").replace(",", " ").split()
    found, words, unread = {}, [], []
    position = 0
    while position < len(tokens):
        used = _read(tokens, position, found)
        if used:
            position += used
            continue
        (words if not found else unread).append(tokens[position])
        position += 1
    return Parsed(words=" ".join(words), unread=tuple(unread), rest=" ".join(tokens[len(words) :]), **found)


def _read(tokens, at, found):
    """How many tokens from `at` on were understood, their meaning put into `found`."""
    token = tokens[at].lower()
    following = tokens[at + 1].lower() if at + 1 < len(tokens) else ""
    if token in ("max", "حد") and number(following) is not None:
        found["max_per_day"] = number(following)
        return 2
    if token in PRN and at:
        found["as_needed"] = True
        return 1
    code = ALIASES.get(token, token)
    if at and (code in TIMES or code == "weekly" or _EVERY.match(code)):
        every = _EVERY.match(code)
        if every and not 1 <= int(every[1]) <= 72:
            return 0
        found["frequency"] = f"q{int(every[1])}h" if every else code
        return 1
    if _PATTERN.match(token):
        found["frequency"] = token.replace("½", "1/2")
        return 1
    return _read_amount(token, following, found)


def _read_amount(token, following, found):
    match = _AMOUNT.match(token)
    value = number(match[1]) if match else None
    if value is None:
        return 0
    suffix, used = (match[2], 1) if match[2] else (following, 2)
    if suffix in DAYS and value == int(value) and (match[2] or suffix not in ("d", "w", "m")):
        found["days"] = int(value) * DAYS[suffix]
        return used
    if suffix in MASS_IN_MG:
        found["mass_mg"] = value * MASS_IN_MG[suffix]
        return used
    if suffix in UNITS:
        found["amount"], found["unit"] = value, UNITS[suffix]
        return used
    if match[2]:
        return 0
    if "number" in found or "mass_mg" in found:
        found.setdefault("amount", value)
    else:
        found["number"] = value
    return 1


def pattern(frequency):
    """The amounts of a `1-0-1` frequency, or None for a code."""
    return [number(part) for part in frequency.split("-")] if "-" in frequency else None


def frequency_code(text):
    """A frequency as it is kept: `tds` and `TID` are `tid`, `q8` is `q8h`; what is not known stays as it is."""
    code = to_western_digits(text or "").strip().lower().replace("½", "1/2")
    code = ALIASES.get(code, code)
    every = _EVERY.match(code)
    return f"q{int(every[1])}h" if every else code


def unit_code(text):
    """A unit as it is kept (`tabs`: tablet), or the text itself."""
    return UNITS.get(text.strip().lower(), text.strip())


def is_frequency(text):
    """True for a frequency that `per_day` understands."""
    every = _EVERY.match(text or "")
    return bool(text) and (
        text in TIMES
        or text == "weekly"
        or bool(_PATTERN.match(text) and None not in pattern(text))
        or bool(every and 1 <= int(every[1]) <= 72)
    )


def per_day(amount, frequency):
    """Dose units in a day: the sum of a pattern, or the amount times the code's doses a day."""
    parts = pattern(frequency)
    if parts:
        return sum(parts)
    every = _EVERY.match(frequency)
    if every:
        return amount * Decimal(24) / Decimal(every[1])
    if frequency == "weekly":
        return amount / Decimal(7)
    return amount * TIMES[frequency]


def quantity(medicine, *, amount, frequency, days, as_needed=False, max_per_day=None):
    """Base units to supply for the whole course, rounded up, in whole packs when a pack may not be split.

    `medicine` needs base_unit, dose_unit, pack_size, doses_per_unit and is_splittable; `amount` is in dose units.
    As needed: the maximum in a day, where one is given. A single dose (`stat`) counts once. None without a duration,
    except for what is counted whole (a tube, a bottle, an inhaler), which is one.
    """
    whole = medicine.base_unit != medicine.dose_unit
    if frequency == "stat":
        total = amount
    elif days is None:
        return 1 if whole else None
    else:
        daily = max_per_day if as_needed and max_per_day else per_day(amount, frequency)
        total = daily * days
    units = _up(total / medicine.doses_per_unit) if whole else _up(total)
    if not medicine.is_splittable and medicine.pack_size > 1:
        units = _up(Decimal(units) / medicine.pack_size) * medicine.pack_size
    return max(units, 1)


def _up(value):
    return int(Decimal(value).to_integral_value(rounding=ROUND_CEILING))


def dose_of(parsed, medicine):
    """The dose in dose units that a parsed line asks of `medicine`, or None when it cannot be told.

    A mass is divided by the strength: 1 g of 500 mg tablets is 2, 120 mg of a syrup with 24 mg in a mL is 5 mL. A bare
    number is a mass where the strength is one; of a liquid it is neither, since 5 could be mL or mg; of drops, puffs
    and the like it is their number.
    """
    parts = pattern(parsed.frequency) if parsed.frequency else None
    if parts:
        return max(parts)
    if parsed.amount is not None:
        return parsed.amount
    strength = strength_mg(medicine) or concentration(medicine)
    mass = parsed.mass_mg
    if mass is None and parsed.number is not None and medicine.dose_unit != "mL":
        if strength is None:
            return parsed.number
        mass = parsed.number
    return mass / strength if mass is not None and strength else None


def is_plausible(amount, unit):
    """False for a single dose that must be a slip of the hand (1,000 mL, 20 tablets); no clinical limit."""
    return amount <= MOST_AT_ONCE.get(unit, Decimal(10))


def concentration(medicine):
    """Milligrams in a millilitre where the strength is a concentration, else None."""
    unit, _slash, per = medicine.strength_unit.lower().partition("/")
    if medicine.strength_amount is None or per != "ml" or unit not in MASS_IN_MG:
        return None
    return medicine.strength_amount * MASS_IN_MG[unit]


def strength_mg(medicine):
    """The strength in milligrams where it is a mass, else None."""
    if medicine.strength_amount is None or medicine.strength_unit.lower() not in MASS_IN_MG:
        return None
    return medicine.strength_amount * MASS_IN_MG[medicine.strength_unit.lower()]
