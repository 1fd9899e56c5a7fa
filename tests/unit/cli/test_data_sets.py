"""Sets of every format by the commands that read them: what is said, written, and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Unetkit
from tests.unit.cli.test_help import loaded_by
from tests.unit.data.annotations import (
    SQUARE,
    coco,
    coco_annotation,
    coco_image,
    labelme_shape,
    picture,
    write_coco,
    write_json,
    write_labelme,
    write_voc,
    write_yolo,
    yolo_line,
)
from tests.unit.data.sets import jpeg, noise, write, write_folder


def broken_json(folder: Path) -> Path:
    path = write_coco(folder) / "annotations.json"
    path.write_bytes(path.read_bytes()[:-20])
    return folder


def unknown_category(folder: Path) -> Path:
    return write_coco(folder, [coco_annotation(1, 99, [SQUARE])])


def missing_picture(folder: Path) -> Path:
    (write_coco(folder) / "images" / "a.jpg").unlink()
    return folder


def outline_outside(folder: Path) -> Path:
    return write_labelme(folder, [labelme_shape("cat", [90, 90, 99, 90, 99, 99])])


def yolo_box(folder: Path) -> Path:
    return write_yolo(folder, ["0 0.5 0.5 0.1 0.1"])


def yolo_class(folder: Path) -> Path:
    return write_yolo(folder, [yolo_line(7, SQUARE)])


def other_size(folder: Path) -> Path:
    write(write_labelme(folder) / "a.jpg", jpeg(noise((5, 5))))
    return folder


def two_formats(folder: Path) -> Path:
    return write_yolo(write_coco(folder))


def mask_without_picture(folder: Path) -> Path:
    (write_voc(folder) / "JPEGImages" / "b.jpg").unlink()
    return folder


def broken_classes(folder: Path) -> Path:
    write(write_coco(folder) / "classes.toml", b"[[classes]\n")
    return folder


def unknown_class(folder: Path) -> Path:
    write(write_coco(folder) / "classes.toml", b'[[classes]]\nname = "a"\n[[classes]]\nname = "horse"\n')
    return folder


FAULTS: list[tuple[Callable[[Path], Path], str]] = [
    (broken_json, "{folder}/annotations.json is broken JSON"),
    (unknown_category, "annotation 1 has the category_id 99, which is none of 3 (cat), 7 (dog)"),
    (missing_picture, "1 of 1 pictures that {folder}/annotations.json names are not below {folder}"),
    (outline_outside, "shape 1 of {folder}/a.jpg does not fit it: lies outside of the picture"),
    (yolo_box, "{folder}/labels/train/a.txt: line 1 holds a box and not a polygon"),
    (yolo_class, "{folder}/labels/train/a.txt: line 1 has the class '7', expected 0..1"),
    (other_size, "{folder}/a.jpg is 5x5, its annotation says 8x6"),
    (two_formats, "choose with --data-format coco or --data-format yolo"),
    (mask_without_picture, "mask {folder}/SegmentationClass/b.png has no picture of its name"),
    (broken_classes, "{folder}/classes.toml is not TOML"),
    (unknown_class, "{folder}/classes.toml mentions 'horse', which nothing is annotated as; there are cat, dog"),
]


@pytest.mark.parametrize(("spoilt", "words"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
@pytest.mark.parametrize("command", ["convert", "split"])
def test_a_fault_is_one_line_and_nothing_is_written(
    command: str, spoilt: Callable[[Path], Path], words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    folder = spoilt(tmp_path / "set")
    outcome = unetkit("data", command, folder, "--out", tmp_path / "out")
    assert (outcome.code, outcome.out, len(outcome.lines)) == (3, "", 1)
    assert words.format(folder=folder) in outcome.err
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_converted_set_is_scored_like_its_source(unetkit: Unetkit, model: Path, tmp_path: Path) -> None:
    """The model's classes are ground, cat and dog."""
    write_coco(tmp_path / "set")
    write(
        tmp_path / "set" / "classes.toml",
        b'[[classes]]\nname = "ground"\n[[classes]]\nname = "cat"\n[[classes]]\nname = "dog"\n',
    )
    ended = unetkit("data", "convert", tmp_path / "set", "--out", tmp_path / "new")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"1 pictures, 3 classes (ground, cat, dog), no list: written to {tmp_path}/new\n"
    scored = [unetkit("evaluate", model, tmp_path / name, "--split", "all") for name in ("set", "new")]
    assert [outcome.code for outcome in scored] == [0, 0]
    assert scored[0].out == scored[1].out


