"""What the shell offers at Tab where a model is wanted."""

import os
import shlex

from unetkit.errors import UnetkitError
from unetkit.runtime.builtin import builtin_models

_MODEL_SUFFIXES = (".keras", ".onnx", ".tflite")

Offer = tuple[str, str]  # (word, what it is); shells that have room show both


def complete_model(incomplete: str) -> list[Offer]:
    """Built-in names that begin so, with the model files and folders of this folder that do.

    Where no name begins so, nothing: then the shell completes paths itself, below any folder, and does that better
    (no space behind a folder's slash, quotes where a name needs them). Files are listed beside names because a shell
    that is given words does not look for files.
    """
    names = complete_builtin(incomplete)
    return [*names, *_files(incomplete)] if names else []


def complete_builtin(incomplete: str) -> list[Offer]:
    """Built-in names that begin so."""
    try:
        return [(model.name, model.task) for model in builtin_models() if model.name.startswith(incomplete)]
    except UnetkitError:  # a broken installation is told when the command runs, not in the middle of a line
        return []


def _files(incomplete: str) -> list[Offer]:
    try:
        with os.scandir() as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(incomplete)]
    except OSError:
        return []
    words = [
        (f"{name}/", "folder") if is_folder else (name, "model file")
        for name, is_folder in sorted(found)
        if is_folder or name.endswith(_MODEL_SUFFIXES)
    ]
    # Words go into the line as they are: one that needs quotes is left to the shell, which comes after more letters.
    return [(word, what) for word, what in words if shlex.quote(word) == word and not word.startswith(".")]
