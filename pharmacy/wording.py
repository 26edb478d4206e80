"""What is said of a dose: the clinical line, and the patient's sentence in English and in plain Arabic. Pure.

Doses have their own grammar (`one tablet`, `نصف قرص`, `قرصين`), and what is printed follows the patient's language, not
the screen's: hence tables here and not message catalogues. Written out in full after the NHS Common User Interface rules
MEDi-001 to 051 and ISMP: no Latin abbreviations, no trailing zeros, a leading zero, a space before the unit.
"""

from decimal import Decimal

from pharmacy.doses import _EVERY, pattern, strength_mg

EN_UNITS = {
    "tablet": ("tablet", "tablets"), "capsule": ("capsule", "capsules"), "mL": ("mL", "mL"), "drop": ("drop", "drops"),
    "puff": ("puff", "puffs"), "application": ("thin layer", "thin layers"), "tube": ("tube", "tubes"), "bottle": ("bottle", "bottles"),
    "vial": ("vial", "vials"), "suppository": ("suppository", "suppositories"), "sachet": ("sachet", "sachets"),
}  # fmt: skip
# One (with its adjective), two, three to ten, eleven and more.
AR_UNITS = {
    "tablet": ("قرصًا واحدًا", "قرصين", "أقراص", "قرصًا"), "capsule": ("كبسولة واحدة", "كبسولتين", "كبسولات", "كبسولة"),
    "mL": ("1 مل", "2 مل", "مل", "مل"), "drop": ("قطرة واحدة", "قطرتين", "قطرات", "قطرة"),
    "puff": ("بخة واحدة", "بختين", "بخات", "بخة"), "application": ("طبقة رقيقة", "طبقتين رقيقتين", "طبقات رقيقة", "طبقة رقيقة"),
    "tube": ("أنبوبًا واحدًا", "أنبوبين", "أنابيب", "أنبوبًا"), "bottle": ("عبوة واحدة", "عبوتين", "عبوات", "عبوة"),
    "vial": ("قارورة واحدة", "قارورتين", "قوارير", "قارورة"), "suppository": ("تحميلة واحدة", "تحميلتين", "تحاميل", "تحميلة"),
    "sachet": ("كيسًا واحدًا", "كيسين", "أكياس", "كيسًا"),
}  # fmt: skip
AR_NAKED = {
    "tablet": "قرص", "capsule": "كبسولة", "drop": "قطرة", "sachet": "كيس", "suppository": "تحميلة", "mL": "مل",
    "puff": "بخة", "application": "طبقة رقيقة", "tube": "أنبوب", "bottle": "عبوة", "vial": "قارورة",
}  # fmt: skip
EN_VERBS = {"oral": "Take", "topical": "Apply", "inhaled": "Inhale", "eye": "Put", "ear": "Put", "nose": "Put", "rectal": "Insert", "injected": "Inject"}  # fmt: skip
AR_VERBS = {"oral": "تناول", "topical": "ضع", "inhaled": "استنشق", "eye": "ضع", "ear": "ضع", "nose": "ضع", "rectal": "أدخل", "injected": "احقن"}  # fmt: skip
EN_PLACES = {
    "topical": " on the skin",
    "eye": " in the eye",
    "ear": " in the ear",
    "nose": " in the nose",
    "rectal": " in the rectum",
}
AR_PLACES = {
    "topical": " على الجلد",
    "eye": " في العين",
    "ear": " في الأذن",
    "nose": " في الأنف",
    "rectal": " في الشرج",
}
EN_ROUTES = {"oral": "oral", "topical": "on the skin", "inhaled": "inhaled", "eye": "in the eye", "ear": "in the ear", "nose": "in the nose", "rectal": "rectal", "injected": "by injection"}  # fmt: skip
EN_TIMES = {"od": "once a day", "bid": "2 times a day", "tid": "3 times a day", "qid": "4 times a day", "hs": "at night", "am": "in the morning", "stat": "once", "weekly": "once a week"}  # fmt: skip
AR_TIMES = {"od": "مرة واحدة في اليوم", "bid": "مرتين في اليوم", "tid": "3 مرات في اليوم", "qid": "4 مرات في اليوم", "hs": "ليلًا قبل النوم", "am": "صباحًا", "stat": "مرة واحدة فقط", "weekly": "مرة واحدة في الأسبوع"}  # fmt: skip
EN_MOMENTS = {2: ("in the morning", "in the evening"), 3: ("in the morning", "at noon", "in the evening"), 4: ("in the morning", "at noon", "in the evening", "at night")}  # fmt: skip
AR_MOMENTS = {2: ("صباحًا", "مساءً"), 3: ("صباحًا", "ظهرًا", "مساءً"), 4: ("صباحًا", "ظهرًا", "مساءً", "عند النوم")}


def plain(value):
    """A number without trailing zeros, with a leading one: 5, 0.5, 1,000."""
    text = f"{Decimal(value).normalize():,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_en(amount, unit):
    """`1 tablet`, `half a tablet`, `2 tablets`, `5 mL`."""
    one, many = EN_UNITS[unit]
    if amount == Decimal("0.5") and unit != "mL":
        return f"half a {one}"
    return f"{plain(amount)} {one if amount == 1 else many}"


def amount_ar(amount, unit):
    """`قرصًا واحدًا`, `نصف قرص`, `قرصين`, `3 أقراص`, `5 مل`."""
    one, two, few, many = AR_UNITS[unit]
    if amount == Decimal("0.5") and unit != "mL":
        return f"نصف {AR_NAKED.get(unit, one)}"
    if amount == 1:
        return one
    if amount == 2:
        return two
    if amount != int(amount):
        return f"{plain(amount)} {AR_NAKED.get(unit, one)}"
    return f"{plain(amount)} {few if 3 <= int(amount) % 100 <= 10 else many}"


