"""The studies of the trainer measure what they say, on little data."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.data.oxford import OxfordPets
from unetkit.studies.data_growth import measure_growth
from unetkit.studies.training_speed import measure_training
from unetkit.trainer.config import TrainConfig

pytestmark = pytest.mark.tf


def _pets(folder: Path, count: int) -> OxfordPets:
    generator = np.random.default_rng(0)
    for part in ("images", "annotations/trimaps"):
        (folder / part).mkdir(parents=True)
    names = [f"Cat_{index}" for index in range(count)]
    for name in names:
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), generator.integers(0, 255, (40, 30, 3), np.uint8))
        trimap = generator.integers(1, 4, (40, 30)).astype(np.uint8)
        cv2.imwrite(str(folder / "annotations" / "trimaps" / f"{name}.png"), trimap)
    for split, members in (("trainval", names[:-1]), ("test", names[-1:])):
        lines = "".join(f"{name} 1 1 1\n" for name in members)
        (folder / "annotations" / f"{split}.txt").write_text(lines, encoding="utf-8")
    return OxfordPets(folder)


def test_both_ways_of_training_take_the_same_steps(tmp_path: Path) -> None:
    config = TrainConfig(network="edge-nano", depth=2, size=32, batch=4)
    speed = measure_training(_pets(tmp_path / "pets", 21), config, tmp_path / "work", rounds=2, steps=3)
    assert (speed.network, speed.size, speed.batch, speed.rounds, speed.steps) == ("edge-nano", 32, 4, 2, 3)
    median, low, high = speed.ratio
    assert 0 < low <= median <= high
    assert min(speed.ours, speed.tutorial, speed.feed, *speed.processor_ratio) > 0
    assert speed.precision == "float32"  # it has depthwise convolutions
    assert f"ratio {median:.2f}" in speed.line()


def test_growth_counts_its_own_memory_and_not_the_mapped_cache(tmp_path: Path) -> None:
    growth = measure_growth(64, tmp_path)
    assert growth.pictures == 64
    assert growth.own_mib >= growth.before_mib > 0
    assert growth.decode_s > 0
    assert growth.epoch_s > 0
    assert "       64 pictures" in growth.line()
