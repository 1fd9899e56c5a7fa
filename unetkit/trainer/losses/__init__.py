"""Losses by name, with options, alone or summed with weights: `cross_entropy(weights=1:1:2)+0.5*dice`."""

from unetkit.trainer.losses.distillation import distillation
from unetkit.trainer.losses.pixels import class_log_probabilities
from unetkit.trainer.losses.weighted_sum import LOSSES, Loss, make_loss

__all__ = ["LOSSES", "Loss", "class_log_probabilities", "distillation", "make_loss"]
