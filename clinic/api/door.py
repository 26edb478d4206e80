"""What a clinic may show to people who have not signed in: its doctors and their free times, where it wants that."""

from django.core.exceptions import PermissionDenied
from rest_framework.exceptions import NotAuthenticated

from clinic.access import Role
from clinic.models import Doctor

EVERYBODY = tuple(role for role in Role if role != Role.DISPLAY)


def for_anybody(user):
    """Let in whoever may read doctors: the clinic's people and patients; strangers where the clinic wants it."""
    if user.is_authenticated:
        if not user.has_role(*EVERYBODY):
            raise PermissionDenied
    elif not Doctor.objects.public().exists():
        raise NotAuthenticated
