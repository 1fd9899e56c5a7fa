"""What commands print: results to standard output, progress to standard error."""

import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from unetkit.contract.artifact import read_format, sha256_of
from unetkit.contract.publish import publish_text
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import ModelSpec

if TYPE_CHECKING:
    from unetkit.benchmarks.bench import BenchReport
    from unetkit.demo import DemoResult
    from unetkit.export.result import ExportSummary
    from unetkit.runtime.builtin import BuiltinModel
    from unetkit.runtime.latency import LatencyReport
    from unetkit.runtime.model_choice import ModelChoice
    from unetkit.runtime.segmenter import Segmenter
    from unetkit.selection.choice import Selection
    from unetkit.trainer.training import TrainEvents, TrainResult

# A path or a class may be named [red] or :cat:, which is no markup here.
Moved = Callable[[int, int], None]  # (done, total)

_out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


@contextlib.contextmanager
def progress(what: str) -> Iterator[Moved]:
    """A bar on standard error that the (done, total) callback moves; nothing where it is no terminal."""
    with _bars() as bar:
        yield bar(what)


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str], Moved]]:
    """Bars by name, in one live display; each shows while its work is under way."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if not _err.is_terminal:
        yield lambda what: lambda done, total: None  # noqa: ARG005 (the callbacks' arguments)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as display:

        def bar(what: str) -> Moved:
            task = display.add_task(what, visible=False)
            return lambda done, total: display.update(task, completed=done, total=total, visible=done < total)

        yield bar


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A callback that names the step being worked on, on standard error."""
    yield lambda text: _err.print(f"  {text}")


@contextlib.contextmanager
def training_events(epochs: int) -> Iterator["TrainEvents"]:
    """A line an epoch, and bars for decoding and for the steps of an epoch."""
    from unetkit.trainer.training import TrainEvents

    with _bars() as bar:
        stepped = bar("epoch")
        yield TrainEvents(
            started=_err.print,
            decoded=bar("decoding"),
            taught=bar("asking the teacher"),
            stepped=lambda step, total, _loss: stepped(step, total),
            epoch_done=lambda epoch: _err.print(epoch.line(epochs)),
        )


def say_selection(selection: "Selection") -> None:
    """The table a network is chosen from, on standard error: it comes before the training's own lines."""
    from rich import box

    from unetkit.benchmarks.table import header

    table = _table("network", "size", "engine", "parameters", "mIoU", "infer", "end to end", "fits")
    table.box = box.SIMPLE_HEAD  # else it would not go into 80 columns
    for row in selection.rows:
        timing = row.timing
        table.add_row(
            timing.candidate.network,
            str(timing.candidate.size),
            timing.engine if timing.device == "CPU" else f"{timing.engine} {timing.device}",
            f"{timing.parameters:,}",
            "-" if row.miou is None else _share(row.miou),
            f"{timing.infer_ms:.2f}",
            f"{timing.end_to_end_ms:.2f}",
            "chosen" if row is selection.first_fitting else "yes" if row.fits else "no",
        )
    for line in header(selection.report):
        _err.print(line)
    if selection.unsteady:
        _err.print("the times vary: the device was busy with something else; on an idle one more may fit")
    _err.print(f"budget: {selection.budget}; int8, p95 in ms, the most capable first (by {selection.order})")
    _err.print(table)


def show_candidates(files: Sequence[Path], folder: Path) -> None:
    _out.print(
        f"{len(files)} untrained models in {folder}, for their time alone; on the device run\n"
        f"  unetkit bench {folder} --json device.json\n"
        "and bring its file back for\n"
        "  unetkit train DATA --fps 30 --device-profile device.json"
    )


def show_training(result: "TrainResult") -> None:
    minutes = result.seconds / 60
    ended = "stopped" if result.interrupted else "trained"
    _out.print(
        f"{ended} after {result.epochs_done} epochs, {minutes:.1f} minutes; best epoch {result.best_epoch}, "
        f"{result.parameters:,} parameters"
    )
    show_accuracy(result.accuracy, result.run.checkpoint)
    _out.print(f"run folder: {result.run.path}")


def show_accuracy(report: AccuracyReport, model: Path, *, as_json: bool = False) -> None:
    if as_json:
        _print_json({"model": str(model), **report.to_dict()})
        return
    title = (
        f"{model}: {report.split} split, {report.images:,} images, {_class_set(report.class_names)}: "
        f"pixel accuracy {report.pixel_accuracy:.4f}, mIoU {report.miou:.4f}"
    )
    table = _table("class", "IoU", "Dice")
    for name, iou, dice in zip(report.class_names, report.iou, report.dice, strict=True):
        table.add_row(name, _share(iou), _share(dice))
    _out.print(title)
    _out.print(table)


