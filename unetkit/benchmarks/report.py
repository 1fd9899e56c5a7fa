"""What a benchmark found, with all that a figure needs to mean something."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from unetkit.benchmarks.accuracy import Accuracy
from unetkit.benchmarks.coldstart import ColdStart
from unetkit.benchmarks.conditions import Conditions, Stretch
from unetkit.benchmarks.jsonform import plain, read_dataclass
from unetkit.benchmarks.operators import OperatorTime
from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.ratio import Ratio
from unetkit.benchmarks.roofline import Roofline
from unetkit.benchmarks.scale import Throughput
from unetkit.benchmarks.yardstick import YARDSTICK_VERSION, YardstickTimes
from unetkit.contract.spec import Scalar
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats
from unetkit.version import VERSION

SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class Warmup:
    """Rounds before the clock started, and whether the artifact's times had become steady by then."""

    rounds: int
    steady: bool


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a turn (all four stages, `batch` frames) takes besides time.

    Attributes:
        cpu_ms: processor time of this process, mean.
        cores: processors it kept busy, mean.
        energy_mj: energy of the package, board or GPU, mean, with whatever else ran; None without a counter.
        energy_counter: what counted it.
    """

    cpu_ms: float
    cores: float
    energy_mj: float | None = None
    energy_counter: str | None = None


@dataclass(frozen=True, kw_only=True)
class ArtifactTimes:
    """One artifact: what ran it, and how long each stage took.

    Attributes:
        path: the model file.
        sha256: its digest.
        size_bytes: its size.
        engine: `onnx`, `tflite`, `keras`, ...
        device: what really ran it.
        precision: `fp32`, `fp16` or `int8`.
        threads: inference threads; None where the engine decides.
        input_hw: height and width of its input.
        channels: of its scores: one for a binary head, else one a class.
        provenance: where the model came from, as its spec says: the network's name, for example.
        stages: statistics a stage, in the order of the work.
        batch: frames a turn, one after the other.
        samples_ns: every timed sample of every stage, in the order they were taken.
        warmup: what came before.
        usage: processor time and energy.
        cold: a start in a fresh process; None where it was not asked for.
        roofline: against the machine's peak; None where it was not asked for, on a GPU, and of a Keras file.
        accuracy: on pictures with masks; None where none were given.
        operators: the engine's own profile; empty where it was not asked for or the engine has none.
    """

    path: str
    sha256: str
    size_bytes: int
    engine: str
    device: str
    precision: str
    threads: int | None
    input_hw: tuple[int, int]
    channels: int
    provenance: Mapping[str, Scalar]
    stages: tuple[StageStats, ...]
    batch: int = 1
    samples_ns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    warmup: Warmup | None = None
    usage: Usage | None = None
    cold: ColdStart | None = None
    roofline: Roofline | None = None
    accuracy: Accuracy | None = None
    operators: tuple[OperatorTime, ...] = ()

    def stage(self, name: str) -> StageStats:
        """Statistics of a stage.

        Raises:
            KeyError: there is no such stage.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """A run over one or more artifacts.

    Attributes:
        host: the machine.
        frames: where the frames came from.
        frame_count: how many different ones went round.
        frame_sizes_hw: their sizes.
        rounds: timed rounds; in each, every artifact did the same frame once, the order turning by one a round.
        ended: why it was over: `rounds` all done, `seconds` used up, or `interrupted` by Ctrl-C.
        artifacts: the artifacts in the order they were named.
        ratios: of every artifact but the first to the first.
        discarded: rounds during which the clock was set back; they are in no figure.
        long: rounds over a hundred times as long as usual; they are in every figure.
        yardsticks: how fast the machine itself was, one for each number of threads.
        yardstick_version: times of another version do not compare.
        conditions: what the machine did meanwhile.
        stretches: the rounds by half seconds, with what else ran in each; empty in a report of before there were any.
        peaks: the best that the machine did, for each number of threads.
        throughputs: several sources at once; empty where it was not asked for.
        taken: when, UTC, ISO 8601.
        version: of unetkit.
        schema: of the report's JSON.
    """

    host: HostInfo
    frames: str
    frame_count: int
    frame_sizes_hw: tuple[tuple[int, int], ...]
    rounds: int
    ended: str
    artifacts: tuple[ArtifactTimes, ...]
    ratios: tuple[Ratio, ...]
    discarded: int = 0
    long: int = 0
    yardsticks: tuple[YardstickTimes, ...] = ()
    yardstick_version: int = YARDSTICK_VERSION
    conditions: Conditions | None = None
    stretches: tuple[Stretch, ...] = ()
    peaks: tuple[Peak, ...] = ()
    throughputs: tuple[Throughput, ...] = ()
    taken: str = ""
    version: str = VERSION
    schema: int = SCHEMA

    @property
    def interrupted(self) -> bool:
        return self.ended == "interrupted"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures must know."""
        unsteady = dict.fromkeys(
            Path(each.path).name for each in self.artifacts if each.warmup and not each.warmup.steady
        )
        notes = [
            f"{name} was still changing its pace when the clock started: give it more --duration" for name in unsteady
        ]
        if self.discarded:
            notes.append(f"the clock was set back during {self.discarded} rounds, which are in no figure")
        if self.long:
            notes.append(f"{self.long} rounds took over a hundred times as long as usual: did the machine sleep?")
        return (*notes, *(self.conditions.notes if self.conditions else ()))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: plain types only, and None where a figure is NaN."""
        table: dict[str, Any] = plain(asdict(self))
        return table

    @classmethod
    def from_dict(cls, table: Any) -> Self:
        """Read what `to_dict` gave; None stands for NaN.

        Raises:
            UsageError: of another schema, or not a report.
        """
        schema = table.get("schema") if isinstance(table, dict) else None
        if schema != SCHEMA:
            writer = f"unetkit {table['version']}" if isinstance(table, dict) and "version" in table else "no unetkit"
            raise UsageError(f"it is of schema {schema!a}, written by {writer}; expected schema {SCHEMA}")
        try:
            return read_dataclass(cls, table)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(f"it is not a report of `unetkit bench` ({ascii(str(error))[:200]})") from error


def read_report(path: Path, what: str) -> BenchReport:
    """The report that `unetkit bench --json` wrote.

    Args:
        path: its file.
        what: to call it in messages.

    Raises:
        UsageError: it cannot be read, is no such report, or one of another schema.
    """
    try:
        return BenchReport.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read {what} {path}: {error.strerror}; check the path") from error
    except UsageError as error:
        raise UsageError(f"{what} {path} cannot be used: {error}") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, endless brackets
        raise UsageError(f"{what} {path} is not JSON ({error})") from error
