"""Settings of the whole suite, made before any test imports a library that reads them once."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

# unetkit makes the same settings before it uses these libraries; tests that call TensorFlow or OpenCV themselves
# would come first when the suite runs in one process.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

# A model is timed once in the whole suite, and nothing is left in the user's cache.
if "UNETKIT_ENGINE_CACHE" not in os.environ:
    os.environ["UNETKIT_ENGINE_CACHE"] = tempfile.mkdtemp(prefix="unetkit-engines-")
    atexit.register(shutil.rmtree, os.environ["UNETKIT_ENGINE_CACHE"], ignore_errors=True)

# A suite that was started in the background inherits an ignored SIGINT, and would hand it on to the commands that the
# tests interrupt; a handler is not inherited, so those start with the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where two processes share the tests, a file stays whole: its tests share a network, the e2e ones a whole run."""
    for item in items:
        file = Path(item.path)
        item.add_marker(pytest.mark.xdist_group("e2e" if file.parent.name == "e2e" else str(file)))