def test_the_choice_is_said_with_its_reason(unetkit: Unetkit, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_yolo(tmp_path / "set")
    outcome = unetkit("-v", "data", "convert", tmp_path / "set", "--out", tmp_path / "new")
    assert outcome.code == 0
    assert "set: read as yolo, because labels/ holds .txt files, and data.yaml names" in caplog.text
    assert "train.txt (1), val.txt (1)" in outcome.out


def test_the_format_can_be_told(unetkit: Unetkit, tmp_path: Path) -> None:
    two_formats(tmp_path / "set")
    arguments = ("data", "convert", tmp_path / "set", "--out", tmp_path / "new", "--data-format", "coco")
    assert unetkit(*arguments).code == 0
    assert (tmp_path / "new" / "masks" / "a.png").is_file()
    unknown = unetkit("data", "convert", tmp_path / "set", "--out", tmp_path / "b", "--data-format", "kitti")
    assert unknown.code == 2
    assert "kitti" in unknown.err


def frames(folder: Path, count: int = 20) -> Path:
    """Two frames of each of `count / 2` videos."""
    mask = [[0, 1], [2, 0]]
    return write_folder(folder, {f"v{index // 2}_{index % 2}": mask for index in range(count)})


def test_split_writes_lists_that_the_reader_follows(unetkit: Unetkit, tmp_path: Path) -> None:
    folder = frames(tmp_path / "set")
    outcome = unetkit("data", "split", folder, "--group-by", r"^(v\d+)_", "--validation", 0.2, "--test", 0.2)
    assert (outcome.code, outcome.err) == (0, "")
    assert "10 groups; written: " in outcome.out
    listed = {name: (folder / f"{name}.txt").read_text().split() for name in ("train", "val", "test")}
    assert [len(names) for names in listed.values()] == [12, 4, 4]
    videos = [{name.partition("_")[0] for name in names} for names in listed.values()]
    assert sum(map(len, videos)) == 10
    unetkit("data", "convert", folder, "--out", tmp_path / "new")
    assert (tmp_path / "new" / "val.txt").read_text().split() == listed["val"]


def test_lists_that_are_there_are_replaced_only_by_force(unetkit: Unetkit, tmp_path: Path) -> None:
    folder = frames(tmp_path / "set")
    write(folder / "train.txt", b"v0_0\n")
    refused = unetkit("data", "split", folder)
    assert (refused.code, refused.out, len(refused.lines)) == (3, "", 1)
    assert "train.txt in" in refused.err
    assert "say --force" in refused.err
    assert (folder / "train.txt").read_bytes() == b"v0_0\n"
    elsewhere = unetkit("data", "split", folder, "--out", tmp_path / "lists")
    assert elsewhere.code == 0
    forced = unetkit("data", "split", folder, "--force", "--test", 0)
    assert forced.code == 0
    names = [name for part in ("train", "val") for name in (folder / f"{part}.txt").read_text().split()]
    assert len(set(names)) == len(names) == 20  # all of the folder, not only what was listed
    assert not (folder / "test.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{set}", "--group-by", "("], 2, "'(' is no regular expression"),
        (["{set}", "--group-by", "^x"], 3, "does not match 20 of 20 names, the first is 'v0_0'"),
        (["{set}", "--validation", "1.5"], 2, "the shares are 1.5 for validation"),
        (["{set}", "--validation", "0.01"], 3, "the validation split would be empty"),
        (["synthetic"], 2, "say where to write them with --out"),
        (["{set}/nowhere"], 3, "no such folder"),
    ],
)
def test_a_split_that_cannot_be_drawn_is_one_line(
    arguments: list[str], code: int, words: str, unetkit: Unetkit, tmp_path: Path
) -> None:
    folder = frames(tmp_path / "set")
    outcome = unetkit("data", "split", *(item.format(set=folder) for item in arguments))
    assert (outcome.code, outcome.out, len(outcome.lines)) == (code, "", 1)
    assert words in outcome.err
    assert not list(folder.glob("*.txt"))


def test_convert_keeps_a_folder_that_is_there(unetkit: Unetkit, tmp_path: Path) -> None:
    outcome = unetkit("data", "convert", frames(tmp_path / "set"), "--out", tmp_path)
    assert (outcome.code, len(outcome.lines)) == (3, 1)
    assert "is there already; remove it or choose another folder" in outcome.err


def test_a_coco_file_can_be_given(unetkit: Unetkit, tmp_path: Path) -> None:
    picture(tmp_path / "set" / "images" / "Tür 1.jpg")
    content = coco([coco_image(1, "images\\Tür 1.jpg")], [coco_annotation(1, 3, [SQUARE])])
    path = write_json(tmp_path / "set" / "annotations" / "instances.json", content)
    assert unetkit("data", "convert", path, "--out", tmp_path / "new").code == 0
    assert (tmp_path / "new" / "masks" / "Tür 1.png").is_file()


@pytest.mark.parametrize("command", ["split", "convert"])
def test_help_loads_nothing_heavy(command: str) -> None:
    assert loaded_by("data", command, "--help") == []
