"""What the commands on data made."""

from collections.abc import Mapping
from pathlib import Path

from unetkit.terminal import console


def show_preview(pictures: int, versions: int, out: Path) -> None:
    console.results.print(
        f"{pictures} training pictures, each with its mask and {versions} augmented versions, written to {out}"
    )


def show_joined(splits: Mapping[str, int], out: Path) -> None:
    counts = ", ".join(f"{count:,} {split}" for split, count in splits.items())
    console.results.print(f"{counts}: written to {out}")
