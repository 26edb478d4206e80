"""The moved clock: operations of the demo happen at the hour at which they are told to have happened."""

from contextlib import contextmanager

from django.apps import apps
from django.utils import timezone


class Clock:
    """Says the moment that it was last set to."""

    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


@contextmanager
def moved_clock(moment):
    """Within it, `timezone.now()` and the models' defaults say what the yielded Clock is set to.

    For a command that has the process to itself: every thread would see the moved clock.
    """
    clock, real = Clock(moment), timezone.now
    fields = [f for model in apps.get_models() for f in model._meta.local_fields if f.default is real]
    _set(fields, clock)
    timezone.now = clock
    try:
        yield clock
    finally:
        timezone.now = real
        _set(fields, real)


def _set(fields, default):
    for field in fields:
        field.default = default
        field.__dict__.pop("_get_default", None)  # the field keeps its default's getter
