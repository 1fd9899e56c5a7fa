"""report.html: one page that stands alone and tells in five seconds whether a run is good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import place
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.scoring import mean_of_known
from unetkit.contract.spec import ModelSpec
from unetkit.data.record import DataRecord
from unetkit.data.shards import Rows
from unetkit.pages.document import write_document
from unetkit.pages.flattening import flat
from unetkit.trainer.history import Epoch, best_epoch
from unetkit.trainer.report.assessment import Assessment, PictureScore, Predict, assess
from unetkit.trainer.report.confusion import confusion_table
from unetkit.trainer.report.curves import iou_chart, loss_chart
from unetkit.trainer.report.diagram import reliability_diagram
from unetkit.trainer.report.findings import baseline, findings, verdict
from unetkit.trainer.report.pictures import PictureTiles, TileMaker

_TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 6  # best and worst pictures each


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """What a run is made of.

    Attributes:
        spec: of the model.
        parameters: of the network.
        history: a row each epoch that was trained; one at least.
        seconds: that it took, with all that is not training.
        interrupted: whether it ended before its last epoch.
        config: the resolved settings.
        environment: machine, accelerator and versions, tables inside tables.
        record: of the data.
    """

    spec: ModelSpec
    parameters: int
    history: Sequence[Epoch]
    seconds: float
    interrupted: bool
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    record: DataRecord


def write_report(
    run: RunFolder,
    facts: RunFacts,
    predict: Predict,
    frames: Rows,
    labels: Rows,
    rows: Sequence[int] | NDArray[np.intp],
) -> Assessment:
    """Assess a network on its validation pictures and publish the run's page.

    Args:
        run: the page is its `page`.
        facts: of the run.
        predict: gives the scores of a row, float32 (H, W, C) as the spec says, by the weights that were kept.
        frames: uint8 (N, H, W, 3) BGR, of the spec's size.
        labels: uint8 (N, H, W) truths; 255 is not scored.
        rows: of the validation pictures, in the order of `facts.record.validation`.

    Returns:
        The figures on the page.

    Raises:
        DataError: a truth holds a label outside the classes.
        OutputError: the page cannot be written.
        MissingDependencyError: no Jinja2.
    """
    assessment = assess(predict, labels, rows, facts.record.validation, facts.spec)
    maker, placement = TileMaker(facts.spec), place(facts.spec.input.hw, facts.spec.input)

    def tiles(chosen: Sequence[PictureScore]) -> list[PictureTiles]:
        return [
            maker.tiles(
                item.name,
                item.miou,
                np.asarray(frames[item.row]),
                np.asarray(labels[item.row]),
                postprocess(predict(item.row), placement, facts.spec).labels,
            )
            for item in chosen
        ]

    values = _values(run, facts, assessment)
    values |= {"best": tiles(assessment.best(SHOWN)), "worst": tiles(assessment.worst(SHOWN))}
    write_document(run.page, "report.html", values, folders=[_TEMPLATES])
    return assessment


def _values(run: RunFolder, facts: RunFacts, assessment: Assessment) -> dict[str, Any]:
    accuracy, spec = assessment.accuracy, facts.spec
    ranked = [picture.miou for picture in assessment.pictures]
    middle, tenth = np.percentile(ranked, (50, 10)) if ranked else (float("nan"), float("nan"))
    return {
        "name": run.path.absolute().name,
        "facts": facts,
        "spec": spec,
        "accuracy": accuracy,
        "verdict": verdict(assessment),
        "findings": findings(assessment, facts.history, interrupted=facts.interrupted),
        "baseline": baseline(spec.class_names, assessment.confusion),
        "best_epoch": best_epoch(facts.history),
        "mean_dice": mean_of_known(accuracy.dice),
        "mean_boundary_f1": mean_of_known(accuracy.boundary_f1),
        "reliability": assessment.reliability,
        "diagram": reliability_diagram(assessment.reliability),
        "charts": (iou_chart(facts.history), loss_chart(facts.history)),
        "classes": list(_class_rows(spec, assessment)),
        "confusion": confusion_table(spec.class_names, assessment.confusion),
        "picture_median": float(middle),
        "picture_tenth": float(tenth),
        "tables": {"Settings": _told(facts.config), "Environment": _told(facts.environment)},
    }


def _class_rows(spec: ModelSpec, assessment: Assessment) -> Iterator[dict[str, Any]]:
    accuracy = assessment.accuracy
    pixels = assessment.confusion.sum(1)
    for label, item in enumerate(spec.classes):
        yield {
            "name": item.name,
            "rgb": f"rgb({item.bgr[2]} {item.bgr[1]} {item.bgr[0]})",
            "pixels": float(pixels[label] / pixels.sum()) if pixels.sum() else float("nan"),
            "figures": (
                accuracy.iou[label],
                accuracy.dice[label],
                assessment.precision[label],
                assessment.recall[label],
                accuracy.boundary_f1[label],
            ),
        }


def _told(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: "–" if value is None or value == "" else str(value) for name, value in flat(table)}
