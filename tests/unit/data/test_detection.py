from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.data.annotations import picture, write_coco, write_json, write_labelme, write_voc, write_yolo
from tests.unit.data.sets import write, write_folder, write_oxford
from unetkit.commands.options import DataFormatName
from unetkit.data.catalog import AUTO, format_of, open_dataset
from unetkit.data.detection import DataFormat, detect_format
from unetkit.errors import DataError, UsageError

SETS: list[tuple[str, Callable[[Path], Path], str]] = [
    ("folders", lambda folder: write_folder(folder, {"a": [[0, 255]]}), "images/ and masks/ are there"),
    ("oxford", lambda folder: write_oxford(folder, ["pug_1"]), "annotations/trimaps/"),
    ("coco", write_coco, "annotations.json holds COCO's keys"),
    ("yolo", write_yolo, "labels/ holds .txt files, and data.yaml names"),
    ("labelme", write_labelme, "a.json holds LabelMe's shapes"),
    ("voc", write_voc, "SegmentationClass/ is there"),
]
every_set = pytest.mark.parametrize(("data_format", "write_set", "why"), SETS, ids=[name for name, *_ in SETS])


@every_set
def test_a_set_is_recognised_and_opened_again_by_reference_and_format(
    tmp_path: Path, data_format: str, write_set: Callable[[Path], Path], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = str(write_set(tmp_path / "set"))
    with caplog.at_level("INFO", "unetkit"):
        dataset = open_dataset(folder)
    assert f"set: read as {data_format}, because" in caplog.text
    assert why in caplog.text
    assert format_of(dataset) == data_format
    again = open_dataset(dataset.reference, data_format=format_of(dataset))
    assert again.digest() == dataset.digest()


def test_two_formats_at_once_are_asked_about(tmp_path: Path) -> None:
    write_coco(write_folder(tmp_path, {"a": [[0, 255]]}))
    with pytest.raises(DataError, match=r"read in 2 ways: folders \(.*\); coco \(.*\); choose with --data-format fold"):
        open_dataset(str(tmp_path))
    assert format_of(open_dataset(str(tmp_path), data_format="folders")) == "folders"
    assert format_of(open_dataset(str(tmp_path), data_format="coco")) == "coco"


def test_where_nothing_matches_the_error_lists_what_was_looked_for(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg")
    write_json(tmp_path / "report.json", {"images": 3, "shapes": 2})  # anybody's
    write(tmp_path / "notes" / "labels.txt", b"x")
    with pytest.raises(DataError) as caught:
        open_dataset(str(tmp_path))
    for word in ("images/ and masks/", "Oxford-IIIT Pet", "COCO", "YOLO", "LabelMe", "VOC or CVAT"):
        assert word in str(caught.value)


@pytest.mark.parametrize(("name", "data_format"), [("annotations.json", "coco"), ("data.yaml", "yolo")])
def test_one_annotation_file_tells_its_format(tmp_path: Path, name: str, data_format: str) -> None:
    write_coco(tmp_path / "coco")
    write_yolo(tmp_path / "yolo")
    path = tmp_path / data_format / name
    assert detect_format(path).data_format == data_format
    dataset = open_dataset(str(path))
    assert dataset.reference == str(path)
    assert format_of(dataset) == data_format


@pytest.mark.parametrize(
    ("reference", "data_format", "error", "message"),
    [
        ("{folder}/a.jpg", AUTO, DataError, r"a\.jpg is a file; give a folder, COCO's \.json file or YOLO's"),
        ("{folder}/a.jpg", "folders", DataError, r"a\.jpg is a file; folders needs a folder"),
        ("{folder}", "kitti", UsageError, "the data format is 'kitti', expected auto, folders, oxford, coco"),
        ("synthetic", "coco", UsageError, "synthetic has a format of its own; leave out --data-format coco"),
        ("{folder}", "coco", DataError, "no COCO annotations in"),
        ("{folder}", "labelme", DataError, "no LabelMe annotations in"),
        ("{folder}", "yolo", DataError, "names no classes"),
        ("{folder}", "voc", DataError, "has no JPEGImages/ folder"),
        ("{folder}", "oxford", DataError, r"trainval\.txt lists no picture"),
    ],
)
def test_a_format_that_is_not_there_is_one_line(
    tmp_path: Path, reference: str, data_format: str, error: type[Exception], message: str
) -> None:
    picture(tmp_path / "a.jpg")
    with pytest.raises(error, match=message):
        open_dataset(reference.format(folder=tmp_path), data_format=data_format)


def test_every_format_can_be_named_on_the_command_line() -> None:
    assert {each.value for each in DataFormatName} == {AUTO, *DataFormat}
