"""What `--engine auto` opens: the fastest of what can open the model here, by a timing that is kept.

Engines differ up to four times on one file, and which is fastest depends on the network, the processor and the
versions; so does the number of threads. They are timed in a process of its own, which takes with it engines that crash
or hang, and the memory of those that lose.
"""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from unetkit.errors import UnetkitError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Engine
from unetkit.runtime.backends.devices import nvidia_gpus
from unetkit.runtime.backends.tensorrt import is_built
from unetkit.runtime.enginechoice.cache import TimingCache, cache_folder, state_of
from unetkit.runtime.enginechoice.candidate import Candidate, engine_candidates, thread_candidates
from unetkit.runtime.enginechoice.lane import Flow
from unetkit.runtime.enginechoice.paired import CLOSE
from unetkit.runtime.enginechoice.timing import Timed, Timing, time_here
from unetkit.runtime.freshprocess import FreshProcessError, call_in_fresh_process

_SECONDS: Mapping[Flow, float] = {"network": 10.0, "live": 10.0, "file": 20.0}  # a file's turns are whole runs
_LONGEST_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be timed.

    Attributes:
        paths: files of one model in one precision.
        candidates: one for each engine; see `engine_candidates`.
        flow: what is timed, see `time_candidates`.
        any_threads: other numbers of threads may be tried.
    """

    paths: tuple[Path, ...]
    candidates: tuple[Candidate, ...]
    flow: Flow
    any_threads: bool


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """How to open a model, for `Segmenter.open`, and why.

    Attributes:
        path: the file to open.
        engine: as for `open_backend`.
        device: the same.
        threads: the same.
        timed: all that were timed, the best first; empty where nothing had to be.
        kept: the timing is of an earlier run.
        flow: what was timed.
        within: it is shown to take at most so many times the time of each of the others; infinite where that was not
            shown, or nothing was timed.
    """

    path: Path
    engine: Engine
    device: Device
    threads: int | None
    timed: tuple[Timed, ...] = ()
    kept: bool = False
    flow: Flow = "network"
    within: float = math.inf

    @property
    def line(self) -> str:
        """What was chosen and over what, for people; empty where nothing was timed."""
        if not self.timed:
            return ""
        best, *others = self.timed
        said = [f"{best.mean_ms:.1f} ms"]
        rivals = [row for row in others if row.candidate.engine != best.candidate.engine] or others
        for rival in rivals[:1]:
            said.append(f"{rival.candidate.name} {rival.mean_ms:.1f} ms")
        if best.beside_ms:
            said.append("with a frame decoded beside it")
        elif self.flow == "file":
            said.append("a frame, decoded to drawn")
        if self.within > CLOSE:
            few = math.isinf(self.within)
            said.append("after a few turns only" if few else f"at most {self.within:.2f} times the best")
        if self.kept:
            said.append("timed before")
        return f"engine: {best.candidate.name} ({'; '.join(said)})"


def choose_engine(
    paths: Sequence[Path],
    *,
    engine: Engine = "auto",
    device: Device = "auto",
    threads: int | None = None,
    flow: Flow = "live",
    retime: bool = False,
    cache: TimingCache | None = None,
    timer: Callable[[Question], Timing] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> EngineChoice:
    """Choose what is left open: the file, the engine where it is `auto`, and then threads where they are None.

    A timing that fails costs the choice: the file's own engine runs then, as `open_backend` has it, until `retime`.

    Args:
        paths: files of one model in one precision, the preferred one first.
        engine: one that was asked for is taken, and nothing is timed.
        device: as for `open_backend`.
        threads: the same.
        flow: what is timed: the `network` alone; beside the decoding of the next frame, as a `live` run does it; whole
            frames, as the run of a `file` does them.
        retime: time again even where a timing is kept.
        cache: where timings are kept; the user's cache folder when None.
        timer: times in a process of its own when None.
        tell: told that a timing begins.

    Raises:
        ArtifactError: a file is no model.
    """
    plain = EngineChoice(path=paths[0], engine=engine, device=device, threads=threads)
    if engine != "auto":
        return plain
    cores, gpu = usable_cores(), device == "auto" and nvidia_gpus() > 0
    built = [path for path in paths if gpu and is_built(path)]
    candidates = engine_candidates(paths, device=device, threads=threads, cores=cores, gpu=gpu, tensorrt=built)
    more = [other for one in candidates if threads is None for other in thread_candidates(one, cores=cores)]
    if len(candidates) + len(more) < 2:
        return _opening(plain, candidates[0], gpu) if candidates else plain
    question = Question(paths=tuple(paths), candidates=candidates, flow=flow, any_threads=threads is None)
    cache = cache or TimingCache(cache_folder())
    state = state_of(paths, device=device, threads=threads, flow=flow)
    timing = None if retime else cache.load(state, paths)
    kept = timing is not None
    if timing is None:
        tell("timing the engines that open this model, once")
        try:
            timing = (timer or _timed_apart)(question)
        except FreshProcessError as error:
            _log.warning("the engines could not be timed, so the model's own runs; --retime tries again: %s", error)
            timing = Timing(timed=(), refused=(("timing", str(error)),))  # kept: not every start shall wait for it
        except UnetkitError as error:  # of the model, which opening it tells
            _log.info("the engines were not timed: %s", error)
            return plain
        cache.store(state, paths, timing)
    for name, reason in timing.refused:
        _log.info("not chosen: %s: %s", name, reason)
    if not timing.timed:
        return plain
    chosen = _opening(plain, timing.timed[0].candidate, gpu)
    return EngineChoice(**{**vars(chosen), "timed": timing.timed, "kept": kept, "flow": flow, "within": timing.within})


def _opening(plain: EngineChoice, best: Candidate, gpu: bool) -> EngineChoice:
    """CUDA is asked for by `auto`, which goes on with the CPU should the GPU not answer this time."""
    device = "cpu" if gpu and best.device == "cpu" else "tensorrt" if best.device == "tensorrt" else plain.device
    return EngineChoice(path=best.path, engine=best.engine, device=device, threads=best.threads or plain.threads)


def _timed_apart(question: Question) -> Timing:
    """Time in a fresh process.

    Raises:
        FreshProcessError: it crashed or hung.
        ArtifactError: the model cannot be read.
    """
    arguments = {
        "paths": [str(path) for path in question.paths],
        "candidates": [{**asdict(item), "path": str(item.path)} for item in question.candidates],
        "seconds": _SECONDS[question.flow],
        "flow": question.flow,
        "any_threads": question.any_threads,
    }
    table = call_in_fresh_process(time_here, arguments, timeout_s=_LONGEST_S)
    return Timing.from_dict(table, question.paths)
