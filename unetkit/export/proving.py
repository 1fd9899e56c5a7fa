"""The artifacts of one export in every engine that opens them here, and the golden frames that travel with them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from unetkit.export.result import ExportSummary
from unetkit.export.validation import SPLIT, ValidationSet
from unetkit.proof.engines import EngineProof, prove
from unetkit.proof.golden import FOLDER, AtExport, GoldenSet
from unetkit.runtime.accuracy import measure_accuracy
from unetkit.runtime.segmenter import Segmenter


def proven(
    summary: ExportSummary,
    folder: Path,
    golden: GoldenSet,
    validation: ValidationSet,
    tell: Callable[[str], None],
) -> ExportSummary:
    """Prove what lies in `folder`, put the golden frames beside it, and give the summary with its proofs.

    An artifact's accuracy in its own engine has been measured already; other engines do the validation split here.
    """
    measured = {result.file: result for result in summary.results}

    def accuracy(artifact: Segmenter, row: EngineProof) -> tuple[float, float]:
        result = measured[row.file]
        if row.own:
            return result.accuracy.miou, result.miou_change
        miou = measure_accuracy(artifact, validation.pairs(), SPLIT).miou
        return miou, miou - summary.keras.miou

    paths = [folder / file for file in measured]
    proofs = prove(paths, golden, max_drop=summary.max_drop, accuracy=accuracy, on_step=tell)
    own = {row.file: row.parity for row in proofs.engines if row.own and row.parity}
    artifacts = tuple(
        AtExport(
            file=result.file,
            sha256=result.sha256,
            precision=result.target.precision,
            max_abs_difference=own[result.file].max_abs_difference,
            mask_agreement=own[result.file].mask_agreement,
            miou=result.accuracy.miou,
            miou_change=result.miou_change,
        )
        for result in summary.results
    )
    replace(golden, artifacts=artifacts).write(folder / FOLDER)
    return replace(summary, proofs=proofs)
