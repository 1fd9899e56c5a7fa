import numpy as np
import pytest

from unetkit.data.runlength import RunLengths, runs_of


def test_runs_go_down_the_columns_and_begin_outside() -> None:
    shape = RunLengths(runs_of([1, 3, 2, 1, 2]), (3, 3))
    labels = np.full((3, 3), 9, np.uint8)
    assert shape.paint(labels, 5) == 4 == shape.area
    # columns: 0 1 1 | 1 0 0 | 1 0 0
    np.testing.assert_array_equal(labels, [[9, 5, 5], [5, 9, 9], [5, 9, 9]])


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", []),
        ("0", [0]),
        ("6", [6]),  # chr(48 + 6)
        ("?", [15]),  # chr(48 + 15), the largest of one character: bit 16 is the sign
        ("@", [-16]),  # chr(48 + 16): the sign alone
        ("`1", [48]),  # chr(48 + 16 + 32) says that more follow; then 1 * 32
        ("161", [1, 6, 1]),
        ("1610", [1, 6, 1, 6]),  # the fourth is written as the difference to the second: 6 - 6
        ("161N", [1, 6, 1, 4]),  # -2 is 11110 in five bits: chr(48 + 30) is "N"
        ("161000", [1, 6, 1, 6, 1, 6]),
    ],
)
def test_compressed_runs_are_decoded(text: str, runs: list[int]) -> None:
    assert runs_of(text).tolist() == runs


def test_a_long_run_takes_several_characters() -> None:
    # 1,000,000 = 0b11110_10000_10010_00000: groups from the lowest 0, 18, 16, 30; 30 has the sign bit, so a 0 follows
    text = "".join(chr(48 + group) for group in (0 | 32, 18 | 32, 16 | 32, 30 | 32, 0))
    assert runs_of(text).tolist() == [1_000_000]


@pytest.mark.parametrize(
    ("counts", "hw", "message"),
    [
        ([1, 3], (3, 3), r"the runs hold 4 pixels, its size 3x3 .* others"),
        ([10, -1], (3, 3), "the runs hold 9 pixels"),
        ([9.0], (3, 3), "not whole numbers"),
        ([True, 8], (3, 3), "not whole numbers"),
        ("9\n", (3, 3), r"hold '\\n', which no encoder writes"),
        ("9P", (3, 3), "cut off"),
        ("P" * 40, (3, 3), "no encoder writes"),
        ("0", (0, 0), "size 0x0"),
    ],
)
def test_runs_that_do_not_fit_are_refused(counts: str | list[int], hw: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunLengths(runs_of(counts), hw)


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"its size is 3x2, that of the picture 2x3"):
        RunLengths(runs_of([6]), (2, 3)).paint(np.zeros((3, 2), np.uint8), 1)


def test_pixels_become_runs_down_the_columns() -> None:
    inside = np.array([[False, True, True], [True, False, False], [True, False, False]])
    shape = RunLengths.covering(inside)
    assert shape.counts.tolist() == [1, 3, 2, 1, 2]
    assert shape.hw == (3, 3)
    assert shape.compressed() == "132N0"  # from the fourth on the difference to the one before the last: 1 - 3, 2 - 2


@pytest.mark.parametrize("first", [False, True])
def test_the_first_run_is_of_pixels_outside_even_where_there_are_none(first: bool) -> None:
    assert RunLengths.covering(np.full((2, 3), first)).counts.tolist() == ([0, 6] if first else [6])


def test_what_is_compressed_comes_back() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        inside = rng.random((rng.integers(1, 90), rng.integers(1, 90))) < rng.random()
        shape = RunLengths.covering(inside)
        assert runs_of(shape.compressed()).tolist() == shape.counts.tolist()
        labels = np.zeros(inside.shape, np.uint8)
        shape.paint(labels, 1)
        np.testing.assert_array_equal(labels, inside)
