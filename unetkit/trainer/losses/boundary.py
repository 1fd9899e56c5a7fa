"""Boundary loss: the F1 score of edges, made smooth."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.dilation import dilate
from unetkit.trainer.losses.option import OddNumber, option
from unetkit.trainer.losses.pixels import Pixels, mean_over_present_classes


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """`1 - 2 P R / (P + R)`, mean over the classes that have an edge in the batch (a part: add it to a pixel loss).

    Bokhovkin & Burnaev 2019, arXiv:1905.07852. With pool_k the largest value in a k x k window, p the
    probability and g the truth of a class:

        edge of x         x_b = pool_width(1 - x) - (1 - x)
        precision         P = (1 + sum p_b * pool_tolerance(g_b)) / (1 + sum p_b)
        recall            R = (1 + sum g_b * pool_tolerance(p_b)) / (1 + sum g_b)

    The sums run over the batch's known pixels, where they take a picture at a time; the 1 is one pixel, so that a
    prediction without an edge has a slope. The edge of the picture and of an ignored area is no edge.

    Attributes:
        width: window in pixels that finds an edge: one of 3 is a line 1 pixel wide inside the class.
        tolerance: window in pixels within which edges match; at most the distance of edges that must not.
    """

    width: int = option(3, OddNumber(3, 31))
    tolerance: int = option(5, OddNumber(3, 31))

    def __call__(self, pixels: Pixels) -> Any:
        import tensorflow as tf

        # (N, classes, H, W) from here on: dilating is faster so.
        known = pixels.known[:, tf.newaxis]
        true_edge = self._edge(tf.transpose(1 - pixels.truth, (0, 3, 1, 2)), known)
        edge = self._edge(tf.transpose(-tf.math.expm1(pixels.log_p), (0, 3, 1, 2)), known)
        occurs = tf.reduce_sum(true_edge, (0, 2, 3))
        near_truth = tf.reduce_sum(edge * dilate(true_edge, self.tolerance), (0, 2, 3))
        found = tf.reduce_sum(true_edge * dilate(edge, self.tolerance), (0, 2, 3))
        precision = (1 + near_truth) / (1 + tf.reduce_sum(edge, (0, 2, 3)))
        recall = (1 + found) / (1 + occurs)
        return mean_over_present_classes(1 - 2 * precision * recall / (precision + recall), occurs > 0)

    def _edge(self, outside: Any, known: Any) -> Any:
        """Edge (N, classes, H, W) from how much a pixel is outside its class; an ignored one is outside of none."""
        outside = outside * known
        return (dilate(outside, self.width) - outside) * known
