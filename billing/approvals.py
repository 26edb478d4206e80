"""The second person at the counter: a manager who signs with name and password, at the pages and at the JSON door."""

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _

from clinic.errors import Refused

WANTED = ("needs_approval", "approver_unknown", "approver_one_time")  # refusals that a manager's name may settle


def approver_of(request, name, password, field="password"):
    """The User of that name and password, None without a name.

    Refused: `approver_unknown` for a wrong password, `approver_one_time` while somebody else has set it: until its
    owner has chosen another, two people know it.
    """
    if not name:
        return None
    user = authenticate(request, username=name, password=password)
    if user is None:
        raise Refused(_("User name or password is wrong."), "approver_unknown", field=field, status=422)
    if user.must_change_password:
        said = _("This manager has a one-time password. They sign in and choose their own first.")
        raise Refused(said, "approver_one_time", field=field)
    return user
