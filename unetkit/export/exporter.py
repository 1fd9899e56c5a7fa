"""The export, from top to bottom: a trained run becomes artifacts that are proven to be the trained model."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from unetkit.contract.artifact import sha256_of, size_bytes_of, write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec, Scalar
from unetkit.data.record import DataRecord
from unetkit.export.calibration import DEFAULT_FRAMES, CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.limits import require_max_drop, require_within_limits
from unetkit.export.network import for_inference
from unetkit.export.parity import Reference
from unetkit.export.publication import published_folder
from unetkit.export.result import ExportResult, ExportSummary
from unetkit.export.signature import read_signature
from unetkit.export.target import DEFAULT_FORMATS, EXPORTED_FILES, REPORT_FILE, Target, choose_targets
from unetkit.export.tflite_metadata import describe_tflite
from unetkit.export.toolchain import quiet, require_toolchain
from unetkit.export.validation import SPLIT, ValidationSet
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.runtime.segmenter import Segmenter
from unetkit.version import VERSION


def export_run(
    run: RunFolder,
    *,
    out: Path | None = None,
    formats: Collection[str] = DEFAULT_FORMATS,
    int8: bool = False,
    fp16: bool = False,
    dynamic: bool = False,
    max_drop: float = 1.0,
    calibration_frames: int = DEFAULT_FRAMES,
    seed: int = 0,
    on_step: Callable[[str], None] | None = None,
) -> ExportSummary:
    """Export a run's best checkpoint; publish every artifact or none.

    Args:
        run: a trained run.
        out: the folder to publish; the run's own export folder when None. What an earlier export left there is
            replaced as a whole.
        formats: of `onnx`, `tflite`, `openvino`, `saved_model`; float32 of each is always made.
        int8: also fully quantised artifacts.
        fp16: also half precision artifacts.
        dynamic: also TFLite with int8 weights alone.
        max_drop: points of mIoU on the validation split (1.0 = 0.010) that an artifact may lose.
        calibration_frames: training frames that int8 is calibrated on.
        seed: draws them.
        on_step: told in words what comes next.

    Raises:
        UsageError: a format, limit or folder that does not go.
        MissingDependencyError: the training extra is not installed.
        ArtifactError: the checkpoint cannot be read.
        DataError: the run's frames are gone, or there are none to calibrate or measure on.
        VerificationError: an artifact is not the model; nothing was published.
        OutputError: the folder cannot be written.
    """
    targets = choose_targets(formats, int8=int8, fp16=fp16, dynamic=dynamic)
    require_max_drop(max_drop)
    require_toolchain({target.format for target in targets})
    tell = on_step or _nothing
    folder = out or run.export
    with published_folder(folder, EXPORTED_FILES) as unpublished:
        tell(f"reading {run.checkpoint}")
        with quiet():
            checkpoint = Checkpoint.load(run.checkpoint)
        record = DataRecord.read(run.split)
        cache = record.open_cache(checkpoint.spec.input)
        calibration = CalibrationSet.draw(cache, record.train, count=calibration_frames, seed=seed) if int8 else None

        validation = ValidationSet.of(record, cache)
        tell(f"measuring the Keras model on {len(validation)} validation images")
        with _opened(run.checkpoint) as keras_model:
            reference = Reference.measure(keras_model, validation)

        network = for_inference(checkpoint.model, checkpoint.spec.input)
        converter = Converter(network, checkpoint.spec.input, calibration)
        results = []
        for target in targets:
            tell(f"writing {target.file}")
            path = converter.write(target, unpublished)
            describe_tflite(path, checkpoint.spec)
            write_spec(path, _stamped(checkpoint, target, calibration))
            tell(f"verifying {target.file}")
            results.append(_verified(path, target, checkpoint.spec, reference, validation))

        summary = ExportSummary(
            folder=folder,
            checkpoint=run.checkpoint,
            checkpoint_sha256=checkpoint.sha256,
            keras=reference.accuracy,
            max_drop=max_drop,
            calibration_names=calibration.names if calibration else (),
            calibration_sha256=calibration.sha256 if calibration else None,
            results=tuple(results),
        )
        require_within_limits(summary.results, max_drop=max_drop)
        text = json.dumps(summary.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        (unpublished / REPORT_FILE).write_text(text, encoding="utf-8")
    return summary


def _stamped(checkpoint: Checkpoint, target: Target, calibration: CalibrationSet | None) -> ModelSpec:
    """The trained spec, and how this artifact came from it; no time of day, so that a run gives the same file again."""
    provenance: dict[str, Scalar] = {
        **checkpoint.spec.provenance,
        "precision": target.precision,
        "exported_by": f"unetkit {VERSION}",
        "checkpoint_sha256": checkpoint.sha256,
    }
    if calibration and target.precision == "int8":
        provenance["calibration_frames"] = len(calibration.names)
        provenance["calibration_sha256"] = calibration.sha256
    return replace(checkpoint.spec, provenance=provenance)


def _verified(
    path: Path, target: Target, spec: ModelSpec, reference: Reference, validation: ValidationSet
) -> ExportResult:
    """Open an artifact as its users do and measure it."""
    signature = read_signature(path, target)
    signature.require(target, spec)
    with _opened(path) as artifact:
        parity = reference.compare(artifact, signature)
        accuracy = measure_accuracy(artifact, validation.pairs(), SPLIT)
    return ExportResult(
        target=target,
        file=target.file,
        bytes=size_bytes_of(path),
        sha256=sha256_of(path),
        parity=parity,
        accuracy=accuracy,
        miou_change=accuracy.miou - reference.accuracy.miou,
        iou_change=tuple(given - trained for given, trained in zip(accuracy.iou, reference.accuracy.iou, strict=True)),
    )


def _opened(path: Path) -> Segmenter:
    """On the CPU: a GPU may shorten float32 to 19 bits (TF32), and the difference would not be the export's."""
    with quiet():
        return Segmenter.open(path, device="cpu")


def _nothing(_: str) -> None:
    """Nobody listens to the steps."""
