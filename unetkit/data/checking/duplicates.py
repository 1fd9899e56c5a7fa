"""Pictures that are there twice: byte for byte, or so alike that a score on the one is a score on the other.

Two pictures are near-duplicates if their difference hashes differ in at most 14 of 64 bits and the details of their
16x16 grey thumbnails correlate by 0.8 or more. All pairs are compared, in blocks: nothing is missed by the buckets of
an index, and a hundred thousand pictures take some seconds of one core.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unetkit.data.dataset import READERS, Progress

MOST_BITS = 14
LEAST_CORRELATION = 0.8
_ROWS, _COLUMNS = 128, 4096  # of a block: 4 MB of differences
_CONFIRMED = 8192  # pairs whose thumbnails are compared at once: 16 MB


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Two pictures by their positions; `first` comes before `second`.

    Attributes:
        distance_bits: of the hashes, 0..64.
        correlation: of the details, -1..1.
        across: they stand in different splits.
    """

    first: int
    second: int
    distance_bits: int
    correlation: float
    across: bool


def exact_twins(digests: Sequence[bytes], split_of: NDArray[np.int64]) -> list[Twins]:
    """Each picture whose bytes have come before, with the first such picture of its own split and of an earlier one."""
    twins: list[Twins] = []
    firsts: dict[tuple[bytes, int], int] = {}
    anywhere: dict[bytes, int] = {}
    for second, digest in enumerate(digests):
        split = int(split_of[second])
        own, other = firsts.setdefault((digest, split), second), anywhere.setdefault(digest, second)
        for first in dict.fromkeys(first for first in (own, other) if first != second):
            across = int(split_of[first]) != split
            twins.append(Twins(first=first, second=second, distance_bits=0, correlation=1.0, across=across))
    return twins


def near_twins(
    hashes: NDArray[np.uint64],
    details: NDArray[np.int8],
    split_of: NDArray[np.int64],
    *,
    progress: Progress | None = None,
) -> list[Twins]:
    """Each picture's nearest earlier one within its split, and its nearest of an earlier split.

    So a series of k near-duplicates gives k - 1 pairs and not k (k - 1) / 2, and the number of pairs across is that of
    the pictures of later splits that have leaked into an earlier one.

    Args:
        hashes: uint64 (N,).
        details: int8 (N, P), none of them flat.
        split_of: int (N,), ascending.
        progress: called with (done, total) pictures.
    """
    starts = range(0, len(hashes), _ROWS)

    def compare(start: int) -> list[Twins]:
        seconds, firsts, bits = _candidates(hashes, start)
        correlation = np.empty(len(seconds))
        for at in range(0, len(seconds), _CONFIRMED):
            part = slice(at, at + _CONFIRMED)
            correlation[part] = _correlation(details[firsts[part]], details[seconds[part]])
        sure = correlation >= LEAST_CORRELATION
        return _nearest(seconds[sure], firsts[sure], bits[sure], correlation[sure], split_of)

    twins: list[Twins] = []
    with ThreadPoolExecutor(READERS) as pool:
        for start, found in zip(starts, pool.map(compare, starts), strict=True):
            twins += found
            if progress is not None:
                progress(min(start + _ROWS, len(hashes)), len(hashes))
    return twins


def _candidates(
    hashes: NDArray[np.uint64], start: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Pairs (second, first, distance) with `second` in a block of rows and `first` before it, near by their hashes."""
    rows = hashes[start : start + _ROWS, None]
    differing, distance = np.empty((len(rows), _COLUMNS), np.uint64), np.empty((len(rows), _COLUMNS), np.uint8)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]] = []
    for left in range(0, start + len(rows), _COLUMNS):
        width = min(_COLUMNS, len(hashes) - left)
        np.bitwise_xor(rows, hashes[None, left : left + width], out=differing[:, :width])
        np.bitwise_count(differing[:, :width], out=distance[:, :width])
        second, first = np.divmod(np.flatnonzero(distance <= MOST_BITS), _COLUMNS)
        before = (first < width) & (first + left < second + start)
        second, first = second[before], first[before]
        found.append((second + start, first + left, distance[second, first]))
    seconds, firsts, distances = zip(*found, strict=True)
    return np.concatenate(seconds), np.concatenate(firsts), np.concatenate(distances)


def _correlation(one: NDArray[np.int8], two: NDArray[np.int8]) -> NDArray[np.float64]:
    """Pearson's, row by row."""
    a, b = one - one.mean(1, keepdims=True, dtype=np.float32), two - two.mean(1, keepdims=True, dtype=np.float32)
    products, squares = (a * b).sum(1), (a * a).sum(1) * (b * b).sum(1)
    return np.asarray(products / np.sqrt(squares), np.float64)


def _nearest(
    seconds: NDArray[np.int64],
    firsts: NDArray[np.int64],
    bits: NDArray[np.uint8],
    correlation: NDArray[np.float64],
    split_of: NDArray[np.int64],
) -> list[Twins]:
    """Of each picture's pairs the one within its split, and the one across, that correlates most."""
    across = split_of[seconds] != split_of[firsts]
    taken: set[tuple[int, bool]] = set()
    twins: list[Twins] = []
    for at in np.lexsort((firsts, bits, -correlation, seconds)).tolist():
        key = int(seconds[at]), bool(across[at])
        if key not in taken:
            taken.add(key)
            twins.append(
                Twins(
                    first=int(firsts[at]),
                    second=key[0],
                    distance_bits=int(bits[at]),
                    correlation=float(correlation[at]),
                    across=key[1],
                )
            )
    return twins


def repeated(digests: Iterable[bytes]) -> list[tuple[int, int]]:
    """(first, second) for each digest that has come before."""
    firsts: dict[bytes, int] = {}
    return [
        (firsts[digest], second) for second, digest in enumerate(digests) if firsts.setdefault(digest, second) != second
    ]
