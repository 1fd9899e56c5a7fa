"""The export, from top to bottom: a trained run becomes artifacts that are proven to be the trained model."""

from collections.abc import Callable, Collection
from pathlib import Path

from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord
from unetkit.deployment.network import for_inference
from unetkit.export.calibration import DEFAULT_FRAMES, CalibrationSet
from unetkit.export.converter import Converter
from unetkit.export.fitting import Fitter
from unetkit.export.folder.contents import write_contents
from unetkit.export.limits import require_max_drop, require_within_limits
from unetkit.export.making import ArtifactMaker, opened
from unetkit.export.parity import Reference
from unetkit.export.proving import proven
from unetkit.export.publication import published_folder
from unetkit.export.quantisation.recipe import AUTO_RECIPE, Recipe
from unetkit.export.result import ExportSummary
from unetkit.export.target import DEFAULT_FORMATS, EXPORTED_FILES, choose_targets
from unetkit.export.toolchain import quiet, require_toolchain
from unetkit.export.validation import ValidationSet
from unetkit.proof.golden import GoldenSet
from unetkit.runtime.checkpoint import Checkpoint


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
    recipe: Recipe = AUTO_RECIPE,
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
        recipe: how int8 is quantised first; where it loses more than `max_drop`, others are searched.
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
        recipe = recipe.resolved(learned=checkpoint.ranges is not None)
        record = DataRecord.read(run.split)
        cache = record.open_cache(checkpoint.spec.input)
        calibration = None
        if int8:
            classes = checkpoint.spec.class_names
            calibration = CalibrationSet.draw(
                cache, record.train, class_names=classes, count=calibration_frames, seed=seed
            )
        validation = ValidationSet.of(record, cache)
        tell(f"measuring the Keras model on {len(validation)} validation images")
        with opened(run.checkpoint) as keras_model:
            reference = Reference.measure(keras_model, validation)
            golden = GoldenSet.make(keras_model, validation.compared())

        network = for_inference(checkpoint.model, checkpoint.spec.input)
        maker = ArtifactMaker(
            spec=checkpoint.spec,
            checkpoint_sha256=checkpoint.sha256,
            converter=Converter(network, checkpoint.spec.input, calibration, checkpoint.ranges),
            calibration=calibration,
            reference=reference,
            validation=validation,
            tell=tell,
        )
        results = []
        for target in targets:
            result = maker.make(target, unpublished, recipe)
            if calibration and target.precision == "int8" and -100 * result.miou_change > max_drop:
                fitter = Fitter(maker=maker, calibration=calibration, max_drop=max_drop)
                result = fitter.fit(result, recipe, unpublished)
            results.append(result)

        summary = ExportSummary(
            folder=folder,
            checkpoint=run.checkpoint,
            checkpoint_sha256=checkpoint.sha256,
            keras=reference.accuracy,
            max_drop=max_drop,
            calibration=calibration,
            results=tuple(results),
        )
        require_within_limits(summary.results, max_drop=max_drop)
        summary = proven(summary, unpublished, golden, validation, tell)
        write_contents(unpublished, summary.to_dict(), checkpoint.spec, record)
    return summary


def _nothing(_: str) -> None:
    """Nobody listens to the steps."""
