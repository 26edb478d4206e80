"""Which measurements cannot be, which are worth asking about, and which are abnormal. Pure functions.

Abnormal has two levels each way. Sources, by age:
- Adults (16 and over): pulse, respiration, temperature, oxygen saturation and low systolic pressure after NEWS2 (Royal
  College of Physicians, 2017): its score 3 is "very"; tachycardia above 100 after the American Heart Association; high
  pressure after NICE NG136 (140/90, severe 180/120). Low diastolic pressure below 60 is the customary limit.
- Children: pulse, respiration and pressure after the Pediatric Advanced Life Support tables (AHA 2015): hypotension by its
  formula (70 + 2 x years), pulse under 60, breathing under 10 or over 60, and rates of supraventricular tachycardia
  (220 infants, 180 children) are "very". From 13 years high pressure is 130/80, stage 2 140/90 (AAP 2017).
- Fever of 38 degrees under three months is "very high" (NICE NG143).
- Glucose: below 3.9 low, below 3.0 very low (ADA), from 11.1 high (WHO, random), from 16.7 mmol/L very high (CDC);
  in mg/dL, as the same sources round them, 70, 54, 200 and 300.
- BMI from 20 years: WHO (18.5, 30; severe 16 and 40). Younger people need growth charts: no range.
Pregnancy has ranges of its own that are not known here.

What cannot be and what is improbable are limits for catching slips of the hand, not clinical statements.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ADULT = 16
MGDL = Decimal("18.016")  # mg/dL of glucose in one mmol/L
FIELDS = (
    "systolic", "diastolic", "pulse", "temperature", "spo2", "respiration", "weight", "height", "glucose", "pain",
)  # fmt: skip

# Beyond these the value is refused: (lowest, highest).
POSSIBLE = {
    "systolic": (30, 350),
    "diastolic": (10, 250),
    "pulse": (10, 350),
    "temperature": (25, 45),
    "spo2": (30, 100),
    "respiration": (2, 150),
    "weight": (Decimal("0.3"), 500),
    "height": (20, 260),
    "glucose": (Decimal("0.3"), 80),
    "pain": (0, 10),
}
# Beyond these it is asked about once: (lowest, highest) for adults, then for children.
PROBABLE = {
    "systolic": ((70, 240), (50, 180)),
    "diastolic": ((35, 140), (25, 120)),
    "pulse": ((35, 200), (50, 220)),
    "temperature": ((34, Decimal("41.5")), (34, Decimal("41.5"))),
    "spo2": ((75, 100), (75, 100)),
    "respiration": ((6, 50), (10, 90)),
    "height": ((125, 215), (40, 200)),
    "glucose": ((Decimal("2.2"), 33), (Decimal("2.2"), 33)),
}


@dataclass(frozen=True)
class Band:
    """Limits of one measurement: the four values at which each flag begins; None where no source gives one."""

    very_low: Decimal | int | None = None  # at or below
    low: Decimal | int | None = None  # at or below
    high: Decimal | int | None = None  # at or above
    very_high: Decimal | int | None = None  # at or above

    def level(self, value):
        """`very_low`, `low`, "" (within), `high` or `very_high`."""
        if self.very_low is not None and value <= self.very_low:
            return "very_low"
        if self.very_high is not None and value >= self.very_high:
            return "very_high"
        if self.low is not None and value <= self.low:
            return "low"
        if self.high is not None and value >= self.high:
            return "high"
        return ""


TEMPERATURE = Band(Decimal("35.0"), Decimal("36.0"), Decimal("38.1"), Decimal("39.1"))
TEMPERATURE_INFANT = Band(Decimal("35.0"), Decimal("36.0"), Decimal("38.0"), Decimal("38.0"))
ADULTS = {
    "systolic": Band(90, 100, 140, 180),
    "diastolic": Band(39, 59, 90, 120),
    "pulse": Band(40, 50, 101, 131),
    "respiration": Band(8, 11, 21, 25),
}
ANYBODY = {
    "spo2": Band(91, 95, None, None),
    "glucose": Band(Decimal("2.9"), Decimal("3.8"), Decimal("11.1"), Decimal("16.7")),
    "pain": Band(None, None, 7, None),
}
GLUCOSE_MGDL = Band(53, 69, 200, 300)
# From this age in years: (pulse, respiration, systolic, diastolic) as lowest and highest of the usual, after PALS.
CHILDREN = [
    (12, (60, 100), (12, 20), (110, 131), (64, 83)),
    (10, (75, 118), (18, 25), (102, 120), (61, 80)),
    (6, (75, 118), (18, 25), (97, 115), (57, 76)),
    (3, (80, 120), (20, 28), (89, 112), (46, 72)),
    (1, (98, 140), (22, 37), (86, 106), (42, 63)),
    (0, (100, 180), (30, 53), (72, 104), (37, 56)),
]


def age_in_months(born_on, on):
    """Completed months of age on a day, or None when the birth date is not known."""
    if born_on is None:
        return None
    return max(0, (on.year - born_on.year) * 12 + on.month - born_on.month - (on.day < born_on.day))


def band(field, months, *, glucose_unit="mmol/L"):
    """The limits of `field` at an age in months (None: age not known), or None when no range is known."""
    if field == "glucose" and glucose_unit == "mg/dL":
        return GLUCOSE_MGDL
    if field in ANYBODY:
        return ANYBODY[field]
    if field == "temperature":
        return TEMPERATURE_INFANT if months is not None and months < 3 else TEMPERATURE
    if months is None:
        return None
    if field == "bmi":
        return Band(Decimal("15.9"), Decimal("18.4"), Decimal("30.0"), Decimal("40.0")) if months >= 240 else None
    if field not in ADULTS:
        return None
    return ADULTS[field] if months >= ADULT * 12 else _child(field, months)


def _child(field, months):
    years = months // 12
    row = next(row for row in CHILDREN if years >= row[0])
    usual = dict(zip(("pulse", "respiration", "systolic", "diastolic"), row[1:], strict=True))[field]
    low, high = usual[0] - 1, usual[1] + 1
    if field == "pulse":
        return Band(59 if years < 12 else 40, low, high, 220 if years < 1 else 180)
    if field == "respiration":
        return Band(9, low, high, 61)
    if years >= 13:
        limits = {"systolic": Band(89, low, 130, 140), "diastolic": Band(None, low, 80, 90)}
        return limits[field]
    if field == "systolic":
        hypotension = 69 if years < 1 else min(70 + 2 * years, 90) - 1
        return Band(hypotension, low, high, None)
    return Band(None, low, high, None)


def level(field, value, months, *, glucose_unit="mmol/L"):
    """The abnormal level of a value: "very_low", "low", "" (usual), "high", "very_high", or None when no range is known."""
    if value is None:
        return None
    limits = band(field, months, glucose_unit=glucose_unit)
    return None if limits is None else limits.level(value)


def pressure_level(systolic, diastolic, months):
    """The worse of the two levels of a blood pressure; when one is high and one low, the high one."""
    rank = {"very_high": 4, "very_low": 3, "high": 2, "low": 1, "": 0, None: -1}
    return max(level("systolic", systolic, months), level("diastolic", diastolic, months), key=rank.get)


def usual(field, months, *, glucose_unit="mmol/L"):
    """The usual range as (lowest, highest) with None for an open end, or None when no range is known."""
    limits = band(field, months, glucose_unit=glucose_unit)
    if limits is None:
        return None
    step = 1 if isinstance(limits.low or limits.high, int) else Decimal("0.1")
    low = None if limits.low is None else limits.low + step
    high = None if limits.high is None else limits.high - step
    return low, high


def impossible(values, *, glucose_unit="mmol/L"):
    """The fields of `values` whose value cannot be, in the order of the form. A lone or reversed pressure counts as one."""
    wrong = [
        field
        for field in FIELDS
        if values.get(field) is not None and not _within(field, values[field], POSSIBLE[field], glucose_unit)
    ]
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    in_pair = (systolic is None) == (diastolic is None)
    if not in_pair or (systolic is not None and systolic <= diastolic):
        wrong = ["systolic", *[field for field in wrong if field not in ("systolic", "diastolic")]]
    return wrong


def improbable(values, months, *, glucose_unit="mmol/L"):
    """The fields of `values` that are worth asking about once, in the order of the form."""
    child = months is not None and months < ADULT * 12
    odd = []
    for field in FIELDS:
        value = values.get(field)
        if value is None:
            continue
        if field == "weight":
            limits = _probable_weight(months)
        elif field in PROBABLE:
            limits = PROBABLE[field][child]
        else:
            continue
        if limits and not _within(field, value, limits, glucose_unit):
            odd.append(field)
    return odd


def _probable_weight(months):
    """Adults 30 to 200 kg; children half to three times the usual teaching estimates (APLS: 2 x (years + 4))."""
    if months is None:
        return (2, 200)
    if months >= ADULT * 12:
        return (30, 200)
    expected = Decimal(months) / 2 + 4 if months < 12 else Decimal(2) * (Decimal(months) / 12 + 4)
    return (expected / 2, expected * 3)


def _within(field, value, limits, glucose_unit):
    if field == "glucose":
        value = _mmol(value, glucose_unit)
    return limits[0] <= value <= limits[1]


def _mmol(value, unit):
    return Decimal(value) / MGDL if unit == "mg/dL" else value


def bmi(weight, height):
    """Body mass index, kg/m2 to one decimal, from kilograms and centimetres; None when either is missing."""
    if not weight or not height:
        return None
    metres = Decimal(height) / 100
    return (Decimal(weight) / (metres * metres)).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
