"""Lines over epochs as a PNG picture."""

from collections.abc import Sequence
from pathlib import Path

from unetkit.contract.publish import published
from unetkit.errors import MissingDependencyError
from unetkit.trainer.report.chart import Line

_PANEL_INCHES = (5.5, 4.0)
_DOTS_PER_INCH = 110


def write_plot(path: Path, panels: Sequence[tuple[str, Sequence[Line]]]) -> None:
    """Draw panels side by side, each with its title and lines; the line without a tone is dashed.

    Raises:
        OutputError: the file cannot be written.
        MissingDependencyError: no matplotlib.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            'a picture of curves needs matplotlib, not installed here: pip install "unetkit[train]"'
        ) from error
    figure = Figure(figsize=(_PANEL_INCHES[0] * len(panels), _PANEL_INCHES[1]), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, lines) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        drawn = [axes.plot(line.x, line.y, linestyle="--" if line.tone is None else "-")[0] for line in lines]
        axes.set(title=_plain(title), xlabel="epoch")
        axes.grid(alpha=0.3)
        axes.legend(drawn, [_plain(line.name) for line in lines])
    with published(path) as temporary:
        figure.savefig(temporary, dpi=_DOTS_PER_INCH)


def _plain(text: str) -> str:
    return text.replace("$", r"\$")  # a name is no formula
