"""TensorFlow, imported without its start-up messages, or the line that says how to get it."""

import os
from typing import Any

from unetkit.errors import MissingDependencyError
from unetkit.runtime.stderr import muted_stderr


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
        raise MissingDependencyError(
            f'{what} needs TensorFlow, which does not load ({error}): pip install "unetkit[train]"'
        ) from error
    return tensorflow
