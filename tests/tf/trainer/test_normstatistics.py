"""Batch-norm statistics are the averages over batches, and held ones stay."""

from typing import Any

import numpy as np
import pytest

from unetkit.contract.spec import InputSpec
from unetkit.trainer.cpulayers import for_cpu
from unetkit.trainer.normstatistics import batch_norms, estimate, freeze

pytestmark = pytest.mark.tf

SPEC = InputSpec(height=4, width=4, scale=0.5, zero_point=2)


def _network(*, fast: bool) -> Any:
    import keras
    from keras import layers

    frame = layers.Input((4, 4, 3))
    network = keras.Model(frame, layers.BatchNormalization(name="norm")(frame))
    return for_cpu(network) if fast else network


@pytest.mark.parametrize("fast", [False, True])
def test_they_are_the_averages_over_the_batches(fast: bool) -> None:
    network = _network(fast=fast)
    batches = [np.random.default_rng(seed).integers(0, 256, (2, 4, 4, 3), np.uint8) for seed in range(3)]
    estimate(network, batches, SPEC)
    seen = [(batch.astype(np.float64) - 2) * 0.5 for batch in batches]
    (norm,) = batch_norms(network)
    np.testing.assert_allclose(norm.moving_mean, np.mean([x.mean((0, 1, 2)) for x in seen], 0), rtol=1e-5)
    # TensorFlow's kernel divides by 31 where Keras divides by 32 values.
    expected = np.mean([x.var((0, 1, 2), ddof=1 if fast else 0) for x in seen], 0)
    np.testing.assert_allclose(norm.moving_variance, expected, rtol=1e-4)
    assert norm.momentum == 0.99  # as before


def test_held_norms_keep_theirs() -> None:
    network = _network(fast=True)
    freeze(batch_norms(network))
    estimate(network, [np.full((1, 4, 4, 3), 9, np.uint8)], SPEC)
    (norm,) = batch_norms(network)
    np.testing.assert_array_equal(norm.moving_mean, np.zeros(3))
    assert network.trainable_variables == []
