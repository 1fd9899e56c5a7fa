"""Distillation: a small network learns a large one's probabilities, not only the labels."""

from typing import Any


def distillation(teacher_log_p: Any, log_p: Any, known: Any, temperature: float) -> Any:
    """`T^2 * mean over known pixels of sum_c q_c log(q_c / p_c)`, the divergence of the student p from the teacher q.

    Both are softened by T: p_c ~ exp(log p_c / T), which is the softmax of the logits divided by T (Hinton et al. 2015,
    arXiv:1503.02531, section 2, whose T^2 keeps the gradients' size when T changes). No gradient goes to the teacher.

    Args:
        teacher_log_p: logarithms of the teacher's class probabilities, float32 (N, H, W, classes), as
            `class_log_probabilities` gives them: a binary head is two classes.
        log_p: the student's, alike.
        known: (N, H, W), above 0 or True where a pixel counts.
        temperature: T > 0; 1 leaves the probabilities as they are, more makes them flatter.

    Returns:
        A float32 scalar, at least 0; 0 where no pixel is known.
    """
    import tensorflow as tf

    teacher = tf.nn.log_softmax(tf.stop_gradient(teacher_log_p) / temperature)
    student = tf.nn.log_softmax(log_p / temperature)
    divergence = tf.reduce_sum(tf.exp(teacher) * (teacher - student), -1)
    counted = tf.cast(known, tf.float32)
    return temperature**2 * tf.math.divide_no_nan(tf.reduce_sum(counted * divergence), tf.reduce_sum(counted))
