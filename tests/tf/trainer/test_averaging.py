"""The moving average of the weights, by hand."""

import numpy as np
import pytest

from unetkit.trainer.averaging import WeightAverage

pytestmark = pytest.mark.tf


def test_the_average_follows_with_a_decay_that_warms_up() -> None:
    import keras

    variable = keras.Variable(np.zeros(2, np.float32))
    average = WeightAverage([variable], decay=0.25)
    variable.assign([10.0, -20.0])
    average.update()  # decay (1 + 1) / (10 + 1) = 2/11: 9/11 of the new weight
    with average.in_place():
        np.testing.assert_allclose(variable, [90 / 11, -180 / 11], rtol=1e-6)
    np.testing.assert_allclose(variable, [10.0, -20.0])
    average.update()  # decay min(1/4, 3/12): 1/4 of 90/11 and 3/4 of 10
    with average.in_place():
        np.testing.assert_allclose(variable, [105 / 11, -210 / 11], rtol=1e-6)


def test_the_weights_come_back_also_after_an_error() -> None:
    import keras

    variable = keras.Variable(np.zeros(1, np.float32))
    average = WeightAverage([variable], decay=0.9)
    variable.assign([1.0])
    with pytest.raises(KeyboardInterrupt), average.in_place():
        raise KeyboardInterrupt
    np.testing.assert_array_equal(variable, [1.0])
