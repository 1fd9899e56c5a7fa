"""Timings, kept for the next run of the same model on the same machine in the same state."""

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import platformdirs

from unetkit.contract.artifact import sha256_of
from unetkit.contract.publish import publish_text
from unetkit.errors import OutputError
from unetkit.processors import Processors
from unetkit.runtime.enginechoice.timing import Timing
from unetkit.runtime.host import HostInfo

VARIABLE = "UNETKIT_ENGINE_CACHE"
OFF = "off"
_SCHEMA = 2
_log = logging.getLogger(__name__)


def cache_folder() -> Path | None:
    """Where timings are kept: `$UNETKIT_ENGINE_CACHE`, else in the user's cache; None where that says `off`."""
    named = os.environ.get(VARIABLE, "")
    if named == OFF:
        return None
    return Path(named) if named else Path(platformdirs.user_cache_dir("unetkit")) / "engines"


def state_of(paths: Sequence[Path], **asked: object) -> dict[str, Any]:
    """All that a timing depends on: the files' content, what was asked for, processor, its cores, engines' versions."""
    host, processors = HostInfo.here(), Processors.here()
    return {
        "schema": _SCHEMA,
        "files": [sha256_of(path) for path in paths],
        "asked": asked,
        "cpu": host.cpu,
        "board": host.board,
        "gpu": host.gpu,
        "os": host.os,
        "packages": host.packages,
        "logical_cores": processors.logical,
        "allowed_cores": list(processors.allowed),
        "quota": processors.quota,
    }


class TimingCache:
    """A file a state. One that cannot be read is as good as none; one that cannot be written is told with -v.

    Args:
        folder: None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def load(self, state: dict[str, Any], paths: Sequence[Path]) -> Timing | None:
        """The timing that was kept for this state."""
        if self._folder is None:
            return None
        file = self._file(self._folder, state)
        try:
            table = json.loads(file.read_text(encoding="utf-8"))
            if table["state"] != state:
                raise ValueError("it is of another machine or model")
            timing = Timing.from_dict(table, paths)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            _log.info("the kept engine choice %s is not used (%s)", file, error)
            return None
        return timing if timing.timed or timing.refused else None

    def store(self, state: dict[str, Any], paths: Sequence[Path], timing: Timing) -> None:
        if self._folder is None:
            return
        file = self._file(self._folder, state)
        try:
            publish_text(file, json.dumps({"state": state, **timing.to_dict(paths)}, indent=1))
        except OutputError as error:
            _log.info("the engine choice is not kept: %s", error)

    @staticmethod
    def _file(folder: Path, state: dict[str, Any]) -> Path:
        return folder / f"{hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:32]}.json"
