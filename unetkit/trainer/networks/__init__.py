"""Networks by name; each file builds one Keras model from stock layers only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unetkit.contract.spec import ColorOrder, InputSpec, ScoreKind
from unetkit.errors import UsageError
from unetkit.trainer.networks.classic import build_classic
from unetkit.trainer.networks.edge import build_edge


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network and the input it was made for.

    Attributes:
        build: (height or None, width or None, channels, head activation or None) -> Keras model.
        stride: height and width must divide by it.
        scores: what the model gives; `probabilities` when the head's activation is its last layer.
    """

    name: str
    build: Callable[[int | None, int | None, int, str | None], Any]
    stride: int
    color_order: ColorOrder
    scale: float
    zero_point: int
    scores: ScoreKind

    def input_spec(self, size: int) -> InputSpec:
        """The square input of `size` pixels.

        Raises:
            UsageError: the size does not divide by the stride; names the next sizes that do.
        """
        if size < self.stride or size % self.stride:
            lower, upper = size // self.stride * self.stride, (size // self.stride + 1) * self.stride
            offer = f"{lower} or {upper}" if lower else f"{upper}"
            raise UsageError(f"size {size} does not divide by {self.stride}, as {self.name} needs; use {offer}")
        return InputSpec(
            height=size, width=size, color_order=self.color_order, scale=self.scale, zero_point=self.zero_point
        )


NETWORKS = {
    network.name: network
    for network in (
        Network(
            name="edge",
            build=build_edge,
            stride=16,
            color_order="bgr",
            scale=1 / 128,
            zero_point=127,
            scores="logits",
        ),
        Network(
            name="classic",
            build=build_classic,
            stride=16,
            color_order="rgb",
            scale=1 / 255,
            zero_point=0,
            scores="probabilities",
        ),
    )
}
