"""The largest batch that fits into memory, found by trying."""

from collections.abc import Callable

LIMIT = 256  # pictures a step: more only make the steps fewer


def largest_batch(fits: Callable[[int], bool], *, devices: int = 1, limit: int = LIMIT) -> int:
    """The largest power of two, times the devices, for which a step fits; 0 for none.

    Args:
        fits: tries one step with so many pictures.
        devices: that share a batch.
        limit: not to be exceeded.
    """
    best, batch = 0, devices
    while batch <= limit and fits(batch):
        best, batch = batch, 2 * batch
    return best


def largest_batch_below(batch: int, fits: Callable[[int], bool], *, devices: int = 1) -> int:
    """The first of half the batch, a quarter, ... that fits, a multiple of the devices; 0 for none."""
    smaller = batch // 2 // devices * devices
    while smaller and not fits(smaller):
        smaller = smaller // 2 // devices * devices
    return smaller
