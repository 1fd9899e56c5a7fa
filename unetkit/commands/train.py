"""`unetkit train`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unetkit.commands.options import DataArgument, DataDir, DataFormatName, DataFormatOption, NetworkName
from unetkit.commands.unread import refuse_unread
from unetkit.errors import UsageError

if TYPE_CHECKING:
    from unetkit.trainer.cluster import Cluster
    from unetkit.trainer.course import TrainResult


_OF_RESUME = {"resume", "require_gpu", "workers", "rank"}
_SELECTION = {"fps", "latency_ms", "device_profile"}
_DATA = {"data", "data_option", "data_format", "data_dir"}
_NOT_OF_QAT = _DATA | _SELECTION | {"workers", "rank", "print_config", "auto_batch", "find_lr"}


def train(
    context: typer.Context,
    data: DataArgument = None,
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
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the resolved settings as TOML and train nothing.")
    ] = False,
    resume: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Go on with a run that was cut off, as if it had not been.")
    ] = None,
    qat: Annotated[
        bool, typer.Option("--qat", help="With --resume RUN: fine-tune it rounded to int8, into RUN-qat or --out.")
    ] = False,
    per_tensor: Annotated[
        bool, typer.Option("--per-tensor", help="--qat: one scale for a layer's weights, for devices that need it.")
    ] = False,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="The same weights, byte for byte, each time; slower.")
    ] = False,
    auto_batch: Annotated[
        bool, typer.Option("--auto-batch", help="Take the largest batch that fits into memory.")
    ] = False,
    find_lr: Annotated[
        bool, typer.Option("--find-lr", help="Suggest a peak learning rate, draw its test, and train nothing.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write events for TensorBoard: RUN/tensorboard.")
    ] = False,
    require_gpu: Annotated[bool, typer.Option("--require-gpu", help="Fail instead of training on a CPU.")] = False,
    workers: Annotated[
        str | None, typer.Option(help="Machines that train together, host:port,...; the first writes the run.")
    ] = None,
    rank: Annotated[int | None, typer.Option(help="Which of the workers this machine is, from 0.")] = None,
    fps: Annotated[
        float | None, typer.Option(help="Take the best network and size that do so many frames/s end to end (p95).")
    ] = None,
    latency_ms: Annotated[float | None, typer.Option(help="The same, by inference alone (p95).")] = None,
    device_profile: Annotated[
        Path | None, typer.Option(help="For these: times of `candidates` that `bench --json` took on another device.")
    ] = None,
    data_format: DataFormatOption = DataFormatName.AUTO,
    data_dir: DataDir = None,
) -> None:
    """Train a U-Net into a run folder. It keeps the best checkpoint, history, curves and a picture panel."""
    from unetkit.contract.runfolder import new_run_folder
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.backends.tensorflow_import import require_training_extra
    from unetkit.selection.plan import SelectionPlan, write_selection
    from unetkit.terminal.progress import progress, steps, training_events
    from unetkit.terminal.training import say_selection, show_config, show_range_test
    from unetkit.trainer import training
    from unetkit.trainer.cluster import Cluster
    from unetkit.trainer.config import given_settings, resolve_config

    if data is not None and data_option is not None:
        raise UsageError(f"the data set is given twice, {data!r} and --data {data_option!r}; give it once")
    given = {"network": network and network.value, "size": size, "epochs": epochs, "batch": batch, "lr": lr}
    given |= {"optimizer": optimizer, "loss": loss, "augment": augment, "seed": seed}
    given |= {"width": width, "depth": depth, "weights": weights, "teacher": teacher}
    given |= {"deterministic": deterministic or None, "tensorboard": tensorboard or None}
    if auto_batch and batch is not None:
        raise UsageError(f"--auto-batch chooses the batch; leave out --batch {batch}")
    cluster = Cluster.of(workers, rank)
    if qat or per_tensor:
        source = _run_to_tune(qat, resume)
        refuse_unread(
            context,
            set(context.params) - _NOT_OF_QAT,
            "unetkit train --qat",
            "the run has its own data, and this machine",
        )
        _tune(source, out, given_settings(config, given), per_tensor=per_tensor, require_gpu=require_gpu)
        return
    if resume is not None:
        refuse_unread(context, _OF_RESUME, "unetkit train --resume", "the run has its own data and settings")
        _resume(resume, cluster, require_gpu=require_gpu)
        return
    resolved = resolve_config(config, given)
    if print_config:
        show_config(resolved)
        return
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
    with progress("downloading") as downloaded:
        dataset = open_dataset(data or data_option, data_dir, data_format=data_format.value, progress=downloaded)
    if plan is not None:
        with steps() as on_step:
            selection = plan.select(len(dataset.classes), on_step=on_step)
        say_selection(selection)
        resolved = resolve_config(config, {**given, **selection.chosen.candidate.settings})
    if find_lr:
        curve = (out or Path()) / "learning-rate.png"
        with training_events() as events:
            show_range_test(training.find_learning_rate(dataset, resolved, curve, events=events), curve)
        return
    folder = out or new_run_folder(resolved.network)
    if plan is not None:
        write_selection(selection, folder)
    with training_events() as events:
        result = training.train(
            dataset,
            resolved,
            folder,
            data_dir=data_dir,
            events=events,
            cluster=cluster,
            require_gpu=require_gpu,
            auto_batch=auto_batch,
        )
    _show(result)


def _resume(run: Path, cluster: "Cluster | None", *, require_gpu: bool) -> None:
    from unetkit.runtime.backends.tensorflow_import import require_training_extra
    from unetkit.terminal.progress import training_events
    from unetkit.trainer.training import resume

    require_training_extra()
    with training_events() as events:
        result = resume(run, events=events, cluster=cluster, require_gpu=require_gpu)
    _show(result)


def _run_to_tune(qat: bool, run: Path | None) -> Path:
    if not qat:
        raise UsageError("--per-tensor goes with --qat; to export with it, use `unetkit export --per-tensor`")
    if run is None:
        raise UsageError("--qat fine-tunes a trained run: name it with --resume RUN")
    return run


def _tune(run: Path, out: Path | None, settings: dict[str, Any], *, per_tensor: bool, require_gpu: bool) -> None:
    from unetkit.contract.runfolder import RunFolder
    from unetkit.runtime.backends.tensorflow_import import require_training_extra
    from unetkit.terminal.progress import training_events
    from unetkit.trainer.qat.tuning import tune

    require_training_extra()
    with training_events() as events:
        result = tune(
            RunFolder(run), out, per_tensor=per_tensor, settings=settings, events=events, require_gpu=require_gpu
        )
    _show(result)


def _show(result: "TrainResult") -> None:
    from unetkit.terminal.training import show_training

    show_training(result)
    if result.interrupted:
        raise typer.Exit(130)
