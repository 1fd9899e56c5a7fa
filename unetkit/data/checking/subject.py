"""What is checked: picture and mask files that are opened one by one, or a data set that is asked for its samples."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from unetkit.contract.arrays import BgrFrame, Labels
from unetkit.data.catalog import AUTO, OXFORD_PETS, open_dataset
from unetkit.data.checking.finding import Finding, printable
from unetkit.data.checking.fingerprint import Fingerprint
from unetkit.data.checking.labels import Legend, fixed_legend, folder_legend
from unetkit.data.checking.maskfile import MaskValues, open_mask
from unetkit.data.checking.pairing import Survey, survey_folder, survey_oxford
from unetkit.data.checking.picturefile import OpenedPicture, open_picture
from unetkit.data.classfile import CLASS_FILE, read_class_file
from unetkit.data.dataset import Dataset, FiledDataset, Progress
from unetkit.data.detection import DataFormat, detect_format
from unetkit.data.folderlayout import IMAGES, MASKS
from unetkit.data.folders import ImageFolder
from unetkit.data.maskcolors import ColorScheme, color_scheme
from unetkit.data.masks import read_mask
from unetkit.data.oxford import OXFORD_CLASSES, OxfordPets, has_oxford_layout
from unetkit.data.pictures import read_picture
from unetkit.data.synthetic import SYNTHETIC
from unetkit.errors import DataError


@dataclass(frozen=True)
class Probed:
    """What is kept of a sample once its pixels are gone.

    Attributes:
        findings: on its files.
        hw: of the picture, None if it is broken.
        digest: of the picture's content, 16 bytes; empty if it is broken.
        fingerprint: None for a broken or flat picture.
        mask: None if it is broken or of another size.
    """

    findings: list[Finding]
    hw: tuple[int, int] | None = None
    digest: bytes = b""
    fingerprint: Fingerprint | None = None
    mask: MaskValues | None = None


class Subject(Protocol):
    """Something with samples in splits.

    Attributes:
        reference: what the user calls it by: an absolute folder or a built-in name.
        splits: names that can be probed.
        findings: what is known without opening a file.
    """

    @property
    def reference(self) -> str: ...

    @property
    def splits(self) -> Mapping[str, tuple[str, ...]]: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    def probe(self, name: str) -> Probed:
        """Open a sample, and collect what is wrong with it."""
        ...

    def files(self, name: str) -> tuple[str, str]:
        """What findings call the picture and the mask of a sample."""
        ...

    def legend(self, masks: Mapping[str, MaskValues], *, all_masks: bool) -> Legend:
        """What the values of masks mean; by the names that `files` gives them."""
        ...

    def look(self, file: str) -> list[BgrFrame | Labels]:
        """What a finding is about: a picture uint8 (H, W, 3) BGR, of a mask its picture and the mask uint8 (H, W).

        Raises:
            DataError: it cannot be read.
        """
        ...


def open_subject(
    reference: str | None, data_dir: Path | None = None, *, data_format: str = AUTO, progress: Progress | None = None
) -> Subject:
    """Open what the user typed for a check, a folder that its reader refuses too.

    Args:
        reference: as for `open_dataset`, like the others.
        data_dir: where sets with a name are looked for.
        data_format: of a folder.
        progress: of a download.

    Raises:
        DataError: no such folder, or one without pictures and masks in a known layout.
        UsageError: an unknown format.
        MissingDependencyError: a package that the format needs is not installed.
    """
    place = Path(reference or "").expanduser().absolute()
    if reference not in (None, OXFORD_PETS, SYNTHETIC) and place.is_dir():
        chosen = detect_format(place).data_format if data_format == AUTO else data_format
        if chosen == DataFormat.OXFORD and has_oxford_layout(place):
            return FileSubject(survey_oxford(place), trimaps=True)
        if chosen == DataFormat.FOLDERS and (place / IMAGES).is_dir() and (place / MASKS).is_dir():
            return FileSubject(survey_folder(place))
    return subject_of(open_dataset(reference, data_dir, data_format=data_format, progress=progress))


def subject_of(dataset: Dataset) -> Subject:
    """A data set that is open already."""
    if isinstance(dataset, OxfordPets):
        return FileSubject(survey_oxford(Path(dataset.reference)), trimaps=True)
    if isinstance(dataset, ImageFolder):
        return FileSubject(survey_folder(Path(dataset.reference)))
    return DatasetSubject(dataset)


class FileSubject:
    """Picture files with mask files: a folder of `images/` and `masks/`, or the Oxford layout with its trimaps."""

    def __init__(self, survey: Survey, *, trimaps: bool = False) -> None:
        self.folder = survey.folder
        self.reference = str(survey.folder)
        self.splits = survey.splits
        self.findings: tuple[Finding, ...] = survey.findings
        self._told = {(finding.code, finding.file) for finding in survey.findings}
        self._samples = survey.samples
        self._trimaps = trimaps
        self._colors: ColorScheme | None = None
        try:
            file = None if trimaps else read_class_file(self.folder / CLASS_FILE)
            self._colors = color_scheme(file) if file is not None and file.masks == "colors" else None
        except DataError as error:
            self.findings += (Finding(code="classes-unusable", file=CLASS_FILE, reason=str(error)),)

    def probe(self, name: str) -> Probed:
        sample = self._samples[name]
        picture_name, mask_name = self.files(name)
        picture, findings = open_picture(sample.picture, picture_name)
        mask, faults = open_mask(sample.mask, mask_name, self._colors.labels_in if self._colors else read_mask)
        findings += [fault for fault in faults if (fault.code, fault.file) not in self._told]
        if picture is None:
            return Probed(findings, mask=mask)
        if mask is not None:
            findings += _size_findings(picture, mask, picture_name, mask_name)
            if mask.hw not in (picture.frame.shape[:2], picture.frame.shape[1::-1]):
                mask = None
        return Probed(
            findings,
            hw=(picture.frame.shape[0], picture.frame.shape[1]),
            digest=blake2b(picture.data, digest_size=16).digest(),
            fingerprint=Fingerprint.of(picture.frame),
            mask=mask,
        )

    def files(self, name: str) -> tuple[str, str]:
        sample = self._samples[name]
        return sample.picture.relative_to(self.folder).as_posix(), sample.mask.relative_to(self.folder).as_posix()

    def legend(self, masks: Mapping[str, MaskValues], *, all_masks: bool) -> Legend:
        if self._trimaps:
            return fixed_legend(tuple(item.name for item in OXFORD_CLASSES), 1, masks)
        if self._colors is not None:
            return fixed_legend(tuple(item.name for item in self._colors.classes), 0, masks)
        return folder_legend(self.folder, masks, all_masks=all_masks)

    def look(self, file: str) -> list[BgrFrame | Labels]:
        path = self.folder / file
        if path.is_relative_to(self.folder / IMAGES):
            return [read_picture(path)]
        picture = self._picture_of.get(path)
        try:
            mask = read_mask(path)
        except DataError:  # then as any picture: a JPEG, or a mask in colour
            mask = read_picture(path)
        return [read_picture(picture), mask] if picture else [mask]

    @functools.cached_property
    def _picture_of(self) -> dict[Path, Path]:
        return {sample.mask: sample.picture for sample in self._samples.values()}


class DatasetSubject:
    """A data set of another kind: its samples are read as a training reads them, and its picture files are opened."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.reference = dataset.reference
        self.splits = dataset.splits
        self.findings: tuple[Finding, ...] = ()
        if isinstance(dataset, FiledDataset):
            listed = {name for names in dataset.splits.values() for name in names}
            self.findings = tuple(
                Finding(code="not-listed", file=name, reason="in no split: left out")
                for name in dataset.names
                if name not in listed
            )

    def probe(self, name: str) -> Probed:
        findings: list[Finding] = []
        picture: OpenedPicture | None = None
        if isinstance(self._dataset, FiledDataset):
            picture, findings = open_picture(self._dataset.picture_file(name), name)
            if picture is None:
                return Probed(findings)
        try:
            frame, labels = self._dataset.read(name)
        except DataError as error:
            return Probed([*findings, Finding(code="sample-unreadable", file=name, reason=printable(str(error)))])
        return Probed(
            findings,
            hw=(frame.shape[0], frame.shape[1]),
            digest=blake2b(picture.data if picture else np.ascontiguousarray(frame).data, digest_size=16).digest(),
            fingerprint=Fingerprint.of(frame),
            mask=MaskValues.of(labels),
        )

    def files(self, name: str) -> tuple[str, str]:
        return name, name

    def legend(self, masks: Mapping[str, MaskValues], *, all_masks: bool) -> Legend:  # noqa: ARG002 (the reader decides)
        try:
            classes = tuple(item.name for item in self._dataset.classes)
        except DataError as error:
            return Legend(
                (), np.full(256, -1), [Finding(code="classes-unusable", file=".", reason=printable(str(error)))]
            )
        return fixed_legend(classes, 0, masks)

    def look(self, file: str) -> list[BgrFrame | Labels]:
        return list(self._dataset.read(file))


def _size_findings(picture: OpenedPicture, mask: MaskValues, picture_name: str, mask_name: str) -> list[Finding]:
    """Sizes that differ, and what the mask's size says of a picture that its EXIF tag turns."""
    height, width = picture.frame.shape[:2]
    turned = picture.orientation in (5, 6, 7, 8)  # by a quarter; 2, 3 and 4 keep the size
    if mask.hw != (height, width) and not (turned and mask.hw == (width, height)):
        reason = f"{mask.hw[1]}x{mask.hw[0]}, the picture is {width}x{height} (width x height)"
        return [Finding(code="size-differs", file=mask_name, reason=reason, others=(picture_name,))]
    if picture.orientation == 1:
        return []
    tag = f"EXIF orientation {picture.orientation}"
    details = {"orientation": picture.orientation}
    if not turned or height == width:
        reason = f"{tag}, and its mask fits it stored and turned; it is read as stored"
        return [Finding(code="picture-turned-unclear", file=picture_name, reason=reason, details=details)]
    way = "as stored" if mask.hw == (height, width) else "turned"
    return [Finding(code="picture-turned", file=picture_name, reason=f"{tag}; its mask fits it {way}", details=details)]
