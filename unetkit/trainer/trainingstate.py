"""What a training has to know to go on as if nothing had happened, on disk.

Each state is one .npz file, written whole or not at all; the last two are kept, for a file that the disk lost. The
order of the pictures and their augmentation depend on the seed, the epoch and the step alone (`feed.py`).
"""

import json
import logging
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.publish import published
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.scoring import AccuracyReport
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, UsageError
from unetkit.trainer.history import Epoch

log = logging.getLogger(__name__)

KEPT = 2
_SCHEMA = 1


@dataclass(kw_only=True)
class TrainingState:
    """Where a training stands.

    Attributes:
        spec: of the model.
        kept_norms: names of the batch norms whose published statistics are kept.
        history: a row each epoch that is done.
        losses: of the steps that are done in the epoch after those.
        seconds: spent so far, over all sittings.
        values: of every variable, in the order of the training loop's.
    """

    spec: ModelSpec
    kept_norms: tuple[str, ...]
    history: list[Epoch] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    values: Sequence[NDArray[Any]] = ()

    def write(self, run: RunFolder) -> None:
        """Publish it, and remove all but the last `KEPT`.

        Raises:
            OutputError: it cannot be written; those before it stay.
        """
        told = {
            "schema": _SCHEMA,
            "spec": self.spec.to_json(),
            "kept_norms": self.kept_norms,
            "history": [asdict(epoch) for epoch in self.history],
            "losses": self.losses,
            "seconds": self.seconds,
        }
        path = run.states / f"state-{len(self.history):06d}-{len(self.losses):09d}.npz"
        arrays = {f"v{index:05d}": value for index, value in enumerate(self.values)}
        with published(path) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, told=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)
        for old in _files(run)[:-KEPT]:
            old.unlink(missing_ok=True)

    @classmethod
    def newest(cls, run: RunFolder) -> "TrainingState":
        """The last state of a run that is whole.

        Raises:
            UsageError: it has none: it never began, or it ended.
            ArtifactError: none of them can be read.
        """
        files = _files(run)
        if not files:
            why = "it has ended" if run.report.is_file() else "train from the start, into another folder"
            raise UsageError(f"{run.path} has no training state to go on from: {why}")
        for path in reversed(files):
            try:
                return cls._read(path)
            except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
                log.warning("%s cannot be read (%s); the one before it is taken", path, error)
        raise ArtifactError(f"no training state in {run.states} can be read; train from the start into another folder")

    @classmethod
    def _read(cls, path: Path) -> "TrainingState":
        with np.load(path, allow_pickle=False) as stored:
            told = json.loads(stored["told"].tobytes())
            values = [stored[name] for name in sorted(stored.files) if name != "told"]
        if told["schema"] != _SCHEMA:
            raise ValueError(f"schema {told['schema']}, this version reads {_SCHEMA}")
        return cls(
            spec=ModelSpec.from_json(told["spec"]),
            kept_norms=tuple(told["kept_norms"]),
            history=[_epoch(row) for row in told["history"]],
            losses=told["losses"],
            seconds=told["seconds"],
            values=values,
        )


def has_state(run: RunFolder) -> bool:
    """Whether there is something to resume."""
    return bool(_files(run))


def remove_states(run: RunFolder) -> None:
    """What an ended training does not need any more."""
    for path in run.states.glob("*"):
        path.unlink(missing_ok=True)
    if run.states.is_dir():
        run.states.rmdir()


def _files(run: RunFolder) -> list[Path]:
    return sorted(run.states.glob("state-*.npz"))


def _epoch(row: dict[str, Any]) -> Epoch:
    """Its row in JSON, back again; tuples have become lists."""
    accuracy: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row["accuracy"].items()
    }
    return Epoch(**{**row, "accuracy": AccuracyReport(**accuracy)})
