"""What a user means by a model: a file, an export or run folder, the name of one in the box, or nothing at all."""

import re
from dataclasses import dataclass
from pathlib import Path

from unetkit.contract.runfolder import DEFAULT_ROOT
from unetkit.contract.saved_model import is_saved_model
from unetkit.errors import UsageError
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.builtin import BuiltinModel, builtin_model, builtin_models, offered
from unetkit.runtime.newest import artifacts_in, newest_artifacts
from unetkit.runtime.preference import preferred_formats

DEFAULT_BUILTIN = "person"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what has a dot or a slash is a path, there or not


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """What to open.

    Attributes:
        paths: the model's files in one precision, the preferred one first; a file that was named is the only one.
        why: it was taken, a sentence; empty where somebody named it.
    """

    paths: tuple[Path, ...]
    why: str = ""


def choose_model(
    given: str | None, *, engine: Engine = "auto", device: Device = "auto", root: Path = DEFAULT_ROOT
) -> ModelChoice:
    """The model to run: the one given, else the newest export, else the built-in for people.

    Args:
        given: as for `model_paths`; None: nothing was said.
        engine: as for `open_backend`.
        device: as for `open_backend`.
        root: folder of runs in which the newest export is looked for.

    Raises:
        UsageError, ArtifactError: as `model_paths` does.
    """
    if given is not None:
        return ModelChoice(paths=model_paths(given, engine=engine, device=device))
    formats = preferred_formats(engine, device)
    newest = newest_artifacts(formats, root)
    if newest:
        return ModelChoice(paths=newest, why=f"no model was named: taking the newest export, {newest[0].parent}")
    paths = builtin_model(DEFAULT_BUILTIN).paths(formats)
    why = f"no model was named and {root.absolute()} has no export: taking the built-in model {DEFAULT_BUILTIN}"
    return ModelChoice(paths=paths, why=why)


def model_path(given: str, *, engine: Engine = "auto", device: Device = "auto") -> Path:
    """The first of `model_paths`."""
    return model_paths(given, engine=engine, device=device)[0]


def model_paths(given: str, *, engine: Engine = "auto", device: Device = "auto") -> tuple[Path, ...]:
    """A model's files by path, folder or built-in name, the preferred one first.

    Args:
        given: a file, which wins over a name; an export folder, or a run folder with one; what is neither and looks
            like a path is given back as it is, for opening it to tell what is wrong.
        engine: picks among the files; `auto` goes by what this machine is likely to run best.
        device: the same.

    Raises:
        UsageError: a bare word that is neither file nor built-in, or no file of the built-in for the engine.
        ArtifactError: the built-in is damaged.
    """
    model = _builtin(given)
    formats = preferred_formats(engine, device)
    if model is not None:
        return model.paths(formats)
    path = Path(given)
    folders = (path, path / "export") if _is_folder(path) and not is_saved_model(path) else ()
    return next((found for folder in folders if (found := artifacts_in(folder, formats))), (path,))


def bench_paths(given: str, *, engine: Engine = "auto", device: Device = "auto") -> tuple[Path, ...]:
    """What to measure: a file or folder that is there, else every file of a built-in that can run here.

    Raises:
        UsageError, ArtifactError: as `model_path` does.
    """
    model = None if Path(given).is_dir() else _builtin(given)
    return (Path(given),) if model is None else model.paths(preferred_formats(engine, device))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long for one
        return False


def _builtin(given: str) -> BuiltinModel | None:
    """None for a path."""
    if not _NAME.fullmatch(given) or Path(given).is_file():
        return None
    models = builtin_models()
    found = next((model for model in models if model.name == given), None)
    if found is None and not Path(given).exists():
        raise UsageError(
            f"there is no model file {given!r} and no built-in model of that name"
            f"{offered(given, [model.name for model in models])}"
        )
    return found
