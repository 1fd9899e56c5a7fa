"""Waiting for another thread in a way that Ctrl-C may end at any moment."""

import threading
from collections.abc import Callable


def wait_for(changed: threading.Condition, answered: Callable[[], bool], wait_s: float) -> bool:
    """`Condition.wait_for` under its own lock, in the main thread.

    Where Ctrl-C comes between waking and having the lock again, leaving the `with` finds it not held, and raises
    RuntimeError in place of the KeyboardInterrupt; here it stays one.
    """
    try:
        with changed:
            return changed.wait_for(answered, wait_s)
    except RuntimeError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise
