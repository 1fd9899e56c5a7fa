"""The artifact a user means who names none."""

from importlib.util import find_spec
from pathlib import Path

from unetkit.contract.runfolder import DEFAULT_ROOT
from unetkit.errors import UsageError

_LITERT_FIRST = ("model.int8.tflite", "model.int8.onnx", "model.tflite", "model.onnx")
_ONNX_ONLY = ("model.int8.onnx", "model.onnx")


def newest_artifact(root: Path = DEFAULT_ROOT) -> Path:
    """The best artifact for this machine of the export that was written last below `root`.

    int8 before float32, and LiteRT, the faster engine on CPUs, before ONNX Runtime where it is installed.

    Raises:
        UsageError: there is no export, or none that this machine can run.
    """
    wanted = _LITERT_FIRST if find_spec("ai_edge_litert") else _ONNX_ONLY
    exports = {file.parent for name in wanted for file in root.glob(f"*/export/{name}")}
    if not exports:
        raise UsageError(f"no exported model in {root.absolute()}; make one with `unetkit export`, or name its file")
    newest = max(exports, key=lambda folder: max(file.stat().st_mtime for file in folder.glob("model.*")))
    return next(newest / name for name in wanted if (newest / name).is_file())
