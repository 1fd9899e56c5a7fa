"""What a training leaves on disk and an export reads: the names of the files, in one place."""

import itertools
import time
from dataclasses import dataclass
from pathlib import Path

from unetkit.errors import UsageError

DEFAULT_ROOT = Path("runs")


@dataclass(frozen=True)
class RunFolder:
    """Paths inside one run; whether they exist is for the reader to find out."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        """The best epoch's Keras model, with its spec inside."""
        return self.path / "best.keras"

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    @property
    def split(self) -> Path:
        """JSON: data reference, data digest, and the sample names of the train and validation splits."""
        return self.path / "split.json"

    @property
    def environment(self) -> Path:
        return self.path / "environment.json"

    @property
    def history(self) -> Path:
        return self.path / "history.csv"

    @property
    def report(self) -> Path:
        """JSON: accuracy of the checkpoint on the validation split, parameters, time."""
        return self.path / "report.json"

    @property
    def curves(self) -> Path:
        return self.path / "curves.png"

    @property
    def panel(self) -> Path:
        return self.path / "panel.png"

    @property
    def page(self) -> Path:
        """The report for people: one HTML file that stands alone."""
        return self.path / "report.html"

    @property
    def states(self) -> Path:
        """Folder of the training states that a resumed training goes on from; gone when it has ended."""
        return self.path / "states"

    @property
    def board(self) -> Path:
        """Folder of TensorBoard's events, where they were wanted."""
        return self.path / "tensorboard"

    @property
    def export(self) -> Path:
        return self.path / "export"

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """A run that has a checkpoint.

        Raises:
            UsageError: there is none.
        """
        run = cls(path)
        if not run.checkpoint.is_file():
            raise UsageError(f"{path} is not a run: it has no {run.checkpoint.name}; make one with `unetkit train`")
        return run

    @classmethod
    def newest(cls, root: Path = DEFAULT_ROOT) -> "RunFolder":
        """The run whose checkpoint was written last.

        Raises:
            UsageError: there is none below `root`.
        """
        checkpoints = sorted(filter(Path.is_file, root.glob("*/best.keras")), key=lambda file: file.stat().st_mtime)
        if not checkpoints:
            raise UsageError(f"no run in {root.absolute()}; make one with `unetkit train`, or name its folder")
        return cls(checkpoints[-1].parent)


def new_run_folder(kind: str, root: Path = DEFAULT_ROOT) -> Path:
    """A folder name below `root` that is free: what it is, and the time, so that names sort by age."""
    stem = f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = itertools.chain((stem,), (f"{stem}-{number}" for number in itertools.count(2)))
    return next(root / name for name in names if not (root / name).exists())
