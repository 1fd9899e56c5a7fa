"""Augmentation in the graph: pictures, masks and a teacher's probabilities go through the same chances together."""

from unetkit.trainer.augmentation.composition import augment, halve

__all__ = ["augment", "halve"]