def quantity(amount, unit, language):
    """A counted quantity: `15 capsules`; in Arabic `15 كبسولة`, with the figure also before one and two."""
    if not language.startswith("ar"):
        return amount_en(amount, unit)
    _, _, few, many = AR_UNITS[unit]
    if amount != int(amount) or int(amount) % 100 < 3:
        return f"{plain(amount)} {AR_NAKED[unit]}"
    return f"{plain(amount)} {few if int(amount) % 100 <= 10 else many}"


def days_en(days):
    """`1 day`, `5 days`."""
    return f"{days} day" if days == 1 else f"{days} days"


def days_ar(days):
    """`يوم واحد`, `يومين`, `5 أيام`, `14 يومًا`."""
    if days <= 2:
        return ("", "يوم واحد", "يومين")[days]
    return f"{days} أيام" if 3 <= days % 100 <= 10 else f"{days} يومًا"


def _hours_ar(hours):
    if hours <= 2:
        return ("", "ساعة", "ساعتين")[hours]
    return f"{hours} ساعات" if 3 <= hours <= 10 else f"{hours} ساعة"


def frequency_en(frequency):
    """A frequency in words; a pattern by its moments when its amounts are equal."""
    every = _EVERY.match(frequency)
    if every:
        return f"every {every[1]} hours" if every[1] != "1" else "every hour"
    return EN_TIMES.get(frequency, frequency)


def _frequency_ar(frequency):
    every = _EVERY.match(frequency)
    return f"كل {_hours_ar(int(every[1]))}" if every else AR_TIMES.get(frequency, frequency)


def _moments(parts, names, amount_in, joiner):
    given = [(part, name) for part, name in zip(parts, names[len(parts)], strict=True) if part]
    if len({part for part, _ in given}) == 1:
        first, last = [name for _, name in given[:-1]], given[-1][1]
        comma = "، " if joiner == " و" else ", "
        return None, joiner.join([comma.join(first), last]) if first else last
    return [f"{amount_in(part)} {name}" for part, name in given], ""


def patient_en(item):
    """The patient's sentence in English: `Take 1 tablet 3 times a day for 5 days.`"""
    parts = pattern(item.frequency)
    amount = amount_en(item.dose_amount, item.dose_unit)
    if parts:
        each, when = _moments(parts, EN_MOMENTS, lambda p: amount_en(p, item.dose_unit), " and ")
        amount, when = (" and ".join(each), "") if each else (amount, when)
    else:
        when = frequency_en(item.frequency)
    sentence = f"{EN_VERBS[item.route]} {amount}{EN_PLACES.get(item.route, '')} {when}".rstrip()
    if item.as_needed:
        sentence += " if needed"
    if item.duration_days and item.frequency != "stat":
        sentence += f" for {days_en(item.duration_days)}"
    if item.max_per_day:
        sentence += f"; no more than {plain(item.max_per_day)} in a day"
    return f"{sentence}. {item.instructions}".strip()


def patient_ar(item):
    """The patient's sentence in Arabic: `تناول قرصًا واحدًا 3 مرات في اليوم لمدة 5 أيام.`"""
    parts = pattern(item.frequency)
    amount = amount_ar(item.dose_amount, item.dose_unit)
    if parts:
        each, when = _moments(parts, AR_MOMENTS, lambda p: amount_ar(p, item.dose_unit), " و")
        amount, when = (" و".join(each), "") if each else (amount, when)
    else:
        when = _frequency_ar(item.frequency)
    sentence = f"{AR_VERBS[item.route]} {amount}{AR_PLACES.get(item.route, '')} {when}".rstrip()
    if item.as_needed:
        sentence += " عند اللزوم"
    if item.duration_days and item.frequency != "stat":
        sentence += f" لمدة {days_ar(item.duration_days)}"
    if item.max_per_day:
        sentence += f"، ولا تزد على {plain(item.max_per_day)} في اليوم"
    return f"{sentence}. {item.instructions}".strip()


def patient(item, language):
    """The patient's sentence in `language` (`ar` or anything else for English)."""
    return patient_ar(item) if language.startswith("ar") else patient_en(item)


def dose(item):
    """The dose as it is printed after DOSE: a mass where the strength is one (`1 g`), else dose units (`10 mL`)."""
    strength = strength_mg(item.medicine)
    if strength is None or item.dose_unit not in ("tablet", "capsule", "sachet", "suppository"):
        return amount_en(item.dose_amount, item.dose_unit)
    amounts = dict.fromkeys(part for part in pattern(item.frequency) or [item.dose_amount] if part)
    return " + ".join(_mass(strength * amount) for amount in amounts)


def _mass(mg):
    if mg >= 1000:
        return f"{plain(mg / 1000)} g"
    return f"{plain(mg)} mg" if mg >= 1 else f"{plain(mg * 1000)} micrograms"


def clinical(item):
    """The clinical line after the generic name: (strength, form, dose, rest); always English and left to right."""
    parts = pattern(item.frequency)
    if parts:
        each, when = _moments(parts, EN_MOMENTS, lambda p: amount_en(p, item.dose_unit), " and ")
        when = " and ".join(each) if each else when
    else:
        when = frequency_en(item.frequency)
    rest = [EN_ROUTES[item.route], when + (" when needed" if item.as_needed else "")]
    if item.duration_days and item.frequency != "stat":
        rest.append(days_en(item.duration_days))
    if item.max_per_day:
        rest.append(f"no more than {plain(item.max_per_day)} in a day")
    return item.medicine.strength, item.medicine.form, dose(item), " — ".join(rest)
