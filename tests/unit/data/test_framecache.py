import errno
import json
import os
import resource
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.sets import TableDataset, names
from unetkit.contract.preprocess import preprocess, preprocess_labels
from unetkit.contract.spec import InputSpec
from unetkit.data import shards
from unetkit.data.framecache import FrameCache
from unetkit.data.synthetic import SyntheticDataset
from unetkit.errors import DataError, OutputError

SPEC = InputSpec(height=4, width=6)
SET = {"all": names(150)}  # more than are decoded ahead


def test_rows_hold_the_samples_in_order(tmp_path: Path) -> None:
    cache = FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path)
    assert cache.frames.shape == (150, 4, 6, 3)
    assert cache.labels.shape == (150, 4, 6)
    np.testing.assert_array_equal(cache.frames[:][:, 2, 3, 1], np.arange(150))
    np.testing.assert_array_equal(cache.labels[:][:, 0, 0], np.arange(150) % 2)
    np.testing.assert_array_equal(cache.rows(["picture-7", "picture-149"]), [7, 149])


@pytest.mark.parametrize("fit", ["stretch", "letterbox"])
def test_samples_are_fitted_by_the_contract(tmp_path: Path, fit: str) -> None:
    spec = InputSpec(height=32, width=64, fit=fit)  # type: ignore[arg-type]
    dataset = SyntheticDataset(hw=(40, 50), train=2, validation=1, test=1)
    cache = FrameCache.build(dataset, dataset.splits["train"], spec, tmp_path)
    for row, name in enumerate(cache.names):
        frame, labels = dataset.read(name)
        np.testing.assert_array_equal(cache.frames[row], preprocess(frame, spec)[0][0])
        np.testing.assert_array_equal(cache.labels[row], preprocess_labels(labels, spec))


def test_a_whole_cache_is_opened_and_not_built_again(tmp_path: Path) -> None:
    dataset = TableDataset(SET)
    first = FrameCache.build(dataset, names(9), SPEC, tmp_path)
    assert dataset.reads == 9
    again = FrameCache.build(
        dataset, names(9), InputSpec(height=4, width=6, color_order="rgb", scale=1 / 255), tmp_path
    )
    assert (again.folder, dataset.reads) == (first.folder, 9)


@pytest.mark.parametrize(
    ("chosen", "spec"),
    [
        (names(8), SPEC),
        (names(9)[::-1], SPEC),
        (names(9), InputSpec(height=6, width=4)),
        (names(9), InputSpec(height=4, width=6, fit="letterbox")),
    ],
)
def test_other_names_or_another_input_make_another_cache(
    tmp_path: Path, chosen: tuple[str, ...], spec: InputSpec
) -> None:
    first = FrameCache.build(TableDataset(SET), names(9), SPEC, tmp_path)
    assert FrameCache.build(TableDataset(SET), chosen, spec, tmp_path).folder != first.folder


def test_the_zero_point_matters_to_letterbox_bars_alone(tmp_path: Path) -> None:
    def built(fit: str, zero_point: int) -> Path:
        spec = InputSpec(height=4, width=4, fit=fit, zero_point=zero_point)  # type: ignore[arg-type]
        return FrameCache.build(TableDataset(SET), names(1), spec, tmp_path).folder

    assert built("stretch", 0) == built("stretch", 127)
    assert built("letterbox", 0) != built("letterbox", 127)


