"""The engines' own tools: asked as they want it, read as they answer, and a reason where they do not."""

import sys
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.benchmarks.peers import enginetools
from unetkit.benchmarks.peers.enginetools import check_tools
from unetkit.benchmarks.peers.peer import PeerUnavailableError
from unetkit.runtime.builtin import builtin_models

PYTHON = sys.executable


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that stand where the tools are looked for."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", "")
    return tmp_path


def play(folder: Path, name: str, lines: str) -> None:
    program = folder / name
    program.write_text(f"#!{PYTHON}\nimport json, pathlib, sys\n{lines}\n")
    program.chmod(0o755)


def test_every_engine_is_measured_by_us_and_by_its_own_tool_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enginetools, "_TURNS", 1)
    tflite = builtin_models()[0].paths(("tflite",))[0]
    checks = check_tools(write_onnx(tmp_path / "model.onnx"), tflite, seconds=0.1)
    assert [check.tool.partition("'")[0] for check in checks] == ["ONNX Runtime", "OpenVINO", "LiteRT"]
    for check in checks:
        assert check.reason or all(len(times) == 1 for times in (check.ours_ms, check.alone_ms, check.theirs_ms))
        assert check.reason or check.ratio > 0
    assert not checks[0].reason  # ONNX Runtime's is in its package


def test_what_benchmark_app_prints_is_read(played: Path) -> None:
    play(played, "benchmark_app", "print('[ INFO ]    Median:        2.50 ms' if sys.argv[2] == 'a.onnx' else '')")
    assert enginetools._benchmark_app_ms(Path("a.onnx"), 1, 2.0) == 2.5
    with pytest.raises(PeerUnavailableError, match="benchmark_app printed no median"):
        enginetools._benchmark_app_ms(Path("b.onnx"), 1, 2.0)


def test_litert_s_tool_runs_as_often_as_the_time_holds(played: Path) -> None:
    play(
        played,
        "litert-benchmark",
        "asked = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "text = json.dumps({'latency': {'median_ms': float(asked['--num_runs'])}})\n"
        "if asked['--model'] != 'a.tflite': sys.exit('broken')\n"
        "pathlib.Path(asked['--result_json']).write_text(text)",
    )
    assert enginetools._litert_benchmark_ms(Path("a.tflite"), 3, 2.0) == 1500  # 3 s of 2 ms each
    assert enginetools._litert_benchmark_ms(Path("a.tflite"), 3, 2000.0) == 20
    with pytest.raises(PeerUnavailableError, match=r"wrote no median: .*broken"):
        enginetools._litert_benchmark_ms(Path("b.tflite"), 3, 2.0)


def test_a_tool_that_is_not_there_says_how_to_get_it(played: Path) -> None:
    with pytest.raises(PeerUnavailableError, match=r"benchmark_app is not installed; pip install"):
        enginetools._benchmark_app_ms(Path("a.onnx"), 1, 2.0)
    with pytest.raises(PeerUnavailableError, match="litert-benchmark is not installed; pip install"):
        enginetools._litert_benchmark_ms(Path("a.tflite"), 1, 2.0)
