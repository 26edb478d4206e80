"""The second person at the counter: a manager who signs with name and password, at the pages and at the JSON door."""

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _

from clinic.errors import Refused


def approver_of(request, name, password, field="password"):
    """The User of that name and password, None without a name; Refused `approver_unknown` for a wrong password."""
    if not name:
        return None
    user = authenticate(request, username=name, password=password)
    if user is None:
        raise Refused(_("User name or password is wrong."), "approver_unknown", field=field, status=422)
    return user
