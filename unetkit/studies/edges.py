"""What masks gain by following the frame's edges, and what it costs.

`python -m unetkit.studies.edges person --data people/ --split validation --inside person_ccp_upper --whole person_ccp`

Plain (scores enlarged bilinearly) against guided, on the same scores: mIoU, boundary F1 (Csurka et al. 2013) within one
and two pixels, and the processor time of `postprocess`, the two taking turns. With `--whole` the pictures are crops,
and each is put back into the photo it was cut from: the frame is then much larger than the model, as a camera's is.
`--grid` prints the settings of the filter against each other instead; those in `contract.edges` were chosen so on every
second picture (`--half first`), the figures in the documents are of the others.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from unetkit.contract.arrays import AnyArray, BgrFrame, Labels, Scores
from unetkit.contract.buffers import Buffers
from unetkit.contract.edges import GuidedFilter, GuidedScores
from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import Placement
from unetkit.contract.scoring import BoundaryScore, ConfusionMatrix, mean_of_known
from unetkit.contract.spec import ModelSpec
from unetkit.data.catalog import open_dataset
from unetkit.data.dataset import Dataset
from unetkit.data.split import evaluation_names
from unetkit.errors import DataError
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors
from unetkit.studies.putback import put_back

TOLERANCES_PX = (1.0, 2.0)
SIZES_HW = ((480, 640), (720, 1280), (1080, 1920))
GRID = tuple(GuidedFilter(radius_px=radius, epsilon=eps) for radius in (2, 4, 8, 12) for eps in (1e-5, 1e-4, 1e-3))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """A frame, what the model said of it, and the truth in part of it."""

    frame: BgrFrame
    scores: Scores
    placement: Placement
    truth: Labels
    rows: slice
    columns: slice


Labeller = Callable[[Scored], Labels]


class Half(StrEnum):
    """Which of the pictures."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


def scored(segmenter: Segmenter, pictures: Iterable[tuple[BgrFrame, Labels]]) -> Iterator[Scored]:
    """The pictures as they are."""
    for frame, truth in pictures:
        tensor, placement = segmenter.preprocess(frame)
        everything = slice(None)
        yield Scored(
            frame=frame,
            scores=segmenter.infer(tensor).copy(),
            placement=placement,
            truth=truth,
            rows=everything,
            columns=everything,
        )


def scored_in_photos(segmenter: Segmenter, pictures: Iterable[tuple[BgrFrame, Labels, BgrFrame]]) -> Iterator[Scored]:
    """Crops, their truth and their photos; those that are not found in their photo are left out."""
    for crop, truth, whole in pictures:
        found = put_back(crop, whole)
        if found is None:
            continue
        tensor, placement = segmenter.preprocess(found.frame)
        yield Scored(
            frame=found.frame,
            scores=segmenter.infer(tensor).copy(),
            placement=placement,
            truth=truth,
            rows=found.rows,
            columns=found.columns,
        )


def plain_labels(spec: ModelSpec, buffers: Buffers, picture: Scored) -> Labels:
    return postprocess(picture.scores, picture.placement, spec, buffers=buffers).labels


def guided_labels(spec: ModelSpec, buffers: Buffers, settings: GuidedFilter, picture: Scored) -> Labels:
    place = picture.placement
    inside = picture.scores[place.top :, place.left :][: place.height, : place.width]
    return GuidedScores(inside, picture.frame, spec, buffers, settings).labels()


def accuracy(pictures: Iterable[Scored], names: tuple[str, ...], labels_of: Labeller) -> list[str]:
    """mIoU, then for each tolerance the mean boundary F1 over the classes; for two classes the second's."""
    matrix = ConfusionMatrix(names)
    boundaries = [BoundaryScore(names, tolerance_px) for tolerance_px in TOLERANCES_PX]
    for picture in pictures:
        labels = np.ascontiguousarray(labels_of(picture)[picture.rows, picture.columns])
        matrix.update(picture.truth, labels)
        for boundary in boundaries:
            boundary.update(picture.truth, labels)
    f1 = [each.f1()[1] if len(names) == 2 else mean_of_known(each.f1()) for each in boundaries]
    return [f"{value:.4f}" for value in (matrix.report("").miou, *f1)]


