"""What an export gives back: a result for each artifact, and the summary that its report file holds."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.contract.scoring import AccuracyReport
from unetkit.export.calibration import CalibrationSet
from unetkit.export.parity import ParityReport
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.quantisation.search import Search
from unetkit.export.target import Target
from unetkit.proof.engines import Proofs
from unetkit.runtime.backends.operators import OperatorCount

_SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """One artifact, measured through the runtime.

    Attributes:
        target: its format and precision.
        file: its name in the export folder.
        bytes: its size.
        sha256: of the file.
        parity: against the Keras model.
        accuracy: on the validation split.
        miou_change: mIoU minus the Keras model's; negative is worse.
        iou_change: the same for each class; NaN where the class does not occur.
        operators: of an int8 artifact, how many compute with integers in its engine; None of others.
        recipe: of an int8 artifact, how it was quantised; None of others.
        search: for its recipe, where the first one lost too much.
    """

    target: Target
    file: str
    bytes: int
    sha256: str
    parity: ParityReport
    accuracy: AccuracyReport
    miou_change: float
    iou_change: tuple[float, ...]
    operators: OperatorCount | None = None
    recipe: Recipe | None = None
    search: Search | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: a NaN becomes None."""
        ends = {"input": self.parity.signature.input, "output": self.parity.signature.output}
        return {
            "format": self.target.format,
            "precision": self.target.precision,
            "file": self.file,
            "bytes": self.bytes,
            "sha256": self.sha256,
            "signature": {
                end: {"name": port.name, "dtype": port.dtype, "shape": list(port.shape)} for end, port in ends.items()
            },
            "compared_frames": self.parity.frames,
            "max_abs_difference": _number(self.parity.max_abs_difference),
            "score_range": self.parity.score_range,
            "mask_agreement": self.parity.mask_agreement,
            **_accuracy(self.accuracy),
            "miou_change": self.miou_change,
            "iou_change": _by_class(self.accuracy, self.iou_change),
            "quantisation": self.recipe.to_dict() if self.recipe else None,
            "search": self.search.to_dict() if self.search else None,
            "operators": self.operators.to_dict() if self.operators else None,
        }


@dataclass(frozen=True, kw_only=True)
class ExportSummary:
    """One export of one run.

    Attributes:
        folder: where the artifacts lie.
        checkpoint: the file they were made of.
        checkpoint_sha256: its digest.
        keras: accuracy of the checkpoint itself on the same images.
        max_drop: points of mIoU (hundredths) that each artifact was allowed to lose.
        calibration: the frames int8 was calibrated on; None without int8.
        results: one for each artifact.
        proofs: every artifact in every engine that opens it here, and the verdict on int8; None before they are made.
    """

    folder: Path
    checkpoint: Path
    checkpoint_sha256: str
    keras: AccuracyReport
    max_drop: float
    calibration: CalibrationSet | None
    results: tuple[ExportResult, ...]
    proofs: Proofs | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: a NaN becomes None."""
        return {
            "schema": _SCHEMA,
            "checkpoint": str(self.checkpoint),
            "checkpoint_sha256": self.checkpoint_sha256,
            "keras": _accuracy(self.keras),
            "max_drop": self.max_drop,
            "calibration": self.calibration.to_dict() if self.calibration else None,
            "results": [result.to_dict() for result in self.results],
            **(self.proofs.to_dict() if self.proofs else {}),
        }


def _accuracy(report: AccuracyReport) -> dict[str, Any]:
    return {
        "split": report.split,
        "images": report.images,
        "pixel_accuracy": _number(report.pixel_accuracy),
        "miou": _number(report.miou),
        "iou": _by_class(report, report.iou),
    }


def _by_class(report: AccuracyReport, values: tuple[float, ...]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in zip(report.class_names, values, strict=True)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
