"""The second click gets the first answer: keys kept in the same transaction as what they did."""

import hashlib
import json

from django.db import connection
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.models import IdempotencyKey
from clinic.operation import operation as as_operation


def claim(*, by, key, operation, body):
    """Claim `key` for this user inside the running transaction.

    Returns None when the key is new (then call `settle` with what was made), or the id of the object that the
    first request made. A simultaneous request with the same key waits here until the first has committed.
    Refused (422, `key_reused`) when the key was used for another operation or another body. `body` is a dict of
    plain values. No key (empty) means no claim.
    """
    if not key:
        return None
    digest = hashlib.sha256(json.dumps([operation, body], sort_keys=True, default=str).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_idempotencykey (user_id, key, operation, body_hash, created_at)"
            " VALUES (%s, %s, %s, %s, now()) ON CONFLICT (user_id, key) DO NOTHING",
            [by.pk, str(key), operation, digest],
        )
        if cursor.rowcount:
            return None
    stored = IdempotencyKey.objects.get(user=by, key=str(key))
    if stored.body_hash != digest:
        raise Refused(
            _("This form was already sent with other values. Reload the page and look at what was saved."),
            "key_reused",
            status=422,
        )
    return stored.object_id


def settle(*, by, key, made):
    """Keep `made` (a saved model instance) as the answer to `key`."""
    if key:
        IdempotencyKey.objects.filter(user=by, key=str(key)).update(object_id=made.pk)


@as_operation
def once(*, by, key, name, body, run):
    """Do `run` (which makes and returns a saved row) once for `key`: the id of what the first request made.

    The key and what it did are one transaction. Refused as `claim` says.
    """
    known = claim(by=by, key=key, operation=name, body=body)
    if known is not None:
        return known
    made = run()
    settle(by=by, key=key, made=made)
    return made.pk
