"""Masks of pictures as a file of COCO annotations (cocodataset.org, "Data format"), to correct by hand or train on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.contract.publish import publish_text
from unetkit.contract.spec import ModelSpec
from unetkit.runtime.maskjson import describe_mask
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.shown import background_labels


class CocoFile:
    """Writes the file on `close`, whole or not at all; without a frame there is none.

    Each class that a picture shows is one annotation, with a compressed run-length mask; the background is none. A
    category's id is its label and 1. Pictures are named from the file's folder on where they lie in it, so that the
    file can be opened as a data set; else by their names alone.

    Args:
        path: the file, .json.
        spec: the model's.
        pictures: what the frames are of, in their order.
    """

    wants_drawn = False

    def __init__(self, path: Path, spec: ModelSpec, pictures: Sequence[Path]) -> None:
        self._path, self._spec, self._pictures = path, spec, tuple(pictures)
        self._background = background_labels(spec)
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:  # noqa: ARG002 (the protocol's arguments)
        height, width = mask.labels.shape
        number = len(self._images) + 1
        name = self._name(self._pictures[frame.index])
        self._images.append({"id": number, "file_name": name, "width": width, "height": height})
        for item in describe_mask(mask.labels, self._spec, "rle"):
            if item["label"] not in self._background and item["box"] is not None:
                self._annotations.append(
                    {
                        "id": len(self._annotations) + 1,
                        "image_id": number,
                        "category_id": item["label"] + 1,
                        "segmentation": item["rle"],
                        "area": round(item["share"] * height * width),
                        "bbox": item["box"],
                        "iscrowd": 0,
                    }
                )
        return True

    def idle(self, drawn: BgrFrame | None) -> bool:  # noqa: ARG002 (the protocol's argument)
        return True

    def close(self) -> None:
        if not self._images:
            return
        categories = [
            {"id": label + 1, "name": item.name}
            for label, item in enumerate(self._spec.classes)
            if label not in self._background
        ]
        whole = {"images": self._images, "annotations": self._annotations, "categories": categories}
        publish_text(self._path, json.dumps(whole, ensure_ascii=False))
        self._images = []

    def _name(self, picture: Path) -> str:
        try:
            return picture.absolute().relative_to(self._path.absolute().parent).as_posix()
        except ValueError:
            return picture.name
