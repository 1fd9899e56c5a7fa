"""A model card: what a model is for, what it was made of, how good and how fast it is, and where it ends.

After Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993).
"""

from collections.abc import Mapping
from pathlib import Path

from unetkit.benchmarks.report import ArtifactTimes, BenchReport
from unetkit.benchmarks.table import header
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import ModelSpec
from unetkit.models.measurement import Measurement
from unetkit.models.recipe import Recipe
from unetkit.pages.markdown import bullet, points, share, table
from unetkit.runtime.builtin import BuiltinModel
from unetkit.version import VERSION

_TIMED = ("infer", "end_to_end")


def card_text(
    recipe: Recipe,
    model: BuiltinModel,
    spec: ModelSpec,
    measured: Measurement,
    *,
    pictures: Mapping[str, int],
) -> str:
    """The card as Markdown.

    Args:
        recipe: the words.
        model: its files.
        spec: inside each of them.
        measured: the figures.
        pictures: how many were trained on, held out and scored, each under its name.
    """
    shape = spec.input
    facts = {
        "classes": ", ".join(f"{index} {name}" for index, name in enumerate(spec.class_names)),
        "input": f"uint8 (1, {shape.height}, {shape.width}, 3) BGR, frame fitted by {shape.fit}",
        "network": f"{spec.provenance['network']}, {model.parameters:,} parameters, {spec.head} head",
        "data": recipe.data,
    }
    parts = [
        f"# {recipe.name}",
        recipe.task,
        table(("", ""), facts.items()),
        "## Accuracy",
        _accuracy(model, measured),
        *map(bullet, recipe.remarks),
        "## Latency",
        *map(_latency, measured.latency),
        "## Data and licence",
        recipe.licence,
        recipe.citation,
        "## Splits",
        recipe.splits,
        ", ".join(f"{count:,} pictures {what}" for what, count in pictures.items()) + ".",
        "## Limits",
        "\n".join(map(bullet, recipe.limits)),
        "## Made by",
        f"    python -m unetkit.models.make {recipe.name} --data DATA",
        *_settings(recipe),
        table(("what", "SHA-256"), _digests(model, spec).items()),
    ]
    return "\n\n".join(parts) + "\n"


def _settings(recipe: Recipe) -> list[str]:
    of = [f", stage {stage.name}" if len(recipe.stages) > 1 else "" for stage in recipe.stages]
    return [
        f"unetkit {VERSION}, settings{which}: {', '.join(f'{key} {value}' for key, value in stage.settings.items())}."
        for which, stage in zip(of, recipe.stages, strict=True)
    ]


def _accuracy(model: BuiltinModel, measured: Measurement) -> str:
    trained = measured.trained
    rows = [("trained, float32", "-", *_shares(trained), "-")]
    for item, report in zip(model.files, measured.files, strict=True):
        change = points(report.miou - trained.miou)
        rows.append((item.file, f"{item.bytes:,}", *_shares(report), change))
    classes = model.class_names
    title = (
        f"{trained.split} split, {trained.images:,} pictures at their own size, {len(classes)} classes "
        f"({', '.join(classes)}); the change is in points of mIoU."
    )
    columns = ("model", "bytes", "pixel accuracy", "mIoU", *(f"IoU {name}" for name in classes), "change")
    return f"{title}\n\n{table(columns, rows)}"


def _shares(report: AccuracyReport) -> list[str]:
    return [share(value) for value in (report.pixel_accuracy, report.miou, *report.iou)]


def _latency(report: BenchReport) -> str:
    columns = (
        "model",
        "engine",
        "threads",
        *(f"{stage} {figure}, ms" for stage in _TIMED for figure in ("p50", "p99")),
    )
    return f"{'; '.join(header(report))}\n\n{table(columns, map(_times, report.artifacts))}"


def _times(artifact: ArtifactTimes) -> list[str]:
    stages = {stage.name: stage for stage in artifact.stages}
    figures = (f"{value:.2f}" for name in _TIMED for value in (stages[name].p50_ms, stages[name].p99_ms))
    return [Path(artifact.path).name, artifact.engine, str(artifact.threads), *figures]


def _digests(model: BuiltinModel, spec: ModelSpec) -> dict[str, str]:
    files = {item.file: item.sha256 for item in model.files}
    origin = {"data": "data_digest", "checkpoint": "checkpoint_sha256", "calibration frames": "calibration_sha256"}
    return {**files, **{what: str(spec.provenance[key]) for what, key in origin.items()}}
