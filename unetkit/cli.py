"""The command line: each command parses, makes one call, prints. Heavy imports wait until a command needs them."""

import logging
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unetkit.errors import SourceError, UnetkitError, UsageError
from unetkit.version import VERSION

if TYPE_CHECKING:
    from unetkit.runtime.latency import LatencyReport

app = typer.Typer(
    name="unetkit",
    help="From pictures with masks to a device: train a U-Net, export it with proof, run it in real time.",
    no_args_is_help=True,
    rich_markup_mode=None,  # half of the help's time would be the import of rich's markdown
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

data_commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(data_commands, name="data", help="Look at a data set as a training sees it.")


class NetworkName(StrEnum):
    """Networks to train."""

    EDGE_NANO = "edge-nano"
    EDGE_SMALL = "edge-small"
    EDGE = "edge"
    LITE0 = "lite0"
    LITE0_DETAIL = "lite0-detail"
    MOBILENET_V2 = "mobilenet_v2"
    MOBILENET_V3_SMALL = "mobilenet_v3_small"
    MOBILENET_V3_LARGE = "mobilenet_v3_large"
    EFFICIENTNET_V2_B0 = "efficientnet_v2_b0"
    CLASSIC = "classic"


class EngineName(StrEnum):
    """Inference engines."""

    AUTO = "auto"
    ONNX = "onnx"
    TFLITE = "tflite"
    KERAS = "keras"


class DeviceName(StrEnum):
    """Devices to run on."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"


def _complete_model(incomplete: str) -> list[tuple[str, str]]:
    from unetkit.completion import complete_model

    return complete_model(incomplete)


def _complete_builtin(incomplete: str) -> list[tuple[str, str]]:
    from unetkit.completion import complete_builtin

    return complete_builtin(incomplete)


ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A .keras, .onnx or .tflite file, or a built-in model by name.",
        autocompletion=_complete_model,
    ),
]
DataDir = Annotated[Path | None, typer.Option(help="Where the Oxford-IIIT Pet set lies or is downloaded to.")]
Engine = Annotated[EngineName, typer.Option(help="Inference engine; auto goes by the model file.")]
Device = Annotated[DeviceName, typer.Option(help="Where inference runs; what was asked for and did not start fails.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Inference threads; all usable cores by default.")]
MaxFrames = Annotated[int | None, typer.Option(min=1, help="Stop after so many frames.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unetkit {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
]


@app.callback()
def _root(
    version: Version = False,  # noqa: ARG001 (its callback has answered by now)
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is chosen, found and why.")] = False,
) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=logging.WARNING, format="unetkit: %(message)s", stream=sys.stderr)
    logging.getLogger("unetkit").setLevel(level)


@app.command()
def train(
    data: Annotated[str | None, typer.Argument(help="Folder, oxford-pets (default) or synthetic.")] = None,
    data_option: Annotated[str | None, typer.Option("--data", help="The same as the argument.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/NETWORK-TIME by default.")] = None,
    network: Annotated[NetworkName | None, typer.Option(help="edge by default; lite0 starts from ImageNet.")] = None,
    width: Annotated[float | None, typer.Option(help="Multiplies the network's filters.")] = None,
    depth: Annotated[int | None, typer.Option(help="How often the network halves its input.")] = None,
    weights: Annotated[str | None, typer.Option(help="To start from: none, imagenet, or a run or weight file.")] = None,
    teacher: Annotated[str | None, typer.Option(help="Run whose scores are learnt beside the masks.")] = None,
    size: Annotated[int | None, typer.Option(help="Input height and width in pixels.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training pictures.")] = None,
    batch: Annotated[int | None, typer.Option(help="Pictures a step.")] = None,
    lr: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd, adam or adamw.")] = None,
    loss: Annotated[str | None, typer.Option(help="For example cross_entropy(weights=1:1:2)+0.5*lovasz.")] = None,
    augment: Annotated[float | None, typer.Option(help="Strength of the augmentation, 0 to 1.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of split, weights, shuffling and augmentation.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings; options win over it.")] = None,
    fps: Annotated[
        float | None, typer.Option(help="Take the best network and size that do so many frames/s end to end (p95).")
    ] = None,
    latency_ms: Annotated[float | None, typer.Option(help="The same, by inference alone (p95).")] = None,
    device_profile: Annotated[
        Path | None, typer.Option(help="For these: times of `candidates` that `bench --json` took on another device.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Train a U-Net into a run folder. It keeps the best checkpoint, history, curves and a picture panel."""
    from unetkit import terminal
    from unetkit.contract.runfolder import new_run_folder
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.tensorflow_import import require_training_extra
    from unetkit.selection.plan import SelectionPlan, write_selection
    from unetkit.trainer.config import given_settings, resolve_config
    from unetkit.trainer.training import train as train_network

    if data is not None and data_option is not None:
        raise UsageError(f"the data set is given twice, {data!r} and --data {data_option!r}; give it once")
    given = {"network": network and network.value, "size": size, "epochs": epochs, "batch": batch, "lr": lr}
    given |= {"optimizer": optimizer, "loss": loss, "augment": augment, "seed": seed}
    given |= {"width": width, "depth": depth, "weights": weights, "teacher": teacher}
    resolved = resolve_config(config, given)
    asked = given_settings(config, given)
    plan = SelectionPlan.of(
        fps=fps,
        latency_ms=latency_ms,
        config=resolved,
        profile=device_profile,
        network=asked.get("network"),
        size=asked.get("size"),
        out=out,
    )
    require_training_extra()  # before a download of 800 MB
    with terminal.progress("downloading") as downloaded:
        dataset = open_dataset(data or data_option, data_dir, progress=downloaded)
    if plan is not None:
        with terminal.steps() as on_step:
            selection = plan.select(len(dataset.classes), on_step=on_step)
        terminal.say_selection(selection)
        resolved = resolve_config(config, {**given, **selection.chosen.candidate.settings})
    folder = out or new_run_folder(resolved.network)
    if plan is not None:
        write_selection(selection, folder)
    with terminal.training_events(resolved.epochs) as events:
        result = train_network(dataset, resolved, folder, data_dir=data_dir, events=events)
    terminal.show_training(result)
    if result.interrupted:
        raise typer.Exit(130)


@app.command()
def evaluate(
    model: ModelArgument,
    data: Annotated[str | None, typer.Argument(help="Folder, oxford-pets (default) or synthetic.")] = None,
    split: Annotated[str, typer.Option(help="test, validation, trainval, ... as the data set names them.")] = "test",
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Score a model on a split of a data set. At the pictures' own size, through the runtime that devices use."""
    from unetkit import terminal
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.evaluation import evaluate_model
    from unetkit.runtime.model_choice import model_path
    from unetkit.runtime.segmenter import Segmenter

    path = model_path(model, engine=engine.value, device=device.value)
    with Segmenter.open(path, engine=engine.value, device=device.value, threads=threads) as segmenter:
        with terminal.progress("downloading") as downloaded:
            dataset = open_dataset(data, data_dir, progress=downloaded)
        with terminal.progress("scoring") as scored:
            report = evaluate_model(segmenter, dataset, split, progress=scored)
    terminal.show_accuracy(report, path, as_json=as_json)


@app.command()
def export(
    run: Annotated[Path | None, typer.Argument(help="Run folder; the newest by default.")] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Also fully quantised artifacts.")] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Also half precision artifacts.")] = False,
    formats: Annotated[str, typer.Option("--format", help="onnx, tflite or both, with a comma.")] = "onnx,tflite",
    out: Annotated[Path | None, typer.Option(help="Export folder; RUN/export by default.")] = None,
    max_drop: Annotated[float, typer.Option(help="Points of mIoU that an artifact may lose.")] = 1.0,
) -> None:
    """Export to ONNX and TFLite, proven. Every artifact is measured against the trained model, or none is published."""
    from unetkit import terminal
    from unetkit.contract.runfolder import RunFolder
    from unetkit.export.exporter import export_run

    folder = RunFolder.open(run) if run is not None else RunFolder.newest()
    chosen = tuple(name.strip() for name in formats.split(","))
    with terminal.steps() as on_step:
        summary = export_run(folder, out=out, formats=chosen, int8=int8, fp16=fp16, max_drop=max_drop, on_step=on_step)
    terminal.show_export(summary)


