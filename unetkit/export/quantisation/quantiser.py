"""Quantiser: one float network that can be written in int8 by any recipe."""

from typing import Protocol

from unetkit.export.quantisation.recipe import Recipe


class Quantiser(Protocol):
    """What the search works with, whatever the format."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that a recipe may leave in float, in the order they compute."""

    def content(self, recipe: Recipe) -> bytes:
        """The model file's bytes, without a spec.

        Raises:
            VerificationError: the input did not get the spec's scale and zero point.
        """
