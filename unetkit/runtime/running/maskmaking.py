"""Where a frame's mask comes from: made now, by the network that works ahead, or an earlier one to keep a rate."""

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.contract.preprocess import Placement
from unetkit.runtime.latency import StageClock
from unetkit.runtime.running.networkahead import Inferred, NetworkAhead
from unetkit.runtime.running.ratekeeper import KeptMasks
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame


class MaskMaker:
    """Masks of one stream, and what they took on its clock.

    Args:
        stream: its source says whether the network works ahead, its `masks` whether a rate is kept.
        segmenter: the opened model.
        clock: has the stages preprocess, infer and postprocess.

    Attributes:
        infer_ns: what the last inference took; 0 before the first.
    """

    def __init__(self, stream: Stream, segmenter: Segmenter, clock: StageClock) -> None:
        self._segmenter, self._clock = segmenter, clock
        self._network = stream.source if isinstance(stream.source, NetworkAhead) else None
        self._kept, self._steadying = stream.masks, stream.steadying
        self.infer_ns = 0

    def warm_up(self, frame: Frame) -> Mask:
        """A mask by every model that may run, untimed."""
        if self._kept is not None:
            return self._kept.try_all(frame.bgr)
        return self._segmenter.predict(frame.bgr, keep_scores=True)

    def mask_of(self, frame: Frame) -> tuple[Mask, int]:
        """This frame's mask, or an earlier one's where a rate is kept; and the moment when the frame was in hand."""
        start_ns = self._clock.now_ns()
        if self._kept is not None:
            return self._of_kept(frame, self._kept), start_ns
        answer = None if self._network is None else self._network.answer_for(frame)
        if answer is not None:
            return self._of_answer(frame, answer), answer.fitted.in_hand_ns
        return self._segment(frame), start_ns

    def _segment(self, frame: Frame) -> Mask:
        clock, segmenter = self._clock, self._segmenter
        with clock.stage("preprocess"):
            tensor, placement = segmenter.preprocess(frame.bgr)
        start_ns = clock.now_ns()
        with clock.stage("infer"):
            scores = segmenter.infer(tensor)
        self.infer_ns = clock.now_ns() - start_ns
        return self._postprocess(frame, scores, tensor, placement)

    def _of_answer(self, frame: Frame, answer: Inferred) -> Mask:
        """What the network's thread has found; the stages have the times that it took there."""
        self._clock.record("preprocess", answer.fitted.preprocess_ns)
        self._clock.record("infer", answer.infer_ns)
        self.infer_ns = answer.infer_ns
        return self._postprocess(frame, answer.scores, answer.fitted.tensor, answer.fitted.placement)

    def _postprocess(self, frame: Frame, scores: Scores, tensor: InputTensor, placement: Placement) -> Mask:
        with self._clock.stage("postprocess"):
            if self._steadying is not None:
                scores = self._steadying.smooth(scores, tensor)
            return self._segmenter.postprocess(scores, placement, keep_scores=True, frame=frame.bgr)

    def _of_kept(self, frame: Frame, kept: KeptMasks) -> Mask:
        """The stages have samples of the masks that were made."""
        mask, finished = kept.mask_for(frame.bgr)
        for segmented in finished:
            self._clock.record("preprocess", segmented.preprocess_ns)
            self._clock.record("infer", segmented.infer_ns)
            self._clock.record("postprocess", segmented.postprocess_ns)
            self.infer_ns = segmented.infer_ns
        return mask
