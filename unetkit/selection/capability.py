"""Which networks are candidates, and what each is able to: measured, or not yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from unetkit.errors import UsageError
from unetkit.trainer.networks import NETWORKS

# From the least to the most capable at one size. The other networks are no candidates by themselves; `--network`
# takes any.
CANDIDATE_NETWORKS = ("edge-nano", "edge-small", "edge", "lite0")
# Every network can be trained at these, at half the size first as well: multiples of 64.
CANDIDATE_SIZES = (128, 192, 256)

# Mean IoU of the int8 artifact over the three classes of the Oxford-IIIT Pet set, validation split of a training with
# the network's recipe, scored at the pictures' own size; by network and input size.
MEASURED_MIOU: Mapping[tuple[str, int], float] = {}


@dataclass(frozen=True, kw_only=True, order=True)
class Candidate:
    """A network at an input size (height and width in pixels)."""

    network: str
    size: int

    @property
    def settings(self) -> dict[str, str | int]:
        """As settings of a training."""
        return {"network": self.network, "size": self.size}

    def __str__(self) -> str:
        return f"{self.network} at {self.size}"


def candidates(network: str | None = None, size: int | None = None) -> tuple[Candidate, ...]:
    """The networks to choose from, small before large.

    Args:
        network: only this one.
        size: only this one; networks that cannot take it are left out.

    Raises:
        UsageError: no network can take the size.
    """
    sizes = CANDIDATE_SIZES if size is None else (size,)
    chosen: list[Candidate] = []
    refusal: UsageError | None = None
    for name in CANDIDATE_NETWORKS if network is None else (network,):
        for side in sizes:
            try:
                NETWORKS[name].input_spec(side)
            except UsageError as error:
                refusal = error
            else:
                chosen.append(Candidate(network=name, size=side))
    if refusal is not None and not chosen:
        raise refusal
    return tuple(chosen)
