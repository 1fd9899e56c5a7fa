"""Runs: a row each, or side by side."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.runs.comparison import Comparison
    from unetkit.runs.listing import RunList
    from unetkit.runs.run import Run


def show_runs(found: "RunList", *, as_json: bool = False) -> None:
    """A row a run; what was passed over goes to standard error."""
    for item in found.skipped:
        console.notices.print(f"skipped {item.folder}: {item.reason}")
    if as_json:
        skipped = [{"folder": item.folder, "reason": item.reason} for item in found.skipped]
        console.print_json(
            {
                "folder": str(found.folder.absolute()),
                "runs": [run.to_dict() for run in found.runs],
                "skipped": skipped,
            }
        )
        return
    if not found.runs:
        console.notices.print(f"no run in {found.folder.absolute()}; make one with `unetkit train`")
        return
    console.results.print("mIoU of the best epoch, on the run's own validation split")
    table = _table("run", "network", "parameters", "size", "epochs", "best", "mIoU", "images", "minutes", "state")
    for run in found.runs:
        table.add_row(run.name, *_row(run))
    console.print_whole(table)
    for run in found.runs:
        if run.resumable and run.state in {"interrupted", "cut off"}:
            console.notices.print(f"{run.name} can go on: unetkit train --resume {run.path}")


def _row(run: "Run") -> Iterator[str]:
    best = run.best
    yield str(run.config.get("network", "-"))
    yield "-" if run.parameters is None else f"{run.parameters:,}"
    yield str(run.config.get("size", "-"))
    yield f"{len(run.history)}/{run.config.get('epochs', '-')}"
    yield "-" if best is None else str(best.epoch)
    yield console.share(math.nan if best is None else best.accuracy.miou)
    yield f"{len(run.record.validation):,}"
    yield f"{run.minutes:.1f}"
    yield run.state


def show_comparison(comparison: "Comparison", *, as_json: bool = False) -> None:
    """A column a run: figures first, then the settings and environment that differ."""
    for caution in comparison.cautions:
        console.notices.print(caution)
    if as_json:
        console.print_json(comparison.to_dict())
        return
    runs = comparison.runs
    table = _table("", *(run.name for run in runs))
    for name, values in _figures(runs):
        table.add_row(name, *values)
    for differing in (comparison.settings, comparison.environment):
        table.add_section()
        for name, settings in differing.items():
            table.add_row(name, *map(_value, settings))
    console.print_whole(table)


def _figures(runs: "tuple[Run, ...]") -> Iterator[tuple[str, list[str]]]:
    """mIoU, pixel accuracy and each class's IoU of the best epoch; how long and how far."""
    best = [run.best for run in runs]
    yield "mIoU", [console.share(math.nan if row is None else row.accuracy.miou) for row in best]
    yield "pixel accuracy", [console.share(math.nan if row is None else row.accuracy.pixel_accuracy) for row in best]
    tables = [dict(zip(row.accuracy.class_names, row.accuracy.iou, strict=True)) if row else {} for row in best]
    for name in dict.fromkeys(name for table in tables for name in table):
        yield f"IoU {name}", [console.share(table.get(name, math.nan)) for table in tables]
    yield "validation loss", [console.share(math.nan if row is None else row.val_loss) for row in best]
    yield "validation images", [f"{len(run.record.validation):,}" for run in runs]
    yield "training images", [f"{len(run.record.train):,}" for run in runs]
    yield "data", [f"{run.record.digest[:12]}" for run in runs]
    yield "parameters", ["-" if run.parameters is None else f"{run.parameters:,}" for run in runs]
    yield (
        "best epoch",
        ["-" if row is None else f"{row.epoch} of {len(run.history)}" for run, row in zip(runs, best, strict=True)],
    )
    yield "minutes", [f"{run.minutes:.1f}" for run in runs]
    yield "state", [run.state for run in runs]


def say_written(path: Path) -> None:
    console.notices.print(f"written to {path}")


def _table(name: str, *headings: str) -> Table:
    table = console.table(name, *headings)
    table.box, table.show_edge, table.pad_edge, table.collapse_padding = box.SIMPLE_HEAD, False, False, True
    for column in table.columns:
        column.no_wrap = True
    return table


def _value(value: Any) -> str:
    return "-" if value is None or value == "" else str(value)
