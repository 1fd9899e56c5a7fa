"""A run folder, read back: what was trained, how far it got, and how good it is."""

import json
import math
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord
from unetkit.errors import DataError
from unetkit.pages.flattening import flat
from unetkit.trainer.history import Epoch, best_epoch, read_history

State = Literal["finished", "interrupted", "running", "cut off"]

# A training writes its state each ten minutes and after each epoch; one that has been silent for longer is gone.
SILENT_S = 900


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run.

    Attributes:
        path: its folder.
        state: `finished`; `interrupted` by Ctrl-C; without a report `running` as long as it writes, else `cut off`.
        resumable: whether it left a state to go on from.
        changed_s: when it last wrote a figure, in seconds since 1970.
        parameters: of the network; None where an older version left no report.
        minutes: that it took; without a report, of its epochs.
        history: a row each epoch that is done.
        config: settings.
        environment: machine and versions, names with dots for tables inside tables.
        record: of the data.
    """

    path: Path
    state: State
    resumable: bool
    changed_s: float
    parameters: int | None
    minutes: float
    history: tuple[Epoch, ...]
    config: Mapping[str, Any]
    environment: Mapping[str, Any]
    record: DataRecord

    @property
    def name(self) -> str:
        return self.path.absolute().name

    @property
    def best(self) -> Epoch | None:
        """The epoch whose weights are the checkpoint; None before the first has ended."""
        return best_epoch(self.history) if self.history else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: plain types only, and None where there is no figure."""
        best = self.best
        return {
            "name": self.name,
            "path": str(self.path.absolute()),
            "state": self.state,
            "resumable": self.resumable,
            "network": self.config.get("network"),
            "parameters": self.parameters,
            "size": self.config.get("size"),
            "epochs_done": len(self.history),
            "epochs": self.config.get("epochs"),
            "best_epoch": best.epoch if best is not None else None,
            "accuracy": best.accuracy.to_dict() if best is not None else None,
            "minutes": round(self.minutes, 2),
            "data": {"reference": self.record.reference, "digest": self.record.digest},
        }


def read_run(folder: Path, *, now_s: float | None = None) -> Run:
    """Read what a training left, or has written so far.

    Args:
        folder: the run folder.
        now_s: the time, in seconds since 1970, against which silence is measured; by default the clock's.

    Raises:
        DataError: it is no run, or a file in it cannot be read.
    """
    files = RunFolder(folder)
    if not files.config.is_file() or not files.split.is_file():
        missing = files.split.name if files.config.is_file() else files.config.name
        raise DataError(f"no run: it has no {missing}")
    config, record = _settings(files.config), DataRecord.read(files.split)
    history = tuple(read_history(files.history, images=len(record.validation))) if files.history.is_file() else ()
    report = _report(files)
    seconds = _figure(report, "seconds")
    environment = _table(files.environment) if files.environment.is_file() else {}
    parameters = _figure(report or environment, "parameters")
    return Run(
        path=folder,
        state=_state(files, report, time.time() if now_s is None else now_s),
        resumable=bool(_states(files)),
        changed_s=_written_s(files.history if history else files.config),
        parameters=None if parameters is None else int(parameters),
        minutes=(sum(row.seconds for row in history) if seconds is None else seconds) / 60,
        history=history,
        config=config,
        environment=dict(flat(environment)),
        record=record,
    )


def _settings(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name} cannot be read ({_reason(error)})") from error


def _table(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name} cannot be read ({_reason(error)})") from error
    if not isinstance(table, dict):
        raise DataError(f"{path.name} holds a {type(table).__name__}, expected a table")
    return table


def _report(files: RunFolder) -> dict[str, Any]:
    """The report, empty where there is none or the run has gone on since it was interrupted."""
    if not files.report.is_file():
        return {}
    written_s = _written_s(files.report)
    return {} if any(_written_s(state) > written_s for state in _states(files)) else _table(files.report)


def _state(files: RunFolder, report: Mapping[str, Any], now_s: float) -> State:
    if report:
        return "interrupted" if report.get("interrupted") else "finished"
    written = (files.config, files.history, *_states(files))
    return "running" if now_s - max(map(_written_s, written)) < SILENT_S else "cut off"


def _states(files: RunFolder) -> list[Path]:
    return list(files.states.glob("state-*"))


def _written_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # not there yet, or gone while it was looked at
        return 0.0


def _figure(table: Mapping[str, Any], name: str) -> float | None:
    value = table.get(name)
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    if value is not None and not number:
        raise DataError(f"report.json says {name} {ascii(value)[:40]}, expected a number")
    return value


def _reason(error: Exception) -> str:
    return ascii(str(error))[1:-1][:100]
