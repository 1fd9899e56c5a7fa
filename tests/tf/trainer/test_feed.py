"""An epoch of batches: every row once, in an order of the seed and the epoch."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.shards import Rows
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.feed import Feed

pytestmark = pytest.mark.tf

SPEC = InputSpec(height=16, width=16)
COUNT = 11


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> FrameCache:
    dataset = TableDataset({"all": names(COUNT)}, hw=(16, 16))
    return FrameCache.build(dataset, names(COUNT), SPEC, tmp_path_factory.mktemp("cache"))


def _order(
    cache: FrameCache, *, epoch: int = 1, rows: Any = range(COUNT), half: bool = False, **given: Any
) -> list[list[int]]:
    """Row numbers in each batch: picture `i` of the set is full of grey `i`, its labels of `i % 2`."""
    config = TrainConfig(size=16, augment=0.0, **{"batch": 4, "seed": 1, **given})
    batches = []
    for batch in Feed(cache, np.array(rows), SPEC, config).batches(epoch, half=half):
        grey = batch.frames.numpy()[:, 0, 0, 0].astype(int)
        np.testing.assert_array_equal(batch.labels.numpy()[:, 0, 0], grey % 2)
        assert batch.soft.shape == (*batch.labels.shape, 0)
        batches.append(grey.tolist())
    return batches


def _flat(batches: list[list[int]]) -> list[int]:
    return [row for batch in batches for row in batch]


def test_every_row_comes_once_and_the_last_batch_is_filled_from_the_start(cache: FrameCache) -> None:
    batches = _order(cache)
    assert [len(batch) for batch in batches] == [4, 4, 4]
    flat = _flat(batches)
    assert sorted(flat[:COUNT]) == list(range(COUNT))
    assert flat[COUNT:] == flat[:1]


def test_only_the_chosen_rows_come(cache: FrameCache) -> None:
    assert sorted(_flat(_order(cache, rows=[1, 3, 8, 10]))) == [1, 3, 8, 10]


def test_fewer_rows_than_a_batch_are_repeated(cache: FrameCache) -> None:
    batches = _order(cache, rows=[2, 7, 9], batch=8)
    assert len(batches) == 1
    assert sorted(Counter(batches[0]).values()) == [2, 3, 3]


def test_the_order_depends_on_the_seed_and_the_epoch_alone(cache: FrameCache) -> None:
    first = _order(cache, epoch=3, seed=7)
    _order(cache, epoch=4, seed=7)
    assert _order(cache, epoch=3, seed=7) == first
    assert _order(cache, epoch=4, seed=7) != first
    assert _order(cache, epoch=3, seed=8) != first
    assert _flat(first) != sorted(_flat(first))


def test_half_size_halves_both(cache: FrameCache) -> None:
    config = TrainConfig(size=16, augment=0.0, batch=4)
    batch = next(iter(Feed(cache, np.arange(COUNT), SPEC, config).batches(1, half=True)))
    assert batch.frames.shape == (4, 8, 8, 3)
    assert batch.labels.shape == (4, 8, 8)


@pytest.mark.parametrize("half", [False, True])
def test_a_teachers_probabilities_come_with_their_pictures(cache: FrameCache, half: bool) -> None:
    maps = np.zeros((COUNT, 16, 16, 2), np.uint8)
    maps[..., 0] = 5 * np.arange(COUNT)[:, np.newaxis, np.newaxis]  # picture i is full of grey i
    config = TrainConfig(size=16, augment=0.0, batch=4)
    for batch in Feed(cache, np.arange(COUNT), SPEC, config, Rows([maps])).batches(1, half=half):
        assert batch.soft.shape == (*batch.labels.shape, 2)
        np.testing.assert_allclose(batch.soft[..., 0], batch.frames[..., 0] * 5 / 255, atol=1e-6)  # float32 rounding


def test_augmentation_is_the_same_for_the_same_seed_and_epoch(cache: FrameCache) -> None:
    config = TrainConfig(size=16, augment=1.0, batch=4, seed=2)
    whole = []
    for epoch in (1, 1, 2):
        batches = Feed(cache, np.arange(COUNT), SPEC, config).batches(epoch, half=False)
        whole.append(np.concatenate([batch.labels.numpy() for batch in batches]))
    np.testing.assert_array_equal(whole[0], whole[1])
    assert not np.array_equal(whole[0], whole[2])
