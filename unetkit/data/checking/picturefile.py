"""A picture file, opened: whether the reader takes it, and what of it is unlike a plain 8-bit colour photograph."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from unetkit.contract.arrays import BgrFrame
from unetkit.data.checking.finding import Finding, printable
from unetkit.data.checking.header import Header, format_of_suffix, read_header
from unetkit.data.pictures import decode, read_file, read_picture
from unetkit.errors import DataError

_FLAT = 1.0  # standard deviation of each channel, in levels
_MISSING, _MISSING_ROWS = 128, 8  # the grey a JPEG decoder fills with, and the height of the smallest block


@dataclass(frozen=True)
class OpenedPicture:
    """The frame as stored, uint8 (H, W, 3) BGR, the file's bytes and its EXIF orientation."""

    frame: BgrFrame
    data: bytes
    orientation: int


def open_picture(path: Path, name: str) -> tuple[OpenedPicture | None, list[Finding]]:
    """Open a picture as a training does.

    Args:
        path: the file.
        name: what findings call it.

    Returns:
        None where the reader refuses it, with the reader's reason.
    """
    try:
        data = read_file(path)
    except DataError as error:
        return None, [Finding(code="file-unreadable", file=name, reason=reason_of(error, path))]
    try:
        frame = read_picture(path)
    except DataError as error:
        return None, [Finding(code="picture-broken", file=name, reason=reason_of(error, path))]
    header = read_header(data)
    picture = OpenedPicture(frame, data, header.orientation)
    return picture, [*_format_findings(path, name, header), *_content_findings(picture, name, header)]


def reason_of(error: DataError, path: Path) -> str:
    """A reader's message without the path and the advice, which a finding has of its own."""
    text = str(error).split("; ")[0].replace(str(path), "it", 1)
    return printable(text.removeprefix("mask ").removeprefix("trimap "))


def _format_findings(path: Path, name: str, header: Header) -> list[Finding]:
    expected = format_of_suffix(path.suffix)
    if header.format and header.format != expected:
        return [Finding(code="suffix-differs", file=name, reason=f"{path.suffix}, but inside it is {header.format}")]
    return []


def _content_findings(picture: OpenedPicture, name: str, header: Header) -> list[Finding]:
    frame = picture.frame
    mean, deviation = cv2.meanStdDev(frame)
    if float(deviation.max()) < _FLAT:
        b, g, r = (round(float(value)) for value in mean.ravel())
        return [Finding(code="picture-flat", file=name, reason=f"red, green, blue are {r}, {g}, {b} everywhere")]
    findings: list[Finding] = []
    if header.cmyk:
        reason = f"{header.format} in four inks: converted without its colour profile, the colours are off"
        findings.append(Finding(code="picture-cmyk", file=name, reason=reason))
    elif np.array_equal(frame[..., 0], frame[..., 1]) and np.array_equal(frame[..., 1], frame[..., 2]):
        findings.append(Finding(code="picture-grey", file=name, reason="red, green and blue are the same"))
    if header.format == "JPEG":
        return [*findings, *_missing_end(frame, name)]
    return [*findings, *_stored_findings(picture.data, name, header)]


def _missing_end(frame: BgrFrame, name: str) -> list[Finding]:
    """A JPEG that lost bytes in its middle has its end marker and decodes; what is missing below is flat grey."""
    if not (frame[-_MISSING_ROWS:] == _MISSING).all():
        return []
    rows = int(np.argmin((frame == _MISSING).all((1, 2))[::-1]))  # the whole picture is not flat
    reason = f"its last {rows} rows are the grey 128 that a decoder fills with"
    return [Finding(code="picture-grey-end", file=name, reason=reason, details={"rows": rows})]


def _stored_findings(data: bytes, name: str, header: Header) -> list[Finding]:
    """Depth and alpha, which the reader's 8-bit BGR no longer shows."""
    stored = decode(data, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if stored is None:
        return []
    findings: list[Finding] = []
    if stored.dtype != np.uint8:
        largest = float(stored.max())
        reason = f"{stored.dtype} samples, the largest is {largest:g}: reading keeps the upper 8 bits of 16"
        findings.append(Finding(code="picture-deep", file=name, reason=reason, details={"largest": largest}))
    if stored.ndim == 3 and stored.shape[2] == 4 and not header.cmyk:
        alpha = stored[..., 3]
        share = float(np.mean(alpha < alpha.max())) if int(alpha.max()) else 1.0
        if share:
            reason = f"{share:.1%} of its pixels are see-through: reading shows the colour hidden below"
            findings.append(Finding(code="picture-alpha", file=name, reason=reason, details={"share": share}))
        else:
            findings.append(Finding(code="picture-opaque-alpha", file=name, reason="alpha is the same everywhere"))
    return findings
