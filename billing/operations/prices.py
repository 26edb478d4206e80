"""The price list: a service is added, changed, retired. Bills keep the price of their day."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.models import Service
from billing.operations.common import price_of
from clinic import audit, live
from clinic.errors import Refused
from clinic.locks import lock
from clinic.operation import operation

FIELDS = ("name", "name_other_script", "kind", "doctor", "price", "tax_rate", "is_active")


@operation
def add_service(*, clinic, by, name, kind=Service.Kind.OTHER, **values):
    """Put a service on the price list; returns it. `values`: name_other_script, doctor, price, tax_rate (in percent).

    Without a price nothing can be billed with it; without a tax rate the clinic's holds.
    Refused: `missing_name`, `bad_amount`, `consultation_exists` (one for each doctor, and one usual one).
    """
    service = Service(clinic=clinic)
    _put(service, {"name": name, "kind": kind, **values})
    _save(service)
    audit.record(by, "add_service", service, price=service.price)
    live.publish(clinic, "day")
    return service


@operation
def change_service(*, service, by, version=None, **values):
    """Change what `values` name (as for `add_service`, and is_active); returns the service.

    Refused: `changed_meanwhile` when `version` is not the service's, and as `add_service`.
    """
    service = lock(Service, service.pk)
    if version is not None and version != service.version:
        raise Refused(_("Somebody has changed this meanwhile. Look at it again."), "changed_meanwhile")
    before = service.price
    changed = _put(service, values)
    if not changed:
        return service
    service.version += 1
    _save(service)
    prices = {"before": before, "price": service.price} if "price" in changed else {}
    audit.record(by, "change_service", service, fields=changed, **prices)
    live.publish(service.clinic, "day")
    return service


@operation
def retire_service(*, service, by):
    """Take a service off the price list; it stays on the bills that carry it. Retiring it again changes nothing."""
    return change_service(service=service, by=by, is_active=False)


def _put(service, values):
    """Write `values` on the row in memory; returns the names of what differs."""
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"a service has no {', '.join(sorted(unknown))}")
    if "name" in values:
        values["name"] = (values["name"] or "").strip()[:200]
        if not values["name"]:
            raise Refused(_("Write the name."), "missing_name", field="name", status=422)
    if values.get("price") is not None:
        values["price"] = price_of(values["price"], "price")
    changed = [name for name, value in values.items() if getattr(service, name) != value or service.pk is None]
    for name in changed:
        setattr(service, name, values[name])
    return sorted(changed)


def _save(service):
    try:
        with transaction.atomic():
            service.save()
    except IntegrityError as error:
        if "service_one_consultation" not in str(error):
            raise
        message = _("There is already a consultation price for this doctor.")
        raise Refused(message, "consultation_exists", field="doctor") from error
