"""The sound of a recording, taken over into the video that was made of it; by ffmpeg, where it is at hand."""

import logging
import shutil
import subprocess
from pathlib import Path

_log = logging.getLogger(__name__)


def keep_audio(video: Path, original: Path) -> None:
    """Put the sound of `original` into `video`, in place: as it is where the format takes it, else encoded anew.

    Without ffmpeg, or where it fails, the video stays as it is, without sound, and a line says so.

    Args:
        video: a finished file without sound.
        original: a file with sound, or without.
    """
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        _log.info("ffmpeg is not installed: the video is written without the sound of %s", original)
        return
    joined = video.with_stem(f"{video.stem}-sound")
    inputs = ["-i", str(video.absolute()), "-i", str(original.absolute()), "-map", "0:v:0", "-map", "1:a?"]
    try:
        for codec in (["-c", "copy"], ["-c:v", "copy"]):
            command = [ffmpeg, "-nostdin", "-v", "error", "-y", *inputs, *codec, "-shortest", str(joined.absolute())]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode == 0:
                joined.replace(video)
                return
        reason = (run.stderr.strip().splitlines() or [f"ffmpeg ended with {run.returncode}"])[-1]
        _log.warning("the video is written without the sound of %s: %s", original, reason)
    except OSError as error:
        _log.warning("the video is written without the sound of %s: %s", original, error.strerror or error)
    finally:
        joined.unlink(missing_ok=True)
