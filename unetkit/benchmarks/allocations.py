"""Memory that a stage takes anew for one frame."""

import tracemalloc
from collections.abc import Callable, Mapping

from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.views.painter import Painter

_WARMUP = 3


def bytes_taken(segmenter: Segmenter, frame: BgrFrame, *, frames: int = 10) -> Mapping[str, int]:
    """The most that each stage took for a frame beyond what was held before it, in bytes, after warm-up.

    What Python, numpy and OpenCV's arrays take is counted (tracemalloc; numpy reports to it, and OpenCV's Python arrays
    are numpy's); what C++ takes inside one call and gives back is not.

    Args:
        segmenter: opened.
        frame: uint8 (H, W, 3) BGR.
        frames: that count; the heads-up line is another for each.
    """
    painter = Painter(segmenter.spec)
    taken = dict.fromkeys(("preprocess", "infer", "postprocess", "overlay"), 0)
    tracemalloc.start()
    try:
        for number in range(-_WARMUP, frames):
            counted = taken if number >= 0 else dict(taken)

            def count(stage: str, work: Callable[[], object], into: dict[str, int] = counted) -> None:
                tracemalloc.reset_peak()
                before, _ = tracemalloc.get_traced_memory()
                work()
                into[stage] = max(into[stage], tracemalloc.get_traced_memory()[1] - before)

            _one_frame(segmenter, painter, frame, f"{number} fps", count)
    finally:
        tracemalloc.stop()
    return taken


def _one_frame(
    segmenter: Segmenter,
    painter: Painter,
    frame: BgrFrame,
    line: str,
    count: Callable[[str, Callable[[], object]], None],
) -> None:
    count("preprocess", lambda: segmenter.preprocess(frame))
    tensor, placement = segmenter.preprocess(frame)
    count("infer", lambda: segmenter.infer(tensor))
    scores = segmenter.infer(tensor)
    count("postprocess", lambda: segmenter.postprocess(scores, placement, frame=frame))
    mask: Mask = segmenter.postprocess(scores, placement, frame=frame)
    count("overlay", lambda: painter.draw(frame, mask, lines=(line,)))
