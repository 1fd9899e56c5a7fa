"""Two ways of going through the same clip, each from decoding to the drawn picture."""

from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.contract.arrays import Labels
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.readahead import read_ahead
from unetkit.runtime.sources.video import VideoFile
from unetkit.runtime.views.painter import Painter


class ClipPipeline(Protocol):
    """Decode, segment, draw; nothing is shown."""

    def rewind(self) -> None:
        """Open the clip anew and throw its first frame away."""

    def step(self) -> Labels | None:
        """Do the next frame, picture included; its labels, uint8 (H, W), or None at the end of the clip."""

    def close(self) -> None: ...


class TutorialClip:
    """The tutorial's pipeline behind `cv2.VideoCapture`."""

    def __init__(self, pipeline: TutorialPipeline, clip: Path) -> None:
        self._pipeline = pipeline
        self._clip = clip
        self._capture = cv2.VideoCapture()

    def rewind(self) -> None:
        self._capture.open(str(self._clip.absolute()))
        self._capture.read()

    def step(self) -> Labels | None:
        ok, frame = self._capture.read()
        if not ok:
            return None
        bgr = np.asarray(frame, np.uint8)
        labels = self._pipeline.segment(bgr)
        self._pipeline.draw(bgr, labels)
        return labels

    def close(self) -> None:
        self._capture.release()


class UnetkitClip:
    """What `unetkit video` runs while the network takes all cores: its source, segmenter and overlay.

    Raises:
        SourceError: the clip does not open.
    """

    def __init__(self, segmenter: Segmenter, clip: Path) -> None:
        self._segmenter = segmenter
        self._painter = Painter(segmenter.spec)
        self._lines = (f"{segmenter.backend.device} {segmenter.backend.precision}",)
        self._clip = clip
        self._source = read_ahead(VideoFile(clip))

    @property
    def hw(self) -> tuple[int, int] | None:
        return self._source.hw

    def rewind(self) -> None:
        self._source.close()
        self._source = read_ahead(VideoFile(self._clip))
        self._source.read()  # decoded while opening: no step's work

    def step(self) -> Labels | None:
        frame = self._source.read()
        if frame is None:
            return None
        mask = self._segmenter.predict(frame.bgr)
        self._painter.draw(frame.bgr, mask, lines=self._lines)
        return mask.labels

    def close(self) -> None:
        self._source.close()