def show_export(summary: "ExportSummary") -> None:
    keras = summary.keras
    _out.print(
        f"Keras model: pixel accuracy {keras.pixel_accuracy:.4f}, mIoU {keras.miou:.4f} over "
        f"{_class_set(keras.class_names)}; {keras.split} split, {keras.images:,} images; "
        "changes are in points against it"
    )
    artifacts = _table("artifact", "KiB", "max diff", "masks equal", "mIoU", "change")
    classes = _table("change by class", *keras.class_names)
    for result in summary.results:
        artifacts.add_row(
            result.file,
            f"{result.bytes / 1024:,.0f}",
            f"{result.parity.max_abs_difference:.1e}",
            f"{result.parity.mask_agreement:.2%}",
            _share(result.accuracy.miou),
            _points(result.miou_change),
        )
        classes.add_row(result.file, *(_points(change) for change in result.iou_change))
    _out.print(artifacts)
    _out.print(classes)
    if summary.calibration_frames:
        _out.print(f"int8 calibrated on {summary.calibration_frames} training frames")
    _out.print(f"export folder: {summary.folder}")


def say_choice(choice: "ModelChoice") -> None:
    if choice.why:
        _err.print(choice.why)


def say_opened(segmenter: "Segmenter") -> None:
    backend = segmenter.backend
    threads = f", {backend.threads} threads" if backend.threads else ""
    _err.print(f"{segmenter.path}: {backend.precision} on {backend.engine}, {backend.device}{threads}")


def show_latency(report: "LatencyReport", out: Path | None = None) -> None:
    table = _table("stage, ms", "n", "mean", "p50", "p90", "p95", "p99", "max")
    for stage in report.stages:
        figures = (stage.mean_ms, stage.p50_ms, stage.p90_ms, stage.p95_ms, stage.p99_ms, stage.max_ms)
        table.add_row(stage.name, f"{stage.n:,}", *(f"{value:.2f}" for value in figures))
    _out.print(table)
    fps = "-" if math.isnan(report.fps) else f"{report.fps:.1f}"
    _out.print(
        f"{report.frames:,} frames, {fps} frames/s, {report.dropped:,} dropped; {report.precision} on "
        f"{report.engine}, {report.device}, threads {report.threads or 'by the engine'}, {report.host.cpu}; "
        f"{report.ended}"
    )
    if out is not None:
        _out.print(f"written to {out}")


def show_bench(report: "BenchReport", json_file: Path | None = None) -> None:
    from unetkit.benchmarks.table import render

    _out.print(render(report))
    if json_file is not None:
        publish_text(json_file, json.dumps(report.to_dict(), indent=1, allow_nan=False))
        _out.print(f"written to {json_file}")


def show_spec(model: Path, spec: ModelSpec, *, as_json: bool = False) -> None:
    digest = sha256_of(model)
    if as_json:
        _print_json({"model": str(model), "format": read_format(model), "sha256": digest, **json.loads(spec.to_json())})
        return
    shape = spec.input
    rows = {
        "format": read_format(model),
        "bytes": f"{model.stat().st_size:,}",
        "sha256": digest,
        "name": spec.name,
        "input": f"uint8 (1, {shape.height}, {shape.width}, 3) BGR, frame fitted by {shape.fit}",
        "inside": f"(bytes - {shape.zero_point}) * {shape.scale:.8g}, {shape.color_order.upper()}",
        "classes": ", ".join(f"{index} {name}" for index, name in enumerate(spec.class_names)),
        "head": f"{spec.head}, scores are {spec.scores}",
        **{f"from {key}": str(value) for key, value in spec.provenance.items()},
    }
    for key, value in rows.items():  # no table, for it would cut digests in two
        _out.print(f"{key:<22} {value}")


def show_models(models: "Sequence[BuiltinModel]", *, as_json: bool = False) -> None:
    if as_json:
        _print_json({"models": [model.to_dict() for model in models]})
        return
    for model in models:
        height, width = model.input_hw
        _out.print(f"{model.name}: {model.task}")
        _out.print(f"  {_class_set(model.class_names)}, input {width}x{height}, {model.parameters:,} parameters")
        for item in model.files:
            _out.print(f"  {item.file}, {item.bytes:,} bytes: {item.accuracy.summary()} of {model.data}")
    _out.print("`unetkit models NAME` prints a model's card, `unetkit webcam --model NAME` runs it")


def show_card(model: "BuiltinModel", *, as_json: bool = False) -> None:
    if as_json:
        _print_json(model.to_dict())
    else:
        _out.print(model.card(), end="")


def show_preview(pictures: int, versions: int, out: Path) -> None:
    _out.print(f"{pictures} training pictures, each with its mask and {versions} augmented versions, written to {out}")


def show_joined(splits: Mapping[str, int], out: Path) -> None:
    counts = ", ".join(f"{count:,} {split}" for split, count in splits.items())
    _out.print(f"{counts}: written to {out}")


def show_demo(result: "DemoResult") -> None:
    show_export(result.export)
    show_latency(result.video_report, result.video)
    show_bench(result.bench)
    _out.print("\nEverything lies in", result.folder.absolute())
    for what, path in result.places:
        _out.print(f"  {what:<22} {path}")


def _table(name: str, *figures: str) -> Table:
    """Names to the left and never cut, figures to the right."""
    table = Table()
    table.add_column(name, no_wrap=True)
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


def _print_json(table: dict[str, object]) -> None:
    _out.print(json.dumps(table, indent=1, ensure_ascii=False, allow_nan=False))


def _class_set(names: tuple[str, ...]) -> str:
    return f"{len(names)} classes ({', '.join(names)})"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _points(change: float) -> str:
    return "-" if math.isnan(change) else f"{100 * change:+.2f}"
