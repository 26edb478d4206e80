"""The typed line, the quantity and the wording, as tables."""

from decimal import Decimal

import pytest

from pharmacy import doses, wording
from pharmacy.models import Medicine, PrescriptionItem


def tablet(**fields):
    defaults = {"generic_name": "paracetamol", "strength": "500 mg", "strength_amount": Decimal(500), "strength_unit": "mg",
                "form": "tablet", "route": "oral", "base_unit": "tablet", "dose_unit": "tablet", "pack_size": 20}  # fmt: skip
    return Medicine(**{**defaults, **fields})


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("amox 500 1-1-1 5d", {"words": "amox", "number": Decimal(500), "frequency": "1-1-1", "days": 5}),
        (
            "para 1g q6h prn max 8 5d",
            {"mass_mg": Decimal(1000), "frequency": "q6h", "as_needed": True, "max_per_day": Decimal(8), "days": 5},
        ),
        (
            "amox 250 5mL tid 7 days",
            {"number": Decimal(250), "amount": Decimal(5), "unit": "mL", "frequency": "tid", "days": 7},
        ),
        ("اموكس ٥٠٠ 1-0-1 ٥ أيام", {"words": "اموكس", "number": Decimal(500), "frequency": "1-0-1", "days": 5}),
        ("pred 5 1-½-0 10d", {"frequency": "1-1/2-0", "days": 10}),
        ("para 500 2 tds 3d", {"number": Decimal(500), "amount": Decimal(2), "frequency": "tid", "days": 3}),
        ("vit d 50000 weekly 2m", {"words": "vit d", "number": Decimal(50000), "frequency": "weekly", "days": 60}),
        ("omep 20 qd 2w", {"frequency": "od", "days": 14}),
        ("omep 20 od xyz", {"unread": ("xyz",)}),
        ("omep q99h", {"frequency": "", "words": "omep q99h"}),
        ("", {"words": "", "frequency": ""}),
    ],
)
def test_a_typed_line_is_read(line, read):
    parsed = doses.parse_line(line)
    assert {name: getattr(parsed, name) for name in read} == read


@pytest.mark.parametrize(
    ("line", "amount", "quantity"),
    [
        ("p 500 1-1-1 5d", 1, 15),
        ("p 1g q6h 5d", 2, 40),
        ("p 1g q6h prn max 8 5d", 2, 40),
        ("p 1g q6h prn max 4 5d", 2, 20),
        ("p 500 1-½-0 10d", 1, 15),
        ("p 500 weekly 30d", 1, 5),
        ("p 500 stat", 1, 1),
        ("p 500 od", 1, None),
    ],
)
def test_the_quantity_of_tablets(line, amount, quantity):
    medicine, parsed = tablet(), doses.parse_line(line)
    dose = doses.dose_of(parsed, medicine)
    computed = doses.quantity(
        medicine,
        amount=dose,
        frequency=parsed.frequency,
        days=parsed.days,
        as_needed=parsed.as_needed,
        max_per_day=parsed.max_per_day,
    )
    assert (dose, computed) == (amount, quantity)


@pytest.mark.parametrize(
    ("fields", "amount", "days", "quantity"),
    [
        ({"base_unit": "mL", "dose_unit": "mL", "pack_size": 100, "is_splittable": False}, 10, 7, 300),
        ({"base_unit": "mL", "dose_unit": "mL", "pack_size": 100, "is_splittable": True}, 10, 7, 210),
        ({"base_unit": "bottle", "dose_unit": "drop", "pack_size": 1, "doses_per_unit": 100}, 2, 20, 2),
        ({"base_unit": "tube", "dose_unit": "application", "pack_size": 1, "doses_per_unit": 60}, 1, None, 1),
    ],
)
def test_the_quantity_follows_form_and_pack(fields, amount, days, quantity):
    assert doses.quantity(tablet(**fields), amount=Decimal(amount), frequency="tid", days=days) == quantity


@pytest.mark.parametrize(
    ("fields", "english", "arabic"),
    [
        (
            {
                "dose_amount": Decimal(2),
                "frequency": "q6h",
                "as_needed": True,
                "max_per_day": Decimal(8),
                "duration_days": 5,
            },
            "Take 2 tablets every 6 hours if needed for 5 days; no more than 8 in a day.",
            "تناول قرصين كل 6 ساعات عند اللزوم لمدة 5 أيام، ولا تزد على 8 في اليوم.",
        ),
        (
            {"dose_amount": Decimal(1), "frequency": "1-1-1", "duration_days": 14},
            "Take 1 tablet in the morning, at noon and in the evening for 14 days.",
            "تناول قرصًا واحدًا صباحًا، ظهرًا ومساءً لمدة 14 يومًا.",
        ),
        (
            {"dose_amount": Decimal("0.5"), "frequency": "hs", "duration_days": 1},
            "Take half a tablet at night for 1 day.",
            "تناول نصف قرص ليلًا قبل النوم لمدة يوم واحد.",
        ),
        (
            {"dose_amount": Decimal("2.50"), "dose_unit": "mL", "frequency": "bid", "duration_days": 7},
            "Take 2.5 mL 2 times a day for 7 days.",
            "تناول 2.5 مل مرتين في اليوم لمدة 7 أيام.",
        ),
    ],
)
def test_the_patient_reads_it_in_words(fields, english, arabic):
    item = PrescriptionItem(**{"medicine": tablet(), "dose_unit": "tablet", "route": "oral", **fields})
    assert (wording.patient_en(item), wording.patient_ar(item)) == (english, arabic)


@pytest.mark.parametrize(
    ("amount", "said"), [(Decimal(2), "1 g"), (Decimal(1), "500 mg"), (Decimal("0.001"), "500 micrograms")]
)
def test_the_dose_is_a_mass_without_trailing_zeros(amount, said):
    item = PrescriptionItem(medicine=tablet(), dose_amount=amount, dose_unit="tablet", frequency="od", route="oral")
    assert wording.dose(item) == said


SYRUP = {"strength": "120 mg in 5 mL", "strength_amount": Decimal(24), "strength_unit": "mg/mL", "form": "syrup",
         "base_unit": "mL", "dose_unit": "mL", "pack_size": 100}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "fields", "dose"),
    [
        ("p 120mg q6h 3d", SYRUP, 5),
        ("p 5mL q6h 3d", SYRUP, 5),
        ("p 1000 q8h 5d", SYRUP, None),
        ("p 2 qid 5d", {"strength_amount": None, "strength_unit": "", "dose_unit": "drop"}, 2),
        ("p 1000 q8h 5d", {}, 2),
    ],
)
def test_a_bare_number_is_never_taken_for_millilitres(line, fields, dose):
    assert doses.dose_of(doses.parse_line(line), tablet(**fields)) == dose
