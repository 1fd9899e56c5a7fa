"""Which classes of a model a user wants to see."""

from collections.abc import Sequence

import cv2
import numpy as np

from unetkit.contract.arrays import AnyArray, Labels
from unetkit.contract.spec import ModelSpec
from unetkit.errors import UsageError


class ShownClasses:
    """Names of classes -> labels, and the pixels that have one of them.

    Args:
        spec: the model's.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._names: tuple[str, ...] | None = None
        self._labels: tuple[int, ...] = ()
        self._table = np.zeros(256, np.uint8)
        self._only: int | None = None  # comparing with one label is ten times as fast as the table
        self._all_but: int | None = None

    def labels(self, names: tuple[str, ...]) -> tuple[int, ...]:
        """Labels of these classes, in the model's order; of no names: of all but the background."""
        if names != self._names:
            self._labels = shown_labels(self._spec, names)
            self._table = np.zeros(256, np.uint8)
            self._table[list(self._labels)] = 255
            hidden = [label for label in range(len(self._spec.classes)) if label not in self._labels]
            self._only = self._labels[0] if len(self._labels) == 1 else None
            self._all_but = hidden[0] if len(hidden) == 1 else None
            self._names = names
        return self._labels

    def marked(self, labels: Labels, names: tuple[str, ...], out: AnyArray) -> AnyArray:
        """Other than 0 where a pixel is of these classes: the labels themselves where that will do, or `out`."""
        self.labels(names)
        if self._all_but == 0:
            return labels
        if self._all_but is not None:
            np.not_equal(labels, np.uint8(self._all_but), out=out.view(np.bool_))
        else:
            self.plane(labels, names, out)
        return out

    def plane(self, labels: Labels, names: tuple[str, ...], out: AnyArray) -> None:
        """Write 255 into `out`, uint8 (H, W), where a pixel is of these classes, and 0 elsewhere."""
        self.labels(names)
        if self._only is not None:
            cv2.inRange(labels, (self._only,), (self._only,), out)
        elif self._all_but is not None:
            cv2.inRange(labels, (self._all_but,), (self._all_but,), out)
            cv2.bitwise_not(out, out)
        else:
            cv2.LUT(labels, self._table, out)


def background_labels(spec: ModelSpec) -> tuple[int, ...]:
    """Labels of the classes that are nothing: named "background", and 0 of a binary head."""
    return tuple(
        label
        for label, item in enumerate(spec.classes)
        if item.name.casefold() == "background" or (spec.head == "sigmoid" and label == 0)
    )


def shown_labels(spec: ModelSpec, names: Sequence[str]) -> tuple[int, ...]:
    """Labels of the classes of these names, whatever their case; of no names: of all but the background.

    Raises:
        UsageError: the model has no class of a name.
    """
    if not names:
        background = background_labels(spec)
        return tuple(label for label in range(len(spec.classes)) if label not in background)
    known = {item.name.casefold(): label for label, item in enumerate(spec.classes)}
    for name in names:
        if name.casefold() not in known:
            raise UsageError(f"the model has no class {name!r}; it has {', '.join(item.name for item in spec.classes)}")
    return tuple(sorted({known[name.casefold()] for name in names}))
