"""Real pictures, where $UNETKIT_DATA has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from unetkit.contract.spec import InputSpec
from unetkit.data.catalog import open_dataset
from unetkit.data.framecache import FrameCache
from unetkit.data.split import training_split


def _folder(name: str) -> str:
    root = os.environ.get("UNETKIT_DATA")
    if not root or not (Path(root) / name).is_dir():
        pytest.skip(f"$UNETKIT_DATA has no {name}")
    return str(Path(root) / name)


def test_oxford_pets_read_with_their_official_split() -> None:
    dataset = open_dataset(_folder("oxford_pets_128"))
    assert len(dataset.splits["trainval"]) == 3680
    assert not set(dataset.splits["trainval"]) & set(dataset.splits["test"])
    chosen = dataset.splits["trainval"][::40]
    shares = np.zeros(3)
    for name in chosen:
        frame, labels = dataset.read(name)
        assert frame.shape == (128, 128, 3)
        shares += np.bincount(labels.ravel(), minlength=3) / labels.size / len(chosen)
    # a pet fills about a third of its portrait, the border about an eighth
    assert 0.2 < shares[0] < 0.45
    assert 0.45 < shares[1] < 0.7
    assert 0.05 < shares[2] < 0.2


def test_of_the_pet_copies_the_largest_is_the_default() -> None:
    folder = _folder("oxford_pets_128")
    assert open_dataset(None, Path(folder).parent).reference == str(Path(folder).absolute())


@pytest.mark.parametrize(("name", "least"), [("person_ccp", 800), ("cats_feral", 200)])
def test_binary_folders_become_background_and_object(tmp_path: Path, name: str, least: int) -> None:
    dataset = open_dataset(_folder(name))
    assert [item.name for item in dataset.classes] == ["background", "object"]
    split = training_split(dataset, seed=0, fraction=0.1)
    assert len(split.train) + len(split.validation) == len(dataset.splits["all"]) >= least
    cache = FrameCache.build(dataset, split.validation, InputSpec(height=96, width=64, fit="letterbox"), tmp_path)
    assert cache.frames.shape == (len(split.validation), 96, 64, 3)
    assert set(np.unique(cache.labels[:])) <= {0, 1, 255}
