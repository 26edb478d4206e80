"""Tests marked `alone` have the machine to themselves: the other processes of the run wait between two of their tests.

Seconds are judged in few tests only, and there a browser beside theirs would be judged with them.
"""

import fcntl
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
GATE, ROOM = HERE, HERE.with_name("__init__.py")  # locks only; nothing is written to them


@contextmanager
def held(path, how):
    """Hold a lock (LOCK_SH with others, LOCK_EX without) on a file while inside."""
    with path.open() as file:
        fcntl.flock(file, how)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Who wants to be alone waits at the gate, so that nobody goes in before them again."""
    with ExitStack() as inside:
        with held(GATE, fcntl.LOCK_EX):
            inside.enter_context(held(ROOM, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH))
        return (yield)
