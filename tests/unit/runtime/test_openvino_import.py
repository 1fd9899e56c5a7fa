"""OpenVINO without its telemetry."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed")


def test_importing_it_reports_nothing_and_leaves_no_identifier(tmp_path: Path) -> None:
    code = (
        "import sys; from unetkit.runtime.backends.openvino_import import import_openvino;"
        "openvino = import_openvino(); openvino.Core();"
        "print(sorted(name for name in sys.modules if name.startswith('openvino_telemetry')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "[]\n"
    assert list(tmp_path.rglob("*")) == []


def test_a_program_that_imported_the_telemetry_itself_keeps_it(tmp_path: Path) -> None:
    code = (
        "import sys, types; own = sys.modules['openvino_telemetry'] = types.ModuleType('own');"
        "from unetkit.runtime.backends.openvino_import import import_openvino; import_openvino();"
        "print(sys.modules['openvino_telemetry'] is own)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"
