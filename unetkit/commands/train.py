"""`unetkit train`."""

from pathlib import Path
from typing import Annotated

import typer

from unetkit.commands.options import DataArgument, DataDir, NetworkName
from unetkit.errors import UsageError


def train(
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
    from unetkit.contract.runfolder import new_run_folder
    from unetkit.data.catalog import open_dataset
    from unetkit.runtime.tensorflow_import import require_training_extra
    from unetkit.selection.plan import SelectionPlan, write_selection
    from unetkit.terminal.progress import progress, steps, training_events
    from unetkit.terminal.training import say_selection, show_training
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
    with progress("downloading") as downloaded:
        dataset = open_dataset(data or data_option, data_dir, progress=downloaded)
    if plan is not None:
        with steps() as on_step:
            selection = plan.select(len(dataset.classes), on_step=on_step)
        say_selection(selection)
        resolved = resolve_config(config, {**given, **selection.chosen.candidate.settings})
    folder = out or new_run_folder(resolved.network)
    if plan is not None:
        write_selection(selection, folder)
    with training_events(resolved.epochs) as events:
        result = train_network(dataset, resolved, folder, data_dir=data_dir, events=events)
    show_training(result)
    if result.interrupted:
        raise typer.Exit(130)
