"""Progress bars where standard error is a terminal, and where it is not."""

import io

import pytest
from rich.console import Console

from unetkit.terminal import console, progress
from unetkit.trainer.events import Standing


def _console(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr(console, "notices", Console(file=written, force_terminal=is_terminal, width=120))
    return written


STANDING = Standing(
    epoch=2, epochs=3, step=10, steps=20, loss=0.5, miou=0.625, images_per_s=31.0, peak_memory_mib=2048.0, done=0.5
)


def test_decoding_and_epochs_share_one_display_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = _console(monkeypatch, is_terminal=True)
    with progress.training_events() as events:
        assert events.decoded is not None
        assert events.stepped is not None
        events.decoded(1, 4)
        events.stepped(STANDING)
    assert "decoding" in written.getvalue()
    assert "epoch 2/3 step 10/20 loss 0.5000 mIoU 0.6250 31/s 2,048 MiB" in written.getvalue()


def test_a_bar_is_silent_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = _console(monkeypatch, is_terminal=False)
    with progress.progress("scoring") as scored:
        scored(1, 2)
    assert written.getvalue() == ""
