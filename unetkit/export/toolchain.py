"""The training extra as the exporter finds it: present or named, and quiet."""

import contextlib
import importlib.util
import itertools
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator

from unetkit.errors import MissingDependencyError
from unetkit.export.target import Format

_ALWAYS = ("tensorflow", "keras", "jinja2")
_ONNX = ("onnx", "tf2onnx", "onnxruntime")
_OF_FORMAT: dict[Format, tuple[str, ...]] = {
    "onnx": _ONNX,
    "tflite": ("ai_edge_litert",),
    "openvino": (*_ONNX, "openvino"),
    "saved_model": (),
}
_LOGGER = logging.getLogger(__name__)


def require_toolchain(formats: Iterable[Format]) -> None:
    """Make sure that everything an export to `formats` needs is installed, and quieten it before its first import.

    Raises:
        MissingDependencyError: naming what is missing and the line that installs it.
    """
    missing = missing_for(formats)
    if missing:
        raise MissingDependencyError(
            f"export needs {', '.join(missing)}, not installed here; run `{install_line(missing)}`"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime reports to its maker from the import on
    for name in ("tensorflow", "absl", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def missing_for(formats: Iterable[Format]) -> tuple[str, ...]:
    """Modules that an export to `formats` needs and that are not installed."""
    modules = dict.fromkeys(itertools.chain(_ALWAYS, *(_OF_FORMAT[item] for item in formats)))
    return tuple(name for name in modules if importlib.util.find_spec(name) is None)


def install_line(missing: Iterable[str]) -> str:
    """What brings these modules."""
    extras = dict.fromkeys("openvino" if name == "openvino" else "train" for name in missing)
    return f'pip install "unetkit[{",".join(extras)}]"'


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the converters' chatter, Python's and C++'s, off the screen; it goes to this module's debug log.

    C++ writes to file descriptor 2, past `sys.stderr`, so the descriptor itself points at a file meanwhile.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    root_level = logging.root.level
    with tempfile.TemporaryFile() as sink:
        try:
            os.dup2(sink.fileno(), 2)
            logging.root.setLevel(logging.ERROR)  # ONNX Runtime's quantiser logs to the root
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            logging.root.setLevel(root_level)
            sink.seek(0)
            for line in sink.read().decode("utf-8", "replace").splitlines():
                _LOGGER.debug("%s", line)
