import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.annotations import write_labelme
from tests.unit.data.sets import png, write, write_folder
from unetkit.contract.spec import InputSpec
from unetkit.data.catalog import format_of, open_dataset
from unetkit.data.folders import ImageFolder
from unetkit.data.framecache import FrameCache
from unetkit.data.record import DataRecord
from unetkit.errors import DataError

SPEC = InputSpec(height=2, width=2)
MASK = [[0, 255], [255, 0]]


@pytest.fixture
def record(tmp_path: Path) -> DataRecord:
    dataset = ImageFolder(write_folder(tmp_path / "pets", {"ä": MASK, "b": MASK, "c": MASK}))
    cache = FrameCache.build(dataset, ("ä", "b", "c"), SPEC, tmp_path / "cache")
    return DataRecord(
        reference=dataset.reference,
        data_dir=None,
        digest=dataset.digest(),
        train=("ä", "b"),
        validation=("c",),
        cache=str(cache.folder),
    )


def test_a_record_comes_back_as_written(tmp_path: Path, record: DataRecord) -> None:
    record.write(tmp_path / "split.json")
    assert DataRecord.read(tmp_path / "split.json") == record


def test_a_record_from_before_there_were_formats_still_opens(tmp_path: Path, record: DataRecord) -> None:
    record.write(tmp_path / "split.json")
    table = json.loads((tmp_path / "split.json").read_text(encoding="utf-8"))
    del table["data_format"]
    (tmp_path / "split.json").write_text(json.dumps(table), encoding="utf-8")
    old = DataRecord.read(tmp_path / "split.json")
    shutil.rmtree(old.cache)
    assert old.open_cache(SPEC).names == ("ä", "b", "c")


def test_data_of_two_formats_are_opened_in_the_one_that_was_trained_on(tmp_path: Path) -> None:
    folder = write_labelme(write_folder(tmp_path / "pets", {"b": MASK}))
    for data_format, name in (("folders", "b"), ("labelme", "a")):
        dataset = open_dataset(str(folder), data_format=data_format)
        cache = FrameCache.build(dataset, (name,), SPEC, tmp_path / "cache")
        record = DataRecord(
            reference=dataset.reference,
            data_dir=None,
            digest=dataset.digest(),
            train=(name,),
            validation=(),
            cache=str(cache.folder),
            data_format=format_of(dataset),
        )
        before = np.array(cache.labels)
        shutil.rmtree(cache.folder)
        np.testing.assert_array_equal(record.open_cache(SPEC).labels, before)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"train": [], "validation": []}'])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "split.json").write_text(text)
    with pytest.raises(DataError, match="not the data record of a run"):
        DataRecord.read(tmp_path / "split.json")


def test_a_missing_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not the data record of a run"):
        DataRecord.read(tmp_path / "split.json")


def test_the_cache_is_opened_without_the_data(record: DataRecord) -> None:
    shutil.rmtree(record.reference)
    assert record.open_cache(SPEC).names == ("ä", "b", "c")


def test_a_lost_cache_is_built_again_from_the_data(record: DataRecord) -> None:
    before = np.array(record.open_cache(SPEC).frames)
    shutil.rmtree(record.cache)
    np.testing.assert_array_equal(record.open_cache(SPEC).frames, before)


@pytest.mark.parametrize("spec", [InputSpec(height=4, width=6), InputSpec(height=2, width=2, fit="letterbox")])
def test_another_input_is_built_from_the_data(record: DataRecord, spec: InputSpec) -> None:
    cache = record.open_cache(spec)
    assert cache.folder != Path(record.cache)
    assert cache.frames.shape == (3, *spec.hw, 3)


def test_cache_and_data_both_gone_are_one_line(record: DataRecord) -> None:
    shutil.rmtree(record.cache)
    shutil.rmtree(record.reference)
    with pytest.raises(DataError, match=r"are both gone .* bring one of them back") as caught:
        record.open_cache(SPEC)
    assert "\n" not in str(caught.value)


def test_data_that_changed_are_refused(record: DataRecord) -> None:
    shutil.rmtree(record.cache)
    write(Path(record.reference) / "masks" / "b.png", png([[255, 255], [255, 0]]))
    with pytest.raises(DataError, match="has changed since the training"):
        record.open_cache(SPEC)
