"""What `unetkit` says about itself, and what it does not load for that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.unit.cli.conftest import Unetkit
from unetkit.cli import app
from unetkit.commands.options import NetworkName
from unetkit.trainer.networks import NETWORKS
from unetkit.version import VERSION

COMMANDS = (
    *("train", "evaluate", "export", "verify", "formats", "candidates", "webcam", "video"),
    *("bench", "inspect", "models", "runs", "demo", "doctor"),
)
HEAVY = ("numpy", "cv2", "tensorflow", "keras", "onnx", "tf2onnx", "onnxruntime", "ai_edge_litert", "matplotlib")

LOADED = """
import sys
from unetkit.cli import main
try:
    main(sys.argv[2:])
except SystemExit as ended:
    code = ended.code or 0
print("loaded", *sorted(set(sys.argv[1].split(",")) & set(sys.modules)))
sys.exit(code)
"""


def loaded_by(*arguments: str, of: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of the packages are in memory when a command has ended."""
    ended = subprocess.run(
        [sys.executable, "-c", LOADED, ",".join(of), *arguments], capture_output=True, text=True, check=True
    )
    return ended.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == []


def test_a_model_runs_without_the_packages_that_train(model: Path) -> None:
    training = ("tensorflow", "keras", "onnx", "tf2onnx", "matplotlib")
    assert loaded_by("video", str(model), "synthetic:2", "--engine", "onnx", of=(*training, "onnxruntime")) == [
        "onnxruntime"
    ]


def test_a_run_writes_nothing_but_what_was_asked_for_and_which_engine_is_fastest(model: Path, tmp_path: Path) -> None:
    """ONNX Runtime and OpenVINO would make identifiers and report to their makers, unless they are told not to."""
    unset = {"ORT_DISABLE_TELEMETRY", "UNETKIT_ENGINE_CACHE"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    homes = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-m", "unetkit", "video", str(model), "synthetic:2"],
        cwd=tmp_path,
        env={**kept, **homes},
        capture_output=True,
        check=True,
    )
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert (written.parent, written.suffix) == (tmp_path / "cache" / "unetkit" / "engines", ".json")  # the timing


def test_inspect_loads_no_engine(model: Path) -> None:
    assert loaded_by("inspect", str(model), of=HEAVY[2:]) == []


def test_importing_the_runtime_loads_no_engine() -> None:
    code = f"import sys, unetkit.runtime.segmenter; print(sorted(set({HEAVY[2:]!r}) & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_the_help_lists_every_command_with_what_it_does(unetkit: Unetkit) -> None:
    outcome = unetkit("--help")
    assert (outcome.code, outcome.err) == (0, "")
    for command in COMMANDS:
        line = next(line for line in outcome.out.splitlines() if line.strip(" │").startswith(f"{command} "))
        assert len(line.split()) > 4


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_its_help_and_has_some_for_every_argument(command: str, unetkit: Unetkit) -> None:
    outcome = unetkit(command, "-h")
    assert (outcome.code, outcome.err) == (0, "")
    assert f" {command} [OPTIONS]" in outcome.out
    parsed = typer.main.get_command(app)
    assert isinstance(parsed, typer.core.TyperGroup)
    parameters = parsed.commands[command].params
    assert parameters
    assert [item.name for item in parameters if not getattr(item, "help", None)] == []


def test_no_command_shows_the_help(unetkit: Unetkit) -> None:
    outcome = unetkit()
    assert outcome.code == 2
    assert "Commands" in outcome.out + outcome.err


def test_the_version_is_the_packages(unetkit: Unetkit) -> None:
    assert unetkit("--version").out == f"unetkit {VERSION}\n"


def test_every_network_can_be_named() -> None:
    assert {each.value for each in NetworkName} == set(NETWORKS)
