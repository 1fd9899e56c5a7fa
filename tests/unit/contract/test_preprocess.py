"""Frames and masks fitted into the tensor; every expected number is hand arithmetic or plain numpy."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.preprocess import Placement, normalise, place, preprocess, preprocess_labels
from unetkit.contract.spec import IGNORE_LABEL, InputSpec
from unetkit.errors import DataError


def _noise(hw: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*hw, 3), dtype=np.uint8)


def _boxed(height: int, width: int) -> InputSpec:
    return InputSpec(height=height, width=width, fit="letterbox")


@pytest.mark.parametrize(
    ("frame_hw", "spec", "rectangle"),  # top, left, height, width
    [
        ((720, 1280), InputSpec(height=128, width=128), (0, 0, 128, 128)),
        ((720, 1280), _boxed(128, 128), (28, 0, 72, 128)),  # 720 * 128 / 1280 = 72, (128 - 72) / 2 = 28
        ((1280, 720), _boxed(128, 128), (0, 28, 128, 72)),
        ((500, 333), _boxed(128, 96), (0, 5, 128, 85)),  # ratio .256: 333 * .256 = 85.2; (96 - 85) // 2 = 5
        ((64, 64), _boxed(128, 128), (0, 0, 128, 128)),
        ((9, 16), _boxed(8, 12), (0, 0, 7, 12)),  # ratio .75: 6.75 -> 7, and 1 row is left for the bottom
        ((1, 1), _boxed(8, 12), (0, 2, 8, 8)),
        ((1, 10_000), _boxed(8, 12), (3, 0, 1, 12)),  # never thinner than a pixel
        ((10_000, 1), _boxed(8, 12), (0, 5, 8, 1)),
        ((3, 3), _boxed(8192, 1), (4095, 0, 1, 1)),
    ],
)
def test_a_frame_lies_where_arithmetic_puts_it(
    frame_hw: tuple[int, int], spec: InputSpec, rectangle: tuple[int, int, int, int]
) -> None:
    top, left, height, width = rectangle
    expected = Placement(frame_hw=frame_hw, tensor_hw=spec.hw, top=top, left=left, height=height, width=width)
    assert place(frame_hw, spec) == expected


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_a_frame_of_the_input_size_passes_untouched(fit: Any) -> None:
    frame = _noise((8, 12))
    tensor, placement = preprocess(frame, InputSpec(height=8, width=12, fit=fit))
    assert tensor.shape == (1, 8, 12, 3)
    assert tensor.dtype == np.uint8
    np.testing.assert_array_equal(tensor[0], frame)
    assert (placement.top, placement.left, placement.height, placement.width) == (0, 0, 8, 12)


@pytest.mark.parametrize("zero_point", [0, 127, 255])
def test_letterbox_bars_hold_the_zero_point_and_become_zero_to_the_network(zero_point: int) -> None:
    spec = InputSpec(height=8, width=8, fit="letterbox", zero_point=zero_point)
    tensor, placement = preprocess(np.full((4, 8, 3), 90, np.uint8), spec)
    assert (placement.top, placement.height) == (2, 4)
    assert (tensor[0, :2] == zero_point).all()
    assert (tensor[0, 6:] == zero_point).all()
    assert (tensor[0, 2:6] == 90).all()
    assert (normalise(tensor.astype(np.float32), spec)[0, [0, 1, 6, 7]] == 0).all()


def test_bars_left_and_right_are_filled_too() -> None:
    tensor, _ = preprocess(np.full((8, 4, 3), 90, np.uint8), _boxed(8, 8))
    np.testing.assert_array_equal(tensor[0, :, :, 1], np.tile([127, 127, 90, 90, 90, 90, 127, 127], (8, 1)))


def test_a_tensor_that_was_given_is_filled_wholly_and_returned() -> None:
    given = np.full((1, 8, 8, 3), 7, np.uint8)
    frame = _noise((4, 8))
    tensor, _ = preprocess(frame, _boxed(8, 8), out=given)
    assert tensor is given
    np.testing.assert_array_equal(tensor, preprocess(frame, _boxed(8, 8))[0])
    again, _ = preprocess(_noise((8, 8), 1), _boxed(8, 8), out=given)
    np.testing.assert_array_equal(again[0], _noise((8, 8), 1))


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((8, 12, 3), np.uint8),
        np.zeros((1, 12, 8, 3), np.uint8),
        np.zeros((2, 8, 12, 3), np.uint8),
        np.zeros((1, 16, 24, 3), np.uint8),
        np.zeros((1, 8, 12, 3), np.float32),
    ],
)
def test_a_tensor_of_another_shape_or_type_is_refused(given: Any) -> None:
    with pytest.raises(DataError, match=r"out must be uint8 \(1, 8, 12, 3\), received"):
        preprocess(_noise((9, 9)), InputSpec(height=8, width=12), out=given)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.int8),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8, 1), np.uint8),
        np.zeros((1, 8, 8, 3), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 0, 3), np.uint8),
        np.zeros((), np.uint8),
    ],
)
def test_what_is_no_frame_is_a_data_error_that_says_what_came(frame: Any) -> None:
    with pytest.raises(DataError) as caught:
        preprocess(frame, InputSpec(height=8, width=8))
    assert f"received {frame.dtype} {frame.shape}" in str(caught.value)


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros((8, 8, 1), np.uint8),
        np.zeros((8, 8), np.int64),
        np.zeros((0, 8), np.uint8),
        np.zeros((8,), np.uint8),
    ],
)
@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_what_is_no_mask_is_a_data_error_that_says_what_came(labels: Any, fit: Any) -> None:
    with pytest.raises(DataError, match="a mask must be uint8"):
        preprocess_labels(labels, InputSpec(height=8, width=8, fit=fit))


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_a_frame_of_one_pixel_fills_its_place(fit: Any) -> None:
    spec = InputSpec(height=8, width=12, fit=fit)
    tensor, placement = preprocess(np.array([[[1, 2, 3]]], np.uint8), spec)
    inside = tensor[0, :, placement.left : placement.left + placement.width]
    assert (inside == [1, 2, 3]).all()
    assert inside.shape == (8, 12 if fit == "stretch" else 8, 3)


@pytest.mark.parametrize("view", ["upside down", "mirrored", "every second", "colours turned"])
def test_a_view_gives_what_its_copy_gives(view: str) -> None:
    frame = _noise((30, 40))
    turned = {
        "upside down": frame[::-1],
        "mirrored": frame[:, ::-1],
        "every second": frame[::2, ::2],
        "colours turned": frame[..., ::-1],
    }[view]
    for spec in (InputSpec(height=8, width=12), InputSpec(height=60, width=70), InputSpec(height=30, width=40)):
        np.testing.assert_array_equal(preprocess(turned, spec)[0], preprocess(turned.copy(), spec)[0])


def _bilinear(frame: NDArray[np.uint8], hw: tuple[int, int]) -> NDArray[np.float64]:
    """Samples at (i + 0.5) * size / n - 0.5, edges repeated: the definition, in double precision."""
    planes = frame.astype(np.float64)
    for axis, count in enumerate(hw):
        size = frame.shape[axis]
        where = np.clip((np.arange(count) + 0.5) * size / count - 0.5, 0, size - 1)
        low = np.floor(where).astype(int)
        high = np.minimum(low + 1, size - 1)
        share = (where - low).reshape([-1 if other == axis else 1 for other in range(3)])
        planes = np.take(planes, low, axis) * (1 - share) + np.take(planes, high, axis) * share
    return planes


@pytest.mark.parametrize(("frame_hw", "hw"), [((5, 7), (8, 12)), ((15, 22), (8, 12)), ((16, 24), (8, 12))])
def test_up_to_half_the_size_is_plain_bilinear(frame_hw: tuple[int, int], hw: tuple[int, int]) -> None:
    frame = _noise(frame_hw)
    tensor, _ = preprocess(frame, InputSpec(height=hw[0], width=hw[1]))
    # OpenCV's sums are fixed-point and cut before they are rounded: less than one step.
    np.testing.assert_allclose(tensor[0], _bilinear(frame, hw), atol=0.99)


@pytest.mark.parametrize("frame_hw", [(17, 24), (16, 25), (31, 97), (80, 12), (6, 120)])
def test_below_half_the_size_four_samples_are_averaged_for_each_pixel(frame_hw: tuple[int, int]) -> None:
    frame = _noise(frame_hw)
    tensor, _ = preprocess(frame, InputSpec(height=8, width=12))
    samples = _bilinear(frame, (16, 24))
    expected = samples.reshape(8, 2, 12, 2, 3).mean((1, 3))
    # Samples are off by less than one step, their average with them, and its own rounding adds half a step.
    np.testing.assert_allclose(tensor[0], expected, atol=1.49)


def test_four_sample_average_by_hand() -> None:
    """8 x 8 to 2 x 2: samples lie in the middle of 2 x 2 blocks, so the average is the block mean of 4 x 4."""
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:4, :4] = 200
    frame[:2, 4:6] = 100  # a quarter of the upper right block
    tensor, _ = preprocess(frame, InputSpec(height=2, width=2))
    np.testing.assert_array_equal(tensor[0, :, :, 0], [[200, 25], [0, 0]])


def test_labels_are_fitted_by_the_nearest_pixel_and_none_is_invented() -> None:
    labels = np.array([[0, 9], [4, 250]], np.uint8)
    fitted = preprocess_labels(labels, InputSpec(height=4, width=6))
    np.testing.assert_array_equal(fitted, np.kron(labels, np.ones((2, 3), np.uint8)))


def test_labels_shrink_to_the_pixel_in_the_middle() -> None:
    labels = np.arange(81, dtype=np.uint8).reshape(9, 9)
    fitted = preprocess_labels(labels, InputSpec(height=3, width=3))
    np.testing.assert_array_equal(fitted, labels[1::3, 1::3])


def test_where_two_pixels_are_equally_near_they_take_turns() -> None:
    labels = np.arange(4, dtype=np.uint8) + 10 * np.arange(4, dtype=np.uint8)[:, np.newaxis]
    fitted = preprocess_labels(labels, InputSpec(height=2, width=2))
    np.testing.assert_array_equal(fitted, [[0, 13], [31, 22]])  # upper left, lower right, like a chessboard


@pytest.mark.parametrize("size", [16, 32, 48, 96])
def test_outlines_stay_where_they_were(size: int) -> None:
    """Masks of 20 to 43 whole columns of 64: on average they cover the same share of the width as before."""
    covered = np.arange(20, 44)
    shares = [
        preprocess_labels(np.tile(np.uint8(np.arange(64) < edge), (64, 1)), InputSpec(height=size, width=size)).mean()
        for edge in covered
    ]
    assert np.mean(shares - covered / 64) == pytest.approx(0, abs=1e-12)


def test_bars_of_labels_are_ignored_and_lie_where_the_bars_of_the_frame_lie() -> None:
    frame, labels = np.full((9, 30, 3), 255, np.uint8), np.ones((9, 30), np.uint8)
    spec = InputSpec(height=16, width=16, fit="letterbox", zero_point=0)
    fitted = preprocess_labels(labels, spec)
    tensor, _ = preprocess(frame, spec)
    assert set(np.unique(fitted)) == {1, IGNORE_LABEL}
    np.testing.assert_array_equal(fitted == 1, tensor[0, :, :, 0] == 255)


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
@pytest.mark.parametrize("frame_hw", [(100, 77), (31, 64), (20, 200)])
def test_labels_lie_over_what_they_label(frame_hw: tuple[int, int], fit: Any) -> None:
    """Black and white discs: away from their outline, the fitted frame and the fitted mask agree in every pixel."""
    labels = np.zeros(frame_hw, np.uint8)
    cv2.ellipse(labels, (frame_hw[1] // 2, frame_hw[0] // 2), (frame_hw[1] // 3, frame_hw[0] // 4), 0, 0, 360, 1, -1)
    spec = InputSpec(height=32, width=48, fit=fit, zero_point=128)
    tensor, _ = preprocess(np.repeat(labels[..., None] * np.uint8(255), 3, -1), spec)
    fitted = preprocess_labels(labels, spec)
    plain = (tensor[0, :, :, 0] == 0) | (tensor[0, :, :, 0] == 255)
    assert plain.sum() > 100
    np.testing.assert_array_equal(fitted[plain] == 1, tensor[0, :, :, 0][plain] == 255)


@pytest.mark.parametrize(
    ("order", "scale", "zero_point", "expected"),
    [
        ("bgr", 1 / 128, 127, [-127 / 128, 1 / 128, 1.0]),
        ("rgb", 1 / 128, 127, [1.0, 1 / 128, -127 / 128]),
        ("bgr", 1 / 255, 0, [0.0, 128 / 255, 1.0]),
        ("rgb", 1.0, 255, [0.0, -127.0, -255.0]),
    ],
)
def test_bytes_become_what_the_network_sees(order: Any, scale: float, zero_point: int, expected: list[float]) -> None:
    spec = InputSpec(height=1, width=1, color_order=order, scale=scale, zero_point=zero_point)
    seen = normalise(np.array([[[[0, 128, 255]]]], np.float32), spec)
    # A float32 product rounds once: 6e-8 relative.
    np.testing.assert_allclose(seen[0, 0, 0], expected, rtol=1e-6)
    assert seen.dtype == np.float32
