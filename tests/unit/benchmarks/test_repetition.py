"""When a machine counts as quiet, and how often the command is run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.benchmarks.benchcommand import bench_command
from unetkit.benchmarks.conditions import Stretch
from unetkit.benchmarks.repetition import Run, repeated, spread
from unetkit.benchmarks.report import BenchReport

STEADY = (100, 101, 99, 102)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BenchReport:
    model = write_onnx(tmp_path_factory.mktemp("model") / "model.onnx")
    return bench_command([model], ("--duration", "0.2", "--no-cold", "--no-limits"))[0]


def run(report: BenchReport, stretches_us: Sequence[int], *, others: float | None = 0.0) -> Run:
    """One whose yardstick took so long in each stretch of three rounds."""
    assert report.conditions is not None
    samples_ns = tuple(1000 * time for time in stretches_us for _ in range(3))
    return Run(
        report=replace(
            report,
            yardsticks=(replace(report.yardsticks[0], samples_ns=samples_ns),),
            stretches=tuple(Stretch(rounds=3, others_cores=None) for _ in stretches_us),
            conditions=replace(report.conditions, others_cores=others),
        ),
        seconds=11.0,
    )


@pytest.mark.parametrize(
    ("stretches_us", "others", "quiet"),
    [
        (STEADY, 0.0, True),
        (STEADY, None, True),  # the system does not tell
        (STEADY, 0.06, False),
        ((100, 101, 130, 131, 130), 0.0, False),  # most of the time somebody was on the host
        ((100, 101, 102, 190), 0.0, True),  # a moment
        ((250, 251, 252), 0.0, True),  # a slow machine is not an uneasy one
    ],
)
def test_a_machine_is_quiet_that_keeps_its_pace(
    report: BenchReport, stretches_us: Sequence[int], others: float | None, quiet: bool
) -> None:
    assert run(report, stretches_us, others=others).quiet == quiet


def test_it_is_run_until_five_were_quiet_and_all_are_kept(report: BenchReport) -> None:
    kinds = [STEADY, (100, 130, 130), *[STEADY] * 6]
    given = iter(run(report, kind) for kind in kinds)

    def command(_: list[Path]) -> tuple[BenchReport, float]:
        one = next(given)
        return one.report, one.seconds

    told: list[str] = []
    runs = repeated(Path("model.onnx"), tell=told.append, command=command)
    assert [each.quiet for each in runs] == [True, False, True, True, True, True]
    assert told[-1] == "unetkit bench model.onnx, run 6, 4 of 5 quiet ones"


def test_a_machine_that_is_never_quiet_ends_it_too(report: BenchReport) -> None:
    uneasy = run(report, (100, 130, 130))
    assert len(repeated(Path("model.onnx"), tell=lambda _: None, command=lambda _: (uneasy.report, 1.0))) == 40


def test_the_spread_is_from_the_lowest_to_the_highest(report: BenchReport) -> None:
    [artifact] = report.artifacts

    def of(infer_ms: float) -> Run:
        stages = tuple(replace(stage, p50_ms=infer_ms) if stage.name == "infer" else stage for stage in artifact.stages)
        return Run(report=replace(report, artifacts=(replace(artifact, stages=stages),)), seconds=1.0)

    assert spread((of(1.1), of(1.0), of(1.25))) == pytest.approx(0.25)
