"""Medicines, stock and prescriptions for tests."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

from pharmacy import operations
from pharmacy.models import Ingredient, Medicine

_numbers = count(1)


def ingredient(code, *, parent=None):
    """An ingredient, or the one that has this code already."""
    return Ingredient.objects.get_or_create(code=code, defaults={"name": code, "parent": parent})[0]


def medicine(*, generic_name="paracetamol", ingredients=None, **fields):
    """A 500 mg tablet at 0.500, made of the ingredient of its name."""
    defaults = {"strength": "500 mg", "strength_amount": Decimal(500), "strength_unit": "mg", "form": "tablet", "route": "oral",
                "base_unit": "tablet", "dose_unit": "tablet", "pack_size": 20, "price": Decimal("0.500"),
                "search_text": f"{generic_name} {fields.get('brand', '').lower()}"}  # fmt: skip
    made = Medicine.objects.create(generic_name=generic_name, **{**defaults, **fields})
    made.ingredients.set(ingredients if ingredients is not None else [ingredient(generic_name)])
    return made


def batch(*, clinic, medicine, by, quantity=100, days=365, **fields):
    """A received batch that expires in `days`."""
    return operations.receive(
        clinic=clinic, medicine=medicine, by=by, number=fields.pop("number", f"L{next(_numbers)}"),
        expires_on=clinic.today() + timedelta(days=days), quantity=quantity, **fields,
    )  # fmt: skip


def signed(*, visit, by, line="para 500 1-1-1 5d", medicine=None):
    """A signed prescription of one line on an open visit."""
    item = operations.add_item(visit=visit, by=by, line=line) if medicine is None else operations.add_item(
        visit=visit, by=by, medicine=medicine, dose_amount=Decimal(1), frequency="tid", duration_days=5
    )  # fmt: skip
    return operations.sign(prescription=item.prescription, by=by)
