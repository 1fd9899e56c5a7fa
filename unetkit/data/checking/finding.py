"""One thing that is wrong, or worth knowing, with one file; and the kinds there are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error stops a training; a warning spoils its figures or its result; a note is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Kind:
    """What findings of one code have in common: how bad it is, what it is, and what to do about it."""

    severity: Severity
    title: str
    advice: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
KINDS: Mapping[str, Kind] = {
    "file-missing": Kind(_E, "listed files that are not there", "copy them again or take their names off the list"),
    "file-unreadable": Kind(_E, "files that cannot be read", "mend the permissions or the link"),
    "file-empty": Kind(_E, "files of zero bytes", "copy them again or leave the pair out"),
    "name-not-utf8": Kind(_E, "names that are not UTF-8", "rename picture and mask"),
    "picture-without-mask": Kind(_E, "pictures without mask", "add the masks or take the pictures out"),
    "mask-without-picture": Kind(_E, "masks without picture", "add the pictures or take the masks out"),
    "name-twice": Kind(_E, "files that share a name", "keep one of them, or rename picture and mask"),
    "picture-broken": Kind(_E, "broken pictures", "copy them again or leave the pairs out"),
    "mask-jpeg": Kind(_E, "JPEG masks", "make the masks again as PNG: JPEG has changed their values"),
    "mask-not-png": Kind(_E, "masks that are not PNG", "save the masks as PNG, one value a class"),
    "mask-broken": Kind(_E, "broken masks", "copy them again or leave the pairs out"),
    "mask-colour": Kind(_E, "masks in colour", "save one value a class: grey PNG 0..C-1 or 0/255, or a palette PNG"),
    "mask-too-deep": Kind(_E, "masks with values above 255", "save them with 8 bits, one value a class"),
    "size-differs": Kind(_E, "masks of another size than their picture", "export the masks at the picture's size"),
    "value-no-class": Kind(_E, "mask values that are no class", "correct the masks, or name the class in classes.toml"),
    "classes-unusable": Kind(_E, "classes that cannot be made out", "correct classes.toml, classes.txt or the masks"),
    "split-overlap": Kind(_E, "names in two splits", "leave each name in one list"),
    "split-unknown": Kind(_E, "names in a split list without a picture", "correct the list; one name a line"),
    "split-empty": Kind(_E, "empty split lists", "fill the list or remove it"),
    "split-outside": Kind(_E, "pictures outside the split folders", "move them into train/, val/ or test/"),
    "sample-unreadable": Kind(_E, "samples that cannot be read", "correct or leave out what the reason names"),
    "nothing-to-read": Kind(_E, "no picture with a mask", "put pictures into images/ and their masks into masks/"),
    "picture-grey-end": Kind(_W, "JPEGs whose end is missing", "look at them; copy them again or leave the pairs out"),
    "picture-flat": Kind(_W, "pictures of one colour", "leave the pairs out"),
    "picture-deep": Kind(_W, "pictures with more than 8 bits", "stretch them to 8 bits yourself, all alike"),
    "picture-alpha": Kind(_W, "see-through pictures", "flatten them onto the background that is meant"),
    "picture-cmyk": Kind(_W, "CMYK pictures", "convert them to sRGB with their colour profile"),
    "picture-turned-unclear": Kind(
        _W, "turned pictures whose size does not tell how the mask was drawn", "turn the pixels and drop the EXIF tag"
    ),
    "value-mixed": Kind(_W, "masks in another convention than the rest", "write all masks in one way, 0/255 or 0..C-1"),
    "mask-one-class": Kind(_W, "masks of one class only", "look whether they were drawn at all"),
    "mask-all-ignored": Kind(
        _W, "masks that are ignored everywhere", "leave the pairs out: nothing is learned of them"
    ),
    "mask-repeated": Kind(_W, "masks that belong to another picture too", "look which picture the mask was drawn for"),
    "class-missing": Kind(_W, "classes without a pixel", "add pictures of the class, or take it off the list"),
    "duplicate": Kind(_W, "pictures that are there twice", "keep one: a drawn validation split may hold its twin"),
    "duplicate-across": Kind(_W, "pictures that are in two splits", "keep it in one split: the scores are too good"),
    "duplicate-contradicts": Kind(_W, "masks that contradict the one of the same picture", "keep the right mask"),
    "near-duplicate": Kind(_W, "near-duplicates within a split", "keep one, or see that both stay on one side"),
    "near-duplicate-across": Kind(_W, "near-duplicates across splits", "keep them in one split: scores are too good"),
    "picture-turned": Kind(_N, "turned pictures", "nothing: picture and mask are read alike, their sizes say how"),
    "picture-opaque-alpha": Kind(_N, "pictures with an unused alpha channel", "nothing: it is dropped"),
    "picture-grey": Kind(_N, "grey pictures", "nothing if the camera is grey too; else add colour pictures"),
    "suffix-differs": Kind(_N, "files of another format than their suffix", "nothing: files are read by their content"),
    "name-not-ascii": Kind(_N, "names beyond ASCII", "nothing here; other tools may not find them"),
    "file-ignored": Kind(_N, "files that are no picture by their suffix", "convert them if they are meant to be used"),
    "not-listed": Kind(_N, "pairs that stand in no split list", "add them to a list if they are meant to be used"),
    "class-rare": Kind(_N, "rare classes", "add pictures of the class, or expect a low score"),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A fault or a remark.

    Attributes:
        code: a key of `KINDS`.
        file: relative to the data set's folder, with `/`; or the name of a sample, class or list.
        reason: what exactly, with the values found.
        others: files it is about too: a duplicate's twin.
        details: the figures of the reason, for machines.
    """

    code: str
    file: str
    reason: str
    others: tuple[str, ...] = ()
    details: Mapping[str, int | float | str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return KINDS[self.code]

    def to_dict(self) -> dict[str, object]:
        """The finding for JSON; names are as `printable` writes them."""
        return {
            "severity": self.kind.severity.value,
            "code": self.code,
            "file": printable(self.file),
            "others": [printable(name) for name in self.others],
            "reason": self.reason,
            "advice": self.kind.advice,
            "details": dict(self.details),
        }


def printable(name: str) -> str:
    r"""A file's name for people: what no terminal or UTF-8 file can hold becomes `\x..`, as bytes or code points."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def ordered(findings: list[Finding]) -> list[Finding]:
    """The worst first: by severity, then as `KINDS` lists the codes, then by file."""
    rank = {code: index for index, code in enumerate(KINDS)}
    return sorted(findings, key=lambda finding: (rank[finding.code], finding.file))
