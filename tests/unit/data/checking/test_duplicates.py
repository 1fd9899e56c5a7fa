"""What counts as the same picture, and what does not."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.data.checking.photos import encoded, mask, photo, write_good
from tests.unit.data.sets import png, write
from unetkit.contract.arrays import BgrFrame
from unetkit.data.checking.check import check
from unetkit.data.checking.duplicates import MOST_BITS, exact_twins, near_twins
from unetkit.data.checking.fingerprint import Fingerprint
from unetkit.data.checking.subject import open_subject


def _fingerprints(frames: Sequence[BgrFrame]) -> tuple[NDArray[np.uint64], NDArray[np.int8]]:
    prints = [Fingerprint.of(frame) for frame in frames]
    known = [each for each in prints if each is not None]
    assert len(known) == len(frames)
    return np.array([each.bits for each in known], np.uint64), np.stack([each.details.ravel() for each in known])


def _pairs(frames: Sequence[BgrFrame], splits: Sequence[int] | None = None) -> list[tuple[int, int, bool]]:
    place = np.array(splits or [0] * len(frames))
    return [(twins.first, twins.second, twins.across) for twins in near_twins(*_fingerprints(frames), place)]


def _frame(pixels: object) -> BgrFrame:
    return np.asarray(pixels, np.uint8)


ALIKE: dict[str, Callable[[BgrFrame], BgrFrame]] = {
    "smaller": lambda frame: _frame(cv2.resize(frame, (40, 30), interpolation=cv2.INTER_AREA)),
    "larger and stretched": lambda frame: _frame(cv2.resize(frame, (320, 200))),
    "JPEG of low quality": lambda frame: _frame(
        cv2.imdecode(np.frombuffer(encoded(frame, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 20), np.uint8), cv2.IMREAD_COLOR)
    ),
    "brighter": lambda frame: _frame(np.clip(frame * 1.2 + 20, 0, 255)),
    "darker, less contrast": lambda frame: _frame(frame * 0.5),
    "grey": lambda frame: _frame(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[..., None].repeat(3, axis=2)),
    "noisy": lambda frame: _frame(np.clip(frame + np.random.default_rng(5).normal(0, 12, frame.shape), 0, 255)),
    "cropped by 2 %": lambda frame: _frame(frame[2:-2, 3:-3]),
}


@pytest.mark.parametrize("change", ALIKE)
@pytest.mark.parametrize("seed", range(4))
def test_a_changed_copy_is_found(change: str, seed: int) -> None:
    frame = photo(seed, (192, 256))
    assert _pairs([photo(50, (192, 256)), frame, ALIKE[change](frame)]) == [(1, 2, False)]


def test_different_scenes_are_not() -> None:
    assert _pairs([photo(seed) for seed in range(300)]) == []


def test_scenes_of_one_layout_with_other_things_in_them_are_not() -> None:
    """A bright sky over dark ground gives alike thumbnails; what stands in it decides."""
    frames = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = np.repeat(np.linspace(220, 60, 192)[:, None, None], 256, axis=1).repeat(3, axis=2)
        for _ in range(6):
            y, x = rng.integers(0, 150), rng.integers(0, 200)
            frame[y : y + 60, x : x + 70] = rng.integers(0, 256, 3)
        frames.append(_frame(frame))
    assert _pairs(frames) == []


def test_the_hash_of_a_ramp_is_all_ones_and_of_its_mirror_all_zeros() -> None:
    ramp = _frame(np.linspace(0, 255, 90)[None, :, None].repeat(80, axis=0).repeat(3, axis=2))
    bits = [getattr(Fingerprint.of(frame), "bits", None) for frame in (ramp, _frame(ramp[:, ::-1]))]
    assert bits == [2**64 - 1, 0]


def test_a_flat_picture_has_no_fingerprint() -> None:
    assert Fingerprint.of(np.full((20, 20, 3), 77, np.uint8)) is None


@pytest.mark.parametrize(("flipped", "expected"), [(MOST_BITS, [(0, 1)]), (MOST_BITS + 1, [])])
def test_the_distance_counts_bits(flipped: int, expected: list[tuple[int, int]]) -> None:
    bits, details = _fingerprints([photo(1), photo(1)])
    bits[1] ^= np.uint64((1 << flipped) - 1)
    found = near_twins(bits, details, np.array([0, 0]))
    assert [(twins.first, twins.second) for twins in found] == expected
    assert all(twins.distance_bits == flipped for twins in found)


def test_alike_hashes_need_alike_details() -> None:
    bits, details = _fingerprints([photo(1), photo(2)])
    bits[1] = bits[0]
    assert near_twins(bits, details, np.array([0, 0])) == []


def test_a_series_gives_one_pair_less_than_pictures_and_a_leak_is_counted_once() -> None:
    frames = [photo(1), photo(2), photo(1), photo(1), photo(1)]
    pairs = _pairs(frames, [0, 0, 0, 1, 1])
    assert sorted((second, across) for _first, second, across in pairs) == [
        (2, False),
        (3, True),
        (4, False),
        (4, True),
    ]


def test_blocks_miss_no_pair() -> None:
    """Against all pairs one by one, over more pictures than a block of rows or columns holds."""
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 2**64, 5000, np.uint64)
    details = np.repeat(rng.integers(-50, 50, (1, 256), np.int8), 5000, axis=0)
    planted = {(10, 4990), (127, 128), (4095, 4096), (0, 300)}
    for first, second in planted:
        hashes[second] = hashes[first] ^ np.uint64(0b1011)
    found = near_twins(hashes, details, np.zeros(5000, np.int64))
    assert {(twins.first, twins.second) for twins in found if twins.distance_bits == 3} == planted


def test_the_same_bytes_are_found_within_and_across() -> None:
    found = exact_twins([b"a", b"b", b"a", b"a", b"a"], np.array([0, 0, 0, 1, 1]))
    assert [(twins.first, twins.second, twins.across) for twins in found] == [
        (0, 2, False),
        (0, 3, True),
        (3, 4, False),
        (0, 4, True),
    ]


def test_a_report_names_both_files_their_splits_and_the_distance(tmp_path: Path) -> None:
    write_good(tmp_path, ("train/a", "train/b", "test/c", "val/d"))
    small = _frame(cv2.resize(photo(0), (32, 24), interpolation=cv2.INTER_AREA))
    for name, seed in {"train/b": 1, "test/c": 2}.items():
        write(tmp_path / "images" / f"{name}.jpg", encoded(small))
        write(tmp_path / "masks" / f"{name}.png", png(mask(seed, (24, 32)).tolist()))
    report = check(open_subject(str(tmp_path)))
    within = report.by_code()["near-duplicate"]
    assert [(finding.file, finding.others) for finding in within] == [("images/train/b.jpg", ("images/train/a.jpg",))]
    assert "(both train)" in within[0].reason
    assert int(within[0].details["distance_bits"]) <= MOST_BITS
    # test/c has the very bytes of train/b
    assert [(finding.file, finding.others) for finding in report.by_code()["duplicate-across"]] == [
        ("images/test/c.jpg", ("images/train/b.jpg",))
    ]
    assert "near-duplicate-across" not in report.by_code()
