"""The work of one request: an encoded picture in, an encoded answer out; by several threads at once."""

import json
import threading
from dataclasses import dataclass
from typing import Literal

from unetkit.contract.buffers import Buffers
from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import preprocess
from unetkit.runtime.latency import StageClock
from unetkit.runtime.maskjson import Shapes, describe_mask
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sinks.masks import encode_palette_png
from unetkit.serving.limits import Limits
from unetkit.serving.picture import decode_picture

STAGES = ("decode", "preprocess", "wait", "infer", "postprocess", "encode")

AnswerFormat = Literal["png", "json"]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the client asked for.

    Attributes:
        format: `png`, the mask as an indexed PNG; `json`, what is in it.
        shapes: of the classes, in JSON.
    """

    format: AnswerFormat = "png"
    shapes: Shapes = "none"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back.

    Attributes:
        body: encoded.
        media_type: of it.
        timings_ms: of each stage.
    """

    body: bytes
    media_type: str
    timings_ms: dict[str, float]


class Segmentation:
    """An opened model for several threads: they decode and encode side by side and take turns with the model.

    Args:
        segmenter: the opened model; used by nobody else meanwhile.
        limits: of pictures.
    """

    def __init__(self, segmenter: Segmenter, limits: Limits) -> None:
        self._segmenter = segmenter
        self._limits = limits
        self._turn = threading.Lock()
        self._own = threading.local()

    def answer(self, data: bytes, wanted: Wanted) -> Answer:
        """Segment an encoded picture.

        Raises:
            Problem: it is too large, of another format, or cannot be decoded.
        """
        clock = StageClock(STAGES)
        spec = self._segmenter.spec
        with clock.stage("decode"):
            frame = decode_picture(data, self._limits)
        with clock.stage("preprocess"):
            tensor, placement = preprocess(frame, spec.input, buffers=self._buffers())
        start_ns = clock.now_ns()
        with self._turn:
            clock.record("wait", clock.now_ns() - start_ns)
            with clock.stage("infer"):
                scores = self._segmenter.infer(tensor)
        with clock.stage("postprocess"):
            guide = frame if self._segmenter.guided else None
            labels = postprocess(scores, placement, spec, buffers=self._buffers(), guide=guide).labels
        if wanted.format == "png":
            with clock.stage("encode"):
                png = encode_palette_png(labels, spec.classes)
            return Answer(body=png, media_type="image/png", timings_ms=_timings_ms(clock))
        with clock.stage("encode"):
            classes = describe_mask(labels, spec, wanted.shapes)
        height, width = labels.shape
        timings_ms = _timings_ms(clock)
        table = {"model": spec.name, "width": width, "height": height, "classes": classes, "timings_ms": timings_ms}
        body = json.dumps(table, ensure_ascii=False).encode() + b"\n"
        return Answer(body=body, media_type="application/json", timings_ms=timings_ms)

    def _buffers(self) -> Buffers:
        """This thread's own."""
        if not hasattr(self._own, "buffers"):
            self._own.buffers = Buffers()
        own: Buffers = self._own.buffers
        return own


def _timings_ms(clock: StageClock) -> dict[str, float]:
    """Of each stage, in the order of the work."""
    return {stage: round(sum(clock.samples_ns(stage)) / 1e6, 3) for stage in STAGES}
