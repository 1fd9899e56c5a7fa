"""The browser preview, in a real browser."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.browser import Page, browsing
from tests.e2e.commands import Shell

_NUMBER = "Number(document.getElementById('picture').dataset.number || 0)"
_CORNER = "Array.from(document.getElementById('picture').getContext('2d').getImageData(2, 2, 1, 1).data.slice(0, 3))"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browsing() as page:
        yield page


@contextmanager
def webcam(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command and the URL that it tells."""
    process = Shell.in_folder(folder).start(
        "webcam", "person", "--engine", "onnx", "--camera", "synthetic", "--serve", *options
    )
    try:
        assert process.stderr is not None
        yield process, next(line.split()[2] for line in process.stderr if "serving on" in line)
    finally:
        process.kill()
        process.communicate()


def test_the_picture_moves_controls_change_it_and_ctrl_c_ends_it(page: Page, tmp_path: Path) -> None:
    with webcam(tmp_path, "127.0.0.1:0") as (process, url):
        page.open(url, width=1280, height=820)
        first = page.wait(_NUMBER)
        page.wait(_NUMBER, lambda number: number > first + 3)
        page.wait("document.getElementById('pill').textContent", lambda text: text == "live")
        assert page.wait("document.getElementById('fps').textContent", lambda text: text != "–")
        assert page.wait("document.querySelectorAll('#stages .fill').length", lambda count: count >= 5)

        page.click("#views input[value=mask]")
        page.wait("document.querySelector('#views input[value=mask]').checked && state.controls.look.view === 'mask'")
        nothing, person = [0, 0, 0], [255, 173, 51]  # rgb; the second as the model's spec has it
        page.wait(_CORNER, lambda rgb: is_near(rgb, nothing) or is_near(rgb, person))

        page.click("#paused")
        page.wait("document.getElementById('pill').textContent", lambda text: text == "paused")
        page.click("#snapshot")
        page.wait("document.getElementById('message').textContent", lambda text: text.startswith("picture in "))
        assert [path.read_bytes()[:4] for path in tmp_path.glob("*.png")] == [b"\x89PNG"]
        page.click("#paused")
        page.wait("document.getElementById('pill').textContent", lambda text: text == "live")

        page.open(url, width=390, height=844, dark=False)
        page.wait(_NUMBER)
        assert page.tell("document.documentElement.scrollWidth") <= 390  # nothing hangs over on a phone
        names = "[...document.querySelectorAll('input, button, select')].filter(one => !one.labels?.length"
        assert page.tell(f"{names} && !one.textContent.trim() && !one.ariaLabel).length") == 0
        assert page.errors == []

        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "│ infer " in printed
        assert errors == ""
        page.wait("document.getElementById('pill').textContent", lambda text: text == "not connected")


def test_the_address_with_the_token_opens_it_and_without_it_nobody_gets_in(page: Page, tmp_path: Path) -> None:
    with webcam(tmp_path, "0.0.0.0:0") as (_, url):
        told = re.fullmatch(r"http://[\d.]+:(\d+)/\?token=([\w-]{32})", url)
        assert told is not None
        bare = f"http://127.0.0.1:{told[1]}/"
        page.open(bare, width=800, height=600)
        assert "a token is needed" in page.tell("document.body.textContent")
        page.open(f"{bare}?token={told[2]}", width=800, height=600)
        page.wait(_NUMBER)
        assert page.tell("location.search") == ""  # no token in the address for those who look over a shoulder
        page.open(bare, width=800, height=600)  # the cookie stands for it
        page.wait(_NUMBER)


def is_near(rgb: list[int], expected: list[int]) -> bool:
    return max(abs(one - other) for one, other in zip(rgb, expected, strict=True)) <= 12  # JPEG
