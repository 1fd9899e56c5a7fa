"""The noise that each layer makes alone, with models that are only names."""

import numpy as np
import pytest

from unetkit.contract.arrays import Scores
from unetkit.export.quantisation.ranking import rank_layers, sqnr_db
from unetkit.export.quantisation.recipe import Recipe


class NamedQuantiser:
    """A model file is the list of its layers in int8; layer b is noisiest, then c."""

    layers = ("a", "b", "c")

    def content(self, recipe: Recipe) -> bytes:
        assert recipe.ranges == "mse"
        return ",".join(name for name in self.layers if name not in recipe.float_layers).encode()


def test_each_layer_is_quantised_alone_and_the_noisiest_comes_first() -> None:
    expected = [np.full((1, 1, 2), 10.0, np.float32)]
    error = {"a": 0.01, "b": 10.0, "c": 1.0}
    seen: list[tuple[int, int]] = []

    def scores_of(content: bytes) -> list[Scores]:
        return [expected[0] + np.float32(error[content.decode()])]

    ranking = rank_layers(
        NamedQuantiser(),
        Recipe(ranges="mse"),
        scores_of=scores_of,
        expected=expected,
        on_layer=lambda done, layers: seen.append((done, layers)),
    )
    assert [(item.layer, round(item.sqnr_db)) for item in ranking] == [("b", 0), ("c", 20), ("a", 60)]
    assert seen == [(0, 3), (1, 3), (2, 3)]
    assert str(ranking[1]) == "c (20.0 dB)"


@pytest.mark.parametrize(
    ("expected", "given", "decibels"),
    [
        ([[3.0, 4.0]], [[3.0, 4.5]], 20.0),  # 25 to 0.25
        ([[1.0], [1.0]], [[1.0], [2.0]], 10 * np.log10(2)),  # over all frames together
        ([[1.0]], [[1.0]], float("inf")),
        ([[0.0]], [[1.0]], float("inf")),  # no signal to compare with
    ],
)
def test_signal_to_noise_in_decibels(expected: list[list[float]], given: list[list[float]], decibels: float) -> None:
    truth, answer = ([np.array(item, np.float32) for item in items] for items in (expected, given))
    assert sqnr_db(truth, answer) == pytest.approx(decibels)
