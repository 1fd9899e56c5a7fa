"""Progress on standard error: bars where it is a terminal, a line a step."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.trainer.training import TrainEvents

Moved = Callable[[int, int], None]  # (done, total)


@contextlib.contextmanager
def progress(what: str) -> Iterator[Moved]:
    """A bar on standard error that the (done, total) callback moves; nothing where it is no terminal."""
    with _bars() as bar:
        yield bar(what)


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str], Moved]]:
    """Bars by name, in one live display; each shows while its work is under way."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if not console.notices.is_terminal:
        yield lambda what: lambda done, total: None  # noqa: ARG005 (the callbacks' arguments)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.notices, transient=True) as display:

        def bar(what: str) -> Moved:
            task = display.add_task(what, visible=False)
            return lambda done, total: display.update(task, completed=done, total=total, visible=done < total)

        yield bar


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A callback that names the step being worked on, on standard error."""
    yield lambda text: console.notices.print(f"  {text}")


@contextlib.contextmanager
def training_events(epochs: int) -> Iterator["TrainEvents"]:
    """A line an epoch, and bars for decoding and for the steps of an epoch."""
    from unetkit.trainer.training import TrainEvents

    with _bars() as bar:
        stepped = bar("epoch")
        yield TrainEvents(
            started=console.notices.print,
            decoded=bar("decoding"),
            taught=bar("asking the teacher"),
            stepped=lambda step, total, _loss: stepped(step, total),
            epoch_done=lambda epoch: console.notices.print(epoch.line(epochs)),
        )
