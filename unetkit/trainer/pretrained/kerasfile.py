"""Files with a Keras model inside."""

import zipfile
from pathlib import Path


def is_keras_file(path: Path) -> bool:
    """Whether it is a zip archive with a Keras model in it, whatever its name."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
