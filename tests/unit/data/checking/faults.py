"""Faults that a good data set is given, each with what is to be found."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from tests.unit.data.checking.photos import CMYK_JPEG, encoded, exif, mask, photo, write_good
from tests.unit.data.sets import PALETTE, RGB, png, write

Fault = Callable[[Path], object]


def _cut(path: Path) -> Fault:
    return lambda folder: write(folder / path, (folder / path).read_bytes()[:-40])


def _picture(data: bytes, suffix: str = ".jpg") -> Fault:
    """Picture c becomes these bytes."""

    def fault(folder: Path) -> None:
        (folder / "images" / "c.jpg").unlink()
        write(folder / "images" / f"c{suffix}", data)

    return fault


def with_mask(data: bytes) -> Fault:
    """Mask c becomes these bytes."""

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


def painted(values: list[int]) -> bytes:
    samples = mask(2).astype(int)
    samples[0, : len(values)] = values
    return png(samples.tolist())


def _with_alpha(alpha: int) -> bytes:
    frame = np.dstack([photo(2), np.full(photo(2).shape[:2], 255, np.uint8)])
    frame[:5, :, 3] = alpha
    return encoded(frame, ".png")


def _smooth() -> bytes:
    return encoded(np.asarray(cv2.GaussianBlur(mask(2), (0, 0), 4), np.uint8), ".png")


def copied(folder: Path, source: str, target: str) -> Path:
    return write(folder / target, (folder / source).read_bytes())


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
    "JPEG mask": (with_mask(encoded(mask(2))), {("mask-jpeg", "masks/c.png")}),
    "BMP mask": (with_mask(encoded(mask(2), ".bmp")), {("mask-not-png", "masks/c.png")}),
    "cut mask": (_cut(Path("masks/c.png")), {("mask-broken", "masks/c.png")}),
    "empty mask file": (with_mask(b""), {("file-empty", "masks/c.png")}),
    "mask in colour": (with_mask(png([[9, 0, 200] * 64] * 48, color_type=RGB)), {("mask-colour", "masks/c.png")}),
    "16-bit mask": (with_mask(encoded(mask(2).astype(np.uint16) * 9, ".png")), {("mask-too-deep", "masks/c.png")}),
    "palette mask": (with_mask(png(mask(2).tolist(), color_type=PALETTE)), set()),
    "smaller mask": (with_mask(png(mask(2)[:24].tolist())), {("size-differs", "masks/c.png")}),
    "smoothed mask": (with_mask(_smooth()), {("value-no-class", "masks/c.png")}),
    "stray value": (with_mask(painted([7, 7])), {("value-no-class", "masks/c.png")}),
    "mask of 0 and 1": (with_mask(png((mask(2) // 255).tolist())), {("value-mixed", "masks/c.png")}),
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
    "mask of 0 only": (with_mask(png([[0] * 64] * 48)), {("mask-one-class", "masks/c.png")}),
    "no mask": (lambda folder: (folder / "masks/c.png").unlink(), {("picture-without-mask", "images/c.jpg")}),
    "no picture": (lambda folder: (folder / "images/c.jpg").unlink(), {("mask-without-picture", "masks/c.png")}),
    "two of a name": (lambda folder: write(folder / "images/c.png", b"x"), {("name-twice", "images/c.png")}),
    "another suffix": (lambda folder: write(folder / "images/c.heic", b"x"), {("file-ignored", "images/c.heic")}),
    "hidden file": (lambda folder: write(folder / "images/._c.jpg", b"x"), set()),
    "name beyond ASCII": (
        lambda folder: write_good(folder, ("größe",), first_seed=9),
        {("name-not-ascii", "images/größe.jpg"), ("name-not-ascii", "masks/größe.png")},
    ),
    "same picture": (lambda folder: copied(folder, "images/a.jpg", "images/c.jpg"), {
        ("duplicate", "images/c.jpg"), ("duplicate-contradicts", "masks/c.png")
    }),
    "same mask": (lambda folder: copied(folder, "masks/a.png", "masks/c.png"), {("mask-repeated", "masks/c.png")}),
    "same pair": (
        lambda folder: (copied(folder, "images/a.jpg", "images/c.jpg"), copied(folder, "masks/a.png", "masks/c.png")),
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
