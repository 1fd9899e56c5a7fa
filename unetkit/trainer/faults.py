"""What goes wrong in the devices during a training, in words: memory that ran out, machines that went away."""

import contextlib
from collections.abc import Callable, Iterator

from unetkit.errors import DeviceError, UsageError
from unetkit.trainer.replicas import Replicas


@contextlib.contextmanager
def explained(batch: int, replicas: Replicas, fitting: Callable[[], int]) -> Iterator[None]:
    """Turn TensorFlow's errors into ones that say what to do.

    Args:
        batch: pictures a step.
        replicas: the devices in step.
        fitting: finds the batch that fits, 0 for none; asked only when memory has run out.

    Raises:
        UsageError: out of memory; offers the batch that fits.
        DeviceError: a machine went away.
    """
    import tensorflow as tf

    gone = (
        tf.errors.UnavailableError,
        tf.errors.AbortedError,
        tf.errors.CancelledError,
        tf.errors.DeadlineExceededError,
    )
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        fits = fitting()
        advice = (
            f"--batch {fits} fits" if fits else "not even one picture a device fits: take a smaller --size or network"
        )
        raise UsageError(f"out of memory with batch {batch}; {advice}") from error
    except gone as error:
        if replicas.workers == 1:
            raise
        raise DeviceError(
            f"one of the {replicas.workers} workers went away; start all of them again with --resume: "
            "the training goes on from its last state"
        ) from error
