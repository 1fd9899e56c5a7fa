"""Each fault is made in a good folder, and is found there, and nothing else."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.data.checking.faults import FAULTS, copied, painted, with_mask
from tests.unit.data.checking.photos import encoded, mask, photo, write_good
from tests.unit.data.sets import TableDataset, names, png, write, write_oxford
from unetkit.data.checking.check import check, quick_check
from unetkit.data.checking.finding import KINDS, Severity
from unetkit.data.checking.report import CheckReport, Verdict
from unetkit.data.checking.subject import open_subject, subject_of
from unetkit.data.folders import ImageFolder


def checked(folder: Path, *, quick: bool = False) -> CheckReport:
    return check(open_subject(str(folder)), quick=quick)


def found(report: CheckReport) -> set[tuple[str, str]]:
    return {(finding.code, finding.file) for finding in report.findings}


def reason(report: CheckReport, code: str) -> str:
    return next(finding.reason for finding in report.findings if finding.code == code)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_nothing_else(name: str, tmp_path: Path) -> None:
    make, expected = FAULTS[name]
    make(write_good(tmp_path))
    report = checked(tmp_path)
    assert found(report) == expected
    severities = {KINDS[code].severity for code, _file in expected}
    assert (report.verdict is Verdict.NOT_USABLE) == (Severity.ERROR in severities)
    assert (report.verdict is Verdict.USABLE) == (severities <= {Severity.NOTE})


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    write_good(tmp_path)
    write(tmp_path / "images" / "a.jpg", b"")
    write(tmp_path / "images" / "b.jpg", b"no picture")
    write(tmp_path / "masks" / "c.png", encoded(mask(2)))
    (tmp_path / "masks" / "d.png").unlink()
    report = checked(tmp_path)
    assert [(finding.code, finding.file) for finding in report.findings] == [
        ("file-empty", "images/a.jpg"),
        ("picture-without-mask", "images/d.jpg"),
        ("picture-broken", "images/b.jpg"),
        ("mask-jpeg", "masks/c.png"),
    ]
    assert (report.opened, report.splits) == (4, {"all": 4})


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="the file system takes UTF-8 names only")
def test_a_name_that_is_not_utf8_is_an_error_and_can_be_printed(tmp_path: Path) -> None:
    write_good(tmp_path)
    write_good(tmp_path, (os.fsdecode(b"caf\xe9"),), first_seed=9)
    report = checked(tmp_path)
    assert {finding.code for finding in report.findings} == {"name-not-utf8"}
    assert {finding.to_dict()["file"] for finding in report.findings} == {"images/caf\\xe9.jpg", "masks/caf\\xe9.png"}


def test_a_reason_gives_the_figures(tmp_path: Path) -> None:
    write_good(tmp_path)
    with_mask(painted([7, 7, 9]))(tmp_path)
    write(tmp_path / "masks" / "d.png", png(mask(3)[:24].tolist()))
    report = checked(tmp_path)
    # three of 48 x 64 = 3,072 pixels
    assert "holds 7, 9 in 3 pixels (0.10%)" in reason(report, "value-no-class")
    assert reason(report, "size-differs") == "64x24, the picture is 64x48 (width x height)"


def test_the_balance_counts_pixels_and_pictures_of_each_split(tmp_path: Path) -> None:
    write_good(tmp_path, ("train/a", "train/b", "test/c"))
    write(tmp_path / "masks" / "test" / "c.png", png([[0] * 64] * 47 + [[255] * 64]))
    report = checked(tmp_path)
    rows = [(row.split, row.name, row.pixels, row.pictures) for row in report.balance]
    # a rectangle is 18 x 28 = 504 pixels
    assert rows == [
        ("train", "background", 2 * (3072 - 504), 2),
        ("train", "object", 2 * 504, 2),
        ("test", "background", 3072 - 64, 1),
        ("test", "object", 64, 1),
    ]
    assert report.balance[3].share == pytest.approx(64 / 3072)


def test_a_rare_class_and_one_that_a_split_lacks_are_told(tmp_path: Path) -> None:
    write_good(tmp_path, ("train/a", "train/b", "test/c"))
    for name, values in {"train/a": [1], "train/b": [2, 2], "test/c": [1] * 9}.items():
        samples = np.where(mask(ord(name[-1]) - ord("a")) > 0, 1, 0)
        samples[0, : len(values)] = values
        write(tmp_path / "masks" / f"{name}.png", png(samples.tolist()))
    report = checked(tmp_path)
    # two of 6,144 pixels are 0.03 %
    assert found(report) == {("class-rare", "class_2"), ("class-missing", "class_2")}
    assert reason(report, "class-missing") == "in no mask of test"


def test_colours_named_in_a_class_file_are_labels(tmp_path: Path) -> None:
    write_good(tmp_path, "abc")
    write(
        tmp_path / "classes.toml",
        b'masks = "colors"\n[[classes]]\nname = "ground"\ncolor = "#000000"\n'
        b'[[classes]]\nname = "cat"\ncolor = "#ff0000"\n',
    )
    for seed, name in enumerate("abc"):
        colors = np.zeros((48, 64, 3), np.uint8)
        colors[mask(seed) > 0] = (0, 0, 255 if name != "c" else 250)
        write(tmp_path / "masks" / f"{name}.png", encoded(colors, ".png"))
    report = checked(tmp_path)
    assert report.classes == ("ground", "cat")
    assert found(report) == {("value-no-class", "masks/c.png")}
    assert "#fa0000" in reason(report, "value-no-class")


def test_oxford_lists_name_what_is_missing_and_what_is_left_over(tmp_path: Path) -> None:
    write_oxford(tmp_path, ["Abyssinian_1", "beagle_22"], ["pug_333", "Abyssinian_1"])
    (tmp_path / "annotations" / "trimaps" / "pug_333.png").unlink()
    write(tmp_path / "images" / "extra.jpg", encoded(photo(1)))
    zeros = png([[0, 1] * 4, [3, 2] * 4] * 4)
    write(tmp_path / "annotations" / "trimaps" / "beagle_22.png", zeros)
    report = checked(tmp_path)
    assert found(report) >= {
        ("file-missing", "annotations/trimaps/pug_333.png"),
        ("not-listed", "images/extra.jpg"),
        ("split-overlap", "Abyssinian_1"),
        ("value-no-class", "annotations/trimaps/beagle_22.png"),
    }
    assert "holds 0 in 16 pixels" in reason(report, "value-no-class")


def test_any_other_data_set_is_asked_for_every_sample() -> None:
    dataset = TableDataset({"train": names(6)}, broken={"picture-1", "picture-4"})
    report = check(subject_of(dataset))
    assert [finding.file for finding in report.findings if finding.code == "sample-unreadable"] == [
        "picture-1",
        "picture-4",
    ]
    assert report.opened == 6


def test_the_synthetic_set_is_usable() -> None:
    assert check(open_subject("synthetic"), quick=True).verdict is Verdict.USABLE


def test_the_quick_form_opens_a_sample_and_knows_the_listing(tmp_path: Path) -> None:
    dataset = TableDataset({"train": names(250)})
    quick_check(dataset, names(250))
    assert dataset.reads == 200
    write_good(tmp_path)
    folder = ImageFolder(tmp_path)
    assert quick_check(folder, folder.splits["all"]) == []
    write(tmp_path / "images" / "b.jpg", b"no picture")
    write(tmp_path / "images" / "e.heic", b"x")
    copied(tmp_path, "images/a.jpg", "images/c.jpg")  # a duplicate, which it does not look for
    assert [finding.code for finding in quick_check(folder, folder.splits["all"])] == ["picture-broken", "file-ignored"]
    assert [finding.code for finding in quick_check(folder, ("a",))] == ["file-ignored"]


def test_progress_ends_with_all(tmp_path: Path) -> None:
    opened: list[tuple[int, int]] = []
    compared: list[tuple[int, int]] = []
    subject = open_subject(str(write_good(tmp_path)))
    check(subject, opened=lambda *at: opened.append(at), compared=lambda *at: compared.append(at))
    assert opened == [(done, 6) for done in range(1, 7)]
    assert compared[-1] == (6, 6)
