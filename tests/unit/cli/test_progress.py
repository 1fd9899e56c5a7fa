"""Progress bars where standard error is a terminal, and where it is not."""

import io

import pytest
from rich.console import Console

from unetkit.terminal import console, progress


def _console(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool) -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr(console, "notices", Console(file=written, force_terminal=is_terminal, width=80))
    return written


def test_decoding_and_epochs_share_one_display_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = _console(monkeypatch, is_terminal=True)
    with progress.training_events(2) as events:
        assert events.decoded is not None
        assert events.stepped is not None
        events.decoded(1, 4)
        events.stepped(10, 20, 0.5)
    assert "decoding" in written.getvalue()
    assert "epoch" in written.getvalue()


def test_a_bar_is_silent_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    written = _console(monkeypatch, is_terminal=False)
    with progress.progress("scoring") as scored:
        scored(1, 2)
    assert written.getvalue() == ""
