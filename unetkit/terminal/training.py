"""What a training prints: what it chose from, and what it reached."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.terminal import console
from unetkit.terminal.accuracy import show_accuracy

if TYPE_CHECKING:
    from unetkit.selection.choice import Selection
    from unetkit.trainer.config import TrainConfig
    from unetkit.trainer.course import TrainResult
    from unetkit.trainer.learningrate import RangeTest


def say_selection(selection: "Selection") -> None:
    """The table a network is chosen from, on standard error: it comes before the training's own lines."""
    from rich import box

    from unetkit.benchmarks.table import header

    table = console.table("network", "size", "engine", "parameters", "mIoU", "infer", "end to end", "fits")
    table.box = box.SIMPLE_HEAD  # else it would not go into 80 columns
    for row in selection.rows:
        timing = row.timing
        table.add_row(
            timing.candidate.network,
            str(timing.candidate.size),
            timing.engine if timing.device == "CPU" else f"{timing.engine} {timing.device}",
            f"{timing.parameters:,}",
            "-" if row.miou is None else console.share(row.miou),
            f"{timing.infer_ms:.2f}",
            f"{timing.end_to_end_ms:.2f}",
            "chosen" if row is selection.first_fitting else "yes" if row.fits else "no",
        )
    for line in header(selection.report):
        console.notices.print(line)
    if selection.unsteady:
        console.notices.print("the times vary: the device was busy with something else; on an idle one more may fit")
    console.notices.print(f"budget: {selection.budget}; int8, p95 in ms, the most capable first (by {selection.order})")
    console.notices.print(table)


def show_candidates(files: Sequence[Path], folder: Path) -> None:
    console.results.print(
        f"{len(files)} untrained models in {folder}, for their time alone; on the device run\n"
        f"  unetkit bench {folder} --json device.json\n"
        "and bring its file back for\n"
        "  unetkit train DATA --fps 30 --device-profile device.json"
    )


def show_config(config: "TrainConfig") -> None:
    from unetkit.trainer.config import config_toml

    console.results.print(config_toml(config), end="")


def show_range_test(test: "RangeTest", curve: Path) -> None:
    console.results.print(
        f"suggested peak learning rate: {test.suggested:g}, where the loss fell fastest in steps "
        f"from {test.rates[0]:g} to {test.rates[-1]:.2g}; train with --lr {test.suggested:g}\nwritten to {curve}"
    )


def show_training(result: "TrainResult") -> None:
    minutes = result.seconds / 60
    ended = "stopped" if result.interrupted else "trained"
    console.results.print(
        f"{ended} after {result.epochs_done} epochs, {minutes:.1f} minutes; best epoch {result.best_epoch}, "
        f"{result.parameters:,} parameters"
    )
    show_accuracy(result.accuracy, result.run.checkpoint)
    console.results.print(f"run folder: {result.run.path}")
