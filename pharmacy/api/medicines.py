"""`medicines/`: the catalogue, with what the caller's clinic has of each."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from clinic.access import Role
from clinic.api import Amount, Given, Listing, Nothing, Num, Room, Shown, Text, Whole, does, reads
from clinic.money import quantize
from pharmacy import operations, queries
from pharmacy.models import Ingredient, Medicine

READERS = (Role.PHARMACIST, Role.MANAGER, Role.DOCTOR)
KEEPERS = (Role.PHARMACIST, Role.MANAGER)
LARGEST = 1_000_000


class Price(Amount):
    """What a base unit costs, with the currency's decimals, or one more where a tablet costs 0.125."""

    def to_representation(self, value):
        rounded = quantize(value, self.context["request"].user.clinic.currency)
        return super().to_representation(rounded if rounded == value else value)


class MedicineShown(Shown):
    """A medicine. Quantities count its base unit; `price` is for one base unit, before tax."""

    id = serializers.IntegerField()
    name = serializers.SerializerMethodField(help_text="Generic name, brand and strength in one line.")
    generic_name = Text()
    generic_name_other_script = Text()
    brand = Text()
    strength = Text()
    strength_amount = Num(allow_null=True)
    strength_unit = Text()
    form = serializers.ChoiceField(choices=Medicine.Form.choices)
    route = serializers.ChoiceField(choices=Medicine.Route.choices)
    base_unit = serializers.ChoiceField(choices=Medicine.Unit.choices)
    dose_unit = serializers.ChoiceField(choices=Medicine.Unit.choices)
    pack_size = serializers.IntegerField()
    doses_per_unit = serializers.IntegerField()
    is_splittable = serializers.BooleanField()
    manufacturer = Text()
    price = Price(allow_null=True)
    currency = serializers.SerializerMethodField()
    tax_rate = Num(allow_null=True, help_text="Percent; null: the clinic's.")
    reorder_level = serializers.IntegerField()
    is_controlled = serializers.BooleanField()
    barcode = Text()
    tall_man = Text(help_text="The spelling that tells it from look-alikes.")
    ingredients = serializers.SerializerMethodField(help_text="Their codes.")
    is_active = serializers.BooleanField()
    on_hand = serializers.IntegerField(source="in_stock", help_text="Base units in the caller's clinic.")
    earliest_out = serializers.DateField(source="first_out", allow_null=True, help_text="The first removal day.")
    is_low = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    def get_name(self, medicine) -> str:
        return str(medicine)

    def get_currency(self, medicine) -> str:
        return self.context["request"].user.clinic.currency

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_ingredients(self, medicine):
        return sorted(ingredient.code for ingredient in medicine.ingredients.all())

    def get_is_low(self, medicine) -> bool:
        return bool(medicine.reorder_level) and medicine.in_stock <= medicine.reorder_level


class MedicinesAsked(Listing):
    """Which medicines."""

    q = Text(required=False, allow_blank=True, help_text="Words of the names in either script, or the barcode.")
    low_stock = serializers.BooleanField(required=False, help_text="At or under the reorder level.")
    expiring = serializers.BooleanField(required=False, help_text="A batch is to be removed within 90 days.")
    active = serializers.BooleanField(required=False, default=True, help_text="false: the retired ones.")
    form = serializers.ChoiceField(choices=Medicine.Form.choices, required=False)
    orders = {
        "name": ("generic_name", "strength_amount"),
        "on_hand": ("in_stock",),
        "earliest_out": ("first_out",),
        "id": ("pk",),
    }


