"""Learned ranges, brought to the tensors of a converted model.

Converters rename, fuse and split what a network is made of, each in its own way and from version to version. What a
tensor is, its values tell: on one real frame no two layers give the same, but for rounding in float32.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.learnedranges import LearnedRanges
from unetkit.contract.spec import InputSpec
from unetkit.deployment.grids import Grids
from unetkit.deployment.ranges import RANGE_METHODS, Range
from unetkit.deployment.statistics import Activations, Statistics
from unetkit.errors import UsageError, VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.quantisation.recipe import RangeChoice

_SAME = (
    1e-3  # of a tensor's largest value: float32 rounding through all layers is under 1e-5, layers differ by far more
)
_TINY = 1e-30
_FOUND = 0.9  # share of the ranges: a converter may melt a few tensors into others, and then nothing is rounded there


@dataclass(frozen=True, kw_only=True)
class LearnedTensors:
    """What a training learnt about a network's tensors, and how to know them again.

    Attributes:
        ranges: by operation of the network.
        values: float32, of each of these operations on one frame; channels last.
    """

    ranges: Mapping[str, Range]
    values: Activations = field(repr=False)

    def ranges_of(self, tensors: Activations, *, channel_axis: int) -> dict[str, Range]:
        """The learned range of each tensor of a converted model that has one.

        Args:
            tensors: of the model on the same frame.
            channel_axis: of its tensors of rank 4.

        Raises:
            VerificationError: too few of the ranges have a tensor, so the model would not be what was trained.
        """
        operations: dict[str, str] = {}
        for name, value in tensors.items():
            operation = self._operation(value if value.ndim < 4 else np.moveaxis(value, channel_axis, 3))
            if operation is not None:
                operations[name] = operation
        missing = sorted(set(self.ranges) - set(operations.values()))
        if len(missing) > (1 - _FOUND) * len(self.ranges):
            raise VerificationError(
                f"{len(missing)} of {len(self.ranges)} learned ranges have no tensor in the converted model, "
                f"the first is {missing[0]}; export with --ranges minmax"
            )
        return {name: self.ranges[operation] for name, operation in operations.items()}

    def _operation(self, value: NDArray[np.float32]) -> str | None:
        """Whose output this is; None where it is none's."""
        distances = {
            name: float(np.abs(value - own).max()) / (float(np.abs(own).max()) + _TINY)
            for name, own in self.values.items()
            if own.shape == value.shape
        }
        nearest = min(distances, key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= _SAME else None


def learned_tensors(
    network: Any, learned: LearnedRanges, calibration: CalibrationSet, spec: InputSpec
) -> LearnedTensors:
    """What a training learnt, with the network's values on the first calibration frame.

    Args:
        network: as it is exported.
        learned: of its checkpoint.
        calibration: whose first frame every quantiser sees first.
        spec: the network's input.

    Raises:
        VerificationError: the ranges are of another network.
    """
    import keras

    grids = Grids.plan(network)
    if set(grids.names) != set(learned.tensors):
        raise VerificationError("the checkpoint's learned ranges are of another network; train again with --qat")
    outputs = {item.name: item.output for item in network.operations if item.name in grids.of}
    observer = keras.Model(network.inputs[0], outputs)
    values = observer(next(calibration.normalised(spec)), training=False)
    return LearnedTensors(
        ranges={name: learned.tensors[grid] for name, grid in grids.of.items()},
        values={name: np.asarray(value) for name, value in values.items()},
    )


def ranges_by(choice: RangeChoice, statistics: Statistics, learned: LearnedTensors | None) -> dict[str, Range]:
    """The range of every tensor of a converted model; what was not learnt covers all that was seen.

    Args:
        choice: of a recipe, resolved.
        statistics: of the model.
        learned: needed where it is the choice.

    Raises:
        UsageError: there are no learned ranges.
        VerificationError: they do not fit the model.
    """
    for method in RANGE_METHODS:
        if choice == method:
            return statistics.ranges(method)
    if learned is None:
        raise UsageError("the run has learned no ranges: fine-tune it with `unetkit train --qat --resume RUN` first")
    found = learned.ranges_of(statistics.first(), channel_axis=statistics.channel_axis)
    return {**statistics.ranges("minmax"), **found}
