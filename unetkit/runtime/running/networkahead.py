"""The network in a thread of its own, decoding and preprocessing in another: what is left is putting masks on frames.

decoder   source -> frame -> tensor
network   tensor -> scores
caller    scores -> mask -> picture -> sink
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.contract.preprocess import Placement
from unetkit.processors import usable_cores
from unetkit.runtime.ahead import Ahead
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame, FrameSource
from unetkit.runtime.sources.readahead import ReadAhead
from unetkit.runtime.sources.wrapped import WrappedRecording

_OTHERS = 2  # threads besides those of the network: the decoder's and the caller's


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A frame as the network takes it.

    Attributes:
        read_ns: what decoding took.
        in_hand_ns: when it was done.
        preprocess_ns: what fitting took.
    """

    frame: Frame
    tensor: InputTensor
    placement: Placement
    read_ns: int
    in_hand_ns: int
    preprocess_ns: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Inferred:
    """A frame and the network's answer.

    Attributes:
        infer_ns: what the network took.
    """

    fitted: Fitted
    scores: Scores
    infer_ns: int


class NetworkAhead(WrappedRecording):
    """A recorded source that brings the network's answers with its frames, each once and in order.

    Its first frame comes without: whoever reads it warms up the model with it. From the second look on the segmenter's
    `preprocess` and `infer` belong to the threads here, until this is closed.

    Args:
        source: a recording; it is closed with this one.
        segmenter: the opened model.
        clock: nanoseconds.
    """

    def __init__(
        self, source: FrameSource, segmenter: Segmenter, clock: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        super().__init__(source)
        self._segmenter, self._clock = segmenter, clock
        self._fitted: Ahead[Fitted] | None = None
        self._inferred: Ahead[Inferred] | None = None
        self._answer: Inferred | None = None
        self._begun = self._closed = False

    def poll(self, wait_s: float) -> bool:
        return self._closed or not self._begun or self._started().poll(wait_s)

    def read(self) -> Frame | None:
        """The next frame, once its answer is there.

        Raises:
            SourceError, DataError, DeviceError: in the place of the frame that they are about.
        """
        if self._closed:
            return None
        if not self._begun:
            self._begun = True
            return self._source.read()
        self._answer = self._started().take()
        return None if self._answer is None else self._answer.fitted.frame

    def answer_for(self, frame: Frame) -> Inferred | None:
        """The network's answer for the frame that was read last; None for the first, which has none."""
        answer = self._answer
        return answer if answer is not None and answer.fitted.frame is frame else None

    def close(self) -> None:
        self._closed = True
        for ahead in (self._fitted, self._inferred):
            if ahead is not None:
                ahead.close()
        self._source.close()

    def _started(self) -> Ahead[Inferred]:
        if self._inferred is None:
            self._fitted = fitted = Ahead(self._fit, name="decoder", gives_way=True)
            self._inferred = Ahead(lambda: self._infer(fitted), name="network")
        return self._inferred

    def _fit(self) -> Fitted | None:
        start_ns = self._clock()
        frame = self._source.read()
        if frame is None:
            return None
        in_hand_ns = self._clock()
        tensor, placement = self._segmenter.preprocess(frame.bgr)
        return Fitted(
            frame=frame,
            tensor=tensor,
            placement=placement,
            read_ns=in_hand_ns - start_ns,
            in_hand_ns=in_hand_ns,
            preprocess_ns=self._clock() - in_hand_ns,
        )

    def _infer(self, waiting: Ahead[Fitted]) -> Inferred | None:
        fitted = waiting.take()
        if fitted is None:
            return None
        start_ns = self._clock()
        scores = self._segmenter.infer(fitted.tensor)
        return Inferred(fitted=fitted, scores=scores, infer_ns=self._clock() - start_ns)


def mask_of(source: FrameSource, frame: Frame, segmenter: Segmenter) -> Mask:
    """The mask of the frame that was read last, by the answer that came with it, or by one that is found now."""
    answer = source.answer_for(frame) if isinstance(source, NetworkAhead) else None
    if answer is None:
        return segmenter.predict(frame.bgr, keep_scores=True)
    return segmenter.postprocess(answer.scores, answer.fitted.placement, keep_scores=True, frame=frame.bgr)


@contextlib.contextmanager
def opencv_in_step(source: FrameSource, segmenter: Segmenter) -> Iterator[None]:
    """OpenCV on one thread while decoder, network and caller take all cores: its own threads would only stand in line.

    On two cores a clip runs a tenth faster so (docs/speed.md). OpenCV's own engine keeps its threads, and so does a run
    of a live source, of which nothing works ahead.
    """
    before, backend = cv2.getNumThreads(), segmenter.backend
    ahead = not source.live and backend.engine != "opencv"
    taken = ahead and (backend.threads or 0) + _OTHERS >= usable_cores()
    try:
        if taken:
            cv2.setNumThreads(1)
        yield
    finally:
        if taken:
            cv2.setNumThreads(before)


def work_ahead(source: FrameSource, segmenter: Segmenter) -> FrameSource:
    """The source with threads that work ahead, as many as were measured to help (docs/speed.md).

    None for what is live or on one core; one that decodes where inference takes all cores itself; where it leaves one
    free, or runs on a GPU, one that decodes and one that infers.
    """
    cores, threads = usable_cores(), segmenter.backend.threads
    if source.live or cores == 1:
        return source
    return ReadAhead(source) if threads is not None and threads >= cores else NetworkAhead(source, segmenter)
