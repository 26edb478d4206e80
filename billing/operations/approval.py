"""How much of a bill one person gives up alone, and who stands for more."""

from clinic.access import Role
from clinic.errors import Refused


def check_approval(clinic, part, whole, *, by, second, words, field=None):
    """Who stands for giving up `part` of `whole` beside `by`: a manager other than `by`, None when nobody was named.

    Refused `needs_approval` (in `words`, with a place for the `limit`) when that is more than the clinic lets a cashier
    give alone, unless `by` manages the clinic or `second` is another person with an open account who does.
    """
    if second is not None and second.pk != by.pk and _manages(second, clinic):
        return second
    if not needs_second(clinic, part, whole, by=by):
        return None
    limit = clinic.discount_limit_percent
    raise Refused(words % {"limit": f"{limit.normalize():f}%"}, "needs_approval", field=field)


def needs_second(clinic, part, whole, *, by):
    """True when `by` does not manage the clinic and `part` of `whole` is more than its cashiers give up alone."""
    return part * 100 > whole * clinic.discount_limit_percent and not by.has_role(Role.MANAGER)


def _manages(user, clinic):
    return user.is_active and user.clinic_id == clinic.pk and user.has_role(Role.MANAGER)
