"""TensorFlow, imported without its start-up messages, or the line that says how to get it."""

import contextlib
import importlib.util
import os
from typing import Any

from unetkit.errors import MissingDependencyError, UsageError
from unetkit.processors import Processors
from unetkit.runtime.stderr import muted_stderr

_TRAINING = ("tensorflow", "keras", "matplotlib", "tomli_w", "jinja2")
_INSTALL = 'pip install "unetkit[train]"'


def require_training_extra() -> None:
    """Look whether what a training needs is installed, without the seconds that importing it takes.

    Raises:
        MissingDependencyError: naming what is not, before hours of training find it out.
    """
    missing = [name for name in _TRAINING if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependencyError(f"training needs {', '.join(missing)}, not installed here: {_INSTALL}")


def import_tensorflow(what: str) -> Any:
    """Import TensorFlow with Keras, and look for GPUs once, which it comments on, too.

    Args:
        what: needs it, for the message.

    Raises:
        MissingDependencyError: the training extra is not installed, or does not load.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with muted_stderr():
            import keras  # noqa: F401 (every caller goes on with it)
            import tensorflow

            _respect_quota(tensorflow)
            tensorflow.config.list_physical_devices("GPU")
    except ImportError as error:
        raise MissingDependencyError(f"{what} needs TensorFlow, which does not load ({error}): {_INSTALL}") from error
    return tensorflow


def _respect_quota(tensorflow: Any) -> None:
    """TensorFlow counts the processors that it is allowed, but knows no container's quota."""
    processors = Processors.here()
    if processors.usable < len(processors.allowed):
        with contextlib.suppress(RuntimeError):  # it has started, with the number that somebody chose
            tensorflow.config.threading.set_intra_op_parallelism_threads(processors.usable)
            tensorflow.config.threading.set_inter_op_parallelism_threads(processors.usable)


def limit_threads(tensorflow: Any, threads: int | None) -> None:
    """Let one operation use so many processor threads; None leaves it to TensorFlow.

    Raises:
        UsageError: TensorFlow has started with another number already.
    """
    if threads is None:
        return
    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError as error:
        raise UsageError(f"threads {threads}: TensorFlow has already started with another number") from error
