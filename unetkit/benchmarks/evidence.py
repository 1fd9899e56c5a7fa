"""The figures of docs/benchmarks.md, all of them by one command, or a section at a time, with the raw JSON beside it.

`python -m unetkit.benchmarks.evidence --data person=DIR --data pets=DIR --checkpoint best.keras [--only pets]`

What is written by hand in the page stays; what lies between its two marks is replaced.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from unetkit.benchmarks.marks import replaced
from unetkit.benchmarks.sections import Sections, Tell
from unetkit.benchmarks.showing import tell
from unetkit.contract.publish import publish_text
from unetkit.errors import UsageError
from unetkit.runtime.builtin import builtin_models
from unetkit.script import one_line_errors

Section = Callable[[], str]


def sections(
    raw: Path, *, folders: Mapping[str, str], split: str, checkpoint: Path | None, seconds: float, tell: Tell
) -> dict[str, Section]:
    """What measures each section, in the order of the page; the built-in models' are called as they are.

    Args:
        raw: folder for the raw files.
        folders: pictures to score a built-in on, by its name.
        split: of each.
        checkpoint: the person model as Keras saved it.
        seconds: of timing, a lane.
        tell: told in words what comes next.
    """
    models = {model.name: model for model in builtin_models()}
    person, measured = models["person"], Sections(raw, seconds, tell)
    onnx, tflite = person.paths(("onnx", "tflite"))

    def formats(name: str) -> Section:
        return lambda: measured.model(models[name], folders.get(name), split)

    return {
        **{name: formats(name) for name in models},
        "repeats": lambda: measured.repeats(tflite),
        "peers": lambda: measured.peers(person, folders.get("person"), split, checkpoint),
        "tools": lambda: measured.tools(onnx, tflite),
        "sources": lambda: measured.sources(tflite),
        "simulated": lambda: measured.simulated(tflite),
        "predicted": lambda: measured.predicted(models.values()),
    }


def main(
    page: Annotated[Path, typer.Option(help="Page with the two marks.")] = Path("docs/benchmarks.md"),
    raw: Annotated[Path, typer.Option(help="Folder for the raw files.")] = Path("docs/benchmarks"),
    data: Annotated[list[str] | None, typer.Option(help="MODEL=FOLDER: pictures to score a built-in on.")] = None,
    split: Annotated[str, typer.Option(help="Split of each.")] = "validation",
    checkpoint: Annotated[Path | None, typer.Option(help="The person model as Keras saved it.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of timing, a lane.")] = 10.0,
    only: Annotated[
        list[str] | None,
        typer.Option(help="A section to measure anew: a model's name, repeats, peers, tools, sources, simulated, ..."),
    ] = None,
) -> None:
    """Measure everything, or some sections, and write it into the page."""
    with one_line_errors():
        text = _page_text(page)
        folders = _folders(data or ())
        known = sections(raw, folders=folders, split=split, checkpoint=checkpoint, seconds=seconds, tell=tell)
        if unknown := set(only or ()) - set(known):
            raise UsageError(f"no section {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        replaced(text, {}, tuple(known))  # before minutes of measuring, not after them
        figures = {name: measure() for name, measure in known.items() if not only or name in only}
        publish_text(page, replaced(text, figures, tuple(known)))
    typer.echo(f"written to {page}, raw files in {raw}")


def _folders(given: Iterable[str]) -> dict[str, str]:
    """`MODEL=FOLDER` by model."""
    pairs = [item.partition("=") for item in given]
    wrong = [name for name, _, folder in pairs if not folder or name not in {model.name for model in builtin_models()}]
    if wrong:
        raise UsageError(f"--data takes MODEL=FOLDER with the name of a built-in model, received {wrong[0]!r}")
    return {name: folder for name, _, folder in pairs}


def _page_text(page: Path) -> str:
    try:
        return page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {page}: {error.strerror}; name the page with --page") from error


if __name__ == "__main__":
    typer.run(main)
