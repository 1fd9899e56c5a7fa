import numpy as np
import pytest

from tests.unit.runtime.fakes import CLASSES, SPEC
from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.overlay import Overlay
from unetkit.runtime.views.painter import Painter
from unetkit.runtime.views.shown import background_labels, shown_labels
from unetkit.runtime.views.text import legend_box, text_box


def spec_of(*names: str, head: str = "softmax") -> ModelSpec:
    classes = tuple(ClassSpec(name=name, bgr=(index, 50, 250)) for index, name in enumerate(names))
    return ModelSpec(name="m", input=InputSpec(height=8, width=8), classes=classes, head=head)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("opacity", "expected"),
    [(0.0, (100, 100, 100)), (0.5, (55, 60, 150)), (1.0, (10, 20, 200))],  # halves of 100 and of the class's colour
)
def test_a_class_is_blended_by_the_opacity(opacity: float, expected: tuple[int, int, int]) -> None:
    frame, labels = np.full((40, 60, 3), 100, np.uint8), np.ones((40, 60), np.uint8)
    drawn = Overlay(SPEC).draw(frame, Mask(labels=labels), Look(opacity=opacity, legend=False))
    assert drawn.shape == frame.shape
    assert (drawn == expected).all()


def test_the_background_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (40, 60, 3), np.uint8)
    labels = rng.integers(0, 3, (40, 60), np.uint8)
    drawn = Overlay(SPEC).draw(frame, Mask(labels=labels), Look(legend=False))
    assert (drawn[labels == 0] == frame[labels == 0]).all()
    assert (drawn[labels == 1] != frame[labels == 1]).any()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (spec_of("background", "a"), (0,)),
        (spec_of("pet", "Background", "border"), (1,)),
        (spec_of("pet", "outline"), ()),
        (spec_of("nothing", "person", head="sigmoid"), (0,)),
    ],
)
def test_background_is_found_by_its_name_or_the_binary_head(spec: ModelSpec, expected: tuple[int, ...]) -> None:
    assert background_labels(spec) == expected


def test_the_frame_is_not_written_into() -> None:
    frame = np.full((40, 60, 3), 100, np.uint8)
    Painter(SPEC).draw(frame, Mask(labels=np.ones((40, 60), np.uint8)), lines=["text"])
    assert (frame == 100).all()


def test_buffers_are_reused_and_follow_the_size() -> None:
    overlay = Overlay(SPEC)
    small, large = np.zeros((40, 60, 3), np.uint8), np.zeros((80, 90, 3), np.uint8)
    first = overlay.draw(small, Mask(labels=small[..., 0]))
    assert overlay.draw(small, Mask(labels=small[..., 0])) is first
    assert overlay.draw(large, Mask(labels=large[..., 0])).shape == (80, 90, 3)


def test_the_legend_lies_lower_left_and_the_line_upper_left() -> None:
    frame, labels = np.full((400, 600, 3), 100, np.uint8), np.zeros((400, 600), np.uint8)
    drawn = Painter(SPEC).draw(frame, Mask(labels=labels), lines=["24 fps"])
    assert (drawn[:10, :10] == 0).any()
    assert (drawn[-60:, :60] == (10, 20, 200)).all(axis=2).any()  # the swatch of class 1
    assert (drawn[150:250] == 100).all()
    assert (drawn[:, 400:] == 100).all()


def test_the_legend_leaves_the_background_out() -> None:
    with_background = legend_box(CLASSES, 0.5)
    assert legend_box(CLASSES[1:], 0.5).shape[0] == with_background.shape[0] * 2 // 3
    assert legend_box((), 0.5).size == 0


@pytest.mark.parametrize("hw", [(1, 1), (3, 200), (200, 3), (17, 23)])
def test_tiny_frames_are_drawn_as_far_as_there_is_room(hw: tuple[int, int]) -> None:
    frame, labels = np.zeros((*hw, 3), np.uint8), np.ones(hw, np.uint8)
    lines = ["a line that is longer than the picture"]
    assert Painter(SPEC).draw(frame, Mask(labels=labels), lines=lines).shape == (*hw, 3)


def test_text_becomes_white_on_black() -> None:
    box = text_box("age 41 ms", 0.6)
    assert box.max() > 200
    assert (box[0] == 0).all()


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_an_opacity_outside_0_to_1_is_refused(opacity: float) -> None:
    with pytest.raises(UsageError, match="opacity"):
        Look(opacity=opacity)


@pytest.mark.parametrize("hw", [(4, 6), (48, 64), (480, 640), (20, 1000)])
def test_a_notice_is_written_on_a_copy_of_the_last_picture_whatever_its_size(hw: tuple[int, int]) -> None:
    painter, look, mask = Painter(SPEC), Look(legend=False), Mask(labels=np.zeros(hw, np.uint8))
    frame = np.full((*hw, 3), 90, np.uint8)
    drawn = painter.draw(frame, mask, look).copy()
    noticed = painter.with_notice("no picture for 4 s: it is silent")
    assert noticed.shape == drawn.shape
    assert (noticed != drawn).any()
    assert np.array_equal(painter.draw(frame, mask, look), drawn)
    again = painter.draw(frame, mask, look, notice="no picture for 4 s: it is silent")
    assert np.array_equal(again, noticed)


