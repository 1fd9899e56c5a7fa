"""`unetkit serve` itself: how it begins, and how it ends."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from tests.unit.serving.client import encoded


def start(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The process and its URL."""
    model = write_onnx(folder / "tiny.onnx")
    command = [sys.executable, "-m", "unetkit", "serve", str(model), "--listen", "127.0.0.1:0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = next(line for line in process.stderr if "serving on" in line)
    return process, line.split()[2]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_finishes_what_runs_and_ends(tmp_path: Path, number: int, code: int) -> None:
    process, url = start(tmp_path)
    with urllib.request.urlopen(f"{url}/health", timeout=20) as answer:  # and a connection that is kept alive
        assert json.load(answer)["status"] == "ok"
        process.send_signal(number)
        printed, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert (printed, "Traceback" in errors) == ("", False)
    assert errors.splitlines() == ["ending: requests that run are finished; Ctrl-C again ends at once"]


def test_the_tokens_line_opens_it_and_the_users_own_token_is_not_shown(tmp_path: Path) -> None:
    token = "a-token-of-enough-letters"
    process, url = start(tmp_path, "--token", token)
    request = urllib.request.Request(f"{url}/segment", encoded(), {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["content-type"] == "image/png"
    process.terminate()
    printed, errors = process.communicate(timeout=60)
    assert token not in url + printed + errors


def test_a_port_in_use_ends_it_before_a_model_is_opened(tmp_path: Path) -> None:
    process, url = start(tmp_path)
    command = [sys.executable, "-m", "unetkit", "serve", "nothing.onnx", "--listen", url.removeprefix("http://")]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    process.terminate()
    process.communicate(timeout=60)
    assert second.returncode == 2
    assert second.stderr.startswith("unetkit: cannot listen on 127.0.0.1:")
    assert len(second.stderr.splitlines()) == 1
