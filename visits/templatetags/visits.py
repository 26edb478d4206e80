"""Tags of the visit's templates: a measurement's field and its unit."""

from django import template
from django.utils.translation import get_language

from visits import icd
from visits.measures import UNITS

register = template.Library()


@register.simple_tag
def measure(field):
    """The input of a measurement, marked when it is refused; the first field of the form, or the first refused, takes focus."""
    form = field.form
    first = next((name for name in form.fields if name in form.errors), None) or next(iter(form.fields))
    attributes = {"class": "form-control is-invalid" if field.errors else "form-control"}
    if field.errors:
        attributes |= {"aria-invalid": "true", "aria-describedby": "vitals-errors"}
    if field.name == first:
        attributes["data-focus"] = True
    return field.as_widget(attrs=attributes)


@register.filter
def unit_of(name, glucose_unit):
    """The unit of a measurement; glucose is measured in the clinic's own."""
    return glucose_unit if name == "glucose" else UNITS.get(name, "")


@register.filter
def called(code):
    """What a common diagnosis is called by who reads Arabic, "" for any other code and reader."""
    return icd.arabic_name(code) if get_language() == "ar" else ""
