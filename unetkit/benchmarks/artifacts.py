"""Which model files a list of files and folders means."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from unetkit.contract.artifact import read_format
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Engine
from unetkit.runtime.backends.opening import ENGINES_OF

_SUFFIXES = frozenset({".onnx", ".tflite"})
_SUFFIXES_FOR: Mapping[Engine, frozenset[str]] = {"openvino": frozenset({".onnx", ".xml"})}


def artifacts_in(paths: Sequence[Path], engine: Engine = "auto") -> tuple[Path, ...]:
    """Files as they are; in a folder's place the exported models in it, or in a run's export, that the engine runs.

    Of a folder, `model.onnx` comes before `model.int8.onnx`: ratios are to the unquantised one. For OpenVINO its own
    `.xml` files are taken and not the TFLite ones, of which it does not open all.

    Raises:
        UsageError: no path, or a folder that cannot be read or has no such model.
        ArtifactError: a file in a folder is named like a model and is none.
    """
    if not paths:
        raise UsageError("nothing to measure; name a model file or an export folder")
    return tuple(file for path in paths for file in (_models_in(path, engine) if _is_folder(path) else (path,)))


def _is_folder(path: Path) -> bool:
    """A folder of models; not a SavedModel, which is one."""
    return path.is_dir() and not (path / "saved_model.pb").exists()


def _models_in(folder: Path, engine: Engine) -> tuple[Path, ...]:
    """Those of an export folder, else those of the export in a run folder."""
    folders = (each for each in (folder, folder / "export") if each.is_dir())
    models = next((found for each in folders if (found := _exported_in(each, engine))), ())
    if not models:
        what = "model" if engine == "auto" else f"model for engine {engine}"
        raise UsageError(f"no exported {what} in {folder}; make one with `unetkit export`, or name a file")
    return models


def _exported_in(folder: Path, engine: Engine) -> tuple[Path, ...]:
    try:
        wanted = _SUFFIXES_FOR.get(engine, _SUFFIXES)
        files = [file for file in folder.iterdir() if file.suffix in wanted and not file.name.startswith(".")]
    except OSError as error:
        raise UsageError(f"cannot read folder {folder}: {error.strerror}; name the model files") from error
    files.sort(key=lambda file: (len(file.suffixes), file.name))
    return tuple(file for file in files if engine == "auto" or engine in ENGINES_OF[read_format(file)])
