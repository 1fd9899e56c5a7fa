"""Losses by name, alone or summed with weights: `cross_entropy+0.5*dice`."""

from collections.abc import Callable
from typing import Any

from unetkit.contract.spec import IGNORE_LABEL, ModelSpec
from unetkit.errors import UsageError

Loss = Callable[[Any, Any], Any]  # (labels (N, H, W) integers, scores (N, H, W, C) float32) -> scalar
EPSILON = 1e-6


def make_loss(text: str, spec: ModelSpec, *, dice_false_positives: float = 0.5) -> Loss:
    """The weighted sum that `text` names.

    Args:
        text: names joined by +, each with an optional weight in front: `cross_entropy+0.5*dice`; empty for the
            cross-entropy of the head.
        spec: says whether scores are logits or probabilities, softmax or sigmoid.
        dice_false_positives: see `dice`.

    Raises:
        UsageError: an unknown name, a loss that the head does not have, or a weight that is no positive number.
    """
    multi = spec.head == "softmax"
    table: dict[str, Loss] = {
        "cross_entropy" if multi else "binary_cross_entropy": cross_entropy,
        "dice": lambda labels, log_p: dice(labels, log_p, false_positives=dice_false_positives),
    }
    terms = [_term(part, table, spec.head) for part in (text or next(iter(table))).split("+")]

    def total(labels: Any, scores: Any) -> Any:
        log_p = class_log_probabilities(scores, spec)
        return sum(weight * loss(labels, log_p) for weight, loss in terms)

    return total


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


def cross_entropy(labels: Any, log_p: Any) -> Any:
    """Mean over known pixels of `-log p[label]`; with two classes this is the binary cross-entropy."""
    import tensorflow as tf

    truth, known = _one_hot(labels, log_p)
    return -tf.reduce_sum(truth * log_p) / tf.maximum(tf.reduce_sum(known), 1.0)


def dice(labels: Any, log_p: Any, *, false_positives: float = 0.5) -> Any:
    """`1 - TP / (TP + w FP + (1 - w) FN)`, soft counts over the batch, mean over the classes.

    With w = 0.5 it is the Dice loss (Milletari et al. 2016, arXiv:1606.04797); w balances false positives against
    false negatives (Tversky loss, Salehi et al. 2017, arXiv:1706.05721): above 0.5 false positives cost more.
    """
    import tensorflow as tf

    truth, known = _one_hot(labels, log_p)
    predicted = tf.exp(log_p) * known[..., tf.newaxis]
    both = tf.reduce_sum(truth * predicted, (0, 1, 2))
    wrong = tf.reduce_sum(predicted, (0, 1, 2)) - both
    missed = tf.reduce_sum(truth, (0, 1, 2)) - both
    share = (both + EPSILON) / (both + false_positives * wrong + (1 - false_positives) * missed + EPSILON)
    return 1 - tf.reduce_mean(share)


def _one_hot(labels: Any, log_p: Any) -> tuple[Any, Any]:
    """One-hot truth (zeros where ignored) and the float mask of known pixels."""
    import tensorflow as tf

    labels = tf.cast(labels, tf.int32)
    known = tf.cast(labels != IGNORE_LABEL, tf.float32)
    return tf.one_hot(labels, log_p.shape[-1]), known


def _term(part: str, table: dict[str, Loss], head: str) -> tuple[float, Loss]:
    weight, _, name = part.rpartition("*")
    if name.strip() not in table:
        raise UsageError(f"no loss {name.strip()!r} for a {head} head; there are {', '.join(table)}")
    try:
        factor = float(weight) if weight else 1.0
    except ValueError as error:
        raise UsageError(f"loss weight {weight!r} in {part!r} is not a number; write 0.5*{name.strip()}") from error
    if not 0 < factor < float("inf"):
        raise UsageError(f"loss weight {weight} in {part!r} must be above 0")
    return factor, table[name.strip()]
