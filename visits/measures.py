"""How measurements are shown: value, unit, level in words, usual range, when. Pure functions."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from visits import ranges

UNITS = {
    "pressure": "mmHg",
    "pulse": "/min",
    "temperature": "°C",
    "spo2": "%",
    "respiration": "/min",
    "weight": "kg",
    "height": "cm",
    "bmi": "kg/m²",
    "pain": "/10",
}
LABELS = {
    "pressure": gettext_lazy("Blood pressure"),
    "pulse": gettext_lazy("Pulse"),
    "temperature": gettext_lazy("Temp."),
    "spo2": gettext_lazy("SpO₂"),
    "respiration": gettext_lazy("Breaths"),
    "weight": gettext_lazy("Weight"),
    "height": gettext_lazy("Height"),
    "bmi": gettext_lazy("BMI"),
    "glucose": gettext_lazy("Glucose"),
    "pain": gettext_lazy("Pain"),
}
FLAGS = {
    "very_high": gettext_lazy("Very high"),
    "high": gettext_lazy("High"),
    "low": gettext_lazy("Low"),
    "very_low": gettext_lazy("Very low"),
}
# Carried over from earlier visits, greyed and dated; the others are only worth showing when taken today.
LASTING = {"weight", "height"}
ORDER = ("pressure", "pulse", "temperature", "spo2", "respiration", "weight", "height", "bmi", "glucose", "pain")
BESIDE_OTHERS = {"height"}  # shown in the history, in the strip only as part of the BMI


@dataclass(frozen=True)
class Measure:
    """One box: `level` is "", low, high, very_low or very_high; `taken_at` is None unless the value is an old one."""

    name: str
    label: str
    value: str
    unit: str
    level: str = ""
    flag: str = ""
    range_text: str = ""
    taken_at: datetime | None = None


def plain(value):
    """A figure without trailing zeros: 74, 37.1 (CUI MEDi-015)."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def boxes(rows, *, months, glucose_unit, old_rows=(), everything=False):
    """Measures of one visit from its rows, newest first; lasting ones may come from `old_rows`, dated."""
    found = []
    for name in ORDER:
        if name in BESIDE_OTHERS and not everything:
            continue
        box = _box(name, rows, old_rows, months, glucose_unit)
        if box:
            found.append(box)
    return found


def flags(row, months, glucose_unit):
    """What is abnormal in one row of measurements, {name: low | high | very_low | very_high}, its BMI included."""
    values = {name: getattr(row, name) for name in ranges.FIELDS} | {"bmi": ranges.bmi(row.weight, row.height)}
    levels = {name: ranges.level(name, value, months, glucose_unit=glucose_unit) for name, value in values.items()}
    return {name: level for name, level in levels.items() if level}


def _box(name, rows, old_rows, months, glucose_unit):
    if name == "pressure":
        row = _newest(rows, "systolic")
        return row and _made(
            name,
            f"{row.systolic}/{row.diastolic}",
            ranges.pressure_level(row.systolic, row.diastolic, months),
            _pressure_range(months),
        )
    if name == "bmi":
        weight, height = _newest([*rows, *old_rows], "weight"), _newest([*rows, *old_rows], "height")
        value = ranges.bmi(weight and weight.weight, height and height.height)
        if value is None or not _newest(rows, "weight") and not _newest(rows, "height"):
            return None
        return _made(name, plain(value), ranges.level(name, value, months), _range(name, months, glucose_unit))
    row = _newest(rows, name)
    old = None if row or name not in LASTING else _newest(old_rows, name)
    if not row and not old:
        return None
    value = getattr(row or old, name)
    level = ranges.level(name, value, months, glucose_unit=glucose_unit) if row else None
    unit = glucose_unit if name == "glucose" else None
    return _made(
        name, plain(value), level, _range(name, months, glucose_unit), unit=unit, taken_at=old and old.taken_at
    )


def _newest(rows, field):
    return next((row for row in rows if getattr(row, field) is not None), None)


def _made(name, value, level, range_text, unit=None, taken_at=None):
    return Measure(
        name=name,
        label=str(LABELS[name]),
        value=value,
        unit=unit or UNITS[name],
        level=level or "",
        flag=str(FLAGS[level]) if level else "",
        range_text=range_text,
        taken_at=taken_at,
    )


def _pressure_range(months):
    top, bottom = ranges.usual("systolic", months), ranges.usual("diastolic", months)
    if top is None or bottom is None:
        return _("No range known for this age")
    return _("Usual: %(low)s to %(high)s") % {"low": f"{top[0]}/{bottom[0]}", "high": f"{top[1]}/{bottom[1]}"}


def _range(name, months, glucose_unit):
    if name in ("weight", "height"):
        return ""
    limits = ranges.usual(name, months, glucose_unit=glucose_unit)
    if limits is None:
        return _("No range known for this age")
    low, high = limits
    if high is None:
        return _("Usual: %(low)s and above") % {"low": low}
    if low is None:
        return _("Usual: up to %(high)s") % {"high": high}
    return _("Usual: %(low)s to %(high)s") % {"low": low, "high": high}
