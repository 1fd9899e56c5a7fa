"""OpenCV's manners: why it did not import, and how it is kept from talking on standard error."""

import os
import re
import traceback

from unetkit.errors import MissingDependencyError

_DEBIAN_PACKAGES = "libgl1 libglib2.0-0"
_LIBRARY = re.compile(r"(lib[^\s:]+\.so[.\d]*)")


def is_import_of_opencv(error: ImportError) -> bool:
    """Whether `import cv2` failed, by itself or by what it imports; the trace tells, for the message need not."""
    return error.name == "cv2" or any(
        frame.f_globals.get("__name__", "").partition(".")[0] == "cv2"
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def explain_import_error(error: ImportError) -> MissingDependencyError:
    """What an `import cv2` that failed means for the user.

    Args:
        error: the exception of the import.

    Returns:
        The error to raise from it: it names the system library and the Debian packages that bring it, or the
        Python package where OpenCV itself is not there.
    """
    if isinstance(error, ModuleNotFoundError) and error.name == "cv2":
        return MissingDependencyError("OpenCV is not installed; run: pip install opencv-python")
    library = _LIBRARY.search(str(error))
    if library:
        return MissingDependencyError(
            f"OpenCV needs the system library {library[1]}, which is not installed; "
            f"on Debian or Ubuntu run: apt-get install -y {_DEBIAN_PACKAGES}"
        )
    reason = " ".join(str(error).split())[:200]
    return MissingDependencyError(
        f"OpenCV cannot be imported ({reason}); run: pip install --force-reinstall opencv-python"
    )


def silence() -> None:
    """Keep OpenCV, FFmpeg and Qt from writing to standard error, so that the user reads our one line.

    Call it before the first capture, writer or window: FFmpeg and Qt read their settings once. Settings that the user
    made in the environment stand.
    """
    import cv2

    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")
    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
