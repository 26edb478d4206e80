"""Noting that a waiting-room screen is alive."""

from datetime import timedelta

from django.utils import timezone

from clinic.operation import operation
from queues.models import Display

WRITE_EVERY = timedelta(seconds=20)


@operation
def hear_display(*, by):
    """Note that the display account `by` has just shown the board; at most one write in 20 seconds, never audited."""
    now = timezone.now()
    seen = Display.objects.filter(user=by).first()
    if seen is None:
        seen, _made = Display.objects.get_or_create(user=by, defaults={"seen_at": now})
    elif now - seen.seen_at >= WRITE_EVERY:
        seen.seen_at = now
        seen.save(update_fields=["seen_at"])
    return seen
