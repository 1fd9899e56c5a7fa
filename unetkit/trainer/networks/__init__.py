"""Networks by name; each builds one Keras model from stock layers only."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from unetkit.contract.spec import ColorOrder, InputSpec, ScoreKind
from unetkit.errors import UsageError
from unetkit.trainer.networks.applications import build_application
from unetkit.trainer.networks.classic import build_classic
from unetkit.trainer.networks.edge import build_edge
from unetkit.trainer.networks.encoders.applications import APPLICATIONS, SMALLEST
from unetkit.trainer.networks.encoders.edge import DEPTHS
from unetkit.trainer.networks.encoders.lite import LITES
from unetkit.trainer.networks.lite import build_lite
from unetkit.trainer.networks.lite0_detail import build_lite0_detail


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network and the input it was made for.

    Attributes:
        builder: (height or None, width or None, channels, head activation or None, multiplier=, depth=) -> Keras model.
        multiplier: of the filters, in front of any that is asked for.
        depths: how often it can halve its input; the last is what it does where nothing else is asked for.
        scores: what the model gives; `probabilities` when the head's activation is its last layer.
        pretrained: `weights = "imagenet"` is possible, so the multiplier is of the decoder's filters alone.
        smallest: input size in pixels that it can be built for.
        dense: its convolutions all mix all channels; none is depthwise. Such a network is the faster in bfloat16 also
            on a CPU that multiplies it.
    """

    name: str
    builder: Callable[..., Any]
    multiplier: float = 1.0
    depths: tuple[int, ...] = (2, 3, 4)
    color_order: ColorOrder = "bgr"
    scale: float = 1 / 128
    zero_point: int = 127
    scores: ScoreKind = "logits"
    pretrained: bool = False
    smallest: int = 1
    dense: bool = False

    def build(
        self,
        height: int | None,
        width: int | None,
        channels: int,
        activation: str | None,
        *,
        multiplier: float = 1.0,
        depth: int = 0,
    ) -> Any:
        """The Keras model from float32 (N, height, width, 3) to (N, height, width, channels), `activation` applied.

        Args:
            height: in pixels; None leaves it open.
            width: in pixels; None leaves it open.
            channels: of the scores.
            activation: softmax or sigmoid; None gives logits.
            multiplier: of the filters.
            depth: how often the input is halved; 0 for the network's own.

        Raises:
            UsageError: it has no such depth.
        """
        shape = {"multiplier": self.multiplier * multiplier, "depth": self.depth(depth)}
        return self.builder(height, width, channels, activation, **shape)

    def depth(self, wanted: int = 0) -> int:
        """`wanted`, or its own for 0.

        Raises:
            UsageError: it has no such depth.
        """
        depth = wanted or self.depths[-1]
        if depth not in self.depths:
            raise UsageError(f"{self.name} has no depth {depth}; there are {', '.join(map(str, self.depths))}")
        return depth

    def input_spec(self, size: int, *, depth: int = 0, halved: bool = False) -> InputSpec:
        """The square input of `size` pixels.

        Args:
            size: of both sides.
            depth: how often the network halves it; 0 for its own.
            halved: some epochs train at half the size, so that has to divide, too.

        Raises:
            UsageError: it does not divide, or is too small; names the next sizes that will do.
        """
        stride = 2 ** self.depth(depth)
        step = 2 * stride if halved else stride
        if 0 < size < self.smallest:
            raise UsageError(f"size {size} is too small for {self.name}; use {-(-self.smallest // step) * step}")
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
        Network(name="edge-nano", builder=build_edge, multiplier=0.4, depths=DEPTHS),
        Network(name="edge-small", builder=build_edge, multiplier=0.7, depths=DEPTHS),
        Network(name="edge", builder=build_edge, depths=DEPTHS),
        *(
            Network(name=name, builder=partial(build_lite, name), depths=(3, 4, 5), color_order="rgb", pretrained=True)
            for name in LITES
        ),
        Network(name="lite0-detail", builder=build_lite0_detail, depths=(4, 5, 6), color_order="rgb", pretrained=True),
        *(
            Network(
                name=name,
                builder=partial(build_application, name),
                depths=(3, 4, 5),
                color_order="rgb",
                pretrained=True,
                smallest=SMALLEST,
            )
            for name in APPLICATIONS
        ),
        Network(
            name="classic",
            builder=build_classic,
            depths=(1, 2, 3, 4),
            color_order="rgb",
            scale=1 / 255,
            zero_point=0,
            scores="probabilities",
            dense=True,
        ),
    )
}
