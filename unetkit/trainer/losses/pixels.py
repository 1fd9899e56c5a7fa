"""What every loss looks at: log-probabilities, one-hot truth, and which pixels are known."""

from dataclasses import dataclass
from typing import Any

from unetkit.contract.spec import IGNORE_LABEL, ModelSpec

EPSILON = 1e-6


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """A batch as the losses see it; a binary head is two classes here, background and object.

    Attributes:
        truth: one-hot labels, float32 (N, H, W, classes) of 0 and 1; all 0 where the label is ignored.
        known: float32 (N, H, W): 0 where the label is ignored, else 1.
        log_p: natural logarithm of the class probabilities, float32 (N, H, W, classes), at most 0.
    """

    truth: Any
    known: Any
    log_p: Any

    @classmethod
    def of(cls, labels: Any, scores: Any, spec: ModelSpec) -> "Pixels":
        """From labels (N, H, W), integers, and scores (N, H, W, spec.channels) of the spec's kind."""
        import tensorflow as tf

        labels = tf.cast(labels, tf.int32)
        log_p = class_log_probabilities(scores, spec)
        return cls(
            truth=tf.one_hot(labels, len(spec.classes)),  # no row for 255: all zeros
            known=tf.cast(labels != IGNORE_LABEL, tf.float32),
            log_p=log_p,
        )

    def weights(self, class_weights: tuple[float, ...]) -> Any:
        """Weight of each pixel, float32 (N, H, W): its label's, 1 where none are given, 0 where ignored."""
        import tensorflow as tf

        return tf.reduce_sum(self.truth * class_weights, -1) if class_weights else self.known

    def mean(self, values: Any, class_weights: tuple[float, ...]) -> Any:
        """Weighted mean `sum(w v) / sum(w)` of values (N, H, W); 0 where every weight is 0."""
        import tensorflow as tf

        weights = self.weights(class_weights)
        return tf.math.divide_no_nan(tf.reduce_sum(weights * values), tf.reduce_sum(weights))


def class_log_probabilities(scores: Any, spec: ModelSpec) -> Any:
    """Scores of any kind -> log p, float32 (N, H, W, classes); a binary head becomes two classes.

    From logits it is exact however sure the network is; probabilities are cut off below at EPSILON.
    """
    import tensorflow as tf

    scores = tf.cast(scores, tf.float32)
    if spec.scores == "probabilities":
        probabilities = scores if spec.head == "softmax" else tf.concat([1 - scores, scores], -1)
        return tf.math.log(tf.clip_by_value(probabilities, EPSILON, 1.0))
    if spec.head == "softmax":
        return tf.nn.log_softmax(scores)
    return tf.math.log_sigmoid(tf.concat([-scores, scores], -1))


def mean_over_present_classes(values: Any, present: Any) -> Any:
    """Mean of the values (classes,) where `present` (classes,) is True; 0 where none is."""
    import tensorflow as tf

    counted = tf.cast(present, tf.float32)
    return tf.math.divide_no_nan(tf.reduce_sum(counted * values), tf.reduce_sum(counted))
