"""Who may do what: the one list of roles, and the rule that every view declares its own."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is in the clinic. Each value is also the name of a Django group."""

    MANAGER = "manager", _("Manager")
    DOCTOR = "doctor", _("Doctor")
    NURSE = "nurse", _("Nurse")
    PHARMACIST = "pharmacist", _("Pharmacist")
    RECEPTION = "reception", _("Reception")
    DISPLAY = "display", _("Display")
    PATIENT = "patient", _("Patient")


STAFF = (Role.MANAGER, Role.DOCTOR, Role.NURSE, Role.PHARMACIST, Role.RECEPTION)
CLINICAL = (Role.DOCTOR, Role.NURSE, Role.PHARMACIST)


class Rule:
    """The declared access of one view: its roles (None = anybody), and whether a machine asks for it."""

    def __init__(self, roles, *, passive=False):
        self.roles = None if roles is None else frozenset(roles)
        self.passive = passive

    def admits(self, user):
        """True when the user holds one of the roles; nobody signed in is admitted only to public views."""
        if self.roles is None:
            return True
        return user.is_authenticated and bool(self.roles & user.roles)


def allow(*roles, passive=False):
    """Admit only signed-in users holding one of `roles`.

    Others get 403, strangers the sign-in page. `passive=True` marks what a machine asks for by itself (live
    fragments, polling): it never moves the idle clock. The rule is kept on the view for the start-up check.
    """

    def decorate(view):
        rule = Rule(roles, passive=passive)

        @wraps(view)
        def guarded(request, *args, **kwargs):
            if not request.user.is_authenticated:
                from clinic.pages import sign_in_first

                return sign_in_first(request)
            if not rule.admits(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = rule
        return guarded

    return decorate


def public(view):
    """Declare that a view needs no sign-in. The view's docstring says why."""
    view.access = Rule(None)
    return view
