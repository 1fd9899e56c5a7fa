"""The lanes of the budget: unetkit's stages, and three other ways to spend the time around the network.

ours       what a run does with a frame
copy       as many bytes copied as the stage must read and write at least: the memory's limit
plain      the one OpenCV call that comes nearest to the stage: the arithmetic's
tutorial   the same stage as tutorials write it

Every lane begins with the frame just written, as a decoder leaves it, and runs the network between its stages, so that
all find the caches as the real run does.
"""

from collections.abc import Callable

import cv2
import numpy as np

from unetkit.benchmarks.peers.tutorial import TutorialSteps
from unetkit.contract.arrays import BgrFrame, Scores
from unetkit.contract.preprocess import Placement
from unetkit.runtime.latency import StageClock
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.views.painter import Painter

AROUND = ("preprocess", "postprocess", "overlay")
_LINE_FRAMES = 8  # between two changes of the heads-up line: a quarter of a second of a camera
STAGES = (*AROUND, "infer", "around")


class Decoder:
    """Writes a frame into memory of its own."""

    def __init__(self) -> None:
        self._frame: BgrFrame = np.empty((0, 0, 3), np.uint8)

    def write(self, frame: BgrFrame) -> BgrFrame:
        """uint8 (H, W, 3) -> the same, freshly written."""
        if self._frame.shape != frame.shape:
            self._frame = np.empty_like(frame)
        np.copyto(self._frame, frame)
        return self._frame


class OurLane:
    """What `streamloop` does with a frame, the heads-up line included.

    Args:
        segmenter: opened.
        scores: instead of the network's, for every frame.
    """

    stages = STAGES

    def __init__(self, segmenter: Segmenter, scores: Scores | None = None) -> None:
        self._segmenter = segmenter
        self._scores = scores
        self._painter = Painter(segmenter.spec)
        self._decoder = Decoder()
        self._number = 0
        self.shown_share = 0.0

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        segmenter, frame = self._segmenter, self._decoder.write(frame)
        self._number += 1
        start_ns = clock.now_ns()
        tensor, placement = segmenter.preprocess(frame)
        fitted_ns = clock.now_ns()
        scores = segmenter.infer(tensor)
        inferred_ns = clock.now_ns()
        given = scores if self._scores is None else self._scores
        cut_ns = clock.now_ns()
        mask = segmenter.postprocess(given, placement, keep_scores=True, frame=frame)
        masked_ns = clock.now_ns()
        self._painter.draw(
            frame, mask, lines=(f"{self._number // _LINE_FRAMES} fps  p95 3.1 ms  infer 2.5 ms  CPU int8",)
        )
        drawn_ns = clock.now_ns()
        steps = {
            "preprocess": fitted_ns - start_ns,
            "infer": inferred_ns - fitted_ns,
            "postprocess": masked_ns - cut_ns,
            "overlay": drawn_ns - masked_ns,
        }
        for stage, ns in steps.items():
            clock.record(stage, ns)
        clock.record("around", sum(steps[stage] for stage in AROUND))
        self.shown_share = float(np.count_nonzero(mask.labels) / mask.labels.size)


class OtherLane:
    """Stages of which each is one function; the network is run in between, not timed."""

    stages = (*AROUND, "around")

    def __init__(self, segmenter: Segmenter, scores: Scores | None = None) -> None:
        self.segmenter = segmenter
        self._scores = scores
        self._decoder = Decoder()

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        frame = self._decoder.write(frame)
        around_ns = _timed("preprocess", lambda: self.preprocess(frame), clock)
        tensor, placement = self.segmenter.preprocess(frame)
        scores = self.segmenter.infer(tensor)
        given = scores if self._scores is None else self._scores
        around_ns += _timed("postprocess", lambda: self.postprocess(given, placement), clock)
        around_ns += _timed("overlay", lambda: self.overlay(frame), clock)
        clock.record("around", around_ns)

    def preprocess(self, frame: BgrFrame) -> None:
        raise NotImplementedError

    def postprocess(self, scores: Scores, placement: Placement) -> None:
        raise NotImplementedError

    def overlay(self, frame: BgrFrame) -> None:
        raise NotImplementedError


class CopyLane(OtherLane):
    """Copies of contiguous memory: half of the bytes are read, half written."""

    def __init__(self, segmenter: Segmenter, frame: BgrFrame, scores: Scores | None = None) -> None:
        super().__init__(segmenter, scores)
        self._tensor_bytes = 3 * segmenter.spec.input.height * segmenter.spec.input.width
        self._pixels = frame.size // 3
        self._source = np.zeros(2 * frame.size, np.uint8)
        self._target = np.zeros(2 * frame.size, np.uint8)

    def preprocess(self, frame: BgrFrame) -> None:
        count = min(frame.size, (frame.size + self._tensor_bytes) // 2)
        np.copyto(self._target[:count], frame.reshape(-1)[:count])

    def postprocess(self, scores: Scores, placement: Placement) -> None:  # noqa: ARG002
        self._copy((scores.nbytes + self._pixels) // 2)

    def overlay(self, frame: BgrFrame) -> None:
        np.copyto(self._target[: frame.size], frame.reshape(-1))
        self._copy(self._pixels // 2)

    def _copy(self, count: int) -> None:
        np.copyto(self._target[:count], self._source[:count])


class PlainLane(OtherLane):
    """One resize, one resize a plane of scores, one blend, each into memory that is there."""

    def __init__(self, segmenter: Segmenter, frame: BgrFrame, scores: Scores | None = None) -> None:
        super().__init__(segmenter, scores)
        self._tensor = np.empty((*segmenter.spec.input.hw, 3), np.uint8)
        self._plane = np.empty(frame.shape[:2], np.float32)
        self._colors, self._drawn = np.full_like(frame, 90), np.empty_like(frame)

    def preprocess(self, frame: BgrFrame) -> None:
        cv2.resize(frame, self._tensor.shape[1::-1], dst=self._tensor)

    def postprocess(self, scores: Scores, placement: Placement) -> None:  # noqa: ARG002
        for index in range(scores.shape[2]):
            cv2.resize(scores[..., index], self._plane.shape[::-1], dst=self._plane)

    def overlay(self, frame: BgrFrame) -> None:
        cv2.addWeighted(frame, 0.5, self._colors, 0.5, 0, self._drawn)


class TutorialLane(OtherLane):
    """Floats at full size, labels enlarged, masks blended with numpy."""

    def __init__(self, segmenter: Segmenter, scores: Scores | None = None) -> None:
        super().__init__(segmenter, scores)
        self._steps = TutorialSteps(segmenter.spec)
        self._labels = np.zeros((0, 0), np.uint8)
        self._hw = (0, 0)

    def preprocess(self, frame: BgrFrame) -> None:
        self._hw = (frame.shape[0], frame.shape[1])
        self._steps.prepare(frame)

    def postprocess(self, scores: Scores, placement: Placement) -> None:
        self._labels = self._steps.labels(scores, placement, self._hw)

    def overlay(self, frame: BgrFrame) -> None:
        self._steps.draw(frame, self._labels)


def _timed(stage: str, work: Callable[[], object], clock: StageClock) -> int:
    start_ns = clock.now_ns()
    work()
    elapsed_ns = clock.now_ns() - start_ns
    clock.record(stage, elapsed_ns)
    return elapsed_ns
