"""Every artifact of an export in every engine that opens it here: proven or not, and how fast beside the others."""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_format, size_bytes_of
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.proof.golden import AtExport, GoldenSet
from unetkit.proof.parity import GoldenParity, Limits, compare
from unetkit.proof.timing import Lane, interleaved
from unetkit.proof.verdict import Timed, Verdict, decide, finalists
from unetkit.runtime.backends.backend import Device
from unetkit.runtime.backends.opening import ENGINES_OF
from unetkit.runtime.segmenter import Segmenter

NOT_HERE = "not here"  # how the reason begins where an engine is not installed
REFERENCE = ("onnx", "fp32")  # engine and precision that times are told against


@dataclass(frozen=True, kw_only=True)
class EngineProof:
    """One artifact in one engine.

    Attributes:
        file: the artifact.
        format: of it.
        precision: of it.
        engine: that ran it, or did not.
        own: whether the format is the engine's own.
        device: what really ran it; empty where nothing did.
        size_bytes: of the artifact.
        parity: on the golden frames; None where the engine did not open it.
        reason: why it is not proven: not opened, or which limit is broken; empty where it is proven.
        miou: on the validation split; NaN where it was not measured.
        miou_change: against the Keras model; NaN where it was not measured.
        median_ms: of inference; NaN where it was not timed.
        ratio: time as a share of the reference's in the same rounds, median; below 1 is faster; NaN without one.
        ratio_q1: a quarter of the rounds lies below.
        ratio_q3: a quarter lies above.
    """

    file: str
    format: str
    precision: str
    engine: str
    own: bool
    device: str = ""
    size_bytes: int
    parity: GoldenParity | None = None
    reason: str = ""
    miou: float = math.nan
    miou_change: float = math.nan
    median_ms: float = math.nan
    ratio: float = math.nan
    ratio_q1: float = math.nan
    ratio_q3: float = math.nan

    @property
    def proven(self) -> bool:
        return self.parity is not None and not self.reason

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: a NaN becomes None."""
        table = {**asdict(self), **(asdict(self.parity) if self.parity else {}), "proven": self.proven}
        del table["parity"]
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value for name, value in table.items()
        }


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """All of them, in the order of the artifacts and each one's engines; and what follows from them for int8."""

    engines: tuple[EngineProof, ...]
    verdict: Verdict | None

    def failures(self) -> tuple[EngineProof, ...]:
        """Artifacts that are not the model here: broken in their own engine, or opened by others and proven by none."""
        failed = []
        for file in dict.fromkeys(item.file for item in self.engines):
            tried = [item for item in self.engines if item.file == file and item.parity is not None]
            own = [item for item in tried if item.own]
            if any(not item.proven for item in own):
                failed.append(next(item for item in own if not item.proven))
            elif tried and not any(item.proven for item in tried):
                failed.append(tried[0])
        return tuple(failed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: a NaN becomes None."""
        return {
            "engines": [item.to_dict() for item in self.engines],
            "verdict": self.verdict.to_dict() if self.verdict else None,
        }


Accuracy = Callable[[Segmenter, EngineProof], tuple[float, float]]  # -> mIoU, and its change


def prove(
    paths: Sequence[Path],
    golden: GoldenSet,
    *,
    max_drop: float,
    device: Device = "cpu",
    threads: int | None = None,
    seconds: float = 10.0,
    accuracy: Accuracy | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Proofs:
    """Open every artifact in every engine that reads its format, compare, then time all that are proven, interleaved.

    Args:
        paths: artifacts of one export.
        golden: its golden frames.
        max_drop: points of mIoU that an int8 artifact may lose and still be recommended.
        device: as for `open_backend`; engines that do not have it are told so.
        threads: as for `open_backend`, for every engine the same.
        seconds: for timing all of them, and as much again for the fastest.
        accuracy: measures mIoU where there are pictures with masks; without it, figures of the export are repeated.
        on_step: told in words what comes next.
    """
    with contextlib.ExitStack() as opened:
        rows: list[EngineProof] = []
        lanes: list[Segmenter] = []
        for path in paths:
            for row, segmenter in _tried(path, golden, device, threads, opened, on_step):
                found = row
                if segmenter is not None and row.proven:
                    if accuracy is not None:
                        miou, change = accuracy(segmenter, row)
                        found = replace(row, miou=miou, miou_change=change)
                    lanes.append(segmenter)
                rows.append(found)
        on_step(f"timing {len(lanes)} pairs of artifact and engine, in turns")
        tensor = golden.frames[0].tensor
        times = interleaved(lanes, tensor, seconds=seconds)
        proven = [row for row in rows if row.proven]
        final = finalists([_timed(row, lane) for row, lane in zip(proven, times, strict=True)])
        on_step(f"timing the {len(final)} fastest for the verdict on int8")
        last = interleaved([lanes[at] for at in final], tensor, rounds=200, seconds=seconds)
    verdict = decide([_timed(proven[at], lane) for at, lane in zip(final, last, strict=True)], max_drop=max_drop)
    timed = dict(zip((index for index, row in enumerate(rows) if row.proven), times, strict=True))
    return Proofs(engines=_with_times(rows, timed), verdict=verdict)


def _timed(row: EngineProof, lane: Lane) -> Timed:
    return Timed(file=row.file, engine=row.engine, precision=row.precision, miou_change=row.miou_change, lane=lane)


def _tried(
    path: Path,
    golden: GoldenSet,
    device: Device,
    threads: int | None,
    opened: contextlib.ExitStack,
    on_step: Callable[[str], None],
) -> Iterator[tuple[EngineProof, Segmenter | None]]:
    """Each engine's proof of an artifact, and the artifact opened in it where it opens."""
    form = read_format(path)
    at_export = golden.at_export(path.name)
    for engine in ENGINES_OF[form]:
        on_step(f"proving {path.name} in {engine}")
        row = EngineProof(
            file=path.name,
            format=form,
            precision=at_export.precision if at_export else "",
            engine=engine,
            own=engine == ENGINES_OF[form][0],
            size_bytes=size_bytes_of(path),
            miou=at_export.miou if at_export else math.nan,
            miou_change=at_export.miou_change if at_export else math.nan,
        )
        try:
            segmenter = opened.enter_context(Segmenter.open(path, engine=engine, device=device, threads=threads))
        except (MissingDependencyError, DeviceError, ArtifactError) as error:
            told = str(error).replace(f"{path.parent}/", "")  # at export, a folder that is about to get another name
            why = NOT_HERE if isinstance(error, MissingDependencyError) else "not opened"
            yield replace(row, reason=f"{why}: {told}"), None
            continue
        row = replace(row, device=segmenter.backend.device, precision=row.precision or segmenter.backend.precision)
        parity = compare(segmenter, golden)
        limits = Limits.of(row.precision, golden, at_export, device=row.device)
        at_export = at_export or _measured(row, parity)
        yield replace(row, parity=parity, reason=limits.broken_by(parity)), segmenter


def _measured(row: EngineProof, parity: GoldenParity) -> AtExport:
    """What the artifact's own engine gave is what the others are held against."""
    return AtExport(
        file=row.file,
        sha256="",
        precision=row.precision,
        max_abs_difference=parity.max_abs_difference,
        mask_agreement=parity.mask_agreement,
        miou=math.nan,
        miou_change=math.nan,
    )


def _with_times(rows: list[EngineProof], timed: dict[int, Lane]) -> tuple[EngineProof, ...]:
    reference = next(
        (lane for index, lane in timed.items() if (rows[index].engine, rows[index].precision) == REFERENCE), None
    )
    given = list(rows)
    for index, lane in timed.items():
        given[index] = replace(rows[index], median_ms=lane.median_ms)
        if reference is not None:
            low, middle, high = lane.over(reference)
            given[index] = replace(given[index], ratio=middle, ratio_q1=low, ratio_q3=high)
    return tuple(given)
