"""Strips and columns change nothing: every pixel against the formula."""

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.runtime.views.tint import Tint

COLORS = ((0, 0, 0), (10, 20, 200), (200, 100, 0), (1, 255, 77), (90, 90, 90), (255, 0, 128), (33, 66, 99))


def spec_of(classes: int) -> ModelSpec:
    names = ("background", *(f"class{index}" for index in range(1, classes)))
    specs = tuple(ClassSpec(name=name, bgr=color) for name, color in zip(names, COLORS, strict=False))
    return ModelSpec(name="m", input=InputSpec(height=8, width=8), classes=specs)


def expected(
    frame: NDArray[np.uint8], labels: NDArray[np.uint8], shown: list[int], opacity: float
) -> NDArray[np.float64]:
    colors = np.array(COLORS, np.float64)[labels]
    blended = (1 - opacity) * frame + opacity * colors
    return np.where(np.isin(labels, shown)[..., None], blended, frame)


@pytest.mark.parametrize("classes", [2, 3, 5, 7])  # 6 shown ones go through the palette
@pytest.mark.parametrize("hw", [(720, 1280), (133, 47), (1, 9), (9, 1), (3, 70_000)])
def test_every_pixel_is_what_the_formula_gives(hw: tuple[int, int], classes: int) -> None:
    rng = np.random.default_rng(classes)
    frame = rng.integers(0, 256, (*hw, 3), np.uint8)
    blocks = rng.integers(0, classes, (-(-hw[0] // 16), -(-hw[1] // 16)), np.uint8)
    labels = np.ascontiguousarray(np.kron(blocks, np.ones((16, 16), np.uint8))[: hw[0], : hw[1]])
    labels[hw[0] // 3 : hw[0] // 2] = 0  # strips with nothing in them
    tint, drawn = Tint(spec_of(classes)), np.zeros_like(frame)
    for opacity, names in ((0.5, ()), (0.3, ("class1",)), (1.0, ()), (0.0, ())):
        tint.draw(frame, labels, drawn, classes=names, opacity=opacity)
        shown = [1] if names else list(range(1, classes))
        wanted = expected(frame, labels, shown, opacity)
        assert np.abs(drawn - wanted).max() <= 0.5 + 1e-3  # rounded to the nearest byte, in float32
        hidden = ~np.isin(labels, shown)
        np.testing.assert_array_equal(drawn[hidden], frame[hidden])


def test_several_chosen_classes_are_shown_and_no_others() -> None:
    rng = np.random.default_rng(0)
    frame, labels = rng.integers(0, 256, (60, 80, 3), np.uint8), rng.integers(0, 7, (60, 80), np.uint8)
    drawn = np.zeros_like(frame)
    Tint(spec_of(7)).draw(frame, labels, drawn, classes=("class5", "class2", "background"), opacity=0.25)
    assert np.abs(drawn - expected(frame, labels, [0, 2, 5], 0.25)).max() <= 0.5 + 1e-3