@app.command()
def candidates(
    out: Annotated[Path, typer.Option(help="Folder for them.")] = Path("candidates"),
    network: Annotated[NetworkName | None, typer.Option(help="Only this network.")] = None,
    size: Annotated[int | None, typer.Option(help="Only this input height and width in pixels.")] = None,
    classes: Annotated[int, typer.Option(help="Classes of the data that will be trained on.")] = 3,
    formats: Annotated[str, typer.Option("--format", help="onnx, tflite or both, with a comma.")] = "onnx,tflite",
) -> None:
    """Write untrained networks to time on a device. In int8, for `bench` there and `train --device-profile` here."""
    from unetkit import terminal
    from unetkit.selection.capability import candidates as candidates_of
    from unetkit.selection.making import publish_candidates

    chosen = candidates_of(network and network.value, size)
    asked = tuple(name.strip() for name in formats.split(","))
    with terminal.steps() as on_step:
        files = publish_candidates(out, chosen, classes=classes, formats=asked, on_step=on_step)
    terminal.show_candidates(files, out)


@app.command()
def webcam(
    model: Annotated[
        str | None,
        typer.Argument(
            help="Model file or built-in name; the newest export by default, without one the built-in person.",
            autocompletion=_complete_model,
        ),
    ] = None,
    model_option: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="The same as the argument.", autocompletion=_complete_model),
    ] = None,
    camera: Annotated[str, typer.Option(help="Camera index, URL of a stream, or synthetic.")] = "0",
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
    record: Annotated[Path | None, typer.Option(help="Also write what is shown to this video file.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    max_frames: MaxFrames = None,
) -> None:
    """Segment a camera live. q, Esc or Ctrl-C ends it, with the latency table."""
    from unetkit import terminal
    from unetkit.runtime.live_run import run_live
    from unetkit.runtime.model_choice import choose_model
    from unetkit.runtime.segmenter import Segmenter

    if model is not None and model_option is not None:
        raise UsageError(f"the model is given twice, {model!r} and --model {model_option!r}; give it once")
    given = model if model is not None else model_option
    choice = choose_model(given, engine=engine.value, device=device.value)
    terminal.say_choice(choice)
    with Segmenter.open(choice.path, engine=engine.value, device=device.value, threads=threads) as segmenter:
        terminal.say_opened(segmenter)
        report = run_live(segmenter, camera, record=record, window=not headless, max_frames=max_frames)
    terminal.show_latency(report)
    _exit_as(report)


@app.command()
def video(
    model: ModelArgument,
    source: Annotated[str, typer.Argument(metavar="INPUT", help="Video file, folder of pictures, URL, synthetic:N.")],
    out: Annotated[Path | None, typer.Option(help="Video file (.mp4 .avi .webm), or folder for mask PNGs.")] = None,
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
    max_frames: MaxFrames = None,
) -> None:
    """Segment a video, pictures or a stream. Frame by frame, into an overlaid video or mask PNGs."""
    from unetkit import terminal
    from unetkit.runtime.file_run import run_file
    from unetkit.runtime.model_choice import model_path
    from unetkit.runtime.segmenter import Segmenter

    path = model_path(model, engine=engine.value, device=device.value)
    with Segmenter.open(path, engine=engine.value, device=device.value, threads=threads) as segmenter:
        terminal.say_opened(segmenter)
        report = run_file(segmenter, source, out=out, max_frames=max_frames)
    terminal.show_latency(report, out)
    _exit_as(report)


@app.command()
def bench(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Model files, an export folder, or built-in names: all files of each.",
            autocompletion=_complete_model,
        ),
    ],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
    frames: Annotated[str | None, typer.Option(help="Clip or folder to take frames from; generated without.")] = None,
    engine: Engine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    threads: Threads = None,
) -> None:
    """Measure latency on this device. Stage by stage; several models take turns in one run, with ratios."""
    from unetkit import terminal
    from unetkit.benchmarks.bench import bench as run_bench
    from unetkit.benchmarks.frames import bench_frames
    from unetkit.runtime.model_choice import bench_paths

    paths = [path for model in models for path in bench_paths(model, engine=engine.value, device=device.value)]
    report = run_bench(paths, frames=bench_frames(frames), engine=engine.value, device=device.value, threads=threads)
    terminal.show_bench(report, json_file)
    if report.interrupted:
        raise typer.Exit(130)


