"""A doctor whose last screen or program has been gone for a minute is offline, whatever the door says.

Every process that holds sockets notes in the doctor's row that it has seen one, so any number of them may run. Only
signing in and the doctor's own word set online or busy.
"""

import time
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Greatest
from django.utils import timezone

from clinic.models import Doctor

GONE_SECONDS = 60.0
NOTE_SECONDS = 15.0  # how fresh the note in the row is kept


class Presence:
    """Notes which doctors have a socket in this process, and sets offline those whom no process has seen."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._began = clock()

    def sweep(self, here):
        """Note the doctors among `here`, the ids of users with a socket; set offline who has been gone for `GONE_SECONDS`.

        In its first minute a process sends nobody away: after a restart the screens need a moment to come back.
        Returns the doctors set offline.
        """
        from clinic.operations import note_gone

        now = timezone.now()
        present = Doctor.objects.exclude(status=Doctor.Status.OFFLINE)
        if here:
            stale = Q(seen_at=None) | Q(seen_at__lt=now - timedelta(seconds=NOTE_SECONDS))
            present.filter(stale, user_id__in=here).update(seen_at=now)
        if self._clock() - self._began < GONE_SECONDS:
            return []
        before = now - timedelta(seconds=GONE_SECONDS)
        # GREATEST leaves out what is null.
        gone = present.alias(heard=Greatest("seen_at", "status_since")).filter(heard__lt=before)
        found = [note_gone(doctor=doctor, before=before) for doctor in gone.exclude(user_id__in=here)]
        return [doctor for doctor in found if doctor]
