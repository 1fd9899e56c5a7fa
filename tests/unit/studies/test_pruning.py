"""What the study of pruning does to a kernel."""

import numpy as np
import pytest

from unetkit.studies.pruning import clustered, pruned

KERNEL = np.array([[0.1, -0.4, 0.2, -0.3, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("share", "left"), [(0.0, [0.1, -0.4, 0.2, -0.3, 0.5]), (0.4, [0, -0.4, 0, -0.3, 0.5]), (0.8, [0, 0, 0, 0, 0.5])]
)
def test_the_smallest_magnitudes_go_first(share: float, left: list[float]) -> None:
    np.testing.assert_array_equal(pruned(KERNEL, share), np.array([left], np.float32))


def test_as_many_values_are_left_as_were_asked_for_and_each_is_its_members_mean() -> None:
    kernel = np.array([[1.0, 1.2, 5.0], [5.2, 5.4, 1.1]], np.float32)
    expected = np.array([[1.1, 1.1, 5.2], [5.2, 5.2, 1.1]], np.float32)
    np.testing.assert_allclose(clustered(kernel, 2), expected, rtol=1e-6)


def test_a_kernel_of_fewer_values_stays_as_it_is() -> None:
    np.testing.assert_array_equal(clustered(np.eye(3, dtype=np.float32), 2), np.eye(3, dtype=np.float32))
