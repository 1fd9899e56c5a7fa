"""ArtifactMaker: writes an artifact, stamps it with how it came about, and measures it as its users open it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from unetkit.contract.artifact import sha256_of, size_bytes_of, write_spec
from unetkit.contract.spec import ModelSpec, Scalar
from unetkit.export.calibration import CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.parity import Reference
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.result import ExportResult
from unetkit.export.signature import read_signature
from unetkit.export.target import Target
from unetkit.export.tflite_metadata import describe_tflite
from unetkit.export.toolchain import quiet
from unetkit.export.validation import SPLIT, ValidationSet
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.backends.operators import OperatorCount, count_operators
from unetkit.runtime.segmenter import Segmenter
from unetkit.version import VERSION


@dataclass(frozen=True, kw_only=True)
class ArtifactMaker:
    """All that the artifacts of one export share.

    Attributes:
        spec: of the checkpoint.
        checkpoint_sha256: its digest.
        converter: writes the network.
        calibration: what int8 is calibrated on.
        reference: the Keras model's answers.
        validation: what accuracy is measured on.
        tell: told in words what comes next.
    """

    spec: ModelSpec
    checkpoint_sha256: str
    converter: Converter
    calibration: CalibrationSet | None
    reference: Reference
    validation: ValidationSet
    tell: Callable[[str], None]

    def make(self, target: Target, folder: Path, recipe: Recipe | None = None) -> ExportResult:
        """Write the target's files into the folder and measure them.

        Args:
            target: what to make.
            folder: where.
            recipe: how int8 is quantised; not looked at for others.

        Raises:
            VerificationError: the artifact does not hold what every artifact promises.
        """
        self.tell(f"writing {target.file}")
        path = self.converter.write(target, folder, recipe)
        operators = count_operators(path) if target.precision == "int8" else None
        describe_tflite(path, self.spec)
        write_spec(path, self._stamped(target, recipe, operators))
        self.tell(f"verifying {target.file}")
        signature = read_signature(path, target)
        signature.require(target, self.spec)
        with opened(path) as artifact:
            parity = self.reference.compare(artifact, signature)
            accuracy = measure_accuracy(artifact, self.validation.pairs(), SPLIT)
        trained = self.reference.accuracy
        return ExportResult(
            target=target,
            file=target.file,
            bytes=size_bytes_of(path),
            sha256=sha256_of(path),
            parity=parity,
            accuracy=accuracy,
            miou_change=accuracy.miou - trained.miou,
            iou_change=tuple(given - before for given, before in zip(accuracy.iou, trained.iou, strict=True)),
            operators=operators,
            recipe=recipe if target.precision == "int8" else None,
        )

    def _stamped(self, target: Target, recipe: Recipe | None, operators: OperatorCount | None) -> ModelSpec:
        """The trained spec and how this artifact came from it; no time of day: a run gives the same file again."""
        provenance: dict[str, Scalar] = {
            **self.spec.provenance,
            "precision": target.precision,
            "exported_by": f"unetkit {VERSION}",
            "checkpoint_sha256": self.checkpoint_sha256,
        }
        if target.precision == "int8":
            for part in (self.calibration, recipe, operators):
                provenance.update(part.provenance() if part else {})
        return replace(self.spec, provenance=provenance)


def opened(path: Path) -> Segmenter:
    """On the CPU: a GPU may shorten float32 to 19 bits (TF32), and the difference would not be the export's."""
    with quiet():
        return Segmenter.open(path, device="cpu")
