"""How much masks tremble, with and without what steadies them; and that steadying leaves no ghosts.

`python -m unetkit.studies.flicker again.mkv bird.mkv --model person`

Two figures, each in percent, lower is better:

- flicker: `1 - mIoU` of a mask and the one before it, moved to where the picture has moved (temporal consistency of Liu
  et al. 2020, arXiv:2002.11433; here with DIS optical flow, Kroeger et al. 2016, at frame size). A thing
  that moves, and whose mask moves with it, does not count.
- flips: share of pixels that change their label where the picture does not change (less than 4 levels around it).

Then ghosts: generated scenes whose truth is known, in which everything moves, at three contrasts. The scores are made
of the truth, so what is lost against it is what the steadying lost.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels, Scores
from unetkit.contract.buffers import Buffers
from unetkit.contract.postprocess import postprocess
from unetkit.contract.scoring import ConfusionMatrix, mean_of_known
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.data.scene import scene
from unetkit.runtime.running.steadying import STEADY, Steadying
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.opening import open_source
from unetkit.script import one_line_errors

STILL_LEVELS = 4
SCENE_HW = (224, 224)
SCENE_FPS = 15.0
Smoother = Callable[[Scores, AnyArray], Scores]
CONTRASTS = (1.0, 0.3, 0.1)
_SCENE = ModelSpec(
    name="scene",
    input=InputSpec(height=SCENE_HW[0], width=SCENE_HW[1]),
    classes=(ClassSpec(name="background", bgr=(0, 0, 0)), ClassSpec(name="thing", bgr=(0, 0, 255))),
    head="sigmoid",
)


class Flicker:
    """Flicker and flips of a clip's masks, fed frame by frame; several ways to make masks share the optical flow.

    Args:
        ways: how many.
        classes: of the masks.
    """

    def __init__(self, ways: int, classes: int) -> None:
        self._names = tuple(map(str, range(classes)))
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._before: tuple[BgrFrame, tuple[Labels, ...]] | None = None
        self._flickers: list[list[float]] = [[] for _ in range(ways)]
        self._flips: list[list[float]] = [[] for _ in range(ways)]

    def update(self, frame: BgrFrame, masks: tuple[Labels, ...]) -> None:
        """Add a frame, uint8 (H, W, 3), and each way's mask of it, uint8 (H, W)."""
        if self._before is not None:
            picture, labels = self._before
            changed = cv2.cvtColor(cv2.absdiff(frame, picture), cv2.COLOR_BGR2GRAY)
            still = cv2.blur(changed, (5, 5)) < STILL_LEVELS
            came_from = self._places(frame, picture)
            for way, (now, past) in enumerate(zip(masks, labels, strict=True)):
                moved = cv2.remap(past, *came_from, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
                self._flickers[way].append(1 - self._miou(np.asarray(moved), now))
                if still.any():
                    self._flips[way].append(float((now != past)[still].mean()))
        self._before = frame.copy(), masks

    def figures(self, way: int) -> tuple[float, float]:
        """Mean flicker and flips of a way, in percent."""
        return 100 * mean_of_known(self._flickers[way]), 100 * mean_of_known(self._flips[way])

    def _places(self, frame: BgrFrame, before: BgrFrame) -> tuple[AnyArray, AnyArray]:
        """For each pixel where it was in the frame before: x and y, float32 (H, W) each."""
        now, past = (cv2.cvtColor(each, cv2.COLOR_BGR2GRAY) for each in (frame, before))
        x, y = cv2.split(np.asarray(self._flow.calc(now, past, np.empty((0, 0), np.float32)), np.float32))
        x += np.arange(frame.shape[1], dtype=np.float32)
        y += np.arange(frame.shape[0], dtype=np.float32)[:, np.newaxis]
        return x, y

    def _miou(self, truth: Labels, labels: Labels) -> float:
        matrix = ConfusionMatrix(self._names)
        matrix.update(truth, labels)
        return matrix.report("").miou


def flicker_of(clip: str, segmenter: Segmenter, *, strength: float, max_frames: int | None) -> list[list[str]]:
    """A row for each way: plain, steady, and both along the frame's edges."""
    spec = segmenter.spec
    ways = list(itertools.product((False, True), (0.0, strength)))
    pasts = [Steadying(spec, steady) for _, steady in ways]
    buffers = [Buffers() for _ in ways]
    flicker = Flicker(len(ways), len(spec.classes))
    source = open_source(clip, every_frame=True)
    frames = iter(source.read, None)
    for frame in itertools.islice(frames, max_frames):
        tensor, placement = segmenter.preprocess(frame.bgr)
        scores = segmenter.infer(tensor)
        masks = []
        for (guided, steady), past, memory in zip(ways, pasts, buffers, strict=True):
            answer = past.smooth(scores, tensor) if steady else scores
            guide = frame.bgr if guided else None
            masks.append(postprocess(answer, placement, spec, buffers=memory, guide=guide).labels)
        flicker.update(frame.bgr, tuple(masks))
    source.close()
    rows = []
    for way, (guided, steady) in enumerate(ways):
        figures = (f"{value:.2f}" for value in flicker.figures(way))
        rows.append([Path(clip).stem, "guided" if guided else "plain", f"{steady:g}", *figures])
    return rows


def ghosts(
    *, seeds: Iterable[int], frames: int, noise: float, contrast: float, smooth: Callable[[], Smoother]
) -> float:
    """MIoU of smoothed masks over moving scenes.

    Args:
        seeds: of the scenes.
        frames: of each.
        noise: standard deviation of what is added to the logits in patches of some pixels, anew in every frame.
        contrast: of the pictures, 0..1.
        smooth: makes what smooths a scene's scores.
    """
    matrix = ConfusionMatrix(_SCENE.class_names)
    for seed in seeds:
        smoother, rng = smooth(), np.random.default_rng(seed)
        for index in range(frames):
            frame, labels = scene(seed, SCENE_HW, t=index / SCENE_FPS)
            truth = np.minimum(labels, 1)
            dull = np.asarray(128 + contrast * (frame.astype(np.float32) - 128), np.uint8)
            logits = cv2.GaussianBlur(truth * np.float32(8), (5, 5), 0) - 4
            if noise:
                patches = cv2.GaussianBlur(rng.normal(0, 1, SCENE_HW).astype(np.float32), (0, 0), 4)
                logits = logits + patches * np.float32(noise / patches.std())
            scores = smoother(np.asarray(logits, np.float32)[..., np.newaxis], dull[np.newaxis])
            matrix.update(truth, (scores[..., 0] > 0).astype(np.uint8))
    return matrix.report("").miou


def same_weight(weight: float) -> Smoother:
    """The plain running mean, for comparison: the past has the same weight everywhere."""
    past: list[Scores] = []

    def smooth(scores: Scores, _tensor: AnyArray) -> Scores:
        now = scores.clip(-4, 4)
        past[:] = [np.asarray(weight * past[0] + (1 - weight) * now, np.float32) if past else now]
        return past[0]

    return smooth


def ghost_rows(*, strength: float, seeds: Iterable[int], frames: int) -> Iterator[list[str]]:
    ways: dict[str, Callable[[], Smoother]] = {
        "nothing": lambda: lambda scores, _tensor: scores,
        "a running mean, 0.8 everywhere": lambda: same_weight(0.8),
        f"steady {strength:g}": lambda: Steadying(_SCENE, strength).smooth,
    }
    seeds = tuple(seeds)
    for name, smooth in ways.items():
        figures = [
            ghosts(seeds=seeds, frames=frames, noise=noise, contrast=contrast, smooth=smooth)
            for noise in (0.0, 1.0)
            for contrast in CONTRASTS
        ]
        yield [name, *(f"{figure:.4f}" for figure in figures)]


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def main(
    clips: Annotated[list[str], typer.Argument(help="Videos.")],
    model: Annotated[str, typer.Option(help="Model file or built-in name.")] = "person",
    strength: Annotated[float, typer.Option(min=0, max=1, help="Of the steadying.")] = STEADY,
    max_frames: Annotated[int | None, typer.Option(min=2, help="Of each clip.")] = None,
    scenes: Annotated[int, typer.Option(min=1, help="Generated scenes, of 40 frames each.")] = 8,
) -> None:
    """Measure flicker and ghosts."""
    with one_line_errors(), Segmenter.open(model, device="cpu", threads=1) as segmenter:
        every_clip = (flicker_of(clip, segmenter, strength=strength, max_frames=max_frames) for clip in clips)
        head = ["clip", "edges", "steady", "flicker, %", "flips where still, %"]
        for line in _table(head, itertools.chain.from_iterable(every_clip)):
            typer.echo(line)
        kinds = (
            f"{words}, contrast {contrast:g}" for words in ("exact scores", "noisy scores") for contrast in CONTRASTS
        )
        rows = ghost_rows(strength=strength, seeds=range(100, 100 + scenes), frames=40)
        for line in _table(["mIoU of moving scenes, smoothed by", *kinds], rows):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
