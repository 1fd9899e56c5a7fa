"""Which layers int8 hurts most: each is quantised alone, and the noise that the scores then carry is measured.

Comparing every layer's own activations in a fully quantised network would be quicker, but what a layer adds is mixed
there with what it was given, and a noisy map may hardly matter to the scores.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unetkit.contract.arrays import Scores
from unetkit.export.quantisation.quantiser import Quantiser
from unetkit.export.quantisation.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class LayerNoise:
    """What one layer in int8 does to the scores.

    Attributes:
        layer: its name in the format.
        sqnr_db: signal-to-quantisation-noise ratio of the scores, in decibels; the lower, the more it hurts.
    """

    layer: str
    sqnr_db: float

    def __str__(self) -> str:
        return f"{self.layer} ({self.sqnr_db:.1f} dB)"


def rank_layers(
    quantiser: Quantiser,
    recipe: Recipe,
    *,
    scores_of: Callable[[bytes], Sequence[Scores]],
    expected: Sequence[Scores],
    on_layer: Callable[[int, int], None],
) -> tuple[LayerNoise, ...]:
    """The layers that are quantised under the recipe, the one that hurts most first.

    Args:
        quantiser: of the network.
        recipe: how each layer is quantised.
        scores_of: runs a model file over some frames.
        expected: the float network's scores on the same frames.
        on_layer: told how many layers of how many are done.
    """
    noises = []
    for done, layer in enumerate(quantiser.layers):
        on_layer(done, len(quantiser.layers))
        others = tuple(name for name in quantiser.layers if name != layer)
        given = scores_of(quantiser.content(replace(recipe, float_layers=others)))
        noises.append(LayerNoise(layer=layer, sqnr_db=sqnr_db(expected, given)))
    return tuple(sorted(noises, key=lambda item: item.sqnr_db))


def sqnr_db(expected: Sequence[Scores], given: Sequence[Scores]) -> float:
    """`10 log10(sum expected^2 / sum (given - expected)^2)` over all frames."""
    signal = sum(float(np.square(item, dtype=np.float64).sum()) for item in expected)
    noise = sum(
        float(np.square(answer - truth, dtype=np.float64).sum()) for answer, truth in zip(given, expected, strict=True)
    )
    return float(10 * np.log10(signal / noise)) if noise and signal else float("inf")
