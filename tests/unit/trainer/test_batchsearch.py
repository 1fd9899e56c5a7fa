"""Batches by trying: doubled while they fit, halved until they do."""

import pytest

from unetkit.trainer.batchsearch import largest_batch, largest_batch_below


@pytest.mark.parametrize(
    ("room", "devices", "found"),
    [(0, 1, 0), (1, 1, 1), (63, 1, 32), (64, 1, 64), (50, 3, 48), (2, 3, 0), (9999, 1, 256)],
)
def test_the_largest_batch_is_doubled_while_it_fits(room: int, devices: int, found: int) -> None:
    tried: list[int] = []

    def fits(batch: int) -> bool:
        tried.append(batch)
        return batch <= room

    assert largest_batch(fits, devices=devices) == found
    assert tried == sorted(tried)
    assert all(batch % devices == 0 for batch in tried)


@pytest.mark.parametrize(
    ("batch", "room", "devices", "found"),
    [(64, 63, 1, 32), (64, 20, 1, 16), (64, 0, 1, 0), (1, 0, 1, 0), (12, 5, 4, 4)],
)
def test_a_smaller_batch_is_halved_until_it_fits(batch: int, room: int, devices: int, found: int) -> None:
    assert largest_batch_below(batch, lambda given: given <= room, devices=devices) == found
