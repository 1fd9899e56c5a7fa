"""Each fault is made in a good folder, and is found there, and nothing else."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.data.checking.photos import CMYK_JPEG, encoded, exif, mask, photo, write_good
from tests.unit.data.sets import PALETTE, RGB, TableDataset, names, png, write, write_oxford
from unetkit.data.checking.check import check, quick_check
from unetkit.data.checking.finding import KINDS, Severity
from unetkit.data.checking.report import CheckReport, Verdict
from unetkit.data.checking.subject import open_subject, subject_of
from unetkit.data.folders import ImageFolder

Fault = Callable[[Path], object]


def checked(folder: Path, *, quick: bool = False) -> CheckReport:
    return check(open_subject(str(folder)), quick=quick)


def found(report: CheckReport) -> set[tuple[str, str]]:
    return {(finding.code, finding.file) for finding in report.findings}


def reason(report: CheckReport, code: str) -> str:
    return next(finding.reason for finding in report.findings if finding.code == code)


def _cut(path: Path) -> Fault:
    return lambda folder: write(folder / path, (folder / path).read_bytes()[:-40])


def _picture(data: bytes, suffix: str = ".jpg") -> Fault:
    """Picture c becomes these bytes."""

    def fault(folder: Path) -> None:
        (folder / "images" / "c.jpg").unlink()
        write(folder / "images" / f"c{suffix}", data)

    return fault


def _mask(data: bytes) -> Fault:
    return lambda folder: write(folder / "masks" / "c.png", data)


def _small_picture(data: bytes) -> Fault:
    """Picture c becomes these bytes of 8x8, with a mask that fits."""

    def fault(folder: Path) -> None:
        write(folder / "images" / "c.jpg", data)
        write(folder / "masks" / "c.png", png([[0, 255] * 4] * 8))

    return fault


def _hollow_jpeg() -> bytes:
    """Bytes lost in the middle of the scan: the end marker is there and decoders fill the rest with grey."""
    whole = encoded(photo(2))
    return whole[: len(whole) * 2 // 3] + whole[-2:]


def _painted(values: list[int]) -> bytes:
    samples = mask(2).astype(int)
    samples[0, : len(values)] = values
    return png(samples.tolist())


def _with_alpha(alpha: int) -> bytes:
    frame = np.dstack([photo(2), np.full(photo(2).shape[:2], 255, np.uint8)])
    frame[:5, :, 3] = alpha
    return encoded(frame, ".png")


def _smooth() -> bytes:
    return encoded(np.asarray(cv2.GaussianBlur(mask(2), (0, 0), 4), np.uint8), ".png")


FAULTS: dict[str, tuple[Fault, set[tuple[str, str]]]] = {
    "cut JPEG": (_cut(Path("images/c.jpg")), {("picture-broken", "images/c.jpg")}),
    "no picture at all": (_picture(b"<html>not found</html>"), {("picture-broken", "images/c.jpg")}),
    "hollow JPEG": (_picture(_hollow_jpeg()), {("picture-grey-end", "images/c.jpg")}),
    "empty picture": (_picture(b""), {("file-empty", "images/c.jpg")}),
    "flat picture": (_picture(encoded(np.full((48, 64, 3), 90, np.uint8))), {("picture-flat", "images/c.jpg")}),
    "16-bit picture": (
        _picture(encoded(photo(2).astype(np.uint16) * 16, ".png"), ".png"),
        {("picture-deep", "images/c.png")},
    ),
    "see-through picture": (_picture(_with_alpha(0), ".png"), {("picture-alpha", "images/c.png")}),
    "opaque alpha": (_picture(_with_alpha(255), ".png"), {("picture-opaque-alpha", "images/c.png")}),
    "CMYK": (_small_picture(CMYK_JPEG), {("picture-cmyk", "images/c.jpg")}),
    "grey": (
        _picture(encoded(np.asarray(cv2.cvtColor(photo(2), cv2.COLOR_BGR2GRAY), np.uint8))),
        {("picture-grey", "images/c.jpg")},
    ),
    "PNG called .jpg": (_picture(encoded(photo(2), ".png")), {("suffix-differs", "images/c.jpg")}),
    "turned by a quarter": (
        _picture(encoded(photo(2))[:2] + exif(6) + encoded(photo(2))[2:]),
        {("picture-turned", "images/c.jpg")},
    ),
    "turned by a half": (
        _picture(encoded(photo(2))[:2] + exif(3) + encoded(photo(2))[2:]),
        {("picture-turned-unclear", "images/c.jpg")},
    ),
    "upright by EXIF": (_picture(encoded(photo(2))[:2] + exif(1) + encoded(photo(2))[2:]), set()),
    "JPEG mask": (_mask(encoded(mask(2))), {("mask-jpeg", "masks/c.png")}),
    "BMP mask": (_mask(encoded(mask(2), ".bmp")), {("mask-not-png", "masks/c.png")}),
    "cut mask": (_cut(Path("masks/c.png")), {("mask-broken", "masks/c.png")}),
    "empty mask file": (_mask(b""), {("file-empty", "masks/c.png")}),
    "mask in colour": (_mask(png([[9, 0, 200] * 64] * 48, color_type=RGB)), {("mask-colour", "masks/c.png")}),
    "16-bit mask": (_mask(encoded(mask(2).astype(np.uint16) * 9, ".png")), {("mask-too-deep", "masks/c.png")}),
    "palette mask": (_mask(png(mask(2).tolist(), color_type=PALETTE)), set()),
    "smaller mask": (_mask(png(mask(2)[:24].tolist())), {("size-differs", "masks/c.png")}),
    "smoothed mask": (_mask(_smooth()), {("value-no-class", "masks/c.png")}),
    "stray value": (_mask(_painted([7, 7])), {("value-no-class", "masks/c.png")}),
    "mask of 0 and 1": (_mask(png((mask(2) // 255).tolist())), {("value-mixed", "masks/c.png")}),
    "most masks empty": (
        lambda folder: [write(folder / "masks" / f"{name}.png", png([[0] * 64] * 48)) for name in "bcde"],
        {("mask-one-class", f"masks/{name}.png") for name in "bcde"},
    ),
    "0..2 with one mask of 0 and 255": (
        lambda folder: [
            write(folder / "masks" / f"{name}.png", png((mask(at) // 255 + mask(at + 1) // 255).tolist()))
            for at, name in enumerate("abdef")
        ],
        {("value-mixed", "masks/c.png")},
    ),
    "mask of 0 only": (_mask(png([[0] * 64] * 48)), {("mask-one-class", "masks/c.png")}),
    "no mask": (lambda folder: (folder / "masks/c.png").unlink(), {("picture-without-mask", "images/c.jpg")}),
    "no picture": (lambda folder: (folder / "images/c.jpg").unlink(), {("mask-without-picture", "masks/c.png")}),
    "two of a name": (lambda folder: write(folder / "images/c.png", b"x"), {("name-twice", "images/c.png")}),
    "another suffix": (lambda folder: write(folder / "images/c.heic", b"x"), {("file-ignored", "images/c.heic")}),
    "hidden file": (lambda folder: write(folder / "images/._c.jpg", b"x"), set()),
    "name beyond ASCII": (
        lambda folder: write_good(folder, ("größe",), first_seed=9),
        {("name-not-ascii", "images/größe.jpg"), ("name-not-ascii", "masks/größe.png")},
    ),
    "same picture": (lambda folder: _copy(folder, "images/a.jpg", "images/c.jpg"), {
        ("duplicate", "images/c.jpg"), ("duplicate-contradicts", "masks/c.png")
    }),
    "same mask": (lambda folder: _copy(folder, "masks/a.png", "masks/c.png"), {("mask-repeated", "masks/c.png")}),
    "same pair": (
        lambda folder: (_copy(folder, "images/a.jpg", "images/c.jpg"), _copy(folder, "masks/a.png", "masks/c.png")),
        {("duplicate", "images/c.jpg")},
    ),
    "class without a pixel": (
        lambda folder: write(folder / "classes.txt", b"ground\nthing\nunseen\n"),
        {("value-no-class", f"masks/{name}.png") for name in "abcdef"}
        | {("class-missing", "thing"), ("class-missing", "unseen")},
    ),
    "classes.txt of nonsense": (
        lambda folder: write(folder / "classes.txt", b"\xff\xfe"),
        {("classes-unusable", ".")},
    ),
    "unknown name listed": (
        lambda folder: write(folder / "train.txt", b"a\nb\nc\nd\ne\nf\nzebra\n"),
        {("split-unknown", "zebra")},
    ),
    "name in two lists": (
        lambda folder: (write(folder / "train.txt", b"a\nb\nc\n"), write(folder / "val.txt", b"c.jpg\nd\ne\nf\n")),
        {("split-overlap", "c")},
    ),
    "empty list": (
        lambda folder: (write(folder / "train.txt", b"a\nb\nc\nd\ne\nf\n"), write(folder / "val.txt", b"\n")),
        {("split-empty", "val.txt")},
    ),
    "name in no list": (lambda folder: write(folder / "train.txt", b"a\nb\nd\ne\nf\n"), {("not-listed", "c")}),
    "outside the split folders": (
        lambda folder: write_good(folder, ("train/x",), first_seed=9),
        {("split-outside", f"images/{name}") for name in "abcdef"},
    ),
}  # fmt: skip


def _copy(folder: Path, source: str, target: str) -> Path:
    return write(folder / target, (folder / source).read_bytes())


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
    _mask(_painted([7, 7, 9]))(tmp_path)
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
    _copy(tmp_path, "images/a.jpg", "images/c.jpg")  # a duplicate, which it does not look for
    assert [finding.code for finding in quick_check(folder, folder.splits["all"])] == ["picture-broken", "file-ignored"]
    assert [finding.code for finding in quick_check(folder, ("a",))] == ["file-ignored"]


def test_progress_ends_with_all(tmp_path: Path) -> None:
    opened: list[tuple[int, int]] = []
    compared: list[tuple[int, int]] = []
    subject = open_subject(str(write_good(tmp_path)))
    check(subject, opened=lambda *at: opened.append(at), compared=lambda *at: compared.append(at))
    assert opened == [(done, 6) for done in range(1, 7)]
    assert compared[-1] == (6, 6)
