"""The curves of several runs over each other, as PNG or as a page."""

from collections.abc import Callable, Sequence
from pathlib import Path

from unetkit.errors import UsageError
from unetkit.pages.document import write_document
from unetkit.runs.run import Run
from unetkit.trainer.history import Epoch
from unetkit.trainer.plot import write_plot
from unetkit.trainer.report.chart import Line, draw_chart

_TEMPLATES = Path(__file__).parent / "templates"
_PANELS: tuple[tuple[str, Callable[[Epoch], float]], ...] = (
    ("mIoU on the validation split", lambda row: row.accuracy.miou),
    ("Validation loss", lambda row: row.val_loss),
    ("Training loss", lambda row: row.loss),
)


def write_curves(path: Path, runs: Sequence[Run], *, cautions: Sequence[str] = ()) -> None:
    """Lay the curves of runs over each other; a run without an epoch has none.

    Args:
        path: ends in .png or .html.
        runs: one at least that has an epoch.
        cautions: sentences for the page.

    Raises:
        UsageError: another suffix, or no run has an epoch.
        OutputError: the file cannot be written.
        MissingDependencyError: no matplotlib for a PNG, no Jinja2 for a page.
    """
    suffix = path.suffix.lower()
    if suffix not in {".png", ".html"}:
        raise UsageError(f"curves are a PNG or an HTML page, and {path} has the suffix {path.suffix!r}")
    trained = [run for run in runs if run.history]
    if not trained:
        raise UsageError("no run has finished an epoch yet, so there is no curve to draw")
    panels = [(title, [_line(run, tone, value) for tone, run in enumerate(trained)]) for title, value in _PANELS]
    if suffix == ".png":
        write_plot(path, panels)
        return
    charts = [draw_chart(title, lines) for title, lines in panels]
    write_document(path, "curves.html", {"charts": charts, "runs": trained, "cautions": cautions}, folders=[_TEMPLATES])


def _line(run: Run, tone: int, value: Callable[[Epoch], float]) -> Line:
    return Line(name=run.name, x=[row.epoch for row in run.history], y=[value(row) for row in run.history], tone=tone)
