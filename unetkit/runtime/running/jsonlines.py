"""Results as JSON, a line a frame, for programs that read them while they come (docs/json-lines.md)."""

import json
import sys
import time
from collections.abc import Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

from unetkit.contract.postprocess import Mask
from unetkit.contract.spec import ModelSpec
from unetkit.errors import OutputError
from unetkit.runtime.maskjson import Shapes, describe_mask, require_shapes
from unetkit.runtime.running.stream import OnResult
from unetkit.runtime.sources.frame import Frame, FrameSource

STANDARD_OUTPUT = Path("-")


class JsonLines:
    """One file, or standard output, for the results of one source or several.

    A line is handed to the system whole and at once, without a buffer of ours: whoever reads sees each frame as soon as
    it is done, and a killed process leaves whole lines, but for the one under way.

    Args:
        path: written anew; `-` is standard output.
        spec: the model's.
        shapes: of the classes, see `describe_mask`.

    Raises:
        UsageError: unknown shapes.
        OutputError: it cannot be written.
    """

    def __init__(self, path: Path, spec: ModelSpec, shapes: Shapes = "none") -> None:
        self._path, self._spec, self._shapes = path, spec, shapes
        require_shapes(shapes)
        self._epoch_ns = time.time_ns() - time.perf_counter_ns()
        try:
            self._file = self._open()
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}; choose another place") from error

    def told_of(self, source: FrameSource, stream: int = 1) -> OnResult:
        """What takes the results of a source, the first or another of the run's: writes a line each.

        It raises OutputError where the line cannot be written: no room, or nobody reads standard output any more.
        """

        def write(frame: Frame, mask: Mask, stages_ms: Mapping[str, float]) -> None:
            self._write({"stream": stream, **self._entry(source, frame, mask, stages_ms)})

        return write

    def close(self) -> None:
        """It may be called more than once."""
        self._file.close()

    def _entry(self, source: FrameSource, frame: Frame, mask: Mask, stages_ms: Mapping[str, float]) -> dict[str, Any]:
        captured_s = round((self._epoch_ns + frame.captured_ns) / 1e9, 6) if source.live else None
        return {
            "source": source.name,
            "frame": frame.index,
            "name": frame.name,
            "at_s": None if frame.at_s is None else round(frame.at_s, 6),
            "captured_s": captured_s,
            "width": mask.labels.shape[1],
            "height": mask.labels.shape[0],
            "classes": describe_mask(mask.labels, self._spec, self._shapes),
            "stages_ms": {name: round(value, 3) for name, value in stages_ms.items()},
        }

    def _write(self, entry: dict[str, Any]) -> None:
        rest = memoryview((json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n").encode())
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            where = "standard output" if self._path == STANDARD_OUTPUT else self._path
            raise OutputError(f"cannot write JSON lines to {where}: {error.strerror or error}") from error

    def _open(self) -> RawIOBase:
        if self._path == STANDARD_OUTPUT:
            sys.stdout.flush()
            return open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
        self._path.absolute().parent.mkdir(parents=True, exist_ok=True)
        return self._path.open("wb", buffering=0)
