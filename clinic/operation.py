"""The shape of every operation: one transaction, retried when the database says so, live topics flushed last."""

import contextvars
import random
import time
from functools import wraps

from django.db import OperationalError, transaction

_topics = contextvars.ContextVar("topics", default=None)
_events = contextvars.ContextVar("events", default=None)
RETRY_STATES = {"40001", "40P01"}  # serialization failure, deadlock (PostgreSQL, Appendix A)
TRIES = 3


def collect(clinic, topics):
    """Note that `topics` of `clinic` change with the operation under way; refuses outside one."""
    collected = _topics.get()
    if collected is None:
        raise RuntimeError("live.publish belongs inside an operation")
    collected.setdefault(clinic.pk, set()).update(topics)


def collect_event(event):
    """Note an event (a dict of ids and states) of the operation under way; refuses outside one."""
    collected = _events.get()
    if collected is None:
        raise RuntimeError("live.event belongs inside an operation")
    collected.append(event)


def operation(function):
    """Run `function` as one transaction; inside another operation it joins that one.

    The outermost operation is retried at most three times on a deadlock or serialization failure, and as its
    last statements raises the versions of the collected live topics, in sorted order, so that two operations
    never wait for each other's topics.
    """

    @wraps(function)
    def run(*args, **kwargs):
        if _topics.get() is not None:
            return _joined(function, args, kwargs)
        return _outermost(function, args, kwargs)

    run.is_operation = True
    return run


def _joined(function, args, kwargs):
    """Inside another operation, which may go on without this one: then nothing of it has happened."""
    before = len(_events.get())
    try:
        with transaction.atomic():
            return function(*args, **kwargs)
    except BaseException:
        del _events.get()[before:]
        raise


def _outermost(function, args, kwargs):
    from clinic import live

    for attempt in range(1, TRIES + 1):
        topics, events = _topics.set({}), _events.set([])
        try:
            with transaction.atomic():
                result = function(*args, **kwargs)
                live.flush(_topics.get())
                live.flush_events(_events.get())
                return result
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            inside = transaction.get_connection().in_atomic_block
            if state not in RETRY_STATES or attempt == TRIES or inside:
                raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)
        finally:
            _topics.reset(topics)
            _events.reset(events)
