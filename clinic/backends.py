"""Who a session or a token belongs to: the user with clinic and roles in one question, since every answer needs all three.

Every request asks this, and Django needed several times as long to put the question together as the database to
answer it. So each of its two forms is put together once, and only the values are new.
"""

from datetime import datetime
from functools import cache

from django.contrib.auth.backends import ModelBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic.models import ApiSignIn, Clinic, User

USER, SIGN_IN, GENERATION = -1, -2, 2**31 - 7  # no row has these: they mark the places of the values


class StaffBackend(ModelBackend):
    """Django's own backend; only the way in which a user is fetched differs."""

    def get_user(self, user_id, sign_in_id=None, generation=0):
        """The active user of a session with `clinic` and `role_names` at hand, None when there is none.

        With `sign_in_id` that sign-in of a program must be the user's, alive (ApiSignIn.alive) and at that generation.
        """
        sql, places = _question(sign_in_id is not None)
        values = {USER: int(user_id), SIGN_IN: sign_in_id, GENERATION: generation}
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(sql, [now if isinstance(it, datetime) else values.get(it, it) for it in places])
            row = cursor.fetchone()
        user = row and _user(row)
        return user if user and self.user_can_authenticate(user) else None


@cache
def _question(of_a_program):
    """(SQL, what stands at each place: USER, SIGN_IN, GENERATION, a moment that stands for now, a value for good)."""
    roles = User.groups.through.objects.filter(user=OuterRef("pk")).values("group__name")
    users = User.objects.select_related("clinic").annotate(role_names=ArraySubquery(roles)).filter(pk=USER)
    if of_a_program:
        mine = ApiSignIn.objects.alive().filter(pk=SIGN_IN, generation=GENERATION, user=OuterRef("pk"))
        users = users.filter(Exists(mine))
    return users.query.sql_with_params()


@cache
def _columns(model):
    return [field.attname for field in model._meta.concrete_fields]


def _user(row):
    """The user of one row: its own columns, the names of its roles, the columns of its clinic."""
    own, house = _columns(User), _columns(Clinic)
    user = User.from_db(connection.alias, own, row[: len(own)])
    user.role_names = row[len(own)]
    clinic = row[-len(house) :]
    user.clinic = Clinic.from_db(connection.alias, house, clinic) if user.clinic_id else None
    return user
