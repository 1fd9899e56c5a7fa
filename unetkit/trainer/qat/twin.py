"""The twin of a trained network that computes as its int8 artifacts will: folded, and rounded where they round."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.learnedranges import LearnedRanges
from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import ModelSpec
from unetkit.deployment.grids import Grids
from unetkit.deployment.network import for_inference
from unetkit.deployment.statistics import Activations, Statistics
from unetkit.errors import ArtifactError
from unetkit.trainer.qat.layers import rounding_layers

_NARROWEST = 1e-3  # of a tensor that is 0 on every calibration frame


class QuantisedTwin:
    """A network that trains rounded.

    Args:
        model: trained Keras model; left as it is.
        spec: its.
        per_channel: round weights with a scale for each output channel; else one a layer.

    Raises:
        UsageError: the model has layers of which it is not known where int8 rounds them.
    """

    def __init__(self, model: Any, spec: ModelSpec, *, per_channel: bool) -> None:
        self._spec, self._per_channel = spec, per_channel
        self._folded = folded(model, spec)
        self._grids = Grids.plan(self._folded)
        self._roundings: dict[str, Any] = {name: rounding_layers()["Rounding"]() for name in self._grids.names}
        self.network = self._rounded_clone()
        self.take(self._folded)

    def take(self, network: Any) -> None:
        """Take over the weights of a folded network."""
        for layer in network.layers:
            if layer.weights:
                self.network.get_layer(layer.name).set_weights(layer.get_weights())

    def calibrate(self, frames: Iterable[NDArray[np.uint8]]) -> None:
        """Start with the ranges that lose least on frames of the training, uint8 (H, W, 3) each."""
        import keras

        rounded = self._grids.rounded
        tensors = {item.name: item.output for item in self._folded.operations if item.name in rounded}
        observer = keras.Model(self._folded.inputs[0], tensors)
        shown = [normalise(frame[np.newaxis].astype(np.float32), self._spec.input) for frame in frames]

        def observe() -> Iterator[Activations]:
            for frame in shown:
                yield {name: np.asarray(value) for name, value in observer(frame, training=False).items()}

        found = Statistics(observe, channel_axis=3).ranges("mse")
        for grid, rounding in self._roundings.items():
            ends = [found[name] for name, own in rounded.items() if own == grid]
            low, high = min(low for low, _ in ends), max(high for _, high in ends)
            rounding.cover(low, max(high, low + _NARROWEST))

    def ranges(self) -> LearnedRanges:
        """As they have been learnt."""
        tensors = {name: rounding.range for name, rounding in self._roundings.items()}
        return LearnedRanges(per_channel=self._per_channel, tensors=tensors)

    def restore(self, model: Any, ranges: LearnedRanges) -> None:
        """Be the twin of a checkpoint again.

        Raises:
            ArtifactError: the ranges are of another network.
        """
        if set(ranges.tensors) != set(self._roundings):
            raise ArtifactError("the checkpoint's learned ranges are of another network; train again")
        self.take(folded(model, self._spec))
        for name, rounding in self._roundings.items():
            rounding.cover(*ranges.tensors[name])

    def _rounded_clone(self) -> Any:
        import keras

        stand_ins = rounding_layers()

        def clone(layer: Any) -> Any:
            twin = stand_ins.get(type(layer).__name__, type(layer)).from_config(layer.get_config())
            if hasattr(twin, "per_channel"):
                twin.per_channel = self._per_channel
            return twin

        def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
            given = layer(*args, **kwargs)
            grid = self._grids.rounded.get(layer.name)
            return given if grid is None else self._roundings[grid](given)

        cloned = keras.models.clone_model(self._folded, clone_function=clone, call_function=call)
        return keras.Model(cloned.inputs[0], cloned.outputs[0])


def folded(model: Any, spec: ModelSpec) -> Any:
    """The network as it is exported, but in its own colour order."""
    return for_inference(model, replace(spec.input, color_order="bgr"))
