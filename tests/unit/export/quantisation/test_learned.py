"""Learned ranges find their tensors by what these hold, whatever a converter called them."""

import numpy as np
import pytest

from unetkit.deployment.statistics import Statistics
from unetkit.errors import UsageError, VerificationError
from unetkit.export.quantisation.learned import LearnedTensors, ranges_by
from unetkit.export.quantisation.recipe import Recipe

RANDOM = np.random.default_rng(0)
VALUES = {
    "relu": RANDOM.uniform(0, 1, (1, 4, 4, 8)).astype(np.float32),
    "add": RANDOM.uniform(-1, 1, (1, 4, 4, 8)).astype(np.float32),
    "pooled": RANDOM.uniform(0, 1, (1, 8)).astype(np.float32),
}
LEARNED = LearnedTensors(ranges={"relu": (0.0, 0.9), "add": (-0.8, 0.7), "pooled": (0.0, 0.5)}, values=VALUES)


def test_a_tensor_has_the_range_of_the_layer_that_gives_the_same() -> None:
    rounding = 1 + RANDOM.uniform(-1e-5, 1e-5, (1, 4, 4, 8)).astype(np.float32)
    model = {"x;y": VALUES["add"] * rounding, "17": VALUES["relu"], "z": VALUES["pooled"]}
    assert LEARNED.ranges_of(model, channel_axis=3) == {"x;y": (-0.8, 0.7), "17": (0.0, 0.9), "z": (0.0, 0.5)}


def test_channels_may_come_first() -> None:
    model = {name: np.moveaxis(value, 3, 1) if value.ndim == 4 else value for name, value in VALUES.items()}
    assert LEARNED.ranges_of(model, channel_axis=1) == LEARNED.ranges


def test_a_tensor_of_other_values_has_none() -> None:
    model = {**VALUES, "before": VALUES["relu"] - 0.1, "twice": 2 * VALUES["add"]}
    assert LEARNED.ranges_of(model, channel_axis=3) == LEARNED.ranges


def test_a_model_that_lacks_the_learned_tensors_is_refused() -> None:
    with pytest.raises(VerificationError, match=r"2 of 3 learned ranges have no tensor .* the first is add"):
        LEARNED.ranges_of({"relu": VALUES["relu"]}, channel_axis=3)


def test_what_was_not_learnt_covers_all_that_was_seen() -> None:
    other = np.linspace(-2, 5, 12, dtype=np.float32).reshape(1, 12)
    statistics = Statistics(lambda: [{**VALUES, "inner": other}], channel_axis=3)
    assert ranges_by("learned", statistics, LEARNED) == {**LEARNED.ranges, "inner": (-2.0, 5.0)}
    assert ranges_by("minmax", statistics, LEARNED)["add"] == pytest.approx((VALUES["add"].min(), VALUES["add"].max()))
    with pytest.raises(UsageError, match="has learned no ranges: fine-tune it with `unetkit train --qat --resume RUN`"):
        ranges_by("learned", statistics, None)


@pytest.mark.parametrize(
    ("asked", "learned", "given"),
    [
        ("auto", True, "learned"),
        ("auto", False, "minmax"),
        ("learned", True, "learned"),
        ("mse", True, "mse"),
        ("minmax", False, "minmax"),
    ],
)
def test_auto_is_learned_where_there_is_something_learnt(asked: str, learned: bool, given: str) -> None:
    recipe = Recipe(ranges=asked, per_channel=False)  # type: ignore[arg-type]
    assert recipe.resolved(learned=learned) == Recipe(ranges=given, per_channel=False)  # type: ignore[arg-type]


def test_learned_ranges_that_are_not_there_are_refused() -> None:
    with pytest.raises(UsageError, match="has learned no ranges"):
        Recipe(ranges="learned").resolved(learned=False)
