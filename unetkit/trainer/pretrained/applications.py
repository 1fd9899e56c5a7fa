"""ImageNet weights of the keras.applications encoders: downloaded by Keras, or from a file that was."""

import contextlib
import sys
from pathlib import Path

import numpy as np

from unetkit.errors import ArtifactError, MissingDependencyError
from unetkit.runtime.backends.backend import reason_of
from unetkit.runtime.checkpoint import load_keras_model
from unetkit.trainer.networks.encoders.applications import Application
from unetkit.trainer.pretrained.kerasfile import is_keras_file
from unetkit.trainer.pretrained.transfer import LayerWeights, transfer, weights_of

_SIDE = 224  # which of the published files: those trained at this size


def imagenet_weights(application: Application) -> LayerWeights:
    """What Keras publishes; downloaded once, then taken from Keras' own cache.

    Raises:
        MissingDependencyError: it cannot be downloaded.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras draws its progress where results belong
            model = application.build(weights="imagenet", input_shape=(_SIDE, _SIDE, 3))
    except Exception as error:  # what Keras raises for a failed download is the bare class
        raise MissingDependencyError(
            f"the ImageNet weights of {application.factory} did not come ({reason_of(error)}); "
            "with that file from elsewhere use --weights FILE, or --weights none"
        ) from error
    return weights_of(model)


def read_application_file(application: Application, path: Path) -> LayerWeights:
    """The weights in a file that Keras wrote of the application: .keras, or .h5 and .weights.h5 without its top.

    Raises:
        ArtifactError: it cannot be read, or is of another network.
    """
    model = application.build(input_shape=(_SIDE, _SIDE, 3))
    if is_keras_file(path):
        missing = sorted(weights_of(model).keys() - transfer(weights_of(load_keras_model(path)), model))
        if missing:
            raise ArtifactError(f"{path} is not of {application.factory}: no layer {missing[0]} of its shape")
        return weights_of(model)
    try:
        model.load_weights(path)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError) as error:
        raise ArtifactError(
            f"{path} does not fit {application.factory} without its top: {reason_of(error)}; give its no-top weights"
        ) from error
    return weights_of(model)


def for_our_pixels(source: LayerWeights, application: Application, scale: float, zero_point: int) -> LayerWeights:
    """The same function of camera bytes, from pixels `(byte - zero_point) * scale` instead of its own.

    With `byte = x / scale + zero_point`, an application's pixel is `x * factor + offset`, one pair for each channel:

        factor = 1 / (scale * pixel_deviation), offset = (zero_point - pixel_mean) / pixel_deviation.

    The factor goes into the first kernel, and what the offset adds into the mean of the batch norm behind it. Exact but
    for the border: the convolution pads with the byte `zero_point` instead of `pixel_mean`.

    Args:
        source: the application's published weights.
        application: whose.
        scale: of the network that gets them.
        zero_point: of the network that gets them, in bytes.
    """
    convolution, norm = application.stem
    (kernel,) = source[convolution]  # (3, 3, RGB, filters)
    gamma, beta, mean, variance = source[norm]
    deviation = np.asarray(application.pixel_deviation)
    factor = 1 / (scale * deviation)
    offset = (zero_point - np.asarray(application.pixel_mean)) / deviation
    added = np.einsum("hwif,i->f", kernel, offset)
    return source | {
        convolution: [np.asarray(kernel * factor[:, np.newaxis], np.float32)],
        norm: [gamma, beta, np.asarray(mean - added, np.float32), variance],
    }
