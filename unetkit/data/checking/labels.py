"""What the values of the masks mean, and the masks that do not fit into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.data.checking.finding import Finding
from unetkit.data.checking.maskfile import MaskValues
from unetkit.data.classes import CLASSES_FILE, MAX_UNNAMED, ClassScheme, class_names, class_scheme
from unetkit.data.classfile import CLASS_FILE, read_class_file
from unetkit.errors import DataError

_BINARY = frozenset({0, 255})
_SHOWN = 5  # values named in a reason


@dataclass(frozen=True)
class Legend:
    """The classes and the label of each value.

    Attributes:
        classes: names; the index is the label.
        label_of_value: int (256,), -1 for a value that is no class and for the ignore value.
        findings: masks whose values do not fit.
    """

    classes: tuple[str, ...]
    label_of_value: NDArray[np.int64]
    findings: list[Finding] = field(default_factory=list)


def fixed_legend(classes: tuple[str, ...], first_value: int, masks: Mapping[str, MaskValues]) -> Legend:
    """A data set whose reader fixes the values: class 0 is `first_value`, the next ones follow.

    Labels that a reader made start at 0 and may hold 255, which is ignored; stored trimaps start at 1 and may not.
    """
    table = np.full(256, -1)
    table[first_value : first_value + len(classes)] = np.arange(len(classes))
    allowed = set(np.flatnonzero(table >= 0).tolist()) | ({IGNORE_LABEL} if first_value == 0 else set())
    wanted = f"expected {first_value}..{first_value + len(classes) - 1}"
    return Legend(classes, table, _strangers(masks, allowed, "value-no-class", wanted))


def folder_legend(folder: Path, masks: Mapping[str, MaskValues], *, all_masks: bool) -> Legend:
    """The classes of an `images/` and `masks/` folder, decided as `data.classes.class_scheme` decides them.

    Where most masks that are not empty hold 0 and 255 only, that is what is meant, and the others are the ones that do
    not fit; the reader would take 255 for "ignore" in all of them as soon as one mask held a 1.

    Args:
        folder: may hold `classes.toml` or `classes.txt`.
        masks: values by file name.
        all_masks: False if they are a sample, from which nothing can be said on a value that is missing.
    """
    if not masks:
        return Legend((), np.full(256, -1))
    held = {Path(name): frozenset(mask.values.tolist()) for name, mask in masks.items()}
    try:
        file = read_class_file(folder / CLASS_FILE)
        if file is not None and file.names_values:
            return _told_legend(class_scheme(folder, {}), masks)
        names = tuple(entry.name for entry in file.entries) if file else class_names(folder / CLASSES_FILE)
    except DataError as error:
        return Legend((), np.full(256, -1), [Finding(code="classes-unusable", file=".", reason=str(error))])
    seen = frozenset().union(*held.values())
    binary = sum(values <= _BINARY and 255 in values for values in held.values())
    if 2 * binary > sum(values != {0} for values in held.values()) and len(names) in {0, 2}:
        return _binary_legend(folder, masks, held, names)
    ignored = {IGNORE_LABEL} if seen - _BINARY else set()
    ids = seen - ignored
    if names:
        allowed = set(range(len(names)))
    elif all_masks:
        gap = next(value for value in range(257) if value not in ids)
        allowed = {value for value in ids if value <= min(gap, MAX_UNNAMED - 1)}
    else:
        allowed = {value for value in ids if value < MAX_UNNAMED}
    wanted = f"{len(names)} classes are named" if names else "expected 0..C-1 without a gap, or 0 and 255 only"
    findings = _strangers(masks, allowed | ignored, "value-no-class", wanted)
    if not findings and all_masks:
        findings = _refusal(folder, held)
    if not any(255 in values and values - _BINARY for values in held.values()):
        findings += [
            Finding(
                code="value-mixed",
                file=name,
                reason="it holds 0 and 255 and the others 0..C-1: all of its object is ignored",
                details={"pixels": mask.count(255)},
            )
            for name, mask in masks.items()
            if 255 in mask.values and ignored
        ]
    count = len(names) or max(allowed, default=-1) + 1
    table = np.full(256, -1)
    table[:count] = np.arange(count)
    return Legend(names or _unnamed(count), table, findings)


def mask_findings(masks: Mapping[str, MaskValues], legend: Legend) -> list[Finding]:
    """Masks that hold one class only, or nothing but the ignore value."""
    findings: list[Finding] = []
    for name, mask in masks.items():
        labels = np.unique(legend.label_of_value[mask.values])
        if labels.tolist() == [-1] and mask.values.tolist() == [IGNORE_LABEL]:
            findings.append(Finding(code="mask-all-ignored", file=name, reason="it is 255 everywhere"))
        elif len(labels) == 1 and labels[0] >= 0:
            label, value = int(labels[0]), int(mask.values[0])
            reason = f"nothing but {legend.classes[label]} (value {value})"
            findings.append(Finding(code="mask-one-class", file=name, reason=reason, details={"value": value}))
    return findings


def _told_legend(scheme: ClassScheme, masks: Mapping[str, MaskValues]) -> Legend:
    """What `classes.toml` says of values."""
    table = np.where(
        scheme.known & (scheme.labels_of_value != IGNORE_LABEL), scheme.labels_of_value.astype(np.int64), -1
    )
    allowed = set(np.flatnonzero(scheme.known).tolist())
    names = tuple(item.name for item in scheme.classes)
    return Legend(names, table, _strangers(masks, allowed, "value-no-class", f"{CLASS_FILE} names others"))


def _binary_legend(
    folder: Path, masks: Mapping[str, MaskValues], held: Mapping[Path, frozenset[int]], names: tuple[str, ...]
) -> Legend:
    refused = bool(_refusal(folder, held))
    findings = _strangers(
        masks, set(_BINARY), "value-no-class" if refused else "value-mixed", "most masks hold 0 and 255"
    )
    table = np.full(256, -1)
    table[[0, 255]] = [0, 1]
    return Legend(names or _unnamed(2), table, findings)


def _strangers(masks: Mapping[str, MaskValues], allowed: set[int], code: str, wanted: str) -> list[Finding]:
    findings: list[Finding] = []
    for name, mask in masks.items():
        strange = ~np.isin(mask.values, sorted(allowed))
        if not strange.any():
            continue
        values, pixels = mask.values[strange].tolist(), int(mask.pixels[strange].sum())
        listed = ", ".join(map(str, values[:_SHOWN])) + (
            f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
        )
        share = pixels / int(mask.pixels.sum())
        smooth = "; a smoothed or JPEG-made mask" if len(values) > MAX_UNNAMED else ""
        reason = f"holds {listed} in {pixels:,} pixels ({share:.2%}), {wanted}{smooth}"
        details = {"values": len(values), "first_value": values[0], "pixels": pixels}
        findings.append(Finding(code=code, file=name, reason=reason, details=details))
    return findings


def _refusal(folder: Path, held: Mapping[Path, frozenset[int]]) -> list[Finding]:
    """The reader's own word, where it refuses the masks together."""
    try:
        class_scheme(folder, held)
    except DataError as error:
        return [Finding(code="classes-unusable", file=".", reason=str(error))]
    return []


def _unnamed(count: int) -> tuple[str, ...]:
    return ("background", "object") if count == 2 else tuple(f"class_{index}" for index in range(count))
