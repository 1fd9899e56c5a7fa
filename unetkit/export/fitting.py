"""Fits an int8 artifact into the limit: the search's hands, which make models, run them and time them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unetkit.contract.arrays import BgrFrame, Scores
from unetkit.contract.artifact import write_spec
from unetkit.export.calibration import CalibrationSet
from unetkit.export.making import ArtifactMaker, opened
from unetkit.export.quantisation.ranking import LayerNoise, rank_layers
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.quantisation.search import Trial, search
from unetkit.export.result import ExportResult
from unetkit.export.target import Target
from unetkit.proof.timing import interleaved
from unetkit.runtime.segmenter import Segmenter

_RANKING_FRAMES = 8
_TIMING_ROUNDS = 20


@dataclass(frozen=True, kw_only=True)
class Fitter:
    """Searches a recipe for one int8 target.

    Attributes:
        maker: of the export.
        calibration: layers are compared on its first frames.
        max_drop: points of mIoU that may be lost.
    """

    maker: ArtifactMaker
    calibration: CalibrationSet
    max_drop: float

    def fit(self, result: ExportResult, start: Recipe, folder: Path) -> ExportResult:
        """The artifact made anew by the recipe that was found; the given result, with the search, where none was.

        Args:
            result: of the artifact that lost too much.
            start: the recipe it was made by.
            folder: where it lies.
        """
        target = result.target
        with tempfile.TemporaryDirectory() as scratch:
            float_target = replace(target, precision="fp32")
            float_path = self.maker.converter.write(float_target, Path(scratch))
            write_spec(float_path, self.maker.spec)
            with opened(float_path) as floating:
                frames = list(self.calibration.frames[:_RANKING_FRAMES])

                def attempt(recipe: Recipe) -> Trial:
                    self.maker.tell(f"{target.file}: trying {recipe}")
                    return self._tried(target, recipe, floating, frames)

                def rank(recipe: Recipe) -> tuple[LayerNoise, ...]:
                    return self._ranked(target, recipe, floating, frames)

                found = search(start, max_drop=self.max_drop, attempt=attempt, rank=rank)
        if found.chosen is not None:
            result = self.maker.make(target, folder, found.chosen)
        return replace(result, search=found)

    def _tried(self, target: Target, recipe: Recipe, floating: Segmenter, frames: Sequence[BgrFrame]) -> Trial:
        with tempfile.TemporaryDirectory() as scratch:
            result = self.maker.make(target, Path(scratch), recipe)
            with opened(Path(scratch, target.file)) as quantised:
                ratio = latency_ratio(quantised, floating, frames[0])
        return Trial(recipe=recipe, drop=-100 * result.miou_change, latency_ratio=ratio, operators=result.operators)

    def _ranked(
        self, target: Target, recipe: Recipe, floating: Segmenter, frames: Sequence[BgrFrame]
    ) -> tuple[LayerNoise, ...]:
        source = replace(target, format="tflite" if target.format == "tflite" else "onnx")

        def scores_of(content: bytes) -> list[Scores]:
            with tempfile.TemporaryDirectory() as scratch:
                path = Path(scratch, source.file)
                path.write_bytes(content)
                write_spec(path, self.maker.spec)
                with opened(path) as quantised:
                    return _scores(quantised, frames)

        def on_layer(done: int, layers: int) -> None:
            self.maker.tell(f"{target.file}: which layers lose most, {done} of {layers}")

        return rank_layers(
            self.maker.converter.quantiser(target),
            recipe,
            scores_of=scores_of,
            expected=_scores(floating, frames),
            on_layer=on_layer,
        )


def latency_ratio(candidate: Segmenter, baseline: Segmenter, frame: BgrFrame) -> float:
    """The candidate's inference time as a share of the baseline's: the median over rounds in which they take turns."""
    tensor, _ = baseline.preprocess(frame)
    mine, other = interleaved((candidate, baseline), tensor, rounds=_TIMING_ROUNDS)
    return mine.over(other)[1]


def _scores(segmenter: Segmenter, frames: Sequence[BgrFrame]) -> list[Scores]:
    return [segmenter.infer(segmenter.preprocess(frame)[0]) for frame in frames]
