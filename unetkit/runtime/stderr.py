"""Standard error, kept for people: C libraries write to its descriptor past every log level."""

import contextlib
import os
import threading
from collections.abc import Iterator

_ONE_AT_A_TIME = threading.RLock()  # two threads would keep each other's nowhere, and leave it in place


@contextlib.contextmanager
def muted_stderr() -> Iterator[None]:
    """Send file descriptor 2 nowhere for the block; it holds for the whole process, so keep the block short."""
    with _ONE_AT_A_TIME:
        kept = os.dup(2)
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
