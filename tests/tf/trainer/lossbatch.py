"""A row of pixels through a named loss, for the tests of losses."""

from typing import Any

import numpy as np

from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.trainer.losses import make_loss

# Probabilities of three classes for four pixels.
THREE = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]]


def spec_of(classes: int, head: Any = "softmax", scores: Any = "probabilities") -> ModelSpec:
    return ModelSpec(
        name="test",
        input=InputSpec(height=1, width=4),
        classes=tuple(ClassSpec(name=f"class {index}", bgr=(0, 0, 0)) for index in range(classes)),
        head=head,
        scores=scores,
    )


def loss_of(text: str, labels: Any, scores: Any, spec: ModelSpec) -> float:
    """The loss of a picture one pixel high, or of (H, W) labels with their scores."""
    return float(make_loss(text, spec)(*_batch(labels, scores, spec)))


def loss_and_slope_of(text: str, labels: Any, scores: Any, spec: ModelSpec) -> tuple[float, Any]:
    """The loss, and its gradient by the scores, float32 (H, W, channels)."""
    import tensorflow as tf

    truth, given = _batch(labels, scores, spec)
    given = tf.constant(given)
    with tf.GradientTape() as tape:
        tape.watch(given)
        value = make_loss(text, spec)(truth, given)
    return float(value), tape.gradient(value, given).numpy()[0]


def _batch(labels: Any, scores: Any, spec: ModelSpec) -> tuple[Any, Any]:
    truth = np.array(labels, np.uint8)
    truth = truth.reshape(1, -1, truth.shape[-1])
    return truth, np.array(scores, np.float32).reshape(*truth.shape, spec.channels)
