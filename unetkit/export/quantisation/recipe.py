"""Recipe: every choice that turns one float network into one int8 model."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from unetkit.contract.spec import Scalar
from unetkit.deployment.ranges import RangeMethod
from unetkit.errors import UsageError

RangeChoice = RangeMethod | Literal["learned", "auto"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to quantise.

    Attributes:
        ranges: what the activations' ranges are chosen by; `learned` by a quantisation-aware training, `auto` is that
            where there was one, else minmax.
        per_channel: weights have a scale for each output channel; else one a layer.
        bias_correction: shift each bias by the mean error that the rounded weights make on calibration frames.
        float_layers: names of layers that are left in float.
    """

    ranges: RangeChoice = "minmax"
    per_channel: bool = True
    bias_correction: bool = False
    float_layers: tuple[str, ...] = ()

    def resolved(self, *, learned: bool) -> "Recipe":
        """What `auto` is for a checkpoint.

        Raises:
            UsageError: it has no learned ranges, and was asked for them.
        """
        if self.ranges == "learned" and not learned:
            raise UsageError(
                "the run has learned no ranges: fine-tune it with `unetkit train --qat --resume RUN` first"
            )
        if self.ranges != "auto":
            return self
        return replace(self, ranges="learned" if learned else "minmax")

    def __str__(self) -> str:
        words = [self.ranges, "per channel" if self.per_channel else "per tensor"]
        if self.bias_correction:
            words.append("bias corrected")
        if self.float_layers:
            words.append(f"{len(self.float_layers)} in float")
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def provenance(self) -> dict[str, Scalar]:
        """What an artifact's spec says about it."""
        return {
            "quantisation_ranges": self.ranges,
            "quantisation_per_channel": self.per_channel,
            "quantisation_bias_correction": self.bias_correction,
            "quantisation_float_layers": len(self.float_layers),
        }


DEFAULT_RECIPE = Recipe()
AUTO_RECIPE = Recipe(ranges="auto")
