"""What the demo made."""

from typing import TYPE_CHECKING

from unetkit.terminal import console
from unetkit.terminal.bench import show_bench
from unetkit.terminal.exporting import show_export
from unetkit.terminal.running import show_latency

if TYPE_CHECKING:
    from unetkit.demo import DemoResult


def show_demo(result: "DemoResult") -> None:
    show_export(result.export)
    show_latency(result.video_report, result.video)
    show_bench(result.bench)
    console.results.print("\nEverything lies in", result.folder.absolute())
    for what, path in result.places:
        console.results.print(f"  {what:<22} {path}")
