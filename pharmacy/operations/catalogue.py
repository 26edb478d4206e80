"""The catalogue of medicines. Nothing is deleted: what is no longer kept is retired, and old prescriptions still name it."""

from django.utils.translation import gettext as _

from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation
from clinic.text import fold
from pharmacy.models import Medicine

FIELDS = (
    "generic_name", "generic_name_other_script", "brand", "strength", "strength_amount", "strength_unit", "form",
    "route", "base_unit", "dose_unit", "pack_size", "doses_per_unit", "is_splittable", "manufacturer", "price",
    "tax_rate", "reorder_level", "is_controlled", "barcode", "tall_man", "is_active",
)  # fmt: skip
# What earlier prescriptions and the stock were counted in; another one is another medicine.
FIXED = ("base_unit", "dose_unit", "doses_per_unit", "strength_amount", "strength_unit", "strength", "form")


def search_text(medicine):
    """The folded words by which a medicine is found."""
    names = (medicine.generic_name, medicine.generic_name_other_script, medicine.brand, medicine.barcode)
    return fold(" ".join(names))[:400]


@operation
def add_medicine(*, clinic, by, ingredients=(), **fields):
    """Add a medicine to the catalogue and return it. `fields` are named in FIELDS, `ingredients` are rows.

    Refused: `missing_name`, `known_barcode`, `price` and `strength` as `check_medicine` says.
    """
    medicine = Medicine(**{name: fields[name] for name in FIELDS if name in fields})
    check_medicine(medicine)
    medicine.search_text = search_text(medicine)
    medicine.save(force_insert=True)
    medicine.ingredients.set(ingredients)
    audit.record(by, "add_medicine", medicine, clinic=clinic, price=medicine.price or "")
    live.publish(clinic, "stock", "pharmacy")
    return medicine


@operation
def change_medicine(*, medicine, clinic, by, version=None, ingredients=None, **fields):
    """Change what is given of a medicine and return it. A new price holds for what is dispensed from now on.

    Refused: `changed` when `version` is an older one, `in_use` for what it is counted in (unit, strength, form) once
    it was prescribed or received, and as `add_medicine`.
    """
    medicine = lock(Medicine, medicine.pk)
    if version is not None and version != medicine.version:
        raise Refused(_("Somebody changed this medicine meanwhile. Look at it again."), "changed")
    changed = [name for name in FIELDS if name in fields and getattr(medicine, name) != fields[name]]
    fixed = [name for name in changed if name in FIXED]
    if fixed and is_in_use(medicine):
        raise Refused(
            _("Strength, form and units stay as they are once a medicine is in use. Add another medicine."),
            "in_use", field=fixed[0],
        )  # fmt: skip
    before = medicine.price
    for name in changed:
        setattr(medicine, name, fields[name])
    check_medicine(medicine)
    medicine.search_text = search_text(medicine)
    medicine.version += 1
    medicine.save(update_fields=[*changed, "search_text", "version"])
    if ingredients is not None:
        medicine.ingredients.set(ingredients)
        changed.append("ingredients")
    prices = {"before": before or "", "after": medicine.price or ""} if "price" in changed else {}
    audit.record(by, "change_medicine", medicine, clinic=clinic, fields=changed, **prices)
    live.publish(clinic, "stock", "pharmacy")
    return medicine


@operation
def retire_medicine(*, medicine, clinic, by):
    """Take a medicine out of the catalogue: it is no longer prescribed, and what is on the shelf can still be given.

    The second time changes nothing.
    """
    medicine = lock(Medicine, medicine.pk)
    if medicine.is_active:
        medicine.is_active = False
        medicine.version += 1
        medicine.save(update_fields=["is_active", "version"])
        audit.record(by, "retire_medicine", medicine, clinic=clinic)
        live.publish(clinic, "stock", "pharmacy")
    return medicine


def is_in_use(medicine):
    """True once a medicine was received or prescribed: FIXED then stays as it is."""
    return medicine.batches.exists() or medicine.prescribed.exists()


def check_medicine(medicine):
    """Refused: `missing_name`, `price` below zero, `known_barcode`, `strength` (an amount without its unit)."""
    if not medicine.generic_name.strip():
        raise Refused(_("Write the generic name."), "missing_name", field="generic_name")
    if medicine.price is not None and medicine.price < 0:
        raise Refused(_("A price is not below zero."), "price", field="price")
    if medicine.strength_amount is not None and (medicine.strength_amount <= 0 or not medicine.strength_unit.strip()):
        raise Refused(_("Write the strength with its unit, for example 500 mg."), "strength", field="strength_unit")
    if medicine.barcode and Medicine.objects.exclude(pk=medicine.pk).filter(barcode=medicine.barcode).exists():
        raise Refused(_("Another medicine has this barcode."), "known_barcode", field="barcode")
