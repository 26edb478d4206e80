"""Who a session or a token belongs to: the user with clinic and roles in one question, since every answer needs all three."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from clinic.models import User

# Put together once: every request asks this, and building it took longer than answering it.
_ROLES = User.groups.through.objects.filter(user=OuterRef("pk")).values("group__name")
_USERS = User.objects.select_related("clinic").annotate(role_names=ArraySubquery(_ROLES))


class StaffBackend(ModelBackend):
    """Django's own backend; only the way in which a user is fetched differs."""

    def get_user(self, user_id, *conditions):
        """The active user of a session with `clinic` and `role_names` at hand, None when there is none.

        `conditions` must hold too: a token's sign-in is asked for in the same query.
        """
        user = next(iter(_USERS.filter(*conditions, pk=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None
