"""Masks written as COCO annotations, read back by the COCO reader as a data set."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, fake_segmenter, make_frame
from unetkit.contract.postprocess import Mask
from unetkit.data.coco import CocoDataset
from unetkit.errors import UsageError
from unetkit.runtime.running.file_run import run_file
from unetkit.runtime.sinks.coco_file import CocoFile

LABELS = np.array([[0, 1, 1, 2], [0, 1, 0, 0]], np.uint8)


def _pictures(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / name for name in ("a.png", "b.png")]
    for path in paths:
        cv2.imwrite(str(path), np.zeros((2, 4, 3), np.uint8))
    return paths


def test_what_is_written_is_read_as_a_data_set_with_the_same_masks(tmp_path: Path) -> None:
    pictures = _pictures(tmp_path / "set" / "images")
    sink = CocoFile(tmp_path / "set" / "results.json", SPEC, pictures)
    sink.show(make_frame(0), Mask(labels=LABELS), make_frame().bgr)
    sink.show(make_frame(1), Mask(labels=np.full((2, 4), 2, np.uint8)), make_frame().bgr)
    assert not (tmp_path / "set" / "results.json").exists()
    sink.close()
    sink.close()
    dataset = CocoDataset(tmp_path / "set" / "results.json")
    assert [item.name for item in dataset.classes] == ["background", "cat", "dog"]
    assert sorted(name for names in dataset.splits.values() for name in names) == ["a", "b"]
    np.testing.assert_array_equal(dataset.read("a")[1], LABELS)
    np.testing.assert_array_equal(dataset.read("b")[1], np.full((2, 4), 2))


def test_an_annotation_has_the_box_and_area_of_its_class(tmp_path: Path) -> None:
    sink = CocoFile(tmp_path / "out.json", SPEC, [Path("/elsewhere/a.png")])
    sink.show(make_frame(0), Mask(labels=LABELS), make_frame().bgr)
    sink.close()
    whole = json.loads((tmp_path / "out.json").read_text())
    assert whole["images"] == [{"id": 1, "file_name": "a.png", "width": 4, "height": 2}]
    assert whole["categories"] == [{"id": 2, "name": "cat"}, {"id": 3, "name": "dog"}]
    cat, dog = whole["annotations"]
    assert (cat["category_id"], cat["bbox"], cat["area"], cat["iscrowd"]) == (2, [1, 0, 2, 2], 3, 0)
    # Down the columns: 2 outside, 3 inside (the column of 2 and one), 3 outside; the fourth is written as 3 - 3.
    assert cat["segmentation"] == {"size": [2, 4], "counts": "233"}
    assert (dog["category_id"], dog["bbox"], dog["area"]) == (3, [3, 0, 1, 1], 1)


def test_without_a_picture_there_is_no_file(tmp_path: Path) -> None:
    CocoFile(tmp_path / "out.json", SPEC, []).close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_pictures_becomes_one_file(tmp_path: Path) -> None:
    _pictures(tmp_path / "set")
    out = tmp_path / "set" / "results.json"
    run_file(fake_segmenter(tmp_path), str(tmp_path / "set"), out=out, max_frames=None)
    assert len(json.loads(out.read_text())["images"]) == 2


def test_what_is_no_picture_has_no_coco_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would be COCO annotations of pictures, but synthetic clip of 2 frames is"):
        run_file(fake_segmenter(tmp_path), "synthetic:2", out=tmp_path / "out.json", max_frames=None)
