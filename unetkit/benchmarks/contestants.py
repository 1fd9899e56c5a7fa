"""Ways through the same clip, for the comparison of frames a second."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from unetkit.benchmarks.clip import TutorialClip
from unetkit.benchmarks.peers.peer import Peer
from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.running.networkahead import mask_of, opencv_in_step, work_ahead
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.video import VideoFile
from unetkit.runtime.views.painter import Painter


class Contestant(Protocol):
    """One of them."""

    def rewind(self) -> None:
        """Begin the clip anew; no thread works yet."""

    def step(self) -> bool:
        """Do the next frame; False at the end of the clip."""

    def close(self) -> None: ...


class Ours:
    """What `unetkit video` does without `--out`: every frame decoded, segmented and drawn, in its threads.

    Args:
        segmenter: opened.
        clip: a video.
        drawn: False stops at the labels of the frame's size, as `--json` does.
    """

    def __init__(self, segmenter: Segmenter, clip: Path, *, drawn: bool = True) -> None:
        self._segmenter, self._clip = segmenter, clip
        self._painter = Painter(segmenter.spec) if drawn else None
        self._source: FrameSource | None = None
        self._in_step = contextlib.ExitStack()

    def rewind(self) -> None:
        self.close()
        video = VideoFile(self._clip)
        self._in_step.enter_context(opencv_in_step(video, self._segmenter))
        self._source = work_ahead(video, self._segmenter)

    def step(self) -> bool:
        if self._source is None or (frame := self._source.read()) is None:
            return False
        mask = mask_of(self._source, frame, self._segmenter)
        if self._painter is not None:
            self._painter.draw(frame.bgr, mask)
        return True

    def close(self) -> None:
        self._in_step.close()
        if self._source is not None:
            self._source.close()


class PeerLoop:
    """A peer behind `cv2.VideoCapture`: decode, prepare, infer, labels at frame size; nothing is drawn."""

    def __init__(self, peer: Peer, clip: Path) -> None:
        self._peer, self._clip = peer, clip
        self._capture = cv2.VideoCapture()

    def rewind(self) -> None:
        self._capture.open(str(self._clip.absolute()))

    def step(self) -> bool:
        ok, frame = self._capture.read()
        if not ok:
            return False
        bgr = np.asarray(frame, np.uint8)
        peer = self._peer
        peer.labels(peer.infer(peer.prepare(bgr)), (bgr.shape[0], bgr.shape[1]))
        return True

    def close(self) -> None:
        self._capture.release()


class EngineAlone:
    """The engine on one tensor again and again: no decoding, no resize, no mask, no picture."""

    def __init__(self, segmenter: Segmenter, frame: BgrFrame) -> None:
        self._segmenter = segmenter
        self._tensor, _ = segmenter.preprocess(frame)

    def rewind(self) -> None:
        return

    def step(self) -> bool:
        self._segmenter.infer(self._tensor)
        return True

    def close(self) -> None:
        return


class Tutorial:
    """The tutorials' way, Keras' `predict` a frame, to the drawn picture."""

    def __init__(self, clip: TutorialClip) -> None:
        self._clip = clip

    def rewind(self) -> None:
        self._clip.rewind()

    def step(self) -> bool:
        return self._clip.step() is not None

    def close(self) -> None:
        self._clip.close()


def block_ns(contestant: Contestant, frames: int, clock: Callable[[], int]) -> int:
    """Nanoseconds for the clip's first `frames`, from the first step to the last; opening the clip is not among them.

    Raises:
        SourceError: the clip is shorter.
    """
    contestant.rewind()
    start_ns = clock()
    for done in range(frames):
        if not contestant.step():
            raise SourceError(f"the clip has {done} frames only; ask for fewer a round, or give a longer one")
    return clock() - start_ns
