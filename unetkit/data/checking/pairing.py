"""What a directory listing tells: which picture has which mask, and what lies there besides."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from unetkit.data.checking.finding import Finding
from unetkit.data.checking.splitlists import split_names
from unetkit.data.dataset import Sample
from unetkit.data.folderlayout import IMAGES, MASKS
from unetkit.data.oxford import OFFICIAL_SPLITS, listed_names
from unetkit.data.pictures import PICTURE_SUFFIXES
from unetkit.errors import DataError

_TRIMAPS = "annotations/trimaps"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A data set of picture and mask files, before any of them was opened.

    Attributes:
        folder: holds them.
        samples: pairs whose files are both there and not empty, by name.
        splits: names of pairs.
        findings: what is wrong with files that a pair lacks, with names and with lists.
    """

    folder: Path
    samples: Mapping[str, Sample]
    splits: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


def survey_folder(folder: Path) -> Survey:
    """Pair `images/` and `masks/` as `data.folderlayout` does, but go on after a fault.

    Raises:
        DataError: one of the two folders cannot be listed.
    """
    listing = _Listing(folder, (IMAGES, MASKS))
    pictures, masks = listing.by_stem(IMAGES), listing.by_stem(MASKS)
    findings = listing.findings
    for stem, files in [*pictures.items(), *masks.items()]:
        first, *rest = files
        findings += [
            Finding(
                code="name-twice", file=name, reason=f"its name without suffix is that of {first} too", others=(first,)
            )
            for name in rest
        ]
        if stem not in masks:
            findings.append(_lacks("picture-without-mask", first, f"{MASKS}/{stem}.png"))
        elif stem not in pictures:
            findings.append(_lacks("mask-without-picture", first, f"{IMAGES}/{stem}.jpg or the like"))
    findings += [
        Finding(
            code="mask-jpeg" if suffix.lower() in {".jpg", ".jpeg"} else "mask-not-png",
            file=file,
            reason=f"its suffix is {suffix}",
        )
        for files in masks.values()
        for file in files
        if (suffix := PurePosixPath(file).suffix).lower() != ".png"
    ]
    names = [stem for stem in pictures if stem in masks]
    splits, faults = split_names(folder, names)
    findings += faults
    return _survey(listing, {name: (pictures[name][0], masks[name][0]) for name in names}, splits)


def survey_oxford(folder: Path) -> Survey:
    """Look for the files that the official lists name; the rest is left out, and noted.

    Raises:
        DataError: a list or a folder cannot be read.
    """
    listing = _Listing(folder, (IMAGES, _TRIMAPS))
    splits = {split: listed_names(folder, split) for split in OFFICIAL_SPLITS}
    pairs = {name: (f"{IMAGES}/{name}.jpg", f"{_TRIMAPS}/{name}.png") for names in splits.values() for name in names}
    findings = listing.findings
    if not splits["trainval"]:
        findings.append(Finding(code="split-empty", file="annotations/trainval.txt", reason="lists no picture"))
    findings += [
        Finding(code="split-overlap", file=name, reason="stands in both official lists")
        for name in sorted(set(splits["trainval"]) & set(splits["test"]))
    ]
    wanted = {file: name for name, pair in pairs.items() for file in pair}
    findings += [
        Finding(code="file-missing", file=file, reason=f"the lists name {name}")
        for file, name in wanted.items()
        if file not in listing.sizes
    ]
    findings += [
        Finding(code="not-listed", file=file, reason="in neither official list: left out")
        for file in listing.sizes
        if file not in wanted
    ]
    return _survey(listing, pairs, splits)


class _Listing:
    """Sizes in bytes of the picture files below some parts of a folder, by relative name; hidden files are nobody's."""

    def __init__(self, folder: Path, parts: Iterable[str]) -> None:
        self.folder = folder
        self.sizes: dict[str, int] = {}
        self.findings: list[Finding] = []
        for part in parts:
            self._walk(part)
        self.sizes = dict(sorted(self.sizes.items()))

    def by_stem(self, part: str) -> dict[str, list[str]]:
        """Files by their path below the part, without suffix."""
        stems: dict[str, list[str]] = defaultdict(list)
        for file in self.sizes:
            if file.startswith(f"{part}/"):
                stems[PurePosixPath(file.removeprefix(f"{part}/")).with_suffix("").as_posix()].append(file)
        return stems

    def _walk(self, part: str) -> None:
        try:
            with os.scandir(self.folder / part) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        self._walk(f"{part}/{entry.name}")
                    elif not entry.name.startswith("."):
                        self._take(f"{part}/{entry.name}", entry)
        except OSError as error:
            raise DataError(f"cannot list {error.filename}: {error.strerror}; mend its permissions") from error

    def _take(self, file: str, entry: os.DirEntry[str]) -> None:
        suffix = PurePosixPath(file).suffix
        if suffix.lower() not in PICTURE_SUFFIXES:
            reason = f"{suffix or 'no suffix'}: it is not read"
            self.findings.append(Finding(code="file-ignored", file=file, reason=reason))
            return
        try:
            self.sizes[file] = entry.stat().st_size
            if self.sizes[file] == 0:
                self.findings.append(Finding(code="file-empty", file=file, reason="0 bytes"))
        except OSError as error:
            self.sizes[file] = 0
            self.findings.append(Finding(code="file-unreadable", file=file, reason=error.strerror or str(error)))
        if not file.isascii():
            self.findings.append(_name_finding(file))


def _survey(listing: _Listing, pairs: Mapping[str, tuple[str, str]], splits: Mapping[str, tuple[str, ...]]) -> Survey:
    """The survey of the pairs whose files are both there and not empty."""
    samples = {
        name: Sample(listing.folder / picture, listing.folder / mask)
        for name, (picture, mask) in pairs.items()
        if listing.sizes.get(picture) and listing.sizes.get(mask)
    }
    kept = {split: tuple(name for name in names if name in samples) for split, names in splits.items()}
    findings = listing.findings
    if not samples:
        findings.append(
            Finding(code="nothing-to-read", file=".", reason=f"{len(listing.sizes)} files, no pair of them")
        )
    return Survey(folder=listing.folder, samples=samples, splits=kept, findings=tuple(findings))


def _lacks(code: str, file: str, partner: str) -> Finding:
    return Finding(code=code, file=file, reason=f"there is no {partner}")


def _name_finding(name: str) -> Finding:
    strange = sorted({char for char in name if not char.isascii()})
    if any("\ud800" <= char <= "\udfff" for char in strange):  # os.fsdecode's stand-ins for bytes that are not UTF-8
        return Finding(code="name-not-utf8", file=name, reason="the name's bytes are not UTF-8 text")
    return Finding(code="name-not-ascii", file=name, reason=f"it holds {' '.join(strange)}")
