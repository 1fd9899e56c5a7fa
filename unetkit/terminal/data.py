"""What the commands on data made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from unetkit.contract.spec import ClassSpec
from unetkit.data.conversion import Converted
from unetkit.data.division import Division
from unetkit.terminal import console


def show_preview(pictures: int, versions: int, out: Path) -> None:
    console.results.print(
        f"{pictures} training pictures, each with its mask and {versions} augmented versions, written to {out}"
    )


def show_joined(splits: Mapping[str, int], out: Path) -> None:
    counts = ", ".join(f"{count:,} {split}" for split, count in splits.items())
    console.results.print(f"{counts}: written to {out}")


def show_division(division: Division, lists: Sequence[Path]) -> None:
    splits = list(division.splits)
    table = console.table("pictures with", *splits)
    for name, counts in division.holding.items():
        table.add_row(name, *(f"{counts[split]:,}" for split in splits))
    table.add_section()
    table.add_row("all", *(f"{len(division.splits[split]):,}" for split in splits))
    console.results.print(table)
    console.results.print(f"{division.groups:,} groups; written: {', '.join(map(str, lists))}")


def show_converted(converted: Converted, classes: Sequence[ClassSpec], out: Path) -> None:
    lists = ", ".join(f"{name} ({count:,})" for name, count in converted.lists.items()) or "no list"
    names = console.class_set(tuple(item.name for item in classes))
    console.results.print(f"{converted.pictures:,} pictures, {names}, {lists}: written to {out}")
    if converted.rewritten:
        console.results.print(f"{converted.rewritten:,} pictures are new PNGs, the others copies")
    if converted.unlisted:
        console.results.print(f"{converted.unlisted:,} pictures stand in no list")