def costs(segmenter: Segmenter, frame: BgrFrame, *, rounds: int, clock: Callable[[], int]) -> Iterator[list[str]]:
    """For each size: medians of plain and guided, in milliseconds, and the middle half of their differences."""
    spec = segmenter.spec
    for hw in SIZES_HW:
        large = np.asarray(cv2.resize(frame, (hw[1], hw[0]), interpolation=cv2.INTER_CUBIC), np.uint8)
        tensor, placement = segmenter.preprocess(large)
        scores = segmenter.infer(tensor).copy()
        buffers, times_ms = Buffers(), []
        for guide in (None, large) * 3:
            postprocess(scores, placement, spec, buffers=buffers, guide=guide)
        for _ in range(rounds):
            pair = []
            for guide in (None, large):
                start = clock()
                postprocess(scores, placement, spec, buffers=buffers, guide=guide)
                pair.append((clock() - start) / 1e6)
            times_ms.append(pair)
        plain, guided = (statistics.median(column) for column in zip(*times_ms, strict=True))
        low, middle, high = np.percentile([after - before for before, after in times_ms], (25, 50, 75))
        yield [f"{hw[1]}x{hw[0]}", f"{plain:.2f}", f"{guided:.2f}", f"+{middle:.2f} ({low:.2f} to {high:.2f})"]


def _pictures(dataset: Dataset, split: str, inside: str, half: Half) -> tuple[str, ...]:
    names = tuple(sorted(name for name in evaluation_names(dataset, split) if name.startswith(inside)))
    names = names[half is Half.SECOND :: 1 if half is Half.BOTH else 2]
    if not names:
        raise DataError(f"no picture of the {split} split of {dataset.reference} is called {inside}...")
    return names


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def main(
    model: Annotated[str, typer.Argument(help="Model file or built-in name.")],
    data: Annotated[str, typer.Option(help="Data set of the model's classes.")],
    split: Annotated[str, typer.Option(help="Of the data set.")] = "test",
    inside: Annotated[str, typer.Option(help="Only pictures whose names begin so.")] = "",
    whole: Annotated[
        str | None, typer.Option(help="The same pictures' whole photos: the names that begin so instead.")
    ] = None,
    half: Annotated[Half, typer.Option(help="Every second picture, from the first or the second on.")] = Half.SECOND,
    grid: Annotated[bool, typer.Option("--grid", help="Compare settings of the filter.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Of the timing, for each size.")] = 200,
) -> None:
    """Measure what guided edges gain and cost."""
    with one_line_errors(), Segmenter.open(model, device="cpu", threads=1) as segmenter:
        cv2.setNumThreads(1)  # what a core does
        dataset, spec, buffers = open_dataset(data, None), segmenter.spec, Buffers()
        names = _pictures(dataset, split, inside, half)
        if whole is None:
            pictures = list(scored(segmenter, (dataset.read(name) for name in names)))
        else:
            photos = (whole + name.removeprefix(inside) for name in names)
            crops = ((*dataset.read(name), dataset.read(photo)[0]) for name, photo in zip(names, photos, strict=True))
            pictures = list(scored_in_photos(segmenter, crops))
        typer.echo(_about(pictures, spec, Path(segmenter.path).name))
        ways: dict[str, Labeller] = {"plain": partial(plain_labels, spec, buffers)}
        for settings in GRID if grid else (GuidedFilter(),):
            name = f"guided, radius {settings.radius_px} px, epsilon {settings.epsilon:g}"
            ways[name] = partial(guided_labels, spec, buffers, settings)
        head = ["edges", "mIoU", *(f"boundary F1, {tolerance:g} px" for tolerance in TOLERANCES_PX)]
        rows = ([name, *accuracy(pictures, spec.class_names, way)] for name, way in ways.items())
        for line in _table(head, rows):
            typer.echo(line)
        if not grid:
            timed = costs(segmenter, pictures[0].frame, rounds=rounds, clock=time.thread_time_ns)
            for line in _table(["postprocess, one core", "plain, ms", "guided, ms", "more, ms (middle half)"], timed):
                typer.echo(line)


def _about(pictures: list[Scored], spec: ModelSpec, file: str) -> str:
    if not pictures:
        raise DataError("none of the pictures was found in its photo")
    sides: AnyArray = np.median([picture.frame.shape[:2] for picture in pictures], axis=0)
    return (
        f"{len(pictures)} pictures, frames of {sides[1]:.0f}x{sides[0]:.0f} in the middle, "
        f"{file} at {spec.input.width}x{spec.input.height}"
    )


if __name__ == "__main__":
    typer.run(main)
