"""Whether a session may still act: idle time and the absolute limit are kept on the server.

Works on the plain session dictionary, so that the live socket's admission asks the same question.
"""

import time

from django.conf import settings

from clinic.access import Role

SEEN = "seen_at"  # epoch seconds of the last human action
STARTED = "signed_in_at"  # epoch seconds of the sign-in
LOCKED = "locked"
WRITE_EVERY = 15  # seconds; a session row is not written more often for idle time

OPEN, LOCK, OVER = "open", "locked", "over"


def begin(session, user):
    """Start the clocks of a session that `user` has just opened (or unlocked) with a password."""
    session[SEEN] = session[STARTED] = time.time()
    session[LOCKED] = False
    if never_ends(user):
        session.set_expiry(settings.SESSION_DISPLAY_AGE)


def never_ends(user):
    """True for a waiting-room display: it has no hands, so neither idle time nor the day's end closes it."""
    return user.roles == frozenset({Role.DISPLAY})


def idle_limit(user):
    """Seconds without a human action before the session locks, the shortest of the user's roles; None = never."""
    limits = [settings.IDLE_LOCK_MINUTES.get(str(role)) for role in user.roles]
    limits = [limit for limit in limits if limit is not None]
    if not limits:
        return None if never_ends(user) else settings.IDLE_LOCK_MINUTES["manager"] * 60
    return min(limits) * 60


def standing(data, user):
    """`open`, `locked` (idle too long or locked by hand) or `over` (the absolute limit) for a session's `data`.

    A session that never noted its clocks counts as started now (it was made by the test client or a command).
    """
    now = time.time()
    if not never_ends(user):
        if now - data.get(STARTED, now) > settings.SESSION_ABSOLUTE_HOURS * 3600:
            return OVER
        limit = idle_limit(user)
        if limit is not None and now - data.get(SEEN, now) > limit:
            return LOCK
    return LOCK if data.get(LOCKED) else OPEN


def note_human(session):
    """Move the idle clock; writes at most every `WRITE_EVERY` seconds."""
    now = time.time()
    if now - session.get(SEEN, 0) >= WRITE_EVERY:
        session[SEEN] = now
        session.setdefault(STARTED, now)


def lock(session):
    """Close the session until its user gives the password again."""
    session[LOCKED] = True