class MedicineGiven(Given):
    """A medicine as it is entered."""

    generic_name = Text(max_length=120)
    generic_name_other_script = Text(max_length=120, required=False, allow_blank=True)
    brand = Text(max_length=120, required=False, allow_blank=True)
    strength = Text(max_length=60, required=False, allow_blank=True, help_text="As it is printed: 500 mg.")
    strength_amount = Num(required=False, allow_null=True, min_value=0)
    strength_unit = Text(max_length=20, required=False, allow_blank=True, help_text="mg, g, mcg, mg/mL.")
    form = serializers.ChoiceField(choices=Medicine.Form.choices)
    route = serializers.ChoiceField(choices=Medicine.Route.choices, required=False)
    base_unit = serializers.ChoiceField(choices=Medicine.Unit.choices, help_text="What the shelf counts.")
    dose_unit = serializers.ChoiceField(choices=Medicine.Unit.choices, required=False, help_text="Else the base unit.")
    pack_size = Whole(min_value=1, max_value=LARGEST, required=False)
    doses_per_unit = Whole(min_value=1, max_value=LARGEST, required=False)
    is_splittable = serializers.BooleanField(required=False)
    manufacturer = Text(max_length=120, required=False, allow_blank=True)
    price = Amount(required=False, allow_null=True, min_value=0)
    tax_rate = Num(max_digits=6, decimal_places=3, required=False, allow_null=True, min_value=0, max_value=100)
    reorder_level = Whole(min_value=0, max_value=LARGEST, required=False)
    is_controlled = serializers.BooleanField(required=False)
    barcode = Text(max_length=40, required=False, allow_blank=True)
    tall_man = Text(max_length=120, required=False, allow_blank=True)
    ingredients = serializers.ListField(
        child=Text(max_length=60), required=False, max_length=20, help_text="Codes; the safety checks go by them."
    )


class MedicineChange(MedicineGiven):
    """What of a medicine changes. Strength, form and units are fixed once it is in use."""

    is_active = serializers.BooleanField(required=False, help_text="true brings a retired medicine back.")
    version = Whole(required=False, min_value=1)


class Medicines(Room):
    """Medicines."""

    name = "medicines"

    def visible(self):
        return queries.medicines(self.request.user.clinic).prefetch_related("ingredients")

    @reads(READERS, MedicineShown, asks=MedicinesAsked, many=True)
    def list(self, request, asked):
        """List medicines."""
        rows = queries.medicines(
            request.user.clinic,
            text=asked.get("q", ""),
            low=asked.get("low_stock", False),
            expiring=asked.get("expiring", False),
        )
        rows = rows.filter(is_active=asked["active"])
        if "form" in asked:
            rows = rows.filter(form=asked["form"])
        return rows.prefetch_related("ingredients")

    @reads(READERS, MedicineShown)
    def retrieve(self, request, asked, pk):
        """One medicine."""
        return self.found()

    @does(KEEPERS, MedicineGiven, MedicineShown, status=201, refuses=["known_barcode", "strength", "missing_name"])
    def create(self, request, given):
        """Add a medicine to the catalogue."""
        values = {"dose_unit": given["base_unit"], **self.with_ingredients(given)}
        return operations.add_medicine(clinic=request.user.clinic, by=request.user, **values)

    @does(
        KEEPERS, MedicineChange, MedicineShown, changes=True, refuses=["in_use", "known_barcode", "strength", "changed"]
    )
    def partial_update(self, request, given, pk):
        """Change a medicine.

        A new price holds for what is dispensed from then on; issued bills keep theirs.
        """
        values = self.with_ingredients(given)
        return operations.change_medicine(medicine=self.found(), clinic=request.user.clinic, by=request.user, **values)

    @does(KEEPERS, Nothing, MedicineShown)
    def destroy(self, request, given, pk):
        """Retire a medicine.

        Nothing is erased: it can no longer be prescribed, earlier prescriptions still name it.
        """
        return operations.retire_medicine(medicine=self.found(), clinic=request.user.clinic, by=request.user)

    def with_ingredients(self, given):
        """The body with its ingredients as rows; a 400 beside the field for codes that nobody knows."""
        values = dict(given)
        if "ingredients" in values:
            rows = {row.code: row for row in Ingredient.objects.filter(code__in=values["ingredients"])}
            unknown = [code for code in values["ingredients"] if code not in rows]
            if unknown:
                raise ValidationError({"ingredients": [_("Not known: %(codes)s") % {"codes": ", ".join(unknown)}]})
            values["ingredients"] = list(rows.values())
        return values
