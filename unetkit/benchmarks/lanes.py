"""What takes turns in a benchmark: an artifact in an engine, and the yardstick."""

from unetkit.benchmarks.yardstick import Yardstick
from unetkit.contract.arrays import BgrFrame
from unetkit.runtime.latency import StageClock
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.views.painter import Painter

STAGES = ("preprocess", "infer", "postprocess", "overlay", "end_to_end")


class ArtifactLane:
    """A segmenter that does `batch` frames a turn, one after the other: an artifact takes one frame at a time.

    Args:
        segmenter: opened; closed by whoever opened it.
        batch: frames that come together; a stage's sample is of all of them.
    """

    stages = STAGES

    def __init__(self, segmenter: Segmenter, batch: int = 1) -> None:
        self.segmenter = segmenter
        self.batch = batch
        self._painter = Painter(segmenter.spec)
        self._lines = (f"{segmenter.backend.device} {segmenter.backend.precision}",)

    def process(self, frame: BgrFrame, clock: StageClock) -> None:
        segmenter = self.segmenter
        with clock.stage("end_to_end"):
            with clock.stage("preprocess"):
                fitted = [segmenter.preprocess(frame) for _ in range(self.batch)]
            with clock.stage("infer"):
                scores = [segmenter.infer(tensor) for tensor, _ in fitted]
            with clock.stage("postprocess"):
                masks = [
                    segmenter.postprocess(given, placement)
                    for given, (_, placement) in zip(scores, fitted, strict=True)
                ]
            with clock.stage("overlay"):
                for mask in masks:
                    self._painter.draw(frame, mask, lines=self._lines)


class YardstickLane:
    """A yardstick, whatever the frame."""

    stages = ("yardstick",)

    def __init__(self, yardstick: Yardstick) -> None:
        self.yardstick = yardstick

    def process(self, frame: BgrFrame, clock: StageClock) -> None:  # noqa: ARG002
        with clock.stage("yardstick"):
            self.yardstick.run()