def test_progress_is_told_for_every_sample(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    FrameCache.build(
        TableDataset(SET), names(70), SPEC, tmp_path, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 70) for done in range(1, 71)]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"picture-3"}, "^picture-3 is broken$"),
        ({"picture-3", "picture-90"}, "^picture-3 is broken; 2 of 150 samples have faults, this is the first$"),
    ],
)
def test_faulty_samples_are_counted_and_leave_nothing(tmp_path: Path, broken: set[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        FrameCache.build(TableDataset(SET, broken=broken), names(150), SPEC, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the split is empty"):
        FrameCache.build(TableDataset(SET), (), SPEC, tmp_path)


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def shards_of_40(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 40 * 4 * 6 * 3 + 71)


@pytest.mark.usefixtures("shards_of_40")
def test_a_large_set_lies_in_several_files(tmp_path: Path) -> None:
    cache = FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path)
    numbers = ("00000", "00001", "00002", "00003")
    assert _files(tmp_path) == [
        *(f"frames-{number}.npy" for number in numbers),
        "index.json",
        *(f"labels-{number}.npy" for number in numbers),
    ]
    assert [len(span) for span in cache.sharding.spans()] == [40, 40, 40, 30]
    np.testing.assert_array_equal(cache.frames[:][:, 2, 3, 1], np.arange(150))


@pytest.mark.usefixtures("shards_of_40")
def test_an_interrupted_build_goes_on_behind_its_last_whole_file(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 95:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path, progress=interrupt)
    assert _files(tmp_path) == ["frames-00000.npy", "frames-00001.npy", "labels-00000.npy", "labels-00001.npy"]
    dataset, told = TableDataset(SET), []
    cache = FrameCache.build(dataset, names(150), SPEC, tmp_path, progress=lambda done, total: told.append(done))
    assert dataset.reads == 70
    assert told == [40, 80, *range(81, 151)]
    np.testing.assert_array_equal(cache.frames[:][:, 2, 3, 1], np.arange(150))


@pytest.mark.usefixtures("shards_of_40")
def test_builders_that_meet_in_a_folder_make_one_cache(tmp_path: Path) -> None:
    def rival(done: int, total: int) -> None:
        if done == 100:
            FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path)

    cache = FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path, progress=rival)
    assert list(tmp_path.iterdir()) == [cache.folder]
    assert len(_files(cache.folder)) == 9
    np.testing.assert_array_equal(cache.frames[:][:, 0, 0, 0], np.arange(150))


def test_a_full_disk_is_an_output_error_and_leaves_no_half_file(tmp_path: Path) -> None:
    _, hard = old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # the kernel refuses to grow a file, as on a full disk
    try:
        with pytest.raises(OutputError, match=rf"frames-00000\.npy: {os.strerror(errno.EFBIG)}.*make room"):
            FrameCache.build(TableDataset(SET), names(150), SPEC, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert _files(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot write .*frames-00000\.npy"):
        FrameCache.build(TableDataset(SET), names(2), SPEC, tmp_path / "file" / "cache")


def _shorten(folder: Path) -> None:
    frames = folder / "frames-00000.npy"
    frames.write_bytes(frames.read_bytes()[:-10])


def _rename_a_sample(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text())
    index["names"].append("one more")
    (folder / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "index.json").unlink(),
        lambda folder: (folder / "index.json").write_text("{"),
        lambda folder: (folder / "index.json").write_text("{}"),
        lambda folder: (folder / "labels-00000.npy").write_bytes(b""),
        _shorten,
        _rename_a_sample,
    ],
)
def test_a_cache_that_is_not_whole_is_refused_and_built_again(tmp_path: Path, spoil: object) -> None:
    cache = FrameCache.build(TableDataset(SET), names(3), SPEC, tmp_path)
    assert callable(spoil)
    spoil(cache.folder)
    with pytest.raises(DataError, match="train again"):
        FrameCache.open(cache.folder)
    rebuilt = FrameCache.build(TableDataset(SET), names(3), SPEC, tmp_path)
    np.testing.assert_array_equal(rebuilt.frames[:][:, 0, 0, 0], [0, 1, 2])
    assert list(tmp_path.iterdir()) == [cache.folder]


def test_a_name_outside_the_cache_is_refused(tmp_path: Path) -> None:
    cache = FrameCache.build(TableDataset(SET), names(3), SPEC, tmp_path)
    with pytest.raises(DataError, match="'picture-3' is not in the frame cache"):
        cache.rows(["picture-3"])
