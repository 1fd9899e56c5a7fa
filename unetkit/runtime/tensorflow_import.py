"""TensorFlow, imported without its start-up messages, or the line that says how to get it."""

import importlib.util
import os
from typing import Any

from unetkit.errors import MissingDependencyError
from unetkit.runtime.stderr import muted_stderr

_INSTALL = 'pip install "unetkit[train]"'


def require_tensorflow(what: str) -> None:
    """Look whether TensorFlow is installed, without the seconds that its import takes.

    Args:
        what: needs it, for the message.

    Raises:
        MissingDependencyError: it is not.
    """
    if importlib.util.find_spec("tensorflow") is None:
        raise MissingDependencyError(f"{what} needs TensorFlow, which is not installed: {_INSTALL}")


def import_tensorflow(what: str) -> Any:
    """Import TensorFlow and look for GPUs once, which it comments on, too.

    Args:
        what: needs it, for the message.

    Raises:
        MissingDependencyError: the training extra is not installed, or does not load.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with muted_stderr():
            import tensorflow

            tensorflow.config.list_physical_devices("GPU")
    except ImportError as error:
        raise MissingDependencyError(f"{what} needs TensorFlow, which does not load ({error}): {_INSTALL}") from error
    return tensorflow
