"""Optimisers by name and the schedule at the places that decide it."""

from typing import Any

import pytest

from unetkit.trainer.config import TrainConfig
from unetkit.trainer.optimizers import make_optimizer

pytestmark = pytest.mark.tf


def _made(precision: str = "float32", steps: int = 100, **given: Any) -> Any:
    return make_optimizer(TrainConfig(**given), steps=steps, precision=precision)


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("adam", "Adam"), ("adamw", "AdamW")])
def test_each_name_makes_its_optimizer_with_the_gradient_clipped(name: Any, kind: str) -> None:
    optimizer = _made(optimizer=name, schedule="constant", lr=0.25)
    assert type(optimizer).__name__ == kind
    assert float(optimizer.learning_rate) == 0.25
    assert optimizer.global_clipnorm == 5.0


def test_sgd_has_momentum() -> None:
    assert _made(optimizer="sgd").momentum == 0.9


def test_weights_decay_and_biases_and_norms_do_not() -> None:
    import keras

    optimizer = _made(optimizer="adamw", schedule="constant", lr=0.5, weight_decay=0.125)
    names = ("kernel", "bias", "gamma", "beta")
    variables = [keras.Variable([1.0], name=name) for name in names]
    optimizer.apply([keras.ops.zeros((1,))] * 4, variables)
    # Without a gradient Adam moves nothing; decay takes lr * decay of the weight: 1 - 0.0625.
    assert [float(variable.value[0]) for variable in variables] == pytest.approx([0.9375, 1, 1, 1])


def test_float16_scales_its_loss_and_nothing_else_does() -> None:
    assert type(_made("mixed_float16")).__name__ == "LossScaleOptimizer"
    for precision in ("float32", "mixed_bfloat16"):
        assert type(_made(precision)).__name__ == "AdamW"


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (0, 0.01),  # a hundredth
        (5, 1.0),  # warm-up is a twentieth of 100 steps
        (4, 0.01 + 0.99 * 4 / 5),  # linear before
        (5 + 95 // 5, 0.5 + 0.5 * 0.8090169943749475),  # a fifth of the cosine: cos(pi / 5)
        (100, 0.0),
    ],
)
def test_the_cosine_schedule_at_its_corners(step: int, share: float) -> None:
    optimizer = _made(lr=0.004, steps=100)
    schedule = optimizer._learning_rate
    # The cosine is computed in float32.
    assert float(schedule(step)) == pytest.approx(0.004 * share, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_the_shortest_trainings_have_a_schedule(steps: int) -> None:
    schedule = _made(steps=steps)._learning_rate
    assert all(float(schedule(step)) >= 0 for step in range(steps + 1))
