"""Masks made so that a frame rate is kept: by a smaller model, or by one for every few frames, beside the drawing."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.buffers import Buffers
from unetkit.contract.postprocess import Mask, postprocess
from unetkit.errors import UsageError
from unetkit.runtime.running.deadline import Deadline, Rung
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.segmenter import Segmenter


@dataclass(frozen=True, kw_only=True, eq=False)
class Segmented:
    """A mask and what it took, in nanoseconds; `model` made it."""

    mask: Mask
    model: int
    preprocess_ns: int
    infer_ns: int
    postprocess_ns: int

    @property
    def total_ns(self) -> int:
        return self.preprocess_ns + self.infer_ns + self.postprocess_ns


class RateKeeper:
    """What `--target-fps` is: one for a run, whose streams take their masks from it.

    All segmenting is done by one thread, for an engine serves one at a time. With a mask for each frame it is waited
    for, as without a target. Else it goes on while frames are drawn with the mask before; only when the next one is due
    is it waited for, so the rate holds where inference takes several frames' time, live sources included.

    Args:
        target_fps: frames a second, of each stream.
        segmenters: the model that was asked for, then those that may stand in for it, the best first. They stay open.
        clock: nanoseconds.
        executor: runs one thing at a time; it is shut down on `close`.

    Raises:
        UsageError: the rate is not above 0, or a stand-in has other classes.
    """

    def __init__(
        self,
        target_fps: float,
        segmenters: Sequence[Segmenter],
        *,
        clock: Callable[[], int] = time.perf_counter_ns,
        executor: Executor | None = None,
    ) -> None:
        self.segmenters = tuple(segmenters)
        self.target_fps = target_fps
        self._clock = clock
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="masks")
        Deadline(target_fps)  # a rate that makes no sense is refused now
        for stand_in in self.segmenters[1:]:
            require_same_classes(self.segmenters[0], stand_in)

    def share(self, streams: int, steady: float = 0.0) -> "KeptMasks":
        """The masks of one of so many streams, as steady as that (see `Steadying`)."""
        deadline = Deadline(self.target_fps, models=len(self.segmenters), streams=streams)
        pasts = [Steadying(segmenter.spec, steady) if steady else None for segmenter in self.segmenters]

        def submit(frame: BgrFrame, model: int, buffers: Buffers) -> "Future[Segmented]":
            return self._executor.submit(self._segment, frame, model, buffers, pasts[model])

        return KeptMasks(deadline, self._names(), submit)

    def close(self) -> None:
        """Wait for the thread to end; it may be called more than once."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _segment(self, frame: BgrFrame, model: int, buffers: Buffers, past: Steadying | None) -> Segmented:
        segmenter, start_ns = self.segmenters[model], self._clock()
        tensor, placement = segmenter.preprocess(frame)
        fitted_ns = self._clock()
        scores = segmenter.infer(tensor)
        inferred_ns = self._clock()
        if past is not None:
            scores = past.smooth(scores, tensor)
        mask = postprocess(
            scores,
            placement,
            segmenter.spec,
            keep_scores=_same_scores(self.segmenters[0], segmenter),
            buffers=buffers,
            guide=frame if segmenter.guided else None,
        )
        return Segmented(
            mask=mask,
            model=model,
            preprocess_ns=fitted_ns - start_ns,
            infer_ns=inferred_ns - fitted_ns,
            postprocess_ns=self._clock() - inferred_ns,
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(f"{item.spec.name} {item.spec.input.width}x{item.spec.input.height}" for item in self.segmenters)


class KeptMasks:
    """A stream's masks, some of them new.

    Args:
        deadline: chooses how they are made.
        names: of the models, for people.
        submit: begins to segment a frame with a model, in some buffers.
    """

    def __init__(
        self,
        deadline: Deadline,
        names: Sequence[str],
        submit: Callable[[BgrFrame, int, Buffers], "Future[Segmented]"],
    ) -> None:
        self._deadline, self._names, self._submit = deadline, tuple(names), submit
        # A soft mask works in its buffers when it is drawn: those of the one being made are others, in turn.
        self._buffers = itertools.cycle([Buffers() for _ in range(3)])
        self._pending: Future[Segmented] | None = None
        self._mask: Mask | None = None
        self._since = 0  # frames since the last one that was given to a model
        self._made: Counter[int] = Counter()
        self._frames = 0
        self._lowest = deadline.rung

    def try_all(self, frame: BgrFrame) -> Mask:
        """Run each model once, so that it is known what it costs; the mask of the one that was asked for."""
        tried = [self._submit(frame, model, next(self._buffers)).result() for model in range(len(self._names))]
        for segmented in tried:
            self._deadline.expect(segmented.model, segmented.total_ns)
        return tried[0].mask

    def mask_for(self, frame: BgrFrame) -> tuple[Mask, tuple[Segmented, ...]]:
        """A mask to draw over a frame, uint8 (H, W, 3), and what was finished meanwhile."""
        finished: list[Segmented] = []
        rung = self._deadline.rung
        self._frames += 1
        self._since += 1
        due = self._since >= rung.stride
        if self._pending is not None and (due or self._pending.done()):
            finished.append(self._take(self._pending))
        kept = self._mask
        if kept is not None and kept.labels.shape != frame.shape[:2]:  # the source has changed its size
            kept = None
        if due or kept is None:
            self._since = 0
            self._pending = self._submit(frame, rung.model, next(self._buffers))
            if rung.stride == 1 or kept is None:
                finished.append(self._take(self._pending))
                kept = finished[-1].mask
        return kept, tuple(finished)

    def shown(self, now_ns: int, rest_ns: int) -> None:
        """A frame was shown; see `Deadline.shown`."""
        self._deadline.shown(now_ns, rest_ns)
        rung = self._deadline.rung
        if (rung.stride, rung.model) > (self._lowest.stride, self._lowest.model):
            self._lowest = rung

    @property
    def given_up(self) -> str | None:
        """What is given up just now, for people; None where nothing is."""
        target = f"{self._deadline.target_fps:g} fps"
        if not self._deadline.reachable:
            return f"{target} cannot be kept, even with {self._means(self._deadline.rung)}"
        means = self._means(self._deadline.rung)
        return f"{target} by {means}" if means else None

    def summary(self) -> str:
        """What was given up in the whole run."""
        made = sum(self._made.values())
        if made == self._frames == self._made[0]:
            return f"target {self._deadline.target_fps:g} fps: nothing was given up"
        masks = ", ".join(f"{count:,} by {self._names[model]}" for model, count in sorted(self._made.items()))
        return (
            f"target {self._deadline.target_fps:g} fps: {made:,} masks for {self._frames:,} frames ({masks}), "
            f"at the most {self._means(self._lowest)}"
        )

    def _take(self, pending: "Future[Segmented]") -> Segmented:
        segmented = pending.result()
        self._pending = None
        self._mask = segmented.mask
        self._made[segmented.model] += 1
        self._deadline.segmented(segmented.model, segmented.total_ns)
        return segmented

    def _means(self, rung: Rung) -> str:
        parts = [self._names[rung.model]] if rung.model else []
        if rung.stride > 1:
            parts.append(f"a mask for every {_ordinal(rung.stride)} frame")
        return ", ".join(parts)


def require_same_classes(asked: Segmenter, stand_in: Segmenter) -> None:
    """Raises UsageError when a stand-in's classes are not those of the model that was asked for."""
    wanted, given = ([item.name for item in segmenter.spec.classes] for segmenter in (asked, stand_in))
    if wanted != given:
        raise UsageError(
            f"{stand_in.path} cannot stand in for {asked.path}: its classes are {', '.join(given)}, "
            f"not {', '.join(wanted)}; choose a smaller model of the same classes"
        )


def _same_scores(asked: Segmenter, other: Segmenter) -> bool:
    """Whether a view that knows the one's scores can read the other's."""
    return (asked.spec.head, asked.spec.scores, asked.spec.threshold) == (
        other.spec.head,
        other.spec.scores,
        other.spec.threshold,
    )


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
