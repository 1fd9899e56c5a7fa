"""The whole of it: probes in processes of their own, and the command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unetkit.doctor import examination
from unetkit.doctor.examination import examine, probed
from unetkit.doctor.probes import numpy


def doctor(folder: Path, *arguments: str, absent: tuple[str, ...] = (), crashing: str = "") -> Any:
    """The command where some packages are not installed and one kills its process; a probe's process inherits that."""
    for package in absent:
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(f"raise ImportError('no {package} on this machine')")
    if crashing:
        (folder / crashing).mkdir()
        (folder / crashing / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "unetkit", "doctor", *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def rows(ended: Any) -> dict[str, dict[str, str]]:
    return {row["subject"]: row for row in json.loads(ended.stdout)["findings"]}


def test_this_machine_can_run_models() -> None:
    found = examine()
    assert found.can_run
    assert {"Python", "unetkit", "cores", "OpenCV", "ONNX Runtime", "CUDA", "LiteRT", "extras"} <= {
        finding.subject for finding in found.findings
    }


def test_a_library_that_kills_its_process_kills_only_the_probe(tmp_path: Path) -> None:
    ended = doctor(tmp_path, "--json", crashing="onnxruntime")
    assert ended.returncode == 0, ended.stderr
    row = rows(ended)["ONNX Runtime"]
    assert row["status"] == "problem"
    assert "does not load: it ended without an answer (signal 4)" in row["text"]


def test_without_opencv_nothing_runs_and_it_ends_with_6(tmp_path: Path) -> None:
    ended = doctor(tmp_path, "--json", absent=("cv2",))
    assert ended.returncode == 6
    assert json.loads(ended.stdout)["can_run"] is False
    assert "no cv2 on this machine" in rows(ended)["OpenCV"]["text"]


def test_the_page_ends_with_the_lines_that_mend(tmp_path: Path) -> None:
    ended = doctor(tmp_path, absent=("ai_edge_litert",))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "    pip install --force-reinstall ai-edge-litert" in ended.stdout.splitlines()
    assert "models run here; 1 problem," in ended.stdout.splitlines()[-1]


def test_it_loads_no_engine_into_its_own_process() -> None:
    heavy = ("numpy", "cv2", "onnxruntime", "ai_edge_litert", "openvino", "tensorflow")
    code = (
        "import sys; from unetkit.doctor.examination import examine; examine();"
        f"print(sorted({set(heavy)} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_a_package_that_is_not_installed_is_not_looked_for_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "call_in_fresh_process", lambda *_, **__: pytest.fail("started one"))
    assert probed("a_package_that_nobody_has", numpy) == ""


@pytest.mark.parametrize(
    ("seen", "status"),
    [({"version": "2.4.6"}, "ok"), ({"version": "1.26.4"}, "problem"), ("", "problem"), ("x", "problem")],
)
def test_numpy_before_2_is_a_problem(seen: Any, status: str) -> None:
    (finding,) = examination._numpy(seen)
    assert finding.status == status
    assert bool(finding.mend) == (status == "problem")


def test_the_cache_is_found_without_the_package_that_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "find_spec", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert examination.cache_root() == Path("/somewhere/unetkit")
