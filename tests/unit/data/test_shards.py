from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.data.shards import Rows, Sharding, new_shard, open_rows, shard_file
from unetkit.errors import OutputError

TABLE = np.arange(11 * 2 * 3, dtype=np.uint8).reshape(11, 2, 3)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    sharding = Sharding(11, 4)
    for number, span in enumerate(sharding.spans()):
        with new_shard(shard_file(tmp_path, "table", number), (len(span), 2, 3)) as file:
            for row in span:
                file.write(TABLE[row].data)
    return open_rows(tmp_path, "table", sharding, (2, 3))


@pytest.mark.parametrize(
    ("count", "row_bytes", "lengths"),
    [
        (1, 2**30, [1]),
        (3, 2**31, [1, 1, 1]),  # a row that is larger than a file should be
        (5, 2**29, [2, 2, 1]),
        (4, 2**29, [2, 2]),
    ],
)
def test_a_file_holds_as_many_rows_as_fit(count: int, row_bytes: int, lengths: list[int]) -> None:
    assert [len(span) for span in Sharding.by_size(count, row_bytes).spans()] == lengths


@pytest.mark.parametrize(
    "index",
    [
        0,
        3,
        4,
        -1,
        np.int64(10),
        slice(None),
        slice(2, 9),
        slice(8, 40),
        slice(None, None, -3),
        np.array([10, 0, 4, 4, 3]),
        np.array([], np.intp),
    ],
)
def test_rows_are_indexed_as_an_array_is(rows: Rows, index: Any) -> None:
    np.testing.assert_array_equal(rows[index], TABLE[index])
    assert rows[index].dtype == np.uint8
    assert (rows.shape, len(rows)) == (TABLE.shape, 11)


@pytest.mark.parametrize("index", [11, -12])
def test_a_row_that_is_not_there_is_an_index_error(rows: Rows, index: int) -> None:
    with pytest.raises(IndexError):
        rows[index]


def test_a_short_file_is_not_opened(tmp_path: Path, rows: Rows) -> None:
    file = shard_file(tmp_path, "table", 1)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="mmap length"):
        open_rows(tmp_path, "table", Sharding(11, 4), (2, 3))


def test_files_of_another_number_of_rows_are_not_opened(tmp_path: Path, rows: Rows) -> None:
    with pytest.raises(ValueError, match=r"table-00000.npy is uint8 \(4, 2, 3\), expected uint8 \(5, 2, 3\)"):
        open_rows(tmp_path, "table", Sharding(11, 5), (2, 3))


def test_a_shard_that_breaks_off_has_no_name(tmp_path: Path) -> None:
    file = shard_file(tmp_path, "table", 0)

    def write() -> None:
        with new_shard(file, (4, 2, 3)) as opened:
            opened.write(b"abc")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"), new_shard(tmp_path / "file" / "x.npy", (1, 1)):
        pass
