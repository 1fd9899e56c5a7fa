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

    def input_spec(self, size: int, *, halved: bool = False) -> InputSpec:
        """The square input of `size` pixels.

        Args:
            size: of both sides.
            halved: some epochs train at half the size, so that has to divide, too.

        Raises:
            UsageError: it does not divide; names the next sizes that do.
        """
        step = 2 * self.stride if halved else self.stride
        if size % step or not size:
            lower, upper = size // step * step, (size // step + 1) * step
            offer = f"{lower} or {upper}" if lower else f"{upper}"
            why = f"{self.name} needs{' when it trains at half the size first' if halved else ''}"
            raise UsageError(f"size {size} does not divide by {step}, as {why}; use {offer}")
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