@app.command()
def inspect(
    model: ModelArgument,
    as_json: AsJson = False,
) -> None:
    """Print the spec inside a model file. Its input, classes, head, and where it came from."""
    from unetkit import terminal
    from unetkit.contract.artifact import check_intact, read_spec
    from unetkit.runtime.model_choice import model_path

    path = model_path(model)
    spec = read_spec(path)
    check_intact(path)
    terminal.show_spec(path, spec, as_json=as_json)


@app.command()
def models(
    name: Annotated[
        str | None, typer.Argument(help="Print the card of this one.", autocompletion=_complete_builtin)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models in the box. With a name, its card: task, data and licence, figures, limits."""
    from unetkit import terminal
    from unetkit.runtime.builtin import builtin_model, builtin_models

    if name is not None:
        terminal.show_card(builtin_model(name), as_json=as_json)
    else:
        terminal.show_models(builtin_models(), as_json=as_json)


@data_commands.command("preview")
def preview_data(
    data: Annotated[str | None, typer.Argument(help="Folder, oxford-pets (default) or synthetic.")] = None,
    out: Annotated[Path, typer.Option(help="The sheet, a .png file.")] = Path("preview.png"),
    size: Annotated[int, typer.Option(min=16, max=4096, help="Input height and width in pixels.")] = 128,
    augment: Annotated[float, typer.Option(min=0, max=1, help="Strength of the augmentation.")] = 0.5,
    backgrounds: Annotated[float, typer.Option(min=0, max=1, help="Share that gets another background.")] = 0.0,
    upright: Annotated[bool, typer.Option(help="Whether the pictures have an up and a down.")] = True,
    pictures: Annotated[int, typer.Option(min=1, max=100, help="Rows of the sheet.")] = 6,
    versions: Annotated[int, typer.Option(min=1, max=20, help="Augmented versions of each picture.")] = 4,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of pictures and the augmentation.")] = 0,
    data_dir: DataDir = None,
) -> None:
    """Write a picture sheet. Training pictures, their masks, and what augmentation makes of both."""
    from unetkit import terminal
    from unetkit.data.catalog import open_dataset
    from unetkit.trainer.preview import PreviewConfig, write_preview

    config = PreviewConfig(
        size=size,
        augment=augment,
        backgrounds=backgrounds,
        upright=upright,
        pictures=pictures,
        versions=versions,
        seed=seed,
    )
    with terminal.progress("downloading") as downloaded:
        dataset = open_dataset(data, data_dir, progress=downloaded)
    shown = write_preview(dataset, config, out)
    terminal.show_preview(shown, config.versions, out)


@data_commands.command("join")
def join_data(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Each with images/ and masks/.")],
    out: Annotated[Path, typer.Option(help="The joined set, a new folder.")],
    held_out: Annotated[float, typer.Option(help="Share of the photographs that is not trained on.")] = 0.15,
    seed: Annotated[int, typer.Option(min=0, help="Draws them.")] = 0,
) -> None:
    """Join folders of the same photographs. Crops and scalings of one photograph stay on one side of the split."""
    from unetkit import terminal
    from unetkit.data.joining import join_folders

    terminal.show_joined(join_folders(folders, out, held_out=held_out, seed=seed), out)


@app.command()
def demo(
    out: Annotated[Path | None, typer.Option(help="Folder for everything it makes; runs/demo-TIME by default.")] = None,
) -> None:
    """Walk the whole road, nothing needed. Train, export to int8, segment a video and bench, on generated pictures."""
    from unetkit import terminal
    from unetkit.contract.runfolder import new_run_folder
    from unetkit.demo import DEMO_EPOCHS, run_demo

    with terminal.training_events(DEMO_EPOCHS) as events, terminal.steps() as on_step:
        result = run_demo(out or new_run_folder("demo"), events, on_step)
    terminal.show_demo(result)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: the one place that maps an error to its exit code.

    An error of the UnetkitError family prints its line; any other keeps its traceback and exits with 1.
    """
    try:
        app(arguments)
    except UnetkitError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.echo("unetkit: interrupted", err=True)
        raise SystemExit(130) from None
    except ImportError as error:
        from unetkit.runtime.opencv import explain_import_error, is_import_of_opencv

        if not is_import_of_opencv(error):
            raise
        _fail(explain_import_error(error))


def _exit_as(report: "LatencyReport") -> None:
    """After the report: 130 for Ctrl-C, the error of a source that broke off."""
    if report.interrupted:
        raise typer.Exit(130)
    if report.lost:
        raise SourceError(report.ended)


def _fail(error: UnetkitError) -> None:
    line = " ".join(str(error).split("\n"))  # a path may hold a line break
    typer.echo(f"unetkit: {line}", err=True)
    raise SystemExit(error.exit_code)
