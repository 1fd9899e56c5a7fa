"""A short clip of a generated scene."""

from pathlib import Path

import cv2

from unetkit.data.scene import scene


def write_clip(path: Path, frames: int, hw: tuple[int, int] = (48, 64)) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, hw[::-1])
    for index in range(frames):
        writer.write(scene(0, hw, t=index / 25)[0])
    writer.release()
    return path