def test_only_chosen_classes_are_drawn_and_named() -> None:
    frame = np.full((200, 60, 3), 100, np.uint8)
    labels = np.repeat(np.array([0, 1, 2], np.uint8), 20)[np.newaxis].repeat(200, 0)
    drawn = Overlay(SPEC).draw(frame, Mask(labels=labels), Look(classes=("Dog",), opacity=1.0))
    assert (drawn[:100, :40] == 100).all()
    assert (drawn[:100, 40:] == (200, 100, 0)).all()
    assert not (drawn == (10, 20, 200)).all(axis=2).any()  # the legend has no cat
    assert (drawn[100:, :40] == (200, 100, 0)).all(axis=2).any()  # but a dog


def test_a_class_that_the_model_has_not_is_refused_with_those_it_has() -> None:
    with pytest.raises(UsageError, match=r"no class 'horse'; it has background, cat, dog"):
        shown_labels(SPEC, ["cat", "horse"])


@pytest.mark.parametrize("outline_px", [2, 4])
def test_an_outline_runs_along_both_sides_of_a_border_in_the_class_s_colour(outline_px: int) -> None:
    frame, labels = np.full((40, 60, 3), 100, np.uint8), np.zeros((40, 60), np.uint8)
    labels[:, 30:] = 1
    look = Look(opacity=0.0, outline_px=outline_px, legend=False)
    drawn = Overlay(SPEC).draw(frame, Mask(labels=labels), look)
    half = outline_px // 2
    assert (drawn[:, 30 - half : 30 + half] == (10, 20, 200)).all()
    assert (drawn[:, : 30 - half] == 100).all()
    assert (drawn[:, 30 + half :] == 100).all()


def test_a_background_of_a_higher_label_has_no_outline_of_its_own() -> None:
    spec = spec_of("pet", "Background", "border")
    labels = np.repeat(np.array([0, 1, 2], np.uint8), 20)[np.newaxis].repeat(40, 0)
    look = Look(opacity=0.0, outline_px=2, legend=False)
    drawn = Overlay(spec).draw(np.full((40, 60, 3), 100, np.uint8), Mask(labels=labels), look)
    assert (drawn[:, 19:21] == (0, 50, 250)).all()  # the pet's
    assert (drawn[:, 39:41] == (2, 50, 250)).all()  # the border's
    assert (drawn[:, 21:39] == 100).all()


@pytest.mark.parametrize("classes", [(), ("cat",), ("dog", "cat")])
@pytest.mark.parametrize("outline_px", [1, 2, 5])
def test_an_outline_is_where_the_greatest_and_the_least_label_nearby_differ(
    classes: tuple[str, ...], outline_px: int
) -> None:
    rng = np.random.default_rng(5)
    labels = np.zeros((50, 70), np.uint8)
    labels[10:30, 20:40] = rng.integers(0, 3, (20, 20), np.uint8)
    drawn = Overlay(SPEC).draw(
        np.full((50, 70, 3), 100, np.uint8),
        Mask(labels=labels),
        Look(classes=classes, opacity=0.0, outline_px=outline_px, legend=False),
    )
    ranks = np.where(np.isin(labels, shown_labels(SPEC, classes)), labels, 0)
    side = outline_px + 1
    padded = np.pad(ranks, (side // 2, side - 1 - side // 2), mode="edge")  # OpenCV's kernels reach further up and left
    nearby = np.lib.stride_tricks.sliding_window_view(padded, (side, side)).reshape(50, 70, -1)
    greatest = nearby.max(2)
    expected = np.where(
        (greatest != nearby.min(2))[..., np.newaxis], np.array([item.bgr for item in CLASSES])[greatest], 100
    )
    assert np.array_equal(drawn, expected)


def test_an_outline_follows_the_chosen_class_and_the_size() -> None:
    overlay = Overlay(SPEC)
    for hw, name, bgr in (
        ((40, 60), "cat", (10, 20, 200)),
        ((40, 60), "dog", (200, 100, 0)),
        ((30, 50), "cat", (10, 20, 200)),
    ):
        labels = np.full(hw, 1 if name == "cat" else 2, np.uint8)
        labels[:, :20] = 0
        look = Look(classes=(name,), opacity=0.0, outline_px=2, legend=False)
        drawn = overlay.draw(np.full((*hw, 3), 100, np.uint8), Mask(labels=labels), look)
        assert (drawn[:, 19:21] == bgr).all()
    nothing = overlay.draw(np.full((30, 50, 3), 100, np.uint8), Mask(labels=np.zeros((30, 50), np.uint8)), look)
    assert (nothing == 100).all()


@pytest.mark.parametrize("outline_px", [-1, 33])
def test_an_outline_out_of_range_is_refused(outline_px: int) -> None:
    with pytest.raises(UsageError, match="outline"):
        Look(outline_px=outline_px)
