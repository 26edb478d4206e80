"""The price list."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.common import money_field
from clinic.models import Clinic, ClinicQuerySet, Doctor, Named


class Service(Named):
    """A line of the price list. A consultation may belong to one doctor; the one without a doctor is the usual one."""

    class Kind(models.TextChoices):
        CONSULTATION = "consultation", _("Consultation")
        PROCEDURE = "procedure", _("Procedure")
        OTHER = "other", _("Other")

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="services")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.OTHER)
    doctor = models.ForeignKey(
        Doctor, verbose_name=_("doctor"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    price = money_field(_("price before tax"), null=True, blank=True, validators=[MinValueValidator(0)])
    tax_rate = models.DecimalField(
        _("tax rate, % (empty: the clinic's)"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    is_active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ClinicQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "doctor"],
                condition=Q(kind="consultation", is_active=True),
                nulls_distinct=False,
                name="service_one_consultation",
                violation_error_message=_("There is already a consultation price for this doctor."),
            ),
            models.CheckConstraint(
                name="service_price_not_negative",
                condition=Q(price=None) | Q(price__gte=0),
                violation_error_message=_("A price is not below zero."),
            ),
        ]
