"""Several sources at once, a machine made smaller, a device that is not here."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from tests.unit.benchmarks.fakes import grey_frames
from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.prediction import predicted_ms
from unetkit.benchmarks.scale import throughput
from unetkit.benchmarks.simulated import Limit, bench_under, stop_and_go
from unetkit.benchmarks.work import LayerWork
from unetkit.errors import ArtifactError, UsageError


def test_every_source_s_frames_are_counted(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    one, three = throughput(path, (1, 3), frames=grey_frames(1, 2), seconds=0.15, device="cpu")
    for found, sources in ((one, 1), (three, 3)):
        assert found.sources == sources
        assert found.end_to_end.n >= 3 * sources  # each source of each turn does one frame at least
        assert 0 < found.lowest <= found.frames_per_s <= found.highest


def test_a_source_that_fails_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x08\x09")
    with pytest.raises(ArtifactError):
        throughput(tmp_path / "model.onnx", (1,), frames=grey_frames(1), seconds=0.1)
    with pytest.raises(UsageError, match=r"sources \[0\]"):
        throughput(tmp_path / "model.onnx", (0,), frames=grey_frames(1), seconds=0.1)


class Stopped:
    """A process that ends after some looks; notes the signals it gets."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        self.signals: list[signal.Signals] = []

    def poll(self) -> int | None:
        self._looks -= 1
        return None if self._looks >= 0 else 0

    def send_signal(self, number: signal.Signals) -> None:
        self.signals.append(number)


def test_a_share_of_a_core_is_running_and_standing_still_in_turns() -> None:
    process, slept = Stopped(4), list[float]()
    stop_and_go(process, 0.25, sleep=slept.append)  # type: ignore[arg-type]
    assert process.signals == [signal.SIGSTOP, signal.SIGCONT] * 2
    assert slept == pytest.approx([0.025, 0.075] * 2)
    whole = Stopped(3)
    stop_and_go(whole, 1.0, sleep=slept.append)  # type: ignore[arg-type]
    assert whole.signals == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_a_limited_benchmark_runs_with_so_many_cores_and_threads(tmp_path: Path) -> None:
    report = bench_under(Limit(cores=1, share=0.5), [write_onnx(tmp_path / "model.onnx")], seconds=0.3)
    assert report.artifacts[0].threads == 1
    assert report.host.usable_cores == 1
    with pytest.raises(UsageError, match="this machine has"):
        bench_under(Limit(cores=9999), [], seconds=1)


def test_a_limit_is_told_in_cores() -> None:
    assert [str(limit) for limit in (Limit(cores=1), Limit(cores=2), Limit(cores=1, share=0.5))] == [
        "1 core",
        "2 cores",
        "0.5 cores",
    ]


def test_a_prediction_is_the_other_device_s_limit_over_the_share_reached_here() -> None:
    layer = LayerWork(name="a", kind="Conv", multiply_adds=40_000_000, weight_bytes=10, moved_bytes=1000)
    device = Peak(threads=1, float_gmacs=10.0, int8_gmacs=40.0, copies=((10**9, 10.0),))
    assert predicted_ms([layer], device, precision="fp32", share_here=0.5) == pytest.approx(8.0)  # 4 ms, half of it
    assert predicted_ms([layer], device, precision="int8", share_here=0.25) == pytest.approx(4.0)
    assert predicted_ms([], device, precision="fp32", share_here=0.5) is None
    assert predicted_ms([layer], device, precision="fp32", share_here=float("nan")) is None


def test_a_stopped_process_really_ends() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"], text=True)
    stop_and_go(process, 0.5)
    assert process.returncode == 0
