"""Candidates opened and timed against each other: what runs in the process that is made for it."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from unetkit.contract.arrays import InputTensor, Labels
from unetkit.contract.artifact import read_spec
from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import Placement, preprocess
from unetkit.contract.spec import ModelSpec
from unetkit.data.scene import scene
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Backend
from unetkit.runtime.backends.opening import open_backend
from unetkit.runtime.enginechoice.candidate import Candidate, thread_candidates
from unetkit.runtime.enginechoice.lane import LIVE_HW, BackendLane, BackendTurns, Companion, FileLane, Flow
from unetkit.runtime.enginechoice.race import Outcome, Standing, heat, near, race
from unetkit.runtime.segmenter import Segmenter

_SLOW_NS = 50_000_000  # an inference that a whole frame is not much more than; turns of whole frames would take minutes
_WHOLE_SHARE = 0.6  # of the time, for whole frames
_SAME_MASK = 0.9  # share of pixels; engines that compute the same model differ at outlines only
Opener = Callable[[Candidate], Backend]


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A candidate and its times.

    Attributes:
        candidate: what was opened.
        infer_ms: median of an inference; of a file's run, of a whole frame.
        beside_ms: median of the work that went on beside it, from the same start; 0 where there was none.
    """

    candidate: Candidate
    infer_ms: float
    beside_ms: float

    @property
    def mean_ms(self) -> float:
        """When the inference and the work beside it were done, in the mean; of an inference alone, its time."""
        return (self.infer_ms + self.beside_ms) / 2 if self.beside_ms else self.infer_ms


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What a timing found.

    Attributes:
        timed: the best first.
        refused: name and reason of what could not be opened, or gave another mask than the first that could.
        within: the best is shown to take at most so many times the time of each other; infinite after a few turns only.
    """

    timed: tuple[Timed, ...]
    refused: tuple[tuple[str, str], ...]
    within: float = 1.0

    def to_dict(self, paths: Sequence[Path]) -> dict[str, Any]:
        """JSON-ready; files by their place in `paths`."""
        rows = [{**asdict(row.candidate), **asdict(row)} for row in self.timed]
        for row in rows:
            del row["candidate"]
            row["path"] = paths.index(row["path"])
        within = self.within if math.isfinite(self.within) else None
        return {"timed": rows, "refused": [list(item) for item in self.refused], "within": within}

    @classmethod
    def from_dict(cls, table: Any, paths: Sequence[Path]) -> Self:
        """What `to_dict` gave.

        Raises:
            ValueError: it is something else.
        """
        try:
            rows = [dict(row) for row in table["timed"]]
            timed = tuple(
                Timed(
                    infer_ms=float(row.pop("infer_ms")),
                    beside_ms=float(row.pop("beside_ms")),
                    candidate=Candidate(path=paths[row.pop("path")], **row),
                )
                for row in rows
            )
            refused = tuple((str(name), str(reason)) for name, reason in table["refused"])
            within = math.inf if table["within"] is None else float(table["within"])
        except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(f"not a timing: {error!r}") from error
        return cls(timed=timed, refused=refused, within=within)


def time_here(
    paths: list[str], candidates: list[dict[str, Any]], seconds: float, flow: Flow, any_threads: bool
) -> dict[str, Any]:
    """`time_candidates` with plain JSON in and out, for the other process."""
    files = [Path(path) for path in paths]
    given = [Candidate(**{**item, "path": Path(item["path"])}) for item in candidates]
    return time_candidates(given, seconds=seconds, flow=flow, any_threads=any_threads).to_dict(files)


def time_candidates(
    candidates: Sequence[Candidate],
    *,
    seconds: float,
    flow: Flow,
    any_threads: bool,
    cores: int | None = None,
    opener: Opener | None = None,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Timing:
    """See which engines are good, then let these race with several numbers of threads.

    Args:
        candidates: one for each engine, the model's own first; see `engine_candidates`.
        seconds: of timing, at most; opening comes on top.
        flow: `network`: alone; `live`: beside what a run does meanwhile, as `Companion` does it; `file`: as `FileLane`
            does it, unless the network is so slow that all else is small beside it.
        any_threads: whether other numbers of threads may be tried.
        cores: that may be used; None: those of this process.
        opener: for tests.
        clock: nanoseconds.
    """
    cores = cores or usable_cores()
    field = _Field(candidates[0].path, opener or _opened, flow, clock)
    cv2.setNumThreads(cores)  # cv2.dnn sets it for all of OpenCV
    lanes = field.entered(candidates)
    if not lanes:
        return Timing(timed=(), refused=field.refused)
    first = dict(zip(lanes, heat([*lanes.values()]), strict=True))
    engines = list(lanes)
    good = [engines[place] for place in near([*first.values()], range(len(engines)))]
    more = [each for one in good if any_threads for each in thread_candidates(one, cores=cores)]
    lanes = {each: lanes[each] for each in good} | field.entered(more)
    outcome = field.raced(lanes, seconds)
    raced = [*zip(lanes, outcome.standings, strict=True)]
    left = sorted((each for each in engines if each not in lanes), key=lambda each: first[each].cost_ms)
    rows = (*(_timed(*raced[place]) for place in outcome.order), *(_timed(each, first[each]) for each in left))
    return Timing(timed=rows, refused=field.refused, within=outcome.within)


def _timed(candidate: Candidate, standing: Standing) -> Timed:
    return Timed(candidate=candidate, infer_ms=standing.infer_ms, beside_ms=standing.beside_ms)


def _opened(candidate: Candidate) -> Backend:
    return open_backend(
        candidate.path,
        read_spec(candidate.path),
        engine=candidate.engine,
        device=candidate.device,
        threads=candidate.threads,
    )


class _Field:
    """Who is in the race: candidates that open, and that give the mask that the first of them gave."""

    def __init__(self, path: Path, opener: Opener, flow: Flow, clock: Callable[[], int]) -> None:
        self._refused: list[tuple[str, str]] = []
        self._opener = opener
        self._spec: ModelSpec = read_spec(path)
        self._tensor, self._placement = _example(self._spec)
        self._flow, self._clock = flow, clock
        self._companion = None if flow == "network" else Companion(clock)
        self._labels: Labels | None = None

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._refused)

    def entered(self, candidates: Iterable[Candidate]) -> dict[Candidate, BackendTurns]:
        found: dict[Candidate, BackendTurns] = {}
        for candidate in candidates:
            try:
                backend = self._opener(candidate)
                reason = self._difference(backend)
            except (ArtifactError, DeviceError, MissingDependencyError) as error:
                reason = str(error)
            if reason:
                self._refused.append((candidate.name, reason))
            else:
                found[candidate] = self._lane(candidate.path, backend)
        return found

    def raced(self, lanes: Mapping[Candidate, BackendTurns], seconds: float) -> Outcome:
        """Their race; of whole frames, what that does not decide an inference beside decoding does.

        Runs of a file differ by a tenth from one to the next where their threads want more cores than there are.
        """
        turns, threads = [*lanes.values()], [each.threads for each in lanes]
        if self._flow != "file":
            return race(turns, threads, seconds=seconds, clock=self._clock)
        whole = race(turns, threads, seconds=seconds * _WHOLE_SHARE, clock=self._clock)
        if not whole.undecided:
            return whole
        among = [*whole.undecided]
        beside = [BackendLane(turns[lane].backend, self._tensor, self._companion, self._clock) for lane in among]
        seconds_left = seconds * (1 - _WHOLE_SHARE)
        first, *_ = race(beside, [threads[lane] for lane in among], seconds=seconds_left, clock=self._clock).order
        best = among[first]
        order = (best, *(lane for lane in whole.order if lane != best))
        return replace(whole, order=order, within=whole.undecided[best])

    def _lane(self, path: Path, backend: Backend) -> BackendTurns:
        lane = BackendLane(backend, self._tensor, self._companion, self._clock)
        if self._flow == "file" and lane.turn()[0] > _SLOW_NS:
            self._flow = "live"  # for all of them
        if self._flow != "file":
            return lane
        return FileLane(Segmenter(path, self._spec, backend, edges="auto"), self._clock)

    def _difference(self, backend: Backend) -> str:
        labels = postprocess(backend.infer(self._tensor), self._placement, self._spec).labels
        if self._labels is None:
            self._labels = labels
        same = float(np.mean(labels == self._labels))
        return "" if same >= _SAME_MASK else f"its mask differs from the first engine's at {1 - same:.0%} of the pixels"


def _example(spec: ModelSpec) -> tuple[InputTensor, Placement]:
    frame, _ = scene(0, LIVE_HW)
    return preprocess(frame, spec.input)
