"""What `unetkit formats` prints."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.export.availability import Exportable
    from unetkit.runtime.backends.engines import EngineHere


def show_formats(exportable: "Sequence[Exportable]", engines: "Sequence[EngineHere]", *, as_json: bool = False) -> None:
    if as_json:
        console.print_json(
            {"formats": [asdict(item) for item in exportable], "engines": [asdict(item) for item in engines]}
        )
        return
    for item in exportable:
        state = "can be exported here" if not item.why_not else f"not here: {item.why_not}"
        console.results.print(f"{item.format:<12} {', '.join(item.precisions):<26} {state}")
    console.results.print("")
    for engine in engines:
        state = f"works here, {engine.version}" if not engine.why_not else f"not here: {engine.why_not}"
        console.results.print(f"{engine.name:<24} runs {', '.join(engine.formats) or '-':<22} {state}")
