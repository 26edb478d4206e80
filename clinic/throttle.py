"""How often something may be tried: by one account or e-mail seldom, from one address often.

A whole clinic stands behind one address, so an address is never shut by what one person mistypes. Counted in the
database, in one statement, so that every process counts the same and no other service is needed. Wrong passwords
are counted by axes, with the same thought (settings.AXES_LOCKOUT_PARAMETERS).
"""

import math
from datetime import timedelta

from django.db import connection
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import Throttled

HOUR = 3600
# scope -> (most tries, in that many seconds)
LIMITS = {
    "register.address": (120, HOUR),
    "register.name": (10, HOUR),
    "forgot.address": (120, HOUR),
    "forgot.email": (3, 900),
    "reset.address": (120, HOUR),
    "refresh.address": (6000, 600),
    "ticket.account": (120, 60),
    "password.account": (10, 900),
    "my_place.address": (1200, 60),
}

_COUNT = """
    INSERT INTO clinic_throttle AS t (scope, key, count, since)
    VALUES (%(scope)s, %(key)s, 1, clock_timestamp())
    ON CONFLICT (scope, key) DO UPDATE SET
        count = CASE WHEN t.since + %(window)s < clock_timestamp() THEN 1 ELSE least(t.count, %(most)s) + 1 END,
        since = CASE WHEN t.since + %(window)s < clock_timestamp() THEN clock_timestamp() ELSE t.since END
    RETURNING count, extract(epoch FROM since + %(window)s - clock_timestamp())::float8
"""


def wait(scope, value):
    """Count one try of `value` (an address, an e-mail, an id) in `scope`: 0 when it may go on, else the seconds to wait."""
    most, seconds = LIMITS[scope]
    key = salted_hmac(f"throttle.{scope}", str(value).strip().lower(), algorithm="sha256").hexdigest()
    given = {"scope": scope, "key": key, "most": most, "window": timedelta(seconds=seconds)}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        count, left = cursor.fetchone()
    return max(1, math.ceil(left)) if count > most else 0


def hold(tries):
    """For endpoints of the API: count each of `tries` ({scope: value}); 429 with Retry-After when one is too many."""
    waits = [wait(scope, value) for scope, value in tries.items()]
    if any(waits):
        raise Throttled(wait=max(waits))
