"""The choice before a training, from top to bottom: candidates -> their times, here or from a profile -> choice."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from unetkit.benchmarks.bench import bench
from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.report import BenchReport
from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.errors import UsageError
from unetkit.export.target import DEFAULT_FORMATS
from unetkit.selection.budget import Budget
from unetkit.selection.capability import Candidate, candidates
from unetkit.selection.choice import Selection, choose
from unetkit.selection.making import channels_of, facts, write_candidates
from unetkit.selection.profile import Timing, read_profile, timings_of
from unetkit.trainer.config import TrainConfig
from unetkit.trainer.networks import NETWORKS

SELECTION_FILE = "selection.json"
_SECONDS = 1.5  # an artifact; with that of making them, some two minutes for all candidates on two cores
_ROUNDS = 200


@dataclass(frozen=True, kw_only=True)
class SelectionPlan:
    """What was asked for, looked over before anything takes long.

    Attributes:
        budget: to be kept.
        chosen_from: networks and sizes to choose from.
        profile: times from another device; None to take them here.
    """

    budget: Budget
    chosen_from: tuple[Candidate, ...]
    profile: BenchReport | None

    @classmethod
    def of(
        cls,
        *,
        fps: float | None,
        latency_ms: float | None,
        config: TrainConfig,
        profile: Path | None = None,
        network: str | None = None,
        size: int | None = None,
        out: Path | None = None,
    ) -> Self | None:
        """Read what the command line says; None where it asks for no choice.

        Args:
            config: of the training, whose network and size are going to be chosen.
            fps: see `Budget.of`.
            latency_ms: see `Budget.of`.
            profile: file of `unetkit bench --json` from another device.
            network: choose among the sizes of this one.
            size: choose among the networks of this size.
            out: run folder, if it is known by now.

        Raises:
            UsageError: a profile and no budget, a size that no network takes, a profile without a candidate that was
                asked for, a width or depth of the user's, which no candidate has, or a folder that holds a run.
        """
        if fps is None and latency_ms is None and profile is None:
            return None
        budget = Budget.of(fps=fps, latency_ms=latency_ms)
        if config.width != 1 or config.depth:
            raise UsageError(
                f"width is {config.width:g} and depth {config.depth}, but a budget chooses among networks of their own "
                "width and depth; leave these out, or train without --fps and --latency-ms"
            )
        if out is not None and RunFolder(out).checkpoint.exists():
            raise UsageError(f"{out} already holds a run; choose another --out or remove it")
        if profile is None:
            return cls(budget=budget, chosen_from=candidates(network, size), profile=None)
        report = read_profile(profile)
        there = dict.fromkeys(timing.candidate for timing in timings_of(report))
        chosen_from = tuple(
            each
            for each in there
            if each.network in NETWORKS and network in {None, each.network} and size in {None, each.size}
        )
        timings_of(report, chosen_from)
        return cls(budget=budget, chosen_from=chosen_from, profile=report)

    def select(self, classes: int, *, on_step: Callable[[str], None]) -> Selection:
        """Take the times and put the candidates in order; whether one fits is for `Selection.chosen` to tell.

        Args:
            classes: of the data.
            on_step: told in words what comes next.

        Raises:
            UsageError: the profile was taken with fewer classes, or with networks that are others by now.
            MissingDependencyError: the training extra is not installed.
        """
        report = self.profile or _timed_here(self.chosen_from, classes, on_step)
        timings = timings_of(report, self.chosen_from)
        selection = choose(timings, self.budget, report)
        if self.profile is not None:
            _require_classes(timings, classes)
            if selection.first_fitting is not None:
                _require_same_network(selection.chosen)
        return selection


def write_selection(selection: Selection, run: Path) -> None:
    """Record the choice in a run folder.

    Raises:
        OutputError: it cannot be written.
    """
    publish_text(run / SELECTION_FILE, json.dumps(selection.to_dict(), indent=1, allow_nan=False))


def _timed_here(chosen: tuple[Candidate, ...], classes: int, on_step: Callable[[str], None]) -> BenchReport:
    formats = DEFAULT_FORMATS if find_spec("ai_edge_litert") else ("onnx",)  # there is no LiteRT for Windows
    with TemporaryDirectory(prefix="unetkit-candidates-") as folder:
        files = write_candidates(Path(folder), chosen, classes=classes, formats=formats, on_step=on_step)
        on_step(f"timing {len(files)} models on this device, {_SECONDS * len(files):.0f} s at most")
        report = bench(files, frames=FrameSet.generated(), rounds=_ROUNDS, seconds=_SECONDS)
    if report.interrupted:
        raise KeyboardInterrupt
    return report


def _require_classes(timings: tuple[Timing, ...], classes: int) -> None:
    fewest = min(timing.channels for timing in timings)
    if fewest < channels_of(classes):
        raise UsageError(
            f"the device profile is of networks with {max(fewest, 2)} classes, the data has {classes}, which take "
            f"longer; make them again with `unetkit candidates --classes {classes}`"
        )


def _require_same_network(chosen: Timing) -> None:
    """A network may be another one in another version, under the same name."""
    built = facts(chosen.candidate, channels=chosen.channels)
    if built != (chosen.parameters, chosen.multiply_adds):
        raise UsageError(
            f"the device profile is of another {chosen.candidate}: {chosen.parameters:,} parameters, "
            f"{chosen.multiply_adds:,} multiply-adds, here {built[0]:,} and {built[1]:,}; make the candidates again "
            "with `unetkit candidates` of this version"
        )
