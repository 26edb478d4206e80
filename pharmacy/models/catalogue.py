"""The catalogue: ingredients, medicines and their usual doses."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from billing.models import money_field
from clinic.models import Named


class Ingredient(Named):
    """An active substance or a class of them; `parent` is the class it belongs to (amoxicillin: penicillins)."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    parent = models.ForeignKey(
        "self", verbose_name=_("class"), on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )

    class Meta:
        verbose_name = _("ingredient")
        verbose_name_plural = _("ingredients")
        ordering = ["name"]


class MedicineQuerySet(models.QuerySet):
    def active(self):
        """Medicines that may be prescribed."""
        return self.filter(is_active=True)


class Medicine(models.Model):
    """A product: generic name, strength, form; price for one base unit."""

    class Form(models.TextChoices):
        TABLET = "tablet", _("tablet")
        CAPSULE = "capsule", _("capsule")
        SYRUP = "syrup", _("syrup")
        SUSPENSION = "suspension", _("suspension")
        DROPS = "drops", _("drops")
        CREAM = "cream", _("cream")
        OINTMENT = "ointment", _("ointment")
        INHALER = "inhaler", _("inhaler")
        INJECTION = "injection", _("injection")
        SUPPOSITORY = "suppository", _("suppository")
        SACHET = "sachet", _("sachet")

    class Route(models.TextChoices):
        ORAL = "oral", _("by mouth")
        TOPICAL = "topical", _("on the skin")
        INHALED = "inhaled", _("inhaled")
        EYE = "eye", _("in the eye")
        EAR = "ear", _("in the ear")
        NOSE = "nose", _("in the nose")
        RECTAL = "rectal", _("rectally")
        INJECTED = "injected", _("by injection")

    class Unit(models.TextChoices):
        TABLET = "tablet", _("tablet")
        CAPSULE = "capsule", _("capsule")
        ML = "mL", _("mL")
        DROP = "drop", _("drop")
        PUFF = "puff", _("puff")
        APPLICATION = "application", _("application")
        TUBE = "tube", _("tube")
        BOTTLE = "bottle", _("bottle")
        VIAL = "vial", _("vial")
        SUPPOSITORY = "suppository", _("suppository")
        SACHET = "sachet", _("sachet")

    generic_name = models.CharField(_("generic name"), max_length=120)
    generic_name_other_script = models.CharField(_("generic name in the other script"), max_length=120, blank=True)
    brand = models.CharField(_("brand"), max_length=120, blank=True)
    strength = models.CharField(_("strength"), max_length=60, blank=True)
    strength_amount = models.DecimalField(
        _("amount of the strength"), max_digits=12, decimal_places=4, null=True, blank=True
    )
    strength_unit = models.CharField(_("unit of the strength"), max_length=20, blank=True)
    form = models.CharField(_("form"), max_length=12, choices=Form)
    route = models.CharField(_("route"), max_length=8, choices=Route, default=Route.ORAL)
    base_unit = models.CharField(_("base unit"), max_length=12, choices=Unit)
    dose_unit = models.CharField(_("unit of a dose"), max_length=12, choices=Unit)
    pack_size = models.PositiveIntegerField(_("base units in a pack"), default=1, validators=[MinValueValidator(1)])
    doses_per_unit = models.PositiveIntegerField(
        _("doses in a base unit"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("For bottles and inhalers counted whole: drops or puffs in one."),
    )
    is_splittable = models.BooleanField(_("packs may be split"), default=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=120, blank=True)
    price = money_field(_("price of a base unit before tax"), null=True, blank=True, validators=[MinValueValidator(0)])
    tax_rate = models.DecimalField(
        _("tax rate, % (empty: the clinic's)"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    reorder_level = models.PositiveIntegerField(_("reorder level"), default=0)
    is_controlled = models.BooleanField(_("controlled"), default=False)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)
    tall_man = models.CharField(_("look-alike spelling"), max_length=120, blank=True)
    ingredients = models.ManyToManyField(
        Ingredient, verbose_name=_("ingredients"), related_name="medicines", blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    search_text = models.CharField(max_length=400, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MedicineQuerySet.as_manager()

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["generic_name", "strength"]
        constraints = [
            models.CheckConstraint(name="medicine_pack_size", condition=Q(pack_size__gte=1, doses_per_unit__gte=1)),
            models.CheckConstraint(
                name="medicine_price_not_negative",
                condition=Q(price=None) | Q(price__gte=0),
                violation_error_message=_("A price is not below zero."),
            ),
            models.UniqueConstraint(
                fields=["barcode"],
                condition=~Q(barcode=""),
                name="medicine_one_barcode",
                violation_error_message=_("Another medicine has this barcode."),
            ),
        ]

    def __str__(self):
        return " ".join(
            part for part in (self.generic_name, f"({self.brand})" if self.brand else "", self.strength) if part
        )

    @cached_property
    def ingredient_ids(self):
        """The ids of the ingredients; a query, unless whoever fetched the medicine has set them."""
        return list(self.ingredients.values_list("pk", flat=True))

    def may_replace(self, other):
        """True when this product may be given for the `other` one: a pharmaceutical equivalent.

        The same ingredients in the same strength, form, route and unit (FDA, Orange Book, preface 1.2). Of products
        that both name no ingredient the generic name is compared.
        """
        if any(getattr(self, name) != getattr(other, name) for name in ("strength", "form", "route", "base_unit")):
            return False
        mine, theirs = set(self.ingredient_ids), set(other.ingredient_ids)
        return mine == theirs if mine or theirs else self.generic_name.casefold() == other.generic_name.casefold()


class DoseLine(models.Model):
    """A usual dose of a medicine, offered when prescribing and never preselected: `1-1-1 5d`."""

    medicine = models.ForeignKey(Medicine, on_delete=models.CASCADE, related_name="dose_lines")
    line = models.CharField(_("dose line"), max_length=80)
    from_age = models.PositiveSmallIntegerField(_("from age"), default=0)
    to_age = models.PositiveSmallIntegerField(_("to age"), default=150)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("usual dose")
        verbose_name_plural = _("usual doses")
        ordering = ["position", "pk"]
